--- A repository made for one spec by git itself, in a folder of its own, with neither the user's nor
--- the system's configuration.
local Repository = {}
Repository.__index = Repository

local IDENTITY = table.concat({
  "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=Test",
  "GIT_AUTHOR_EMAIL=test@test.invalid", "GIT_COMMITTER_NAME=Test",
  "GIT_COMMITTER_EMAIL=test@test.invalid", "GIT_AUTHOR_DATE='2001-02-03T04:05:06Z'",
  "GIT_COMMITTER_DATE='2001-02-03T04:05:06Z'",
}, " ")

local function quote(word) return "'" .. word:gsub("'", "'\\''") .. "'" end

-- What a command prints, and its status, which Lua 5.1 does not tell of a pipe.
local function read(command)
  local pipe = assert(io.popen(command .. "; printf '\\n%d' $?"))
  local said = pipe:read "*a"
  pipe:close()
  local out, code = said:match "^(.*)\n(%d+)$"
  return out, tonumber(code)
end

local function slurp(path)
  local file = io.open(path, "rb")
  local bytes = file and file:read "*a" or nil
  if file then file:close() end
  return bytes
end

---An empty repository on the branch main, or just a folder.
---@param options? { bare: boolean }
function Repository.new(options)
  local base = read "mktemp -d":gsub("\n$", "")
  local self = setmetatable({ base = base, top = base .. "/repo", environment = "" }, Repository)
  self.run = function(argv) return self:spawn(argv) end
  os.execute("mkdir " .. quote(self.top))
  if not (options or {}).bare then self:sh "git init -q -b main" end
  return self
end

---Run the words as they are, as a host would.
function Repository:spawn(argv)
  local words = {}
  for index, word in ipairs(argv) do
    words[index] = quote(word)
  end
  local errors = self.base .. "/stderr"
  local command = ("env %s %s %s 2>%s </dev/null"):format(IDENTITY, self.environment,
    table.concat(words, " "), quote(errors))
  local out, code = read(command)
  self.runs = (self.runs or 0) + 1
  return { code = code, stdout = out, stderr = slurp(errors) or "" }
end

---A script in the repository; each command must work.
function Repository:sh(script)
  local command = ("cd %s && env %s sh -ec %s 2>&1"):format(quote(self.top), IDENTITY, quote(script))
  local out, code = read(command)
  if code ~= 0 then error(("status %d of:\n%s\n%s"):format(code, script, out), 2) end
  return (out:gsub("\n$", ""))
end

---Write files of the work tree, and the folders they are in.
---@param files table<string, string> bytes by path
function Repository:write(files)
  for path, bytes in pairs(files) do
    local whole = self.top .. "/" .. path
    if path:find("/", 1, true) then os.execute("mkdir -p -- " .. quote(whole:match "^(.*)/")) end
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

function Repository:remove() os.execute("chmod -R u+w " .. quote(self.base) .. " && rm -rf " .. quote(self.base)) end

return Repository
