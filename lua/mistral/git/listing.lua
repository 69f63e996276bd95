--- The list of changed files, as `git diff --raw --numstat` prints it.
local quoted = require "mistral.git.quoted"

local M = {}

---@class mistral.git.Entry
---@field path string the new side's name; the old side's for a file that is gone
---@field old_path? string of a renamed or copied file
---@field status string git's letter: A C D M R T U
---@field old_mode string six octal digits; zeros for a side that is not there
---@field new_mode string
---@field added? integer lines, where they are known
---@field removed? integer
---@field binary? true
---@field untracked? true

local function entry_of(line)
  local old_mode, new_mode, status, names = line:match("^:(%d+) (%d+) %x+ %x+ (%u)%d*\t(.*)$")
  if not old_mode then return nil end
  local first, second = names:match("^([^\t]*)\t(.*)$")
  local path, old_path = quoted.name(second or names), second and quoted.name(first)
  if not path or second and not old_path then return nil end
  return {
    path = path, old_path = old_path, status = status, old_mode = old_mode, new_mode = new_mode,
  }
end

-- The count of a renamed file bears both names, and is not looked for.
local function add_count(by_path, line)
  local added, removed, name = line:match("^([%d-]+)\t([%d-]+)\t(.*)$")
  local entry = name and by_path[quoted.name(name) or ""]
  if not entry or entry.old_path then return end
  entry.added, entry.removed = tonumber(added), tonumber(removed)
  entry.binary = added == "-" or nil
end

-- A conflicted file is listed as such, and may be listed as modified too.
local function add_entry(list, by_path, entry)
  local known = by_path[entry.path]
  if not known then
    list[#list + 1] = entry
    by_path[entry.path] = entry
  elseif entry.status == "U" then
    known.status = "U"
  end
end

--- Read the list; nil when a line is neither.
---@param out string
---@param breathe fun()
---@return mistral.git.Entry[]?
function M.parse(out, breathe)
  local list, by_path, row = {}, {}, 0
  for line in out:gmatch("[^\n]+") do
    row = row + 1
    if row % 128 == 0 then breathe() end
    if line:byte(1) == 58 then
      local entry = entry_of(line)
      if not entry then return nil end
      add_entry(list, by_path, entry)
    else
      add_count(by_path, line)
    end
  end
  return list
end

--- Names, one a line, as `git ls-files` prints them.
---@param out string
---@param breathe fun()
---@return string[]
function M.names(out, breathe)
  local list = {}
  for line in out:gmatch("[^\n]+") do
    list[#list + 1] = quoted.name(line)
    if #list % 128 == 0 then breathe() end
  end
  return list
end

return M
