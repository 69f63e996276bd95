--- Keys that stand in files: a file of its own, or a line of `.env`. Nothing but the key is kept of
--- what is read.
local check = require "mistral.keys.check"
local errors = require "mistral.errors"
local text = require "mistral.text"

local M = {}

local LARGEST = 1024 * 1024 -- bytes; what is larger is no file of keys

---@alias mistral.Stat fun(path: string): table?, string?, string?

local function name_of(path)
  return text.line(path, 200)
end

local function bad(format, ...)
  return nil, errors.new("bad_key", format:format(...))
end

-- Its content, or why not. A pipe or a device would make us wait: only files are opened.
local function read(path, facts)
  if facts.type ~= "file" then return nil, "it is not a file" end
  if facts.size > LARGEST then return nil, "it is larger than 1 MiB" end
  local file = io.open(path, "rb")
  local content = file and file:read("*a")
  if file then file:close() end
  if not content then return nil, "it cannot be read" end
  return content
end

-- The last three digits of its permissions, as chmod takes them.
local function octal(mode)
  return ("%03o"):format(mode % 512)
end

local function others_may_read(mode)
  return math.floor(mode / 4) % 2 == 1
end

local function unquoted(value)
  local quote = value:sub(1, 1)
  if quote == '"' or quote == "'" then
    return value:match("^" .. quote .. "(.-)" .. quote)
  end
  return (value:gsub("^#.*$", ""):gsub("%s+#.*$", ""):gsub("%s+$", ""))
end

-- The value of a name in the text of a .env file; the last line that has it counts, as in a shell.
local function value_in(content, name)
  local found
  for line in (content:gsub("^\239\187\191", "") .. "\n"):gmatch("(.-)\r?\n") do
    local key, value = line:match("^%s*([%w_]+)%s*=%s*(.*)$")
    if not key then key, value = line:match("^%s*export%s+([%w_]+)%s*=%s*(.*)$") end
    if key == name then found = unquoted(value) end
  end
  return found and found:find("%S") and found or nil
end

--- The key in a `.env` file. None when there is no such file, or none of the names in it; an error
--- when there is one and everybody may read it.
---@param path string
---@param names string[] the first that is there counts
---@param stat mistral.Stat
---@return string? key
---@return mistral.Error? err
function M.from_env(path, names, stat)
  local facts = stat(path)
  if not facts or facts.type ~= "file" then return nil end
  local content = read(path, facts)
  if not content then return nil end
  for _, name in ipairs(names) do
    local value = value_in(content, name)
    if value and others_may_read(facts.mode) then
      return bad("%s has %s in it and may be read by everybody (mode %s): chmod 600 %s",
        name_of(path), name, octal(facts.mode), name_of(path))
    end
    if value then return check(value, name .. " in " .. name_of(path)) end
  end
end

local OURS_ONLY = { ["600"] = true, ["400"] = true }

--- The key in a file of its own: its first line. The file must be ours, with mode 0600 or 0400.
---@param path string
---@param stat mistral.Stat
---@return string? key
---@return mistral.Error? err
function M.from_file(path, stat)
  local facts, message = stat(path)
  if not facts then return bad("the key file cannot be used: %s", text.line(message or path)) end
  local name = name_of(path)
  if facts.type ~= "file" then return bad("the key file %s is not a file", name) end
  if not facts.mine then return bad("the key file %s belongs to another user", name) end
  if not OURS_ONLY[octal(facts.mode)] then
    return bad("the key file %s may be used by others (mode %s): chmod 600 %s",
      name, octal(facts.mode), name)
  end
  local content, problem = read(path, facts)
  if not content then return bad("the key file %s cannot be used: %s", name, problem) end
  local key, err = check(content:match("^[^\r\n]*"), "the file " .. name)
  if key or err then return key, err end
  return bad("the key file %s has nothing in its first line", name)
end

-- The same answer again while the file is the same.
local function same(facts, before)
  return facts and before and facts.mtime == before.mtime and facts.mtime_ns == before.mtime_ns
    and facts.size == before.size and facts.mode == before.mode
end

--- Reads with `read` once, and again when the file has changed.
---@param path string
---@param stat mistral.Stat
---@param ask fun(): string?, mistral.Error?
---@return fun(): string?, mistral.Error?
function M.remembered(path, stat, ask)
  local before, key
  return function()
    local facts = stat(path)
    if key and same(facts, before) then return key end
    local err
    key, err = ask()
    before = facts
    return key, err
  end
end

return M
