--- The client: one service, one key, one transport. Everything it starts ends with it.
local address = require "mistral.api.address"
local deltas = require "mistral.api.deltas"
local endpoints = require "mistral.api.endpoints"
local errors = require "mistral.errors"
local keys = require "mistral.keys"
local pump = require "mistral.api.pump"
local request = require "mistral.api.request"
local text = require "mistral.text"

local M = {}

---@class mistral.ClientOptions
---@field api_key? string|fun(): string a function is asked before each request
---@field api_key_command? string[] prints the key; run once
---@field base_url? string https://api.mistral.ai/v1 unless told
---@field ca_file? string PEM file of the authorities to trust instead of the system's
---@field proxy? string else what the environment says
---@field no_proxy? string
---@field user_agent? string else the C module's own
---@field watch? fun(transport: table, drain: fun()): fun() an editor's: drain when there is mail
---@field spawn? fun(argv: string[], done: fun(result: table)) an editor's: run without waiting
---@field report? fun(trace: string) hears of errors in callbacks; without it, drain raises them
---@field transport? table to use instead of a transport of the C module

---@class mistral.Client: mistral.Owner
local Client = {}
Client.__index = Client

local BASE_URL = "https://api.mistral.ai/v1"

local KNOWN = {
  api_key = { string = true, ["function"] = true },
  api_key_command = { table = true },
  base_url = { string = true },
  ca_file = { string = true },
  proxy = { string = true },
  no_proxy = { string = true },
  user_agent = { string = true },
  watch = { ["function"] = true },
  spawn = { ["function"] = true },
  report = { ["function"] = true },
  transport = { table = true, userdata = true },
}

local CALLBACKS = {
  on_delta = { ["function"] = true },
  on_done = { ["function"] = true },
  on_error = { ["function"] = true },
  on_retry = { ["function"] = true },
  priority = { number = true },
  timeout = { table = true },
  retry = { number = true },
  extra = { table = true },
}

local MILLISECONDS = { number = true }
local TIMEOUTS = {
  connect_ms = MILLISECONDS, head_ms = MILLISECONDS, idle_ms = MILLISECONDS,
  total_ms = MILLISECONDS,
}

local LONGEST_MS = 1000 * 24 * 60 * 60 * 1000 -- a thousand days

-- Raises on what only a mistake in the calling code can bring about.
local function check_names(values, known, what, level)
  for name, value in pairs(values) do
    local kinds = known[name]
    if not kinds then error(("%s has no `%s`"):format(what, tostring(name)), level + 1) end
    if not kinds[type(value)] then
      error(("%s: `%s` should not be a %s"):format(what, name, type(value)), level + 1)
    end
  end
end

local function check_whole(value, least, most, name, level)
  if value == nil or value >= least and value <= most and value % 1 == 0 then return end
  error(("%s should be a whole number from %.0f to %.0f"):format(name, least, most), level + 1)
end

local function check_limits(limits, what, level)
  check_whole(limits.retry, 0, 100, what .. ": `retry`", level + 1)
  check_whole(limits.priority, -1000, 1000, what .. ": `priority`", level + 1)
  local timeout = limits.timeout or {}
  check_names(timeout, TIMEOUTS, what .. ": `timeout`", level + 1)
  for name, value in pairs(timeout) do
    check_whole(value, 0, LONGEST_MS, ("%s: `timeout.%s`"):format(what, name), level + 1)
  end
end

-- An option that is empty is as good as none.
local function given(value)
  if value == "" or type(value) == "table" and next(value) == nil then return nil end
  return value
end

local function new_transport(options, where)
  if options.transport then return options.transport end
  -- Here, not at the top: with a transport given, the C module need not be there at all.
  local native = require "mistral.native"
  local way = address.way(options, where, os.getenv)
  return native.transport {
    ca_file = given(options.ca_file),
    proxy = way.proxy,
    no_proxy = way.no_proxy,
    user_agent = given(options.user_agent),
  }
end

local function open_transport(options, where)
  local opened, transport, message = pcall(new_transport, options, where)
  if opened and transport then return transport end
  local why = text.line(tostring(opened and message or transport), 1000)
  return nil, errors.new("unavailable", "the transport cannot start: " .. why)
end

local function check_argv(argv)
  if argv == nil then return end
  for index = 1, #argv do
    if type(argv[index]) ~= "string" then argv = {} end
  end
  if #argv == 0 then error("client: `api_key_command` should be a list of strings", 4) end
end

