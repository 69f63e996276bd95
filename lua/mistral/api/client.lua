--- A client's life: one provider, one key, one transport. Everything it starts ends with it.
local accounts = require "mistral.money.account"
local address = require "mistral.api.address"
local endpoint = require "mistral.api.endpoint"
local errors = require "mistral.errors"
local hide = require "mistral.api.hide"
local keys = require "mistral.keys"
local options_of = require "mistral.api.options"
local plans = require "mistral.api.plan"
local providers = require "mistral.api.provider"
local pump = require "mistral.api.pump"
local request = require "mistral.api.request"
local secrets = require "mistral.redact.secrets"
local service = require "mistral.api.service"
local spawn = require "mistral.spawn"
local text = require "mistral.text"

local M = {}

---@class mistral.Client: mistral.Service, mistral.Owner
---@field defaults mistral.Callbacks what its options say of all its requests
---@field notice fun(sentence: string)
---@field spawn mistral.Spawn
---@field later? fun(fn: fun()) an editor's: when it had its turn
---@field compose fun(kind: string, params: table): table?, mistral.Hidden?, mistral.Error?
local Client = {}
Client.__index = Client

for name, method in pairs(service) do
  Client[name] = method
end

local function new_transport(options, site)
  if options.transport then return options.transport end
  -- Here, not at the top: with a transport given, the C module need not be there at all.
  local native = require "mistral.native"
  local way = address.way(options, site, os.getenv)
  return native.transport {
    ca_file = options.ca_file,
    proxy = way.proxy,
    no_proxy = way.no_proxy,
    user_agent = options.user_agent,
  }
end

local function open_transport(options, site)
  local opened, transport, message = pcall(new_transport, options, site)
  if opened and transport then return transport end
  local why = text.line(tostring(opened and message or transport), 1000)
  return nil, errors.new("unavailable", "the transport cannot start: " .. why)
end

local function account_of(options, provider, notify)
  return accounts.new {
    provider = provider.name,
    ledger = options.ledger,
    budget = options.budget,
    plan = options.plan,
    prices = options.prices,
    notify = notify,
  }
end

local compose

-- Raises on options that make no sense. One that is made already is taken as it is.
local function redactor_of(options)
  if options.redact == false then return nil end
  local said = type(options.redact) == "table" and options.redact or {}
  return said.hide and said or secrets.new(said)
end

--- Make a client. Raises on options it does not know; `nil, err` when the transport cannot start.
---@param given? mistral.ClientOptions
---@return mistral.Client? client
---@return mistral.Error? err
function M.new(given)
  local options = options_of.client(given or {})
  local provider, site = providers.find(options)
  if not provider then error("client: " .. site, 2) end
  local redactor = redactor_of(options)
  local transport, err = open_transport(options, site)
  if not transport then return nil, err end
  local self = setmetatable({
    provider = provider,
    site = site,
    spawn = options.spawn or spawn,
    later = options.later,
    keys = keys.new(providers.key_sources(provider, options)),
    redactor = redactor,
    allow_files = options.allow_files,
    log = options.log,
    observe = options.observe,
    defaults = options_of.defaults(options),
    pump = pump.new(transport, options.report, options.later ~= nil),
    requests = {},
  }, Client)
  --- Tells whoever listens what belongs to no single request.
  self.notice = function(sentence)
    if type(options.on_notice) ~= "function" then return end
    self.pump:defer(function() options.on_notice(sentence) end)
  end
  --- A request that goes out inside another: its body, checked.
  self.compose = function(kind, params) return compose(self, kind, params) end
  self.account = account_of(options, provider, self.notice)
  if options.watch then
    self.unwatch = options.watch(transport, function() self:drain() end)
  end
  return self
end

-- Starting --------------------------------------------------------------------------------------

-- What is asked as it may leave: checked, and without what is secret.
local function prepare(self, kind, params, streamed, extra)
  local call
  local err = hide.refused(kind, params, self.allow_files)
  if err then return nil, err end
  call, err = endpoint.call(kind, params, streamed, extra)
  if not call then return nil, err end
  hide.call(self.redactor, call)
  return call
end

-- What would be sent as JSON, as a table, and how to put back what was hidden in it.
function compose(self, kind, params)
  local call, err = prepare(self, kind, params, false)
  if not call then return nil, nil, err end
  return self.provider.body(self.site, call), call.hidden
end

local function plan(self, kind, params, streamed, extra)
  local call, err = prepare(self, kind, params, streamed, extra)
  if not call then return nil, nil, err end
  local made
  made, err = plans.new(self.provider, self.site, call)
  return call, made, err
end

--- Start a request of any kind; what `service` has methods for goes through here. It never raises
--- for what the world does: a request that is refused ends in its `on_error`. On a closed client it
--- raises, for nothing would ever be heard of it.
---@param kind string
---@param params table the service's own fields
---@param callbacks mistral.Callbacks with `on_delta` the answer is streamed
---@return mistral.Request
function Client:start(kind, params, callbacks)
  options_of.method(self, "pump", "client:start", 2)
  if type(params) ~= "table" or type(callbacks) ~= "table" then
    error("client:start takes a kind, a table of fields and a table of callbacks", 2)
  end
  if self.pump.closed then error("client:start on a closed client", 2) end
  callbacks = options_of.with_defaults(callbacks, self.defaults)
  local streamed = callbacks.on_delta ~= nil and endpoint.get(kind).streams == true
  local call, made, err = plan(self, kind, params, streamed, callbacks.extra)
  if not err and self.later and self.account:is_behind(call) then
    return request.start(self, call, made, callbacks, true)
  end
  if not err then err = self.account:admit(call, self.site) end
  if err then return request.refuse(self, kind, err, callbacks) end
  return request.start(self, call, made, callbacks)
end

--- The body that would be sent, to the byte. There is no key in it.
---@param kind string such as "chat" or "fim"
---@param params table
---@param options? { streamed?: boolean, extra?: table } streamed unless told, where the kind can be
---@return string? body
---@return mistral.Error? err
function Client:encode(kind, params, options)
  options_of.method(self, "pump", "client:encode", 2)
  if type(params) ~= "table" then error("client:encode takes a kind and a table of fields", 2) end
  options = options or {}
  local streamed = options.streamed ~= false and endpoint.get(kind).streams == true
  local _, made, err = plan(self, kind, params, streamed, options.extra)
  if not made then return nil, err end
  if made.body then return made.body end
  return nil, errors.new("refused", kind .. ": it is not sent as JSON, so there is no body to show")
end

-- The rest --------------------------------------------------------------------------------------

--- Open the connection now, so that the first request finds it warm.
function Client:warm()
  options_of.method(self, "pump", "client:warm", 2)
  if self.pump.closed then return end
  self.pump.transport:warm(self.site.base)
end

--- Deliver what has come: callbacks run in here. An editor's watch calls it by itself.
---@return integer count of events
function Client:drain()
  options_of.method(self, "pump", "client:drain", 2)
  return self.pump:drain()
end

--- Cancel what runs and stop the transport. Each request has ended when this returns.
function Client:close()
  options_of.method(self, "pump", "client:close", 2)
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
    running:stop()
  end
  self.pump:tell_problems()
end

return M
