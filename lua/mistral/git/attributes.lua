--- What .gitattributes say of files.
local arguments = require "mistral.git.arguments"
local ask = require "mistral.git.ask"

local M = {}

local NAMES = { "linguist-generated", "linguist-vendored", "diff" }
local VALUES = { ": linguist%-generated: (.*)$", ": linguist%-vendored: (.*)$", ": diff: (.*)$" }

local TRUE = { set = true, ["true"] = true }
local FALSE = { unset = true, ["false"] = true }

local function truth(value)
  if TRUE[value] then return true end
  if FALSE[value] then return false end
  return nil
end

---@class mistral.git.Attributes nil for what nobody said
---@field generated? boolean
---@field vendored? boolean
---@field diff? boolean

-- git answers in the order in which it was asked: a line for each name of each path.
local function read(out, paths, found)
  local values = {}
  for line in out:gmatch("[^\n]+") do
    values[#values + 1] = line:match(VALUES[#values % #VALUES + 1])
  end
  if #values ~= #paths * #NAMES then return false end
  for index, path in ipairs(paths) do
    local at = (index - 1) * #NAMES
    found[path] = {
      generated = truth(values[at + 1]), vendored = truth(values[at + 2]),
      diff = truth(values[at + 3]),
    }
  end
  return true
end

--- The attributes of these files.
---@param run mistral.git.Run
---@param place mistral.git.Place the top of the work tree
---@param batches string[][] paths from there, in batches that fit a command line
---@return table<string, mistral.git.Attributes>?
---@return string? sentence
function M.of(run, place, batches)
  local found = {}
  for _, paths in ipairs(batches) do
    local words = arguments.join({ "check-attr" }, NAMES, { "--" }, paths)
    local out, problem = ask.git(run, place, words)
    if not out then return nil, problem end
    if not read(out, paths, found) then
      return nil, "what `git check-attr` printed could not be read: install git " .. ask.OLDEST
        .. " or newer"
    end
  end
  return found
end

return M
