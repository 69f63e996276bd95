--- Where the key comes from. The key itself stays in these closures: nothing that prints, inspects
--- or copies the table meets it.
local errors = require "mistral.errors"
local redact = require "mistral.redact"
local text = require "mistral.text"

local M = {}

---@class mistral.CommandResult
---@field code integer
---@field stdout string
---@field stderr string

---@alias mistral.Spawn fun(argv: string[], done: fun(result: mistral.CommandResult))

---@class mistral.KeyOptions
---@field api_key? string|fun(): string a function is asked before each request
---@field api_key_command? string[] run once it is needed, without a shell's eyes on it; prints the key
---@field env? string[] variables of the environment that may hold it, MISTRAL_API_KEY unless told
---@field spawn? mistral.Spawn
---@field getenv? fun(name: string): string?

---@class mistral.Keys
---@field get fun(done: fun(key: string?, err: mistral.Error?)) at once, or when the command ends
---@field pending fun(): boolean true while the command runs in the editor's background
---@field generation fun(): integer counts the keys there were: names one without showing it

local ENVIRONMENT = { "MISTRAL_API_KEY" }

-- What is wrong with a key as a header value, or nil.
local function fault(key)
  if type(key) ~= "string" then return "it is a " .. type(key) .. ", not text" end
  if key:find("[\r\n]") then return "it has more than one line" end
  if key:find("%z") then return "it has a NUL byte in it" end
  if key:find("[%s%c]") then return "it has a blank in it" end
  if key:find("[\128-\255]") then return "it has a character in it that is not ASCII" end
end

-- Trimmed and checked: the key, nil when it is empty, or nil and an error.
local function checked(value, source)
  if type(value) == "string" then value = value:match("^%s*(.-)%s*$") end
  if value == nil or value == "" then return nil end
  local wrong = fault(value)
  if not wrong then return value end
  return nil, errors.new("bad_key", ("the key from %s cannot be used: %s"):format(source, wrong))
end

local function shell_word(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- Run a command to its end, for hosts with no way of their own. Each word reaches it as it is.
---@param argv string[]
---@param done fun(result: mistral.CommandResult)
function M.run(argv, done)
  local words = {}
  for index, word in ipairs(argv) do
    words[index] = shell_word(word)
  end
  -- Lua 5.1 does not tell a pipe's exit status, so the shell prints it last.
  local pipe, message = io.popen(table.concat(words, " ") .. "; printf '\\n%d' $?", "r")
  if not pipe then return done { code = 127, stdout = "", stderr = message or "" } end
  local output = pipe:read("*a") or ""
  pipe:close()
  local stdout, code = output:match("^(.*)\n(%d+)$")
  done { code = tonumber(code) or 127, stdout = stdout or "", stderr = "" }
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

local function command_key(argv, result)
  local name = text.line(tostring(argv[1]), 80)
  if result.code ~= 0 then
    local message = "the key command `%s` failed with status %d%s"
    return nil, errors.new("bad_key", message:format(name, result.code, complaint(result)))
  end
  local key, err = checked(result.stdout, "the command `" .. name .. "`")
  if key or err then return key, err end
  return nil, errors.new("bad_key", "the key command `" .. name .. "` printed nothing")
end

-- One run of the command, however many requests wait for it. A key is kept; after a failure, which
-- may have been no more than a locked store, the next request runs it again.
local function once(argv, spawn)
  local waiting, key
  local function finished(result)
    local callbacks = waiting
    waiting = nil
    local got, err = command_key(argv, result)
    key = got
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
    local started, problem = pcall(spawn, argv, ended)
    if not started then ended { code = 127, stdout = "", stderr = tostring(problem) } end
  end
  local function get(done)
    if key then return done(key) end
    if waiting then
      waiting[#waiting + 1] = done
      return
    end
    waiting = { done }
    run()
  end
  return get, function() return waiting ~= nil end
end

local function from_value(value, source)
  return function(done) done(checked(value, source)) end
end

local function from_function(ask)
  return function(done)
    local asked, value = pcall(ask)
    if asked then return done(checked(value, "the function api_key")) end
    local message = "the function api_key failed: " .. text.line(tostring(value), 200)
    done(nil, errors.new("bad_key", message))
  end
end

-- The first of the variables that says something, and its name.
local function in_environment(names, getenv)
  for _, name in ipairs(names) do
    local value = getenv(name)
    if value and value:find("%S") then return value, name end
  end
end

local function from_environment(names, getenv)
  return function(done) done(checked(in_environment(names, getenv))) end
end

local function source(options)
  local never = function() return false end
  if type(options.api_key) == "function" then return from_function(options.api_key), never end
  if options.api_key then return from_value(options.api_key, "api_key"), never end
  if options.api_key_command then
    return once(options.api_key_command, options.spawn or M.run)
  end
  return from_environment(options.env or ENVIRONMENT, options.getenv or os.getenv), never
end

local function is_set(value)
  return value ~= nil and value ~= "" and (type(value) ~= "table" or value[1] ~= nil)
end

--- Which of the sources a key would come from; whether it works, only asking can show.
---@param options mistral.KeyOptions empty ones are as good as none
---@return string? "api_key", "api_key_command", or the name of a variable
function M.origin(options)
  if is_set(options.api_key) then return "api_key" end
  if is_set(options.api_key_command) then return "api_key_command" end
  local _, name = in_environment(options.env or ENVIRONMENT, options.getenv or os.getenv)
  return name
end

--- A key's source: the option, else the command, else the environment.
---@param options mistral.KeyOptions
---@return mistral.Keys
function M.new(options)
  local get, pending = source(options)
  local known, generation = nil, 0
  local function remember(key)
    if key == known then return end
    known, generation = key, generation + 1
  end
  return {
    get = function(done)
      get(function(key, err)
        remember(key)
        done(key, err)
      end)
    end,
    pending = pending,
    generation = function() return generation end,
  }
end

return M
