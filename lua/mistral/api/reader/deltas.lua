--- A stream as a loop sees it: `for delta in client:stream{...} do ... end`.
local tables = require "mistral.tables"

local M = {}

---@class mistral.Deltas
---@field reply? mistral.Reply after the loop, when all went well
---@field err? mistral.Error after the loop, when not
---@field private request mistral.Request
local Deltas = {}
Deltas.__index = Deltas

--- Make the loop's side of a request.
---@param start fun(callbacks: mistral.Callbacks): mistral.Request
---@param options mistral.Callbacks
---@param pump mistral.Pump
---@return mistral.Deltas
function M.new(start, options, pump)
  local self = setmetatable({ queue = {}, first = 1, last = 0, pump = pump }, Deltas)
  local callbacks = tables.copy(options)
  callbacks.on_delta = function(delta)
    self.last = self.last + 1
    self.queue[self.last] = delta
  end
  self.request = start(callbacks)
  return self
end

function Deltas:pop()
  local delta = self.queue[self.first]
  if not delta then return nil end
  self.queue[self.first] = nil
  self.first = self.first + 1
  return delta
end

function Deltas:has_next()
  return self.first <= self.last or self.request.ended
end

--- The next delta, waiting for it; nil at the end. Raises where none would ever come: within a tool
--- or a callback that has to return first, or in an editor whose key command still runs.
---@return mistral.Delta?
function Deltas:next()
  if not self:has_next() and self.request:needs_return() then
    error("the loop over this stream would never end: it was called from within the stream's own "
      .. "request, in a tool or a callback that has to return first", 2)
  end
  self.pump:wait_until(function()
    if self:has_next() then return true end
    self.request:check_key()
    return false
  end)
  local delta = self:pop()
  if not delta then self.reply, self.err = self.request.reply, self.request.err end
  return delta
end

--- Stop it early; wanted after leaving the loop with break.
function Deltas:cancel()
  self.request:cancel()
end

Deltas.__call = Deltas.next
Deltas.__close = Deltas.cancel

return M
