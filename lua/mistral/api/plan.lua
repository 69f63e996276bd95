--- From what is asked to what goes over the wire: the provider says where, under which headers and
--- in which dialect; this file says how long an answer may take.
local address = require "mistral.api.address"
local errors = require "mistral.errors"
local json = require "mistral.json"
local text = require "mistral.text"

local M = {}

---@class mistral.Plan what to send and how to read the answer
---@field method string
---@field url string
---@field body? string
---@field parts? mistral.Part[]
---@field sink? string
---@field sink_replace? boolean
---@field streamed boolean
---@field head_ms integer
---@field reuse_head_ms integer
---@field priority integer
---@field headers fun(key: string?): table<string, string>
---@field sigv4 fun(key: string?): table? how to sign, when the provider wants a signature
---@field reader fun(options: mistral.ReaderOptions): mistral.Reader

local HEAD_MS = 60000

-- An answer that is not streamed begins when it is finished.
local WHOLE_HEAD_MS = 300000

local KIB16 = 16 * 1024
local REUSE_LARGEST = 1024 * 1024

-- How long a reused connection may be silent before it counts as dead and the request goes out on a
-- new one. Only where the head comes early: a POST that is answered whole is slow by nature, and
-- sending it twice would be paid twice. A large body may take its time to go out, so the wait grows
-- with it, and past a mebibyte says nothing any more.
local function reuse_head_ms(early, body)
  local size = body and #body or 0
  if not early or size > REUSE_LARGEST then return 0 end
  return 3000 + math.floor(size / KIB16) * 1000
end

local function way_to_send(endpoint)
  return endpoint.send or endpoint.method == "POST" and "json" or "query"
end

local function refused(call, reason)
  return errors.new("refused", text.line(call.kind .. ": " .. reason))
end

local function is_object(value)
  return type(value) == "table" and value[1] == nil and not json.is_array(value)
end

-- Lays the unchecked fields over the others; where both are objects, over what is in them.
local function overlay(under, over)
  local out = {}
  for name, value in pairs(under) do
    out[name] = value
  end
  for name, value in pairs(over) do
    local both = is_object(out[name]) and is_object(value)
    out[name] = both and overlay(out[name], value) or value
  end
  return out
end

-- What goes out as JSON: the fields in the provider's dialect, and the unchecked ones as they are.
local function encode(provider, site, call)
  local out = overlay(provider.body(site, call), call.extra or {})
  local body, reason = json.encode(out)
  if not body then return nil, refused(call, reason) end
  return body
end

local SEND = {}

function SEND.json(plan, provider, site, call)
  local err
  plan.body, err = encode(provider, site, call)
  return err
end

function SEND.query(plan, _, _, call)
  plan.url = address.with_query(plan.url, call.params)
end

function SEND.form(plan, _, _, call)
  plan.parts = call.endpoint.parts(call.params)
  if call.streamed then plan.parts[#plan.parts + 1] = { name = "stream", value = "true" } end
end

local function reader_of(provider, site, call)
  return function(options)
    options.call = call
    return provider.reader(site, call, options) or call.endpoint.reader(options)
  end
end

-- Some servers load a model, or read the whole prompt, before they say a word.
local function patience(provider, endpoint)
  return math.max(endpoint.head_ms or HEAD_MS, provider.head_ms or 0)
end

local function fill(plan, provider, site, call)
  local endpoint = call.endpoint
  local early = call.streamed or endpoint.method == "GET"
  plan.method, plan.streamed = endpoint.method, call.streamed
  if endpoint.sink then plan.sink, plan.sink_replace = endpoint.sink(call.own) end
  plan.head_ms = early and patience(provider, endpoint) or WHOLE_HEAD_MS
  plan.reuse_head_ms = reuse_head_ms(early and not plan.parts and not provider.head_ms, plan.body)
  plan.priority = endpoint.priority or 0
  plan.headers = function(key) return provider.headers(site, call, key) end
  plan.sigv4 = function(key) return provider.sign(site, key) end
  plan.reader = reader_of(provider, site, call)
  return plan
end

--- How this provider is asked; an error when it has no such thing.
---@param provider mistral.Provider
---@param site mistral.Site
---@param call mistral.Call
---@return mistral.Plan? plan
---@return mistral.Error? err
function M.new(provider, site, call)
  local lacking = provider.lacks(site, call)
  if lacking then return nil, errors.new("unsupported", text.line(lacking)) end
  local plan = { url = provider.url(site, call) }
  local err = SEND[way_to_send(call.endpoint)](plan, provider, site, call)
  if err then return nil, err end
  return fill(plan, provider, site, call)
end

return M
