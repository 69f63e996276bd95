--- The life of one request: it waits for the key, goes out, perhaps goes out again, and ends once.
local errors = require "mistral.errors"
local failure = require "mistral.api.failure"
local hear = require "mistral.api.hearing"
local hide = require "mistral.api.hide"
local log = require "mistral.api.log"
local observe = require "mistral.api.observe"
local providers = require "mistral.api.provider"
local redact = require "mistral.redact"
local restore = require "mistral.api.restore"
local text = require "mistral.text"
local wire = require "mistral.api.wire"

local M = {}

---@class mistral.Retry
---@field attempt integer which further try is next, from 1; 0 while the first one is held back
---@field delay_ms integer
---@field code string as in mistral.Error
---@field status? integer
---@field message string

---@class mistral.Progress
---@field sent_bytes? integer
---@field sent_total? integer
---@field received_bytes? integer
---@field received_total? integer

---@class mistral.Callbacks
---@field on_delta? fun(delta: mistral.Delta) given: the answer is streamed
---@field on_done? fun(reply: any)
---@field on_error? fun(err: mistral.Error)
---@field on_retry? fun(retry: mistral.Retry)
---@field on_progress? fun(progress: mistral.Progress) of a file on its way
---@field priority? integer higher goes first
---@field timeout? mistral.Timeout
---@field retry? integer most further tries
---@field extra? table fields to send though this version does not know them
---@field purpose? string|table for the client's `observe`

---@class mistral.Owner what a request needs of its client
---@field pump mistral.Pump
---@field keys mistral.Keys
---@field provider mistral.Provider
---@field site mistral.Site
---@field account mistral.Account
---@field later? fun(fn: fun()) an editor's: when it had its turn
---@field redactor? mistral.Redactor
---@field requests table<mistral.Request, boolean> those that have not ended
---@field log? fun(line: string) hears of each end and of each further try
---@field observe? fun(step: mistral.Step)
---@field observed? integer how many it has heard of

---@class mistral.Request
---@field reply any once it has ended well
---@field err mistral.Error? once it has ended otherwise
---@field ended boolean
---@field redacted? integer how many secrets were hidden in what was sent
---@field private between? boolean it tells of a try that is not begun yet
local Request = {}
Request.__index = Request

local RETRIES = 3

local function same(said)
  return said
end

---@param owner mistral.Owner
---@param kind string
---@param callbacks mistral.Callbacks
---@return mistral.Request
local function new(owner, kind, callbacks)
  local self = setmetatable({
    owner = owner,
    kind = kind,
    callbacks = callbacks,
    scrub = same,
    headers = {},
    tries = 0,
    ended = false,
    ending = false, -- its end is on its way
    cancelled = false,
  }, Request)
  owner.requests[self] = true
  observe.number(self)
  return self
end

-- Ending ----------------------------------------------------------------------------------------

function Request:finish(reply, err)
  if self.ended then return end
  self.ended, self.reply, self.err = true, reply, err
  self:book(err)
  self.owner.requests[self] = nil
  log.ended(self, err)
  observe.ended(self, err)
  self.reader, self.plan = nil, nil -- the body with them
  self.again, self.disown = nil, nil -- and the key with these
  local callback = err and self.callbacks.on_error or not err and self.callbacks.on_done
  if callback then self.owner.pump:call(callback, err or reply) end
end

-- What it came to goes into the books, once, if it was admitted at all.
function Request:book(err)
  local account, reader = self.owner.account, self.reader
  if not self.call then return end
  local came = self.reply or reader and reader:partial()
  self.owner.pump:call(function()
    if not err and self.call.kind == "models" then account:learn(came) end
    self.record = account:ended(self.call, {
      outcome = not err and "done" or err.code == "cancelled" and "cancelled" or "failed",
      code = err and err.code,
      sent = self.id ~= nil and self.sent_bytes ~= 0,
      usage = type(came) == "table" and (came.usage or came.usage_info) or nil,
      duration_ms = self.duration_ms,
      status = self.status,
    })
  end)
end

function Request:finish_later(err)
  self.ending = true
  self.owner.pump:defer(function() self:finish(nil, err) end)
end

function Request:internal_error(problem)
  local said = text.line(self.scrub(text.of(problem)), 300)
  return errors.new("internal", "the client failed: " .. said)
end

-- What there is so far, as the user may see it.
function Request:partial()
  local reply = self.reader and self.reader:partial()
  return self.hidden and restore.value(reply, self.hidden) or reply
end

function Request:cancelled_error()
  return errors.new("cancelled", "cancelled", { reply = self:partial() })
end

-- An end in failure, with what is known of the answer it belongs to.
function Request:fail(err)
  err.request_id = err.request_id or failure.request_id(self.headers, self.scrub)
  if self.reader.spoke then err.reply = self:partial() end
  for _, delta in ipairs(self.restorer and self.restorer:rest() or {}) do self:deliver(delta) end
  providers.explain(self.owner.provider, err, self.call)
  self:finish(nil, err)
end

-- Sending ---------------------------------------------------------------------------------------

function Request:budget()
  return self.callbacks.retry or RETRIES
end

function Request:deliver(delta)
  if self.ended or self.cancelled or not self.callbacks.on_delta then return end
  self.owner.pump:call(self.callbacks.on_delta, delta)
end

-- What the answer says goes to the books, and on to the user with its secrets put back.
function Request:hear_delta(delta)
  local account = self.owner.account
  self.overrun = self.overrun or account:delta(self.call, delta)
  observe.answer(self)
  if self.restorer then delta = self.restorer:delta(delta) end
  if delta then self:deliver(delta) end
