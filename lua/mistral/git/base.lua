--- The branch that a branch is compared with, when nobody names one.
local ask = require "mistral.git.ask"

local M = {}

local FORMAT = "--format=%(HEAD)\t%(refname)\t%(symref)\t"
  .. "%(upstream:remotename)\t%(push:remotename)"
local LINE = "^(.)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t(.*)$"

local REFS = {
  "refs/remotes/*/HEAD", "refs/remotes/*/main", "refs/remotes/*/master", "refs/heads/main",
  "refs/heads/master",
}

-- The references by name; the current branch is among them.
local function read(out)
  local refs, current = {}, nil
  for line in out:gmatch("[^\n]+") do
    local head, name, target, upstream, push = line:match(LINE)
    if name then
      refs[name] = { target = target, upstream = upstream, push = push }
      if head == "*" then current = name end
    end
  end
  return refs, current
end

local function only_remote(refs)
  local found
  for name in pairs(refs) do
    local remote = name:match("^refs/remotes/([^/]+)/")
    if remote and found and found ~= remote then return nil end
    found = remote or found
  end
  return found
end

-- The remotes to look at, the likeliest first.
local function remotes(refs, current)
  local list, own = {}, refs[current or ""] or {}
  local likely = { own.upstream or "", own.push or "", "origin", only_remote(refs) or "" }
  for _, remote in ipairs(likely) do
    if remote ~= "" and remote ~= "." then list[#list + 1] = remote end
  end
  return list
end

local function of_remote(refs, remote)
  local folder = "refs/remotes/" .. remote .. "/"
  local head = refs[folder .. "HEAD"]
  if head and head.target ~= "" then return head.target end
  for _, name in ipairs { "main", "master" } do
    if refs[folder .. name] then return folder .. name end
  end
end

local function local_branch(refs, current)
  for _, name in ipairs { "refs/heads/main", "refs/heads/master" } do
    if refs[name] and name ~= current then return name end
  end
end

local function short(name)
  return (name:gsub("^refs/remotes/", ""):gsub("^refs/heads/", ""))
end

local NONE = "no base branch was found to compare with: name one, as in `branch main`"

--- The default branch of the remote that the current branch belongs to, else a branch called main or
--- master, else such a branch of this repository.
---@param run mistral.git.Run
---@param place mistral.git.Place
---@return string? ref
---@return string name as people say it, or the sentence why there is none
function M.guess(run, place)
  local words = { "for-each-ref", FORMAT }
  for _, ref in ipairs(REFS) do
    words[#words + 1] = ref
  end
  words[#words + 1] = ask.line(run, place, { "symbolic-ref", "--quiet", "HEAD" })
  local out, problem = ask.git(run, place, words)
  if not out then return nil, problem end
  local refs, current = read(out)
  for _, remote in ipairs(remotes(refs, current)) do
    local ref = of_remote(refs, remote)
    if ref then return ref, short(ref) end
  end
  local ref = local_branch(refs, current)
  if not ref then return nil, NONE end
  return ref, short(ref)
end

return M