--- Make a client. Raises on options it does not know; `nil, err` when the transport cannot start.
---@param options? mistral.ClientOptions
---@return mistral.Client? client
---@return mistral.Error? err
function M.new(options)
  options = options or {}
  check_names(options, KNOWN, "client", 2)
  check_argv(given(options.api_key_command))
  local where, message = address.parse(given(options.base_url) or BASE_URL)
  if not where then error("client: " .. message, 2) end
  local transport, err = open_transport(options, where)
  if not transport then return nil, err end
  local self = setmetatable({
    address = where,
    keys = keys.new {
      api_key = given(options.api_key),
      api_key_command = given(options.api_key_command),
      spawn = options.spawn,
    },
    pump = pump.new(transport, options.report),
    requests = {},
  }, Client)
  if options.watch then
    self.unwatch = options.watch(transport, function() self:drain() end)
  end
  return self
end

-- Starting --------------------------------------------------------------------------------------

local function check_call(self, name, params, callbacks)
  if self.pump.closed then error(("client:%s on a closed client"):format(name), 3) end
  if type(params) ~= "table" then
    error(("client:%s takes a table of fields, got a %s"):format(name, type(params)), 3)
  end
  check_names(callbacks, CALLBACKS, "client:" .. name, 3)
  check_limits(callbacks, "client:" .. name, 3)
end

local function start(self, kind, params, callbacks)
  local streamed = callbacks.on_delta ~= nil
  local plan, err = endpoints.plan(self.address.base, kind, params, streamed, callbacks.extra)
  if not plan then return request.refuse(self, err, callbacks) end
  return request.start(self, plan, callbacks)
end

-- With callbacks: a request, at once. Without: the reply, in the end.
local function run(self, kind, params, callbacks)
  local started = start(self, kind, params, callbacks or {})
  if callbacks then return started end
  return started:wait()
end

--- Ask for a chat completion. Without callbacks it waits and returns `reply` or `nil, err`.
---@param params table the service's own fields: model, messages, temperature ...
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Reply|nil
---@return mistral.Error?
function Client:chat(params, callbacks)
  check_call(self, "chat", params, callbacks or {})
  return run(self, "chat", params, callbacks)
end

--- Ask for what belongs between `prompt` and `suffix`.
---@param params table the service's own fields: model, prompt, suffix, max_tokens, stop ...
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Reply|nil
---@return mistral.Error?
function Client:fim(params, callbacks)
  check_call(self, "fim", params, callbacks or {})
  return run(self, "fim", params, callbacks)
end

local function are_callbacks(values)
  for name in pairs(values or {}) do
    if CALLBACKS[name] then return true end
  end
  return false
end

--- List the models, each once. `client:models{ on_done = ... }` works as well.
---@param params? { provider?: string, model?: string }
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Model[]|nil
---@return mistral.Error?
function Client:models(params, callbacks)
  if not callbacks and are_callbacks(params) then params, callbacks = nil, params end
  check_call(self, "models", params or {}, callbacks or {})
  if callbacks and callbacks.on_delta then error("client:models has no `on_delta`", 2) end
  return run(self, "models", params or {}, callbacks)
end

--- Ask for a chat completion and loop over it as it comes; waits between deltas.
--- After the loop, `stream.reply` or `stream.err` tells how it ended.
---@param params table
---@param options? mistral.Callbacks
---@return mistral.Deltas
function Client:stream(params, options)
  check_call(self, "stream", params, options or {})
  local function begin(callbacks)
    return start(self, "chat", params, callbacks)
  end
  local stream = deltas.new(begin, options or {}, self.pump)
  return stream, nil, nil, stream -- the fourth is closed by Lua 5.4 when the loop is left
end

-- The rest --------------------------------------------------------------------------------------

--- The body that would be sent, to the byte. There is no key in it.
---@param kind "chat"|"fim"
---@param params table
---@param options? { streamed?: boolean, extra?: table } streamed unless told
---@return string? body
---@return mistral.Error? err
function Client:encode(kind, params, options)
  options = options or {}
  return endpoints.body(kind, params, options.streamed ~= false, options.extra)
end

--- Open the connection now, so that the first request finds it warm.
function Client:warm()
  if self.pump.closed then return end
  self.pump.transport:warm(self.address.base)
end

--- Deliver what has come: callbacks run in here. An editor's watch calls it by itself.
---@return integer count of events
function Client:drain()
  return self.pump:drain()
end

--- Cancel what runs and stop the transport. Each request has ended when this returns.
function Client:close()
  if self.pump.closed then return end
  local open = {}
  for running in pairs(self.requests) do
    open[#open + 1] = running
  end
  for _, running in ipairs(open) do
    running:cancel()
  end
  if self.unwatch then self.unwatch() end
  self.pump:close()
  for _, running in ipairs(open) do
    running:finish(nil, running:cancelled_error())
  end
  self.pump:tell_problems()
end

return M