end

function Request:new_reader()
  self.restorer = self.hidden and restore.new(self.hidden)
  return self.plan.reader {
    streamed = self.plan.streamed,
    scrub = self.scrub,
    emit = function(delta) self:hear_delta(delta) end,
  }
end

function Request:send(key, delay_ms)
  self.reader = self:new_reader()
  local message = wire.build(self.plan, self.callbacks, {
    key = key,
    -- A lane is one key at one host. The key is a number there, so no lane's name tells of it.
    lane = ("%s#%d"):format(self.owner.site.host, self.owner.keys.generation()),
    pace = self.owner.account:lane(self.call),
    retry = math.max(0, self:budget() - self.tries),
    delay_ms = delay_ms,
  })
  self.id = self.owner.pump:submit(message, function(event) self:on_event(event) end)
end

local function wants_key(owner)
  local needed = owner.provider.key.needed
  return not needed or needed(owner.site)
end

function Request:note_hidden()
  self.hidden, self.redacted = self.call.hidden, self.call.hidden and self.call.hidden.count
end

-- The user's own key is a secret like any other, also to the service.
function Request:hide_key(key)
  local plan, err = hide.key(self.owner, key, self.call, self.plan)
  if err then return err end
  self.plan = plan
  self:note_hidden()
end

function Request:on_key(key, err)
  if self.ended or self.cancelled then return end
  if not key and not err and wants_key(self.owner) then err = failure.no_key() end
  if err then
    providers.explain(self.owner.provider, err, self.call)
    return self:finish_later(err)
  end
  if key then err = self:hide_key(key) end
  if err then return self:finish_later(err) end
  self.call.asked = nil -- nothing is prepared anew from here on
  self.signed = key ~= nil
  local conceal, site = self.owner.provider.conceal or same, self.owner.site
  self.scrub = function(said) return conceal(redact.text(said, key), site) end
  -- A closure, so that printing a request does not print a key.
  self.again = function(delay_ms) self:send(key, delay_ms) end
  self.disown = function() self.owner.keys.refused(key) end
  -- A task may want its next request to go out later; users are not asked.
  local sent, problem = pcall(self.send, self, key, self.callbacks.delay_ms)
  if not sent then self:finish_later(self:internal_error(problem)) end
end

function Request:get_key()
  self.owner.keys.get(function(key, err) self:on_key(key, err) end)
end

-- Admitted once the ledger has been read: in an editor, which does not wait for that.
function Request:admit_later()
  local account, site = self.owner.account, self.owner.site
  self.admit = function()
    if self.ended or self.cancelled or not self.admit then return end
    self.admit = nil
    local err = account:admit(self.call, site)
    if err then return self:finish_later(err) end
    self:get_key()
  end
  account:catch_up(self.owner.later, self.admit)
end

-- Hearing ---------------------------------------------------------------------------------------

function Request:on_event(event)
  if self.ended then return end
  local done, problem = pcall(hear, self, event)
  if done then return end
  -- A fault of ours must not leave the user waiting for an end that never comes.
  if self.id then self.owner.pump:cancel(self.id) end
  self:finish(nil, self:internal_error(problem))
end

-- Public ----------------------------------------------------------------------------------------

--- Stop it. It ends with the error "cancelled", whose `reply` holds what had come.
function Request:cancel()
  if self.ended or self.cancelled then return end
  self.cancelled = true
  if self.id then
    self.owner.pump:cancel(self.id)
  else
    self:finish_later(self:cancelled_error())
  end
end

--- End it at once, since its client closes.
function Request:stop()
  self:finish(nil, self:cancelled_error())
end

--- Whether it goes on only when the callback that it is in has returned.
---@return boolean
function Request:needs_return()
  return self.between == true
end

local NO_KEY_COMES = "request:wait would never return: the key command runs in the editor's loop"

--- Raise when it waits for a key that cannot come as long as somebody waits.
function Request:check_key()
  local held = not self.ended and not self.ending and not self.id
  if held and self.owner.keys.pending() then error(NO_KEY_COMES, 0) end
end

--- Wait for the end, delivering mail meanwhile. For scripts: an editor would stand still.
---@return any reply nil when it failed
---@return mistral.Error? err
function Request:wait()
  if not self.ended and self:needs_return() then
    error("request:wait would never return: on_retry has to return before the next try", 2)
  end
  if self.admit then self.admit() end -- the editor has no turn meanwhile
  self.owner.pump:wait_until(function()
    self:check_key()
    return self.ended
  end)
  return self.reply, self.err
end

--- Start a request. Nothing of it is heard before this has returned.
---@param owner mistral.Owner
---@param call mistral.Call
---@param plan mistral.Plan
---@param callbacks mistral.Callbacks
---@param behind? boolean the ledger is to be read in steps first; otherwise it is admitted already
---@return mistral.Request
function M.start(owner, call, plan, callbacks, behind)
  local self = new(owner, call.kind, callbacks)
  self.call, self.plan = call, plan
  self:note_hidden()
  observe.began(self)
  if behind then self:admit_later() else self:get_key() end
  return self
end

--- A request that is not sent, and ends with this reason.
---@param owner mistral.Owner
---@param kind string
---@param err mistral.Error
---@param callbacks mistral.Callbacks
---@return mistral.Request
function M.refuse(owner, kind, err, callbacks)
  local self = new(owner, kind, callbacks)
  self:finish_later(err)
  return self
end

return M
