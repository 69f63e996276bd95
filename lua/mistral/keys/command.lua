--- A key that a command prints: pass, secret-tool, op, security, gcloud.
local check = require "mistral.keys.check"
local errors = require "mistral.errors"
local redact = require "mistral.redact"
local text = require "mistral.text"

local M = {}

---@class mistral.CommandResult
---@field code integer
---@field stdout string
---@field stderr string

---@alias mistral.Spawn fun(argv: string[], done: fun(result: mistral.CommandResult))

local TIMEOUT_MS = 60000
local TIMED_OUT = 124 -- as timeout(1) has it

local function shell_word(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- The command runs beside a watchdog that ends it when its time is over, and that looks once a
-- second whether it is still needed. The command's input is kept for it, since the shell takes that
-- away from what runs beside. The last line is its status: Lua 5.1 does not tell a pipe's, and a
-- child of the command's may hold the pipe open long after it.
local SCRIPT = [[
exec 4<&0
%s <&4 4<&- & c=$!
( i=0
  while [ $i -lt %d ]; do sleep 1; kill -0 $c || exit; i=$((i + 1)); done
  kill $c; sleep 2; kill -9 $c ) </dev/null >/dev/null 2>&1 4<&- & w=$!
trap 'kill $c $w; exit 130' INT TERM HUP
{ wait $c; s=$?; kill $w; } 2>/dev/null
printf '\n%s%%d\n' $s]]

local MARK = "\1mistral_status:"

local function read_until_status(pipe)
  local lines = {}
  for line in pipe:lines() do
    local code = line:match("^" .. MARK .. "(%d+)$")
    if code then return table.concat(lines, "\n"), tonumber(code) end
    lines[#lines + 1] = line
  end
  return table.concat(lines, "\n"), 127
end

--- Run a command to its end, for hosts with no way of their own. Each word reaches it as it is.
---@param argv string[]
---@param done fun(result: mistral.CommandResult) code 124 when its time was over
---@param timeout_ms? integer in whole seconds, 60000 unless told
function M.run(argv, done, timeout_ms)
  local words = {}
  for index, word in ipairs(argv) do
    words[index] = shell_word(word)
  end
  local seconds = math.max(1, math.ceil((timeout_ms or TIMEOUT_MS) / 1000))
  local command = SCRIPT:format(table.concat(words, " "), seconds, MARK)
  local began = os.time()
  local pipe, message = io.popen(command, "r")
  if not pipe then return done { code = 127, stdout = "", stderr = message or "" } end
  local stdout, code = read_until_status(pipe)
  pipe:close()
  -- 128 and SIGTERM or SIGKILL
  local killed = code == 143 or code == 137
  if killed and os.difftime(os.time(), began) >= seconds - 1 then code = TIMED_OUT end
  done { code = code, stdout = stdout, stderr = "", seconds = seconds }
end

-- What a failed command said, without anything it printed where the key goes.
local function complaint(result)
  local said = result.stderr or ""
  for word in (result.stdout or ""):gmatch("%S+") do
    said = redact.text(said, word)
  end
  said = text.line(said, 200)
  return said ~= "" and ": " .. said or ""
end

local function failed(name, result)
  if result.code == TIMED_OUT and result.seconds then
    local message = "the key command `%s` did not end within %d s"
    return errors.new("bad_key", message:format(name, result.seconds))
  end
  local message = "the key command `%s` failed with status %d%s"
  return errors.new("bad_key", message:format(name, result.code, complaint(result)))
end

local function key_of(argv, result)
  local name = text.line(tostring(argv[1]), 80)
  if result.code ~= 0 then return nil, failed(name, result) end
  local key, err = check(result.stdout, "the command `" .. name .. "`")
  if key or err then return key, err end
  return nil, errors.new("bad_key", "the key command `" .. name .. "` printed nothing")
end

-- How long a key that lives so long is used: some of its life is left for the request itself.
local function use_of(lifetime_s)
  return lifetime_s - math.min(300, lifetime_s / 10)
end

--- One run of the command, however many requests wait for it. A key is kept, for as long as it
--- lives; after a failure, which may have been no more than a locked store, the next request runs
--- the command again.
---@param argv string[]
---@param spawn mistral.Spawn
---@param lifetime_s? number of a key; for ever unless told
---@param now fun(): number seconds
---@return fun(done: fun(key: string?, err: mistral.Error?)) get
---@return fun(): boolean pending
---@return fun(bad: string) refused the service does not take this key: another is asked for, once
function M.once(argv, spawn, lifetime_s, now)
  local waiting, key, since, began, doubted
  local function finished(result)
    local callbacks = waiting
    waiting = nil
    local got, err = key_of(argv, result)
    key, since = got, began -- its life may have begun with the command
    for _, done in ipairs(callbacks) do
      done(got, err)
    end
  end
  local function run()
    local over = false
    local function ended(result)
      if not over then
        over = true
        finished(result)
      end
    end
    began = now()
    local started, problem = pcall(spawn, argv, ended)
    if not started then ended { code = 127, stdout = "", stderr = tostring(problem) } end
  end
  local function is_fresh()
    if not lifetime_s then return true end
    local age = now() - since
    return age >= 0 and age < use_of(lifetime_s) -- a clock that was put back says nothing
  end
  local function get(done)
    if key and is_fresh() then return done(key) end
    if waiting then
      waiting[#waiting + 1] = done
      return
    end
    waiting = { done }
    run()
  end
  -- A command that prints the same again has no other, and may ask somebody for a password each time.
  local function refused(bad)
    if bad == key and bad ~= doubted then doubted, key = key, nil end
  end
  return get, function() return waiting ~= nil end, refused
end

return M
