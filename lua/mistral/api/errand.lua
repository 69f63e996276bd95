--- What a task waits for that is no request: a command, or the editor's next turn. To the task it is
--- like a request, with one end, that can be cancelled and stopped.
local errors = require "mistral.errors"

local M = {}

---@class mistral.Errand
---@field ended boolean
---@field private callbacks mistral.Callbacks
---@field private halt? fun()
local Errand = {}
Errand.__index = Errand

local function cancelled()
  return errors.new("cancelled", "cancelled")
end

function Errand:finish(reply, err)
  if self.ended then return end
  self.ended = true
  local callback = err and self.callbacks.on_error or not err and self.callbacks.on_done
  if callback then callback(err or reply) end
end

--- Its end is told at the client's next drain.
function Errand:cancel()
  if self.ended or self.told then return end
  self.told = true
  if self.halt then self.pump:call(self.halt) end
  self.pump:defer(function() self:finish(nil, cancelled()) end)
end

--- End it at once, since its client closes.
function Errand:stop()
  if self.ended then return end
  if self.halt and not self.told then self.pump:call(self.halt) end
  self:finish(nil, cancelled())
end

function Errand:needs_return()
  return false
end

function Errand:check_key() end

--- Start one.
---@param pump mistral.Pump
---@param callbacks mistral.Callbacks hear of its end: at a drain, so not before this returns
---@param begin fun(done: fun(reply: any)): fun()? starts it, and may return what stops it
---@param failed fun(problem: string): any what comes of it when `begin` raises
---@return mistral.Errand
function M.start(pump, callbacks, begin, failed)
  local self = setmetatable({ pump = pump, callbacks = callbacks, ended = false }, Errand)
  local function done(reply)
    if self.told then return end
    self.told = true
    pump:defer(function() self:finish(reply) end)
  end
  local began, halt = pcall(begin, done)
  if not began then
    done(failed(tostring(halt)))
  elseif type(halt) == "function" then
    self.halt = halt
  end
  return self
end

return M
