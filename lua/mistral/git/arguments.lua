--- How git is called: as a list of words, never through a shell, so that it prints the same whatever
--- the environment and the configuration say, and runs no program of the repository's choosing.
local M = {}

-- What would point git at another repository or index, or change what it prints. GIT_CONFIG_* stay:
-- they are the user's configuration as much as a file is, and the options below come after them.
local UNSET = {
  "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE",
  "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE",
  "GIT_REPLACE_REF_BASE", "GIT_NO_REPLACE_OBJECTS", "GIT_ATTR_SOURCE", "GIT_IMPLICIT_WORK_TREE",
  "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS",
  "GIT_EXTERNAL_DIFF", "GIT_DIFF_OPTS", "GIT_TRACE",
}

-- Words in English, no questions, no lock that the user's own git would wait for; and nothing is
-- fetched for a partial clone, since a repository may name the program that does it.
local SET = {
  "LC_ALL=C", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1",
  "GIT_ALLOW_PROTOCOL=none",
}

local CONFIG = {
  "core.quotePath=false", "core.fsmonitor=false", "core.hooksPath=/dev/null", "color.ui=false",
  "diff.relative=false", "diff.noprefix=false", "diff.mnemonicPrefix=false", "diff.external=",
  "diff.suppressBlankEmpty=false", "diff.autoRefreshIndex=true", "diff.colorMoved=no",
  "log.showSignature=false",
}

-- More rows than a file has: the whole new side is printed.
local WHOLE = 100000000

local DIFF = {
  "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--src-prefix=a/", "--dst-prefix=b/",
  "--find-renames", "--find-copies", "-l1000", "-O/dev/null", "--ignore-submodules=dirty",
  "--submodule=short", "--diff-algorithm=histogram", "--ws-error-highlight=none",
}

local function add(list, ...)
  for _, words in ipairs { ... } do
    for _, word in ipairs(words) do
      list[#list + 1] = word
    end
  end
  return list
end

--- All words of several lists.
---@param ... string[]
---@return string[]
function M.join(...)
  return add({}, ...)
end

---@class mistral.git.Place
---@field folder string where git runs
---@field index? string another index than the repository's own: that of a commit being made
---@field pins? string[] further `name=value` of the configuration

--- A call of git with these words.
---@param place mistral.git.Place
---@param words string[]
---@return string[] argv
function M.git(place, words)
  local argv = { "env" }
  for _, name in ipairs(UNSET) do
    add(argv, { "-u", name })
  end
  add(argv, SET)
  if place.index then add(argv, { "GIT_INDEX_FILE=" .. place.index }) end
  add(argv, { "git", "--no-pager", "--no-optional-locks", "-C", place.folder })
  for _, pin in ipairs(CONFIG) do
    add(argv, { "-c", pin })
  end
  for _, pin in ipairs(place.pins or {}) do
    add(argv, { "-c", pin })
  end
  return add(argv, words)
end

-- A name means itself, whatever characters it has, from the top of the work tree.
local function from_top(paths)
  local specs = {}
  for index, path in ipairs(paths) do
    specs[index] = ":(top,literal)" .. path
  end
  return specs
end

--- The same for names that were given from where git runs.
---@param paths string[]
---@return string[]
function M.from_here(paths)
  local specs = {}
  for index, path in ipairs(paths) do
    specs[index] = ":(literal)" .. path
  end
  return specs
end

--- What changed between the two sides: a line for each file, and its count of lines.
---@param sides string[] words that say which sides are compared
---@param specs string[]
---@return string[]
function M.list(sides, specs)
  return M.join(DIFF, { "--raw", "--numstat", "--no-abbrev" }, sides, { "--" }, specs)
end

local PATCH = { "--patch", "--full-index", "--unified=" .. WHOLE }

--- The changes of these files, with all lines of their new side.
---@param sides string[]
---@param paths string[] from the top of the work tree
---@return string[]
function M.patch(sides, paths)
  return M.join(DIFF, PATCH, sides, { "--" }, from_top(paths))
end

--- The lines of a file that git does not know, all as new. Runs at the top of the work tree; its exit
--- status is 1 when the file is not empty.
---@param path string
---@return string[]
function M.untracked(path)
  if path:sub(1, 1) ~= "/" then path = "./" .. path end -- a file named "-" is not standard input
  return M.join(DIFF, PATCH, { "--no-index", "--", "/dev/null", path })
end

return M
