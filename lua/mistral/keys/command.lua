--- A key that a command prints: pass, secret-tool, op, security, gcloud.
local check = require "mistral.keys.check"
local errors = require "mistral.errors"
local redact = require "mistral.redact"
local text = require "mistral.text"

local M = {}

local TIMED_OUT = 124 -- as timeout(1) has it
local TOO_MUCH = 125

-- Whoever is asked for a password reads the question where the command's complaints go.
local OPTIONS = { stderr = false, limit = 64 * 1024 }

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
  if result.code == TIMED_OUT and result.after_ms then
    local message = "the key command `%s` did not end within %d s"
    return errors.new("bad_key", message:format(name, math.ceil(result.after_ms / 1000)))
  elseif result.code == TOO_MUCH then
    local message = "the key command `%s` prints too much: let it print the key and nothing else"
    return errors.new("bad_key", message:format(name))
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
    local started, problem = pcall(spawn, argv, ended, OPTIONS)
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
