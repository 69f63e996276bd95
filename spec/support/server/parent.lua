--- Ends the server when whoever started it is gone, so that no spec run leaves one behind.

local cqueues = require "cqueues"

local M = {}

local CHECK_EVERY_S = 0.25

--- Fields of /proc/self/stat: pid, (name), state, parent.
local function process_ids()
  local file = io.open("/proc/self/stat")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  local pid, ppid = text:match("^(%d+) .*%) %a (%d+) ")
  return tonumber(pid), tonumber(ppid)
end

---@return integer? pid nil where there is no /proc
function M.own_pid()
  return (process_ids())
end

--- In a loop of its own, since it is the loop that fails: no pcall around the poll would see it.
local function can_be_polled(input)
  local probe = cqueues.new()
  probe:wrap(function() cqueues.poll(input, 0) end)
  return (probe:loop()) == true
end

--- Standard input is watched only where it can be polled (a pipe or a terminal, not /dev/null).
local function wait_for_end_of_input()
  local input = { pollfd = 0, events = "r" }
  if not can_be_polled(input) then return end
  repeat cqueues.poll(input) until io.stdin:read(1) == nil
  os.exit(0)
end

local function wait_for_orphaning()
  local _, first_parent = process_ids()
  while first_parent do
    cqueues.sleep(CHECK_EVERY_S)
    local _, now = process_ids()
    if now ~= first_parent then os.exit(0) end
  end
end

--- Runs inside the loop; comes back only where neither way of watching works.
function M.watch()
  local loop = cqueues.running()
  loop:wrap(wait_for_end_of_input)
  loop:wrap(wait_for_orphaning)
end

return M
