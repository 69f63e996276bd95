--- What a scope compares: the two sides as words for `git diff`, and the title that says so.
local ask = require "mistral.git.ask"
local base = require "mistral.git.base"
local text = require "mistral.text"

local M = {}

---@class mistral.git.Scope
---@field kind "staged"|"unstaged"|"branch"|"commit"|"files"
---@field folder? string a folder of the repository, or below; the working directory unless told
---@field base? string of `branch`: the revision to compare with
---@field rev? string of `commit`
---@field paths? string[] only these files and folders, from `folder`; `files` needs them
---@field index? string of `staged`: another index file, as git names it to the editor of a commit

---@class mistral.git.Sides
---@field words string[]
---@field title string
---@field untracked? boolean files that git does not know count as well
---@field base? string object name
---@field rev? string object name
---@field nothing string the sentence for no change at all

-- Object names of the empty tree, by length.
local EMPTY = {
  [40] = "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
  [64] = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}

local function name_of(rev)
  return text.line(rev, 100)
end

local NO_REV = "%s names no commit, or more than one: `git log` and `git branch --all` show names"

-- The commit that a revision names.
local function commit_of(run, place, rev)
  if type(rev) ~= "string" or rev == "" or rev:find("^%-") or rev:find("[%c]") then
    return nil, NO_REV:format(name_of(tostring(rev) == "" and "an empty name" or tostring(rev)))
  end
  -- `:/words` takes all that follows for words, so it is looked up before it is asked for a commit.
  local found, problem, code = rev, nil, nil
  if rev:sub(1, 1) == ":" then
    found, problem, code = ask.line(run, place, { "rev-parse", "--verify", "--quiet", rev })
  end
  if found then
    local words = { "rev-parse", "--verify", "--quiet", found .. "^{commit}" }
    found, problem, code = ask.line(run, place, words)
  end
  if found then return found end
  if code == 1 or code == 128 then return nil, NO_REV:format(name_of(rev)) end
  return nil, problem or NO_REV:format(name_of(rev))
end

local NO_COMMIT = "this repository has no commit yet: review what is staged, or unstaged"

local function head(run, place)
  local found, problem, code = ask.line(run, place, { "rev-parse", "--verify", "--quiet", "HEAD" })
  if found then return found end
  return nil, (code == nil or code == 1) and NO_COMMIT or problem
end

local function staged()
  return {
    words = { "--cached" }, title = "staged",
    nothing = "nothing to review: nothing is staged",
  }
end

local function unstaged()
  return {
    words = {}, title = "unstaged", untracked = true,
    nothing = "nothing to review: the work tree is as the index has it",
  }
end

local function files()
  return { words = {}, title = "files", nothing = "nothing to review: name a file, or several" }
end

local function is_shallow(run, place)
  return ask.line(run, place, { "rev-parse", "--is-shallow-repository" }) == "true"
end

local function no_merge_base(run, place, name)
  if is_shallow(run, place) then
    return ("the history of this clone is too short to say where HEAD left %s: `git fetch "
      .. "--unshallow` brings the rest"):format(name)
  end
  return ("HEAD and %s have no commit in common: name another base"):format(name)
end

-- The revision that a branch is compared with, and what people call it.
local function base_of(run, place, scope)
  if not scope.base then return base.guess(run, place) end
  return scope.base, name_of(tostring(scope.base))
end

local function branch(run, place, scope)
  local rev, problem = head(run, place)
  if not rev then return nil, problem end
  local from, name = base_of(run, place, scope)
  if not from then return nil, name end
  local onto
  onto, problem = commit_of(run, place, from)
  if not onto then return nil, problem end
  local common, why, code = ask.line(run, place, { "merge-base", onto, rev })
  if not common then
    local unrelated = code == 1 or code == nil
    return nil, unrelated and no_merge_base(run, place, name) or why
  end
  return {
    words = { common, rev }, base = common, rev = rev,
    title = ("branch against %s (merge base %s)"):format(name, common:sub(1, 8)),
    nothing = ("nothing to review: HEAD has no change that %s lacks"):format(name),
  }
end

-- The first parent, as the commit itself tells it: a shallow history hides it from other commands.
local function parent_of(run, place, rev)
  local out, problem = ask.git(run, place, { "cat-file", "commit", rev })
  if not out then return nil, problem end
  local head_of = (out .. "\n\n"):match("^(.-)\n\n")
  return ("\n" .. head_of):match("\nparent (%x+)") or EMPTY[#rev]
end

local function is_here(run, place, object)
  return ask.git(run, place, { "cat-file", "-e", object }) ~= nil
end

local function commit(run, place, scope)
  local present, problem = head(run, place)
  if not present then return nil, problem end
  local rev
  rev, problem = commit_of(run, place, scope.rev or "HEAD")
  if not rev then return nil, problem end
  local parent
  parent, problem = parent_of(run, place, rev)
  if not parent then return nil, problem end
  local short = rev:sub(1, 8)
  if parent ~= EMPTY[#rev] and not is_here(run, place, parent) then
    return nil, ("the history of this clone ends with %s: `git fetch --deepen=1` brings what is "
      .. "before it"):format(short)
  end
  return {
    words = { parent, rev }, base = parent, rev = rev, title = "commit " .. short,
    nothing = ("nothing to review: %s changes no file"):format(short),
  }
end

local KINDS = { staged = staged, unstaged = unstaged, branch = branch, commit = commit,
  files = files }

--- The sides of a scope.
---@param run mistral.git.Run
---@param place mistral.git.Place
---@param scope mistral.git.Scope
---@return mistral.git.Sides?
---@return string? sentence
function M.sides(run, place, scope)
  local kind = KINDS[scope.kind]
  if not kind then
    return nil, ("%s is no scope of a review: choose staged, unstaged, branch, commit or files")
      :format(name_of(tostring(scope.kind)))
  end
  return kind(run, place, scope)
end

return M
