--- What the service offers: where it is, what goes in, how long an answer may take, who reads it.
local address = require "mistral.api.address"
local errors = require "mistral.errors"
local fields = require "mistral.api.fields"
local json = require "mistral.json"
local models = require "mistral.api.models"
local schema = require "mistral.api.schema"
local stream = require "mistral.api.stream"
local text = require "mistral.text"

local M = {}

---@class mistral.Endpoint
---@field method "POST"|"GET"
---@field path string
---@field shape mistral.Shape
---@field head_ms integer until a streamed answer begins
---@field priority integer
---@field reader fun(options: mistral.ReaderOptions): mistral.Reader

---@type table<string, mistral.Endpoint>
local ENDPOINTS = {
  chat = {
    method = "POST", path = "/chat/completions", shape = fields.chat,
    head_ms = 60000, priority = 0, reader = stream.new,
  },
  -- Somebody is typing: an answer that has not begun after five seconds is of no use any more.
  fim = {
    method = "POST", path = "/fim/completions", shape = fields.fim,
    head_ms = 5000, priority = 10, reader = stream.new,
  },
  models = {
    method = "GET", path = "/models", shape = fields.models,
    head_ms = 60000, priority = 5, reader = models.new,
  },
}

-- An answer that is not streamed begins when it is finished.
local WHOLE_HEAD_MS = 300000

local KIB16 = 16 * 1024
local REUSE_LARGEST = 1024 * 1024

-- How long a reused connection may be silent before it counts as dead and the request goes out on a
-- new one. Only where the head comes early: a POST that is answered whole is slow by nature, and
-- sending it twice would be paid twice. A large body may take its time to go out, so the wait grows
-- with it, and past a mebibyte says nothing any more.
local function reuse_head_ms(method, body, streamed)
  local size = body and #body or 0
  if method == "POST" and not streamed or size > REUSE_LARGEST then return 0 end
  return 3000 + math.floor(size / KIB16) * 1000
end

-- The fields as they go out: null means the default, so it is left out.
local function without_nulls(params)
  local out = {}
  for name, value in pairs(params) do
    if not json.is_null(value) then out[name] = value end
  end
  return out
end

-- The reason may repeat what a model once wrote, such as the name of a tool.
local function refused(kind, reason)
  return errors.new("refused", text.line(kind .. ": " .. reason))
end

local function checked(kind, params)
  local endpoint = ENDPOINTS[kind] or error("no such kind of request: " .. tostring(kind), 3)
  local out = without_nulls(params)
  local reason = schema.check(endpoint.shape, out, "")
  if reason then return nil, refused(kind, reason) end
  return out
end

--- The exact body that would be sent.
---@param kind "chat"|"fim"
---@param params table the service's own fields
---@param streamed boolean
---@param extra? table fields to send unchecked
---@return string? body
---@return mistral.Error? err
function M.body(kind, params, streamed, extra)
  local out, err = checked(kind, params)
  if not out then return nil, err end
  out.stream = streamed or nil
  for name, value in pairs(extra or {}) do
    out[name] = value
  end
  local body, reason = json.encode(out)
  if not body then return nil, refused(kind, reason) end
  return body
end

local function target(base, kind, params, streamed, extra)
  local endpoint = ENDPOINTS[kind]
  if endpoint.method == "POST" then
    local body, err = M.body(kind, params, streamed, extra)
    return base .. endpoint.path, body, err
  end
  local query, err = checked(kind, params)
  return base .. endpoint.path .. address.query(query or {}), nil, err
end

--- How to carry out a request, or why it is not carried out.
---@param base string
---@param kind "chat"|"fim"|"models"
---@param params table
---@param streamed boolean
---@param extra? table
---@return mistral.Plan? plan
---@return mistral.Error? err
function M.plan(base, kind, params, streamed, extra)
  local endpoint = ENDPOINTS[kind]
  local url, body, err = target(base, kind, params, streamed, extra)
  if err then return nil, err end
  local early = streamed or endpoint.method == "GET"
  return {
    method = endpoint.method,
    url = url,
    body = body,
    streamed = streamed,
    head_ms = early and endpoint.head_ms or WHOLE_HEAD_MS,
    reuse_head_ms = reuse_head_ms(endpoint.method, body, streamed),
    priority = endpoint.priority,
    reader = endpoint.reader,
  }
end

return M
