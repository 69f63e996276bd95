-- What a spec must not leave behind. The runner asks after each test for what modules registered
-- here, and after each file for threads and descriptors that were not there before.
local lfs = require "lfs"
local wait_for = require "spec.support.wait"

local M = {}

---@type { name: string, find: fun(): string? }[]
local checks = {}

---Register a check: `find` returns nil, or a sentence that says what is left.
---@param name string
---@param find fun(): string?
function M.register(name, find)
  for _, check in ipairs(checks) do
    if check.name == name then
      check.find = find
      return
    end
  end
  checks[#checks + 1] = { name = name, find = find }
end

-- The names in a folder of /proc/self with what `describe` says of each; empty where there is none.
local function entries(folder, describe)
  local found = {}
  if lfs.attributes(folder, "mode") ~= "directory" then return found end
  for name in lfs.dir(folder) do
    if name:match("^%d+$") then found[name] = describe(folder .. "/" .. name) end
  end
  return found
end

local function link_target(path) return lfs.symlinkattributes(path, "target") end

local function thread_name(path)
  local file = io.open(path .. "/comm")
  if not file then return nil end
  local name = file:read("*l")
  file:close()
  return name or "?"
end

---@class leaks.Snapshot
---@field threads table<string, string>
---@field descriptors table<string, string>

---@return leaks.Snapshot
function M.snapshot()
  return {
    threads = entries("/proc/self/task", thread_name),
    descriptors = entries("/proc/self/fd", link_target),
  }
end

local function added(kind, before, now, list)
  for id, what in pairs(now) do
    -- The descriptor that reads the folder itself is not a leak, and Neovim keeps its log of language
    -- servers open from the first one on.
    local is_own = what:match("^/proc/%d+/fd$") or what:match("/nvim/lsp%.log$")
    if before[id] ~= what and not is_own then
      list[#list + 1] = ("%s %s (%s)"):format(kind, id, what)
    end
  end
end

local function difference(before, now)
  local list = {}
  added("thread", before.threads, now.threads, list)
  added("descriptor", before.descriptors, now.descriptors, list)
  table.sort(list)
  return list
end

---What is there now and was not in the snapshot. Gives things that end by themselves (a resolver
---thread, a socket closed by the collector) up to `seconds` to do so.
---@param before leaks.Snapshot
---@param seconds? number
---@return string[]
function M.since(before, seconds)
  local left
  pcall(wait_for, function()
    collectgarbage()
    collectgarbage()
    left = difference(before, M.snapshot())
    return #left == 0
  end, "", seconds or 3)
  return left
end

---What the registered checks find.
---@return string[]
function M.found()
  local list = {}
  for _, check in ipairs(checks) do
    local what = check.find()
    if what then list[#list + 1] = check.name .. ": " .. what end
  end
  return list
end

return M
