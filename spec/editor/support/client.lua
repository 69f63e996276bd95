--- A client that sends nothing: a spec says what comes back, and when.
local errors = require "mistral.errors"
local reviews = require "mistral.api.work.review"

local M = {}

local Request = {}
Request.__index = Request

local function callback(request, name, argument)
  if request.callbacks[name] then request.callbacks[name](argument) end
end

--- Some text of the answer.
function Request:say(text)
  if not self.cancelled then callback(self, "on_delta", { text = text }) end
end

function Request:retry(message)
  callback(self, "on_retry", { attempt = 1, delay_ms = 1500, code = "server", message = message })
end

function Request:finish(name, argument)
  assert(not self.ended, "a request ends once")
  self.ended = true
  callback(self, name, argument)
end

function Request:done(finish_reason)
  self:finish("on_done", { text = "", finish_reason = finish_reason or "stop" })
end

function Request:fail(code, message)
  self:finish("on_error", errors.new(code, message))
end

--- As the real one does: the end comes later, never within the call.
function Request:cancel()
  if self.ended or self.cancelled then return end
  self.cancelled = true
  self.host.schedule(function()
    self:finish("on_error", errors.new("cancelled", "cancelled"))
  end)
end

local function unknown() end

-- What a real task works on: its requests are those of the spec.
local function below(host, start_chat)
  return {
    requests = {},
    site = {},
    account = { known = { price = unknown, context = unknown } },
    pump = {
      call = function(_, fn, argument)
        fn(argument)
        return true
      end,
      turn_began = function() return os.clock() end,
      defer = function(_, fn) host.schedule(fn) end,
    },
    spawn = host.job,
    start = function(_, _, params, callbacks) return start_chat(nil, params, callbacks) end,
  }
end

---@param host mistral.host.Fake
function M.new(host)
  local client = { requests = {} }
  local function start(kind)
    return function(_, params, callbacks)
      local request = setmetatable({
        kind = kind, params = params, callbacks = callbacks, host = host, ended = false,
      }, Request)
      client.requests[#client.requests + 1] = request
      return request
    end
  end
  client.chat, client.fim, client.models = start "chat", start "fim", start "models"
  local base = below(host, client.chat)
  function client.review(_, params, callbacks) return reviews.start(base, params, callbacks) end
  function client.review_plan(_, params, callbacks) return reviews.plan(base, params, callbacks) end
  function client.close() end
  return client
end

return M
