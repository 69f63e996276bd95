--- What a request makes of each event that the transport has for it, up to the one that ends it.
local errors = require "mistral.errors"
local failure = require "mistral.api.failure"
local log = require "mistral.api.log"
local observe = require "mistral.api.observe"
local restore = require "mistral.api.restore"
local text = require "mistral.text"

local FIRST_DELAY_MS, LONGEST_DELAY_MS = 500, 30000

---@type table<string, fun(self: mistral.Request, event: table)>
local HEAR = {}

local function learn(self, headers)
  self.owner.account:heard(self.call, headers)
end

function HEAR.head(self, event)
  self.headers = event.headers or {}
  learn(self, self.headers)
end

function HEAR.data(self, event)
  if self.cancelled then return end
  local err
  if event.type then
    err = self.reader:event(event.data, event)
  else
    err = self.reader:raw(event.data)
  end
  err = err or not self.reader.complete and self.overrun
  if not err or self.ended or self.cancelled then return end
  self.owner.pump:cancel(event.id) -- nothing of value can follow
  self:fail(err)
end

function HEAR.progress(self, event)
  if self.cancelled or not self.callbacks.on_progress then return end
  self.owner.pump:call(self.callbacks.on_progress, {
    sent_bytes = event.sent_bytes,
    sent_total = event.sent_total,
    received_bytes = event.received_bytes,
    received_total = event.received_total,
  })
end

local function tell_wait(self, word, code, event)
  if self.cancelled then return end
  log.wait(self, word, code, event)
  observe.waits(self, code, event)
  if not self.callbacks.on_retry then return end
  self.owner.pump:call(self.callbacks.on_retry, {
    attempt = self.tries,
    delay_ms = event.delay_ms,
    status = event.status,
    code = code,
    message = text.line(self.scrub(event.message or ""), 300),
  })
end

function HEAR.retry(self, event)
  self.tries = self.tries + 1
  self.reader = self:new_reader()
  tell_wait(self, "retry", failure.code_of_try(event), event)
end

-- Another request's 429 holds back this one too, which has not been tried meanwhile.
function HEAR.held(self, event)
  tell_wait(self, "held", "rate_limited", {
    delay_ms = event.delay_ms,
    message = "the service asked all requests of this key to wait",
  })
end

-- Full jitter, without touching the random numbers of whoever we are a guest of.
local function jitter(limit_ms)
  local mixed = (os.time() * 7919 + os.clock() * 1e6 * 104729) % 10007
  return math.floor(limit_ms * mixed / 10007)
end

-- The service failed inside a good answer before it said anything: that is tried again as well.
local function try_again(self)
  local limit = math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ^ self.tries)
  local delay_ms = jitter(limit)
  self.tries = self.tries + 1
  local message = "the service failed before it began to answer"
  self.between = true
  tell_wait(self, "retry", "server", { delay_ms = delay_ms, message = message })
  self.between = false
  if not self.cancelled then return self.again(delay_ms) end
  self:finish(nil, self:cancelled_error())
end

local BREAKS = { reset = true, protocol = true, connect = true }

-- Where an id is part of the address, it is that which is not there, more often than the service.
local function blame_id(self, err)
  local name = self.call.endpoint.path:match "{([%w_]+_id)}"
  if err.code ~= "not_found" or not name then return end
  err.hint = ("check `%s`: nothing is there by that id, or not for this key"):format(name)
end

-- The transfer did not end well. If the answer was under way, that is what the user has to know.
local function end_error(self, event)
  if event.outcome == "cancelled" then return self:cancelled_error() end
  local err = failure.from_end(event, self.scrub)
  if err.code == "unauthorized" and not self.signed then
    return failure.no_key { status = err.status }
  elseif err.code == "unauthorized" then
    self.disown()
  end
  blame_id(self, err)
  if self.reader.spoke and BREAKS[event.code] then
    err = errors.new("broken", "the answer broke off: " .. err.message, { detail = event.code })
  end
  return err
end

local function add_facts(self, reply, event)
  if type(reply) ~= "table" or not reply.message then return end
  reply.request_id = failure.request_id(self.headers, self.scrub)
  reply.deprecated = self.headers["x-model-deprecation-timestamp"]
  reply.timing = {
    connect_ms = event.connect_ms, head_ms = event.head_ms, total_ms = event.total_ms,
  }
  reply.http, reply.reused = event.http, event.reused
  reply.redacted = self.redacted
  reply.attempts = self.tries + 1
end

local function settle(self, event)
  local reader = self.reader
  if event.outcome == "done" or reader.complete then return reader:finish(self.headers) end
  return nil, end_error(self, event)
end

local function finish_well(self, reply, event)
  if self.hidden then reply = restore.value(reply, self.hidden) end
  add_facts(self, reply, event)
  self:finish(reply)
end

HEAR["end"] = function(self, event)
  self.duration_ms, self.status, self.sent_bytes = event.total_ms, event.status, event.sent_bytes
  self.reused = event.reused
  if event.headers then
    self.headers = event.headers
    learn(self, event.headers)
  end
  if self.cancelled then return self:finish(nil, self:cancelled_error()) end
  local reply, err = settle(self, event)
  local reader = self.reader
  if reader.failed and not reader.spoke and self.tries < self:budget() then
    return try_again(self)
  end
  if not err then return finish_well(self, reply, event) end
  self:fail(err)
end

--- Hear one event; may raise.
---@param request mistral.Request
---@param event table as the transport's drain gives it
return function(request, event)
  local fn = HEAR[event.kind]
  if fn then fn(request, event) end
end
