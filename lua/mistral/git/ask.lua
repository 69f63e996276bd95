--- One call of git, and what its failure means in a sentence that says what to do.
local arguments = require "mistral.git.arguments"
local text = require "mistral.text"

local M = {}

---@alias mistral.git.Run fun(argv: string[], options?: table): mistral.CommandResult?, string?

M.TIMED_OUT = 124
M.TOO_LONG = 125
local NOT_FOUND = 127
local USAGE = 129

M.OLDEST = "2.26"

local FOREIGN = "git refuses the repository %s, since it belongs to another user: if you trust it, "
  .. "add it to git's option safe.directory"
local PARTIAL = "this clone lacks some of what is compared: run the same `git diff` once in a "
  .. "terminal, which fetches it"

-- What git says, in the C locale, and what the user is told. %s is what was captured, else the
-- folder.
local KNOWN = {
  { "not a git repository()", "%s is not inside a git repository: go into one first" },
  { "dubious ownership in repository at '([^\n]*)'", FOREIGN },
  { "unsafe repository %('([^\n]*)' is owned by someone else", FOREIGN },
  { "must be run in a work tree()", "the repository in %s has no work tree: open a clone of it" },
  { "cannot change to '([^\n]*)'", "%s is not there: name a folder that is" },
  { "fatal: [^\n]+: '([^\n]*)' is outside repository",
    "%s is outside the repository: name files that are inside" },
  { "lazy fetching disabled()", PARTIAL },
  { "promisor remote()", PARTIAL },
  { "index file corrupt()", "the index of the repository in %s is damaged: see `git status`" },
  { "bad config()", "git cannot read its configuration: `git config --list` says where" },
}

local function fatal(result)
  local said = result.stderr:match("fatal: ([^\n]+)") or result.stderr:match("error: ([^\n]+)")
    or result.stderr:match("([^\n]+)") or ("status %d"):format(result.code)
  return text.line(said, 300)
end

local function known(result, folder)
  for _, entry in ipairs(KNOWN) do
    local found = result.stderr:match(entry[1])
    local subject = type(found) == "string" and found or folder == "." and "this folder" or folder
    if found then return (entry[2]:gsub("%%s", function() return text.line(subject, 200) end)) end
  end
end

-- A git too old for what it was asked says how it is used.
local function is_usage(result)
  return result.code == USAGE or result.stderr:find("usage: git", 1, true)
    or result.stderr:find("unknown option", 1, true)
    or result.stderr:find("unrecognized argument", 1, true)
end

local function version(run, place)
  local result = run(arguments.git(place, { "version" }))
  return result and result.stdout:match("%d+%.[%d.]*%d") or "of unknown version"
end

local function sentence(run, place, words, result)
  if result.code == NOT_FOUND then
    return "git was not found: install it, or put it on the PATH"
  elseif result.code == M.TIMED_OUT then
    return ("`git %s` did not end in time: review less at once"):format(words[1])
  elseif result.code == M.TOO_LONG then
    return ("`git %s` prints too much to be read: review less at once"):format(words[1])
  elseif is_usage(result) then
    return ("git %s cannot do what is asked of it: install git %s or newer"):format(
      version(run, place), M.OLDEST)
  end
  return known(result, place.folder)
    or ("`git %s` failed: %s"):format(words[1], fatal(result))
end

--- Run git.
---@param run mistral.git.Run
---@param place mistral.git.Place
---@param words string[] what git is asked
---@param accept? integer another exit status than 0 that is no failure
---@return string? stdout
---@return string? sentence
---@return integer? code
function M.git(run, place, words, accept)
  local result, message = run(arguments.git(place, words))
  if not result then
    return nil, "git could not be started: " .. text.line(text.of(message), 200), NOT_FOUND
  end
  if result.code == 0 or result.code == accept then return result.stdout end
  result = { code = result.code, stdout = result.stdout or "", stderr = result.stderr or "" }
  return nil, sentence(run, place, words, result), result.code
end

--- The first line of what git prints, or nil with a sentence.
---@param run mistral.git.Run
---@param place mistral.git.Place
---@param words string[]
---@return string?
---@return string? sentence
---@return integer? code
function M.line(run, place, words)
  local out, problem, code = M.git(run, place, words)
  if not out then return nil, problem, code end
  return out:match("^[^\n]+")
end

return M
