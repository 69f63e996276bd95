--- Where the key comes from. The key itself stays in these closures: nothing that prints, inspects
--- or copies the table meets it.
local check = require "mistral.keys.check"
local command = require "mistral.keys.command"
local errors = require "mistral.errors"
local file = require "mistral.keys.file"
local spawn = require "mistral.spawn"
local text = require "mistral.text"

local M = {}

---@class mistral.KeyOptions empty ones are as good as none
---@field api_key? string|fun(): string? a function is asked before each request
---@field api_key_command? string[] run once it is needed, without a shell's eyes on it; prints the key
---@field command? string[] a provider's own way to a key, tried when nothing else is said
---@field key_file? string its first line is the key; it must be ours alone
---@field env_file? boolean whether `.env` in the working folder is looked at; it is unless told
---@field env? string[] variables that may hold it, MISTRAL_API_KEY unless told
---@field lifetime_s? number how long a key that a command printed is good
---@field spawn? mistral.Spawn
---@field getenv? fun(name: string): string?
---@field stat? mistral.Stat
---@field env_path? string instead of ".env"
---@field now? fun(): number seconds

---@class mistral.Keys
---@field get fun(done: fun(key: string?, err: mistral.Error?)) at once, or when the command ends
---@field pending fun(): boolean true while the command runs in the editor's background
---@field refused fun(key: string) the service does not take it, so a command is asked anew
---@field generation fun(): integer counts the keys there were: names one without showing it

---@class mistral.KeySource
---@field is_set fun(): boolean whether it has something to say
---@field get fun(done: fun(key: string?, err: mistral.Error?)) nothing: the next source is asked
---@field pending? fun(): boolean

local ENVIRONMENT = { "MISTRAL_API_KEY" }
local ENV_FILE = ".env"

local function is_given(value)
  return value ~= nil and value ~= "" and (type(value) ~= "table" or value[1] ~= nil)
end

local function stat_of(options)
  if options.stat then return options.stat end
  return function(path)
    -- Here, not at the top: whoever has the key elsewhere can do without the C module.
    local found, native = pcall(require, "mistral.native")
    if not found then return nil, path .. ": the C module is not there to look at it" end
    return native.stat(path)
  end
end

-- A function may raise, and its message is nobody's but the user's.
local function ask_function(ask)
  local asked, value = pcall(ask)
  if asked then return check(value, "the function api_key") end
  local message = "the function api_key failed: " .. text.line(tostring(value), 200)
  return nil, errors.new("bad_key", message)
end

-- The first of the variables that says something, and its name.
local function in_environment(options)
  local getenv = options.getenv or os.getenv
  for _, name in ipairs(options.env or ENVIRONMENT) do
    local value = getenv(name)
    if value and value:find("%S") then return value, name end
  end
end

local function env_file_of(options)
  local path, names = options.env_path or ENV_FILE, options.env or ENVIRONMENT
  local stat = stat_of(options)
  return file.remembered(path, stat, function() return file.from_env(path, names, stat) end)
end

local function key_file_of(options)
  local path, stat = options.key_file, stat_of(options)
  return file.remembered(path, stat, function() return file.from_file(path, stat) end)
end

local function ask_option(options)
  if type(options.api_key) == "function" then return ask_function(options.api_key) end
  return check(options.api_key, "api_key")
end

local function ask_environment(options)
  local value, name = in_environment(options)
  return check(value, name)
end

-- In the order they are asked: what was said to this client, then to this process, to this folder,
-- and then what is set up once for all of them.
local SOURCES = {
  { name = "api_key", given = function(options) return is_given(options.api_key) end,
    ask = function(options) return function() return ask_option(options) end end },
  { name = "environment", given = function() return true end,
    ask = function(options) return function() return ask_environment(options) end end },
  { name = ".env", given = function(options) return options.env_file ~= false end,
    ask = env_file_of },
  { name = "api_key_command",
    given = function(options) return is_given(options.api_key_command) end },
  { name = "command",
    given = function(options)
      return is_given(options.command) and not is_given(options.api_key_command)
        and not is_given(options.key_file)
    end },
  { name = "key_file", given = function(options) return is_given(options.key_file) end,
    ask = key_file_of },
}

-- A source that answers at once, as one that may take its time.
local function at_once(ask)
  return function(done) done(ask()) end
end

local function never()
  return false
end

local function getters(options)
  local list, pending, refused = {}, never, never
  for _, source in ipairs(SOURCES) do
    if source.given(options) and source.ask then
      list[#list + 1] = at_once(source.ask(options))
    elseif source.given(options) then
      list[#list + 1], pending, refused = command.once(options[source.name],
        options.spawn or spawn, options.lifetime_s, options.now or os.time)
    end
  end
  return list, pending, refused
end

local ORIGIN = {
  environment = function(options)
    local _, name = in_environment(options)
    return name, name
  end,
  [".env"] = function(options)
    local key, err = env_file_of(options)()
    return (key or err) and ".env", err and tostring(err)
  end,
  api_key_command = function(options) return "api_key_command", options.api_key_command[1] end,
  command = function() return nil end, -- nobody said so
  key_file = function(options) return "key_file", options.key_file end,
}

--- Which of the sources a key would come from; whether it works, only asking can show.
---@param options mistral.KeyOptions
---@return string? origin "api_key", a variable's name, ".env", "api_key_command" or "key_file"
---@return string? detail the command's or the file's name; why `.env` is refused
function M.origin(options)
  for _, source in ipairs(SOURCES) do
    if source.given(options) then
      if not ORIGIN[source.name] then return source.name end
      local origin, detail = ORIGIN[source.name](options)
      if origin then return origin, detail end
    end
  end
end

--- The key as far as it can be told now, without running anything.
---@param options mistral.KeyOptions
---@return string?
function M.known(options)
  if type(options.api_key) == "function" then return nil end
  for _, source in ipairs(SOURCES) do
    if source.given(options) then
      if not source.ask then return nil end -- a command, and it would win
      local key, err = source.ask(options)()
      if key or err then return key end
    end
  end
end

--- A key's source: option, function, environment, `.env`, command, key file. The first that has one
--- gives it; one that has something wrong ends the search with an error.
---@param options mistral.KeyOptions
---@return mistral.Keys
function M.new(options)
  local list, pending, refused = getters(options)
  local known, generation = nil, 0
  local function remember(key)
    if key == known then return end
    known, generation = key, generation + 1
  end
  local function ask(at, done)
    if not list[at] then return done(nil) end
    list[at](function(key, err)
      if key or err then return done(key, err) end
      ask(at + 1, done)
    end)
  end
  return {
    get = function(done)
      ask(1, function(key, err)
        remember(key)
        done(key, err)
      end)
    end,
    pending = pending,
    refused = refused,
    generation = function() return generation end,
  }
end

return M
