--- What a process says, and its one end: its own, or that its time is over, or that it says too
--- much. A store of keys that waits for somebody who does not see its question would otherwise hold
--- up every request for ever.
local M = {}

local MOST_MS = 60000
local MOST_BYTES = 64 * 1024 * 1024
local GRACE_MS = 1000 -- for its output, when it has ended but somebody it started has not
local TIMED_OUT, TOO_MUCH, NOT_RUN = 124, 125, 127 -- the first and the last as timeout(1) has them

---@class mistral.host.Run
---@field kill fun() ends the process; set by who starts it
local Run = {}
Run.__index = Run

---@param timer fun(delay_ms: integer, fn: fun()): mistral.host.Stop
---@param options mistral.host.JobOptions
---@param done fun(result: mistral.host.Result)
---@return mistral.host.Run
function M.new(timer, options, done)
  local self = setmetatable({
    timer = timer,
    done = done,
    pieces = { stdout = {}, stderr = {} },
    left = options.limit or MOST_BYTES,
    kill = function() end,
  }, Run)
  local timeout_ms = options.timeout_ms or MOST_MS
  self.forget = timer(timeout_ms, function()
    self:finish({ code = TIMED_OUT, stdout = "", stderr = "", after_ms = timeout_ms })
  end)
  return self
end

--- Nobody is told any more, and nothing is kept.
function Run:stop()
  if self.over then
    return
  end
  self.over, self.pieces = true, nil
  self.forget()
  if not self.exit then
    self.kill()
  end
end

--- It ends, and this is what its owner hears.
---@param result mistral.host.Result
function Run:finish(result)
  if not self.over then
    self:stop()
    self.done(result)
  end
end

--- More of what it says; may be called where little is allowed.
---@param name "stdout"|"stderr"
---@param piece string
---@return boolean more whether there is room for more
function Run:add(name, piece)
  if self.over or self.left < 0 then
    return false
  end
  self.left = self.left - #piece
  table.insert(self.pieces[name], piece)
  return self.left >= 0
end

--- It says more than was allowed.
function Run:overflow()
  self:finish({ code = TOO_MUCH, stdout = "", stderr = "it says more than was allowed" })
end

--- It could not be started.
---@param why string
function Run:refuse(why)
  self.exit = NOT_RUN
  self.timer(0, function()
    self:finish({ code = NOT_RUN, stdout = "", stderr = why })
  end)
end

function Run:whole()
  if self.over then
    return
  end
  self:finish({
    code = self.exit,
    stdout = table.concat(self.pieces.stdout),
    stderr = table.concat(self.pieces.stderr),
  })
end

--- The process is gone; its output may still come.
---@param code integer
function Run:exited(code)
  self.exit = code
  if self.closed then
    return self:whole()
  end
  self.forget()
  self.forget = self.timer(GRACE_MS, function()
    self:whole()
  end)
end

--- All its output has come; its end may still be unknown.
function Run:shut()
  self.closed = true
  if self.exit then
    self:whole()
  end
end

return M
