--- Programs that a repository's own configuration would have git run over files of the work tree
--- (`filter.<name>.clean` and `process`). Those of the user's configuration are the user's wish; those
--- of the repository are switched off, since it may be anybody's.
local ask = require "mistral.git.ask"
local text = require "mistral.text"

local M = {}

local TRUSTED = { system = true, global = true, command = true }

-- Names of filters by the scope they are configured in: "local\tfilter.name.clean".
local function untrusted(out)
  local names, seen = {}, {}
  for line in out:gmatch("[^\n]+") do
    local where, name = line:match("^(%S+)\tfilter%.(.*)%.[^.]*$")
    if where and not TRUSTED[where] and not seen[name] then
      seen[name] = true
      names[#names + 1] = name
    end
  end
  return names
end

--- Settings that switch them off.
---@param run mistral.git.Run
---@param place mistral.git.Place
---@return string[]? pins
---@return string? sentence
function M.off(run, place)
  local words = { "config", "--show-scope", "--name-only", "--get-regexp", "^filter\\." }
  local out, problem = ask.git(run, place, words, 1)
  if not out then return nil, problem end
  local pins = {}
  for _, name in ipairs(untrusted(out)) do
    if name:find("=", 1, true) then
      return nil, ("this repository configures a filter named %s, which cannot be switched off: "
        .. "remove it from .git/config"):format(text.line(name, 100))
    end
    for _, setting in ipairs { "clean=", "process=", "required=false" } do
      pins[#pins + 1] = "filter." .. name .. "." .. setting
    end
  end
  return pins
end

return M
