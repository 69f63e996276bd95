--- The end of a job, once: its own, or that its time is over. A store of keys that waits for somebody
--- who does not see its question would otherwise hold up every request for ever.
local MOST_MS = 60000
local TIMED_OUT = 124 -- as timeout(1) has it

--- What to call with a job's own end.
---@param timer fun(delay_ms: integer, fn: fun()): mistral.host.Stop
---@param timeout_ms? integer 60000 unless told
---@param stop fun() ends the job that takes too long
---@param done fun(result: mistral.host.Result)
---@return fun(result: mistral.host.Result)
return function(timer, timeout_ms, stop, done)
  local over = false
  local function finish(result)
    if not over then
      over = true
      done(result)
    end
  end
  timeout_ms = timeout_ms or MOST_MS
  local forget = timer(timeout_ms, function()
    if not over then
      stop()
      local seconds = math.ceil(timeout_ms / 1000)
      finish({ code = TIMED_OUT, stdout = "", stderr = "", seconds = seconds })
    end
  end)
  return function(result)
    forget()
    finish(result)
  end
end
