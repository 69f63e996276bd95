--- A repository made for one spec by git itself, in a folder of its own, with neither the user's nor
--- the system's configuration.
local native = require "mistral.native"

local Repository = {}
Repository.__index = Repository

local IDENTITY = {
  "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=Test",
  "GIT_AUTHOR_EMAIL=test@test.invalid", "GIT_COMMITTER_NAME=Test",
  "GIT_COMMITTER_EMAIL=test@test.invalid", "GIT_AUTHOR_DATE=2001-02-03T04:05:06Z",
  "GIT_COMMITTER_DATE=2001-02-03T04:05:06Z",
}

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

---An empty repository on the branch main.
function Repository.new()
  local made = assert(native.run { "mktemp", "-d" })
  local base = made.stdout:gsub("\n$", "")
  local self = setmetatable({ base = base, top = base .. "/repo", environment = {} }, Repository)
  self.run = function(argv) return self:spawn(argv) end
  os.execute("mkdir " .. quote(self.top))
  self:sh "git init -q -b main"
  return self
end

---Run the words as they are, as a host would.
function Repository:spawn(argv)
  local words = { "env" }
  for _, list in ipairs { IDENTITY, self.environment, argv } do
    for _, word in ipairs(list) do
      words[#words + 1] = word
    end
  end
  self.runs = (self.runs or 0) + 1
  return native.run(words, { limit = self.limit })
end

---A script in the repository; each command must work.
function Repository:sh(script)
  local words = { "env" }
  for _, word in ipairs(IDENTITY) do
    words[#words + 1] = word
  end
  words[#words + 1], words[#words + 2], words[#words + 3] = "sh", "-ec", script
  local result = assert(native.run(words, { cwd = self.top }))
  if result.code ~= 0 then
    error(("status %d of:\n%s\n%s"):format(result.code, script, result.stderr), 2)
  end
  return (result.stdout:gsub("\n$", ""))
end

---Write files of the work tree, and the folders they are in.
---@param files table<string, string> bytes by path
function Repository:write(files)
  local made = {}
  for path, bytes in pairs(files) do
    local whole = self.top .. "/" .. path
    local folder = path:match "^(.*)/"
    if folder and not made[folder] then native.run { "mkdir", "-p", "--", self.top .. "/" .. folder } end
    made[folder or ""] = true
    local file = assert(io.open(whole, "wb"))
    file:write(bytes)
    file:close()
  end
end

---Commit the work tree as it is, with these files written.
function Repository:commit(files, subject)
  self:write(files or {})
  self:sh("git add -A && git commit -q --allow-empty -m " .. quote(subject or "a change"))
end

function Repository:remove() native.run { "rm", "-rf", self.base } end

return Repository
