--- Work that takes several steps: it waits for commands, and lets the editor go on between long ones.
local M = {}

local BREATH_S = 0.004 -- of work between two turns of the editor

---@class mistral.Waiting what the work is given; both wait, so no pcall may stand around them
---@field run fun(argv: string[], options?: mistral.host.JobOptions): mistral.host.Result
---@field breathe fun() to be called often: lets the editor have its turn when that is due

--- Runs it up to where it waits first; it goes on by itself.
---@param host mistral.Host
---@param work fun(waiting: mistral.Waiting): any, string|nil
---@param done fun(value: any, problem: string|nil) once, with what it returned; it may be called before
--- this returns
---@return mistral.host.Stop stop then `done` is not called any more, and no command goes on
function M.start(host, work, done)
  local thread, stop_job, over, breath

  local function go_on(...)
    if over then
      return
    end
    stop_job, breath = nil, os.clock()
    local ran, value, problem = coroutine.resume(thread, ...)
    if not ran then
      value, problem = nil, tostring(value)
    end
    if coroutine.status(thread) == "dead" and not over then
      over = true
      done(value, problem)
    end
  end

  local waiting = {}
  function waiting.run(argv, options)
    stop_job = host.job(argv, go_on, options)
    return coroutine.yield()
  end
  function waiting.breathe()
    if os.clock() - breath >= BREATH_S then
      host.schedule(go_on)
      coroutine.yield()
    end
  end

  thread = coroutine.create(function()
    return work(waiting)
  end)
  go_on()
  return function()
    over = true
    if stop_job then
      stop_job()
      stop_job = nil
    end
  end
end

return M
