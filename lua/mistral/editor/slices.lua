--- Work for the editor's main loop, done in slices: a few milliseconds, then whatever the user types
--- and the network brings, then the next few.
local M = {}

local SLICE_MS = 3

---@class mistral.Slices
---@field private host mistral.Host
---@field private queue (fun())[]
---@field private first integer
---@field private last integer
---@field private stop? mistral.host.Stop
local Slices = {}
Slices.__index = Slices

---@param host mistral.Host
---@return mistral.Slices
function M.new(host)
  return setmetatable({ host = host, queue = {}, first = 1, last = 0 }, Slices)
end

--- Does what is queued until the time of this slice is over. The next one is asked for before the
--- work, which may raise.
---@private
function Slices:run()
  self.stop = nil
  local started = self.host.now()
  repeat
    local fn = self.queue[self.first]
    self.queue[self.first] = nil
    self.first = self.first + 1
    self:wake()
    fn()
  until self:idle() or self.host.now() - started >= SLICE_MS
  if self:idle() then
    self:close()
  end
end

--- A timer, since Neovim does all that is scheduled, and what that schedules, before it looks at keys.
---@private
function Slices:wake()
  if not self.stop and not self:idle() then
    self.stop = self.host.timer(1, function()
      self:run()
    end)
  end
end

--- Does this after all that was added before; never before this call has returned.
---@param fn fun() a piece of work that takes no longer than a slice by itself
function Slices:add(fn)
  self.last = self.last + 1
  self.queue[self.last] = fn
  self:wake()
end

---@return boolean
function Slices:idle()
  return self.first > self.last
end

--- Drops what is queued; safe to call again.
function Slices:close()
  if self.stop then
    self.stop()
    self.stop = nil
  end
  self.queue, self.first, self.last = {}, 1, 0
end

return M
