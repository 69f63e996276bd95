--- The files of a scope, before anything of them is read.
local arguments = require "mistral.git.arguments"
local ask = require "mistral.git.ask"
local listing = require "mistral.git.listing"

local M = {}

local UNREADABLE = "what `git diff --raw` printed could not be read: please report it"

local function changed(run, place, sides, specs, breathe)
  local out, problem = ask.git(run, place, arguments.list(sides.words, specs))
  if not out then return nil, problem end
  local list = listing.parse(out, breathe)
  if not list then return nil, UNREADABLE end
  return list
end

local OTHERS = { "ls-files", "--others", "--exclude-standard", "--full-name", "--" }

local function add_untracked(run, place, list, specs, breathe)
  local out, problem = ask.git(run, place, arguments.join(OTHERS, specs))
  if not out then return nil, problem end
  for _, path in ipairs(listing.names(out, breathe)) do
    list[#list + 1] = {
      path = path, status = "A", old_mode = "000000", new_mode = "100644", untracked = true,
    }
  end
  return list
end

--- The files that changed between two sides.
---@param run mistral.git.Run
---@param place mistral.git.Place where `paths` are meant from
---@param sides mistral.git.Sides
---@param paths? string[] only these
---@param breathe fun()
---@return mistral.git.Entry[]?
---@return string? sentence
function M.changed(run, place, sides, paths, breathe)
  local specs = arguments.from_here(paths or {})
  local list, problem = changed(run, place, sides, specs, breathe)
  if not list or not sides.untracked then return list, problem end
  return add_untracked(run, place, list, specs, breathe)
end

-- What a name stands for: itself, or the files below it. One that git ignores is looked for only when
-- it is named itself.
local function named(run, place, path, breathe)
  local spec = arguments.from_here { path }
  for _, which in ipairs { { "--cached", "--others", "--exclude-standard" }, { "--others" } } do
    local words = arguments.join({ "ls-files" }, which, { "--full-name", "--" }, spec)
    local out, problem = ask.git(run, place, words)
    if not out then return nil, problem end
    if out ~= "" then
      local names = listing.names(out, breathe)
      table.sort(names)
      return names
    end
  end
  return {}
end

local function whole(path)
  return { path = path, status = "A", old_mode = "000000", new_mode = "100644", whole = true }
end

--- Files by name, whole.
---@param run mistral.git.Run
---@param place mistral.git.Place
---@param paths string[]
---@param breathe fun()
---@return mistral.git.Entry[]?
---@return string? sentence
function M.named(run, place, paths, breathe)
  local list, seen = {}, {}
  for _, path in ipairs(paths) do
    local names, problem = named(run, place, path, breathe)
    if not names then return nil, problem end
    if #names == 0 then list[#list + 1] = { path = path, status = "missing" } end
    for _, name in ipairs(names) do
      if not seen[name] then list[#list + 1] = whole(name) end
      seen[name] = true
    end
  end
  return list
end

return M
