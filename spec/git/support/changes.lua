--- A repository for each test of a describe block, and what git.changes finds in it.
local Repository = require "spec.git.support.repository"
local git = require "mistral.git"

local function complete(repo, scope)
  scope = type(scope) == "string" and { kind = scope } or scope
  scope.folder = scope.folder or repo.top
  return scope
end

---@param hooks { before_each: fun(fn: function), after_each: fun(fn: function) } the spec's own
---@return fun(): table repository of the test that runs
---@return fun(scope: string|table, options?: table): table changes
---@return fun(scope: string|table, options?: table): string problem the sentence why there are none
return function(hooks)
  local repo
  hooks.before_each(function() repo = Repository.new() end)
  hooks.after_each(function() repo:remove() end)

  local function changes(scope, options)
    local found, sentence = git.changes(repo.run, complete(repo, scope), options)
    return found or error(sentence, 2)
  end

  local function problem(scope, options)
    local found, sentence = git.changes(repo.run, complete(repo, scope), options)
    return found == nil and sentence or error("changes were found", 2)
  end

  return function() return repo end, changes, problem
end
