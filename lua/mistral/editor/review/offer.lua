--- What may be typed behind `:Mistral review`: scope words, files, branches and commits. Git is asked
--- in the background as soon as somebody completes anything here, since a command line must not wait;
--- its names are there with the next key.
local arguments = require("mistral.git.arguments")
local file_names = require("mistral.editor.names")
local words = require("mistral.editor.review.words")

local MOST = "--count=500"
local FRESH_MS = 3000

---@class mistral.review.Names what can be named in a repository
---@field folder string
---@field at number when git was asked last
---@field refs string[] branches and tags, the newest first
---@field commits string[] the last few

local function lines_of(result)
  local lines = {}
  for line in (result.code == 0 and result.stdout or ""):gmatch("[^\n]+") do
    lines[#lines + 1] = line
  end
  return lines
end

local REFS = {
  "for-each-ref", MOST, "--sort=-committerdate", "--format=%(refname:short)", "refs/heads",
  "refs/remotes", "refs/tags",
}
local COMMITS = { "rev-list", "--max-count=30", "--abbrev-commit", "HEAD" }

local function ask(host, names)
  local place = { folder = names.folder }
  local function into(field)
    return function(result)
      names[field] = lines_of(result)
    end
  end
  host.job(arguments.git(place, REFS), into("refs"))
  host.job(arguments.git(place, COMMITS), into("commits"))
end

--- The names of the repository at hand, as far as they are known.
local function names_of(session)
  local host = session.host
  local folder = host.path(host.buffer()):match("^(.+)/") or host.folder()
  local names = session.review_names
  if not names or names.folder ~= folder then
    names = { folder = folder, at = -FRESH_MS, refs = {}, commits = {} }
    session.review_names = names
  end
  if host.now() - names.at >= FRESH_MS then
    names.at = host.now()
    ask(host, names)
  end
  return names
end

local function joined(...)
  local all = {}
  for _, list in ipairs({ ... }) do
    for _, word in ipairs(list) do
      all[#all + 1] = word
    end
  end
  return all
end

local function has(list, wanted)
  for _, word in ipairs(list) do
    if word == wanted then
      return true
    end
  end
  return false
end

--- What may stand behind these words.
---@param session mistral.Session
---@param before string[] the words before the one that is being typed
---@param partial string what is typed of that one
---@return string[]
return function(session, before, partial)
  local names, first = names_of(session), before[1]
  if has(before, "--") then
    return {}
  elseif not first then
    return joined(words.scopes, partial ~= "" and file_names.offer(session.host, partial) or {})
  elseif first == "branch" then
    return #before == 1 and names.refs or {}
  elseif first == "commit" then
    return #before == 1 and joined({ "HEAD", "HEAD~1" }, names.commits, names.refs) or {}
  elseif first == "files" or not has(words.scopes, first) then
    return file_names.offer(session.host, partial)
  end
  return {}
end
