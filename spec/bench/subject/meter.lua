--- How busy Neovim's loop is: the CPU it takes, and the longest time in which a timer of one
--- millisecond did not run.

local ffi = require("ffi")

ffi.cdef([[
typedef struct { long s, ns; } bench_timespec;
int clock_gettime(int id, bench_timespec *t);
]])

local THREAD_CPU = 3

local function thread_cpu_ms()
  local t = ffi.new("bench_timespec")
  ffi.C.clock_gettime(THREAD_CPU, t)
  return tonumber(t.s) * 1e3 + tonumber(t.ns) / 1e6
end

--- A timer that wants to run each millisecond tells how long the loop was busy with other things.
---@param host bench.Host
---@return fun(): table what was measured since
return function(host)
  local timer, gap_ms = vim.loop.new_timer(), 0
  local began, thread, all = host.now_ms(), thread_cpu_ms(), os.clock() * 1e3
  local last = began
  timer:start(1, 1, function()
    local now = host.now_ms()
    gap_ms, last = math.max(gap_ms, now - last), now
  end)
  return function()
    local wall_ms = host.now_ms() - began
    timer:close()
    return {
      wall_ms = wall_ms,
      gap_ms = gap_ms,
      cpu_ms_per_s = (thread_cpu_ms() - thread) / wall_ms * 1e3,
      all_cpu_ms_per_s = (os.clock() * 1e3 - all) / wall_ms * 1e3,
    }
  end
end
