-- A worker that is woken must not push the thread that woke it off its processor: in Neovim that made
-- starting a request cost 220 us instead of 30. Linux has a scheduling policy for it.
local lfs = require "lfs"
local native = require "mistral.native"
local wait_for = require "spec.support.wait"

local TASKS = "/proc/self/task"
local SCHED_BATCH = 3
local POLICY = 41 -- a field of TASKS/*/stat; the command before it may hold blanks

local function policy(stat)
  local field = 2
  for word in stat:match("^.*%)(.*)$"):gmatch "%S+" do
    field = field + 1
    if field == POLICY then return tonumber(word) end
  end
end

local function polite_threads()
  local count = 0
  for name in lfs.dir(TASKS) do
    local file = name:find "^%d" and io.open(TASKS .. "/" .. name .. "/stat")
    local stat = file and file:read "*a"
    if file then file:close() end
    if stat and policy(stat) == SCHED_BATCH then count = count + 1 end
  end
  return count
end

describe("a transport's worker", function()
  it("leaves the processor to the thread that calls it", function()
    if not lfs.attributes(TASKS, "mode") then return pending "only Linux has this policy" end
    local before = polite_threads()

    local transport = assert(native.transport {})

    wait_for(function() return polite_threads() == before + 1 end, "no worker became polite")
    transport:close()
    assert.equal(before, polite_threads())
  end)
end)
