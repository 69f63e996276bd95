--- Checks what a user wrote against the schema, and lays it over options.
local schema = require("mistral.config.schema")
local text = require("mistral.text")

local M = {}

--- A copy of an option's value, or of a table of them.
---@generic T
---@param value T
---@return T
function M.copy(value)
  if type(value) ~= "table" then
    return value
  end
  local out = {}
  for key, item in pairs(value) do
    out[key] = M.copy(item)
  end
  return out
end

--- Group and name of a dotted path: "review.model" is "review", "model"; "proxy" is nil, "proxy".
local function split(path)
  local group, name = path:match("^([^.]+)%.(.+)$")
  return group, name or path
end

--- Set the option of that dotted name.
---@param options table
---@param path string
---@param value any
function M.put(options, path, value)
  local group, name = split(path)
  if group then
    options[group] = options[group] or {}
    options = options[group]
  end
  options[name] = value
end

--- Every name that may be written: options, and the groups some are in.
local function known_names()
  local names = {}
  for _, key in ipairs(schema) do
    names[#names + 1] = key.path
    names[#names + 1] = (split(key.path))
  end
  return names
end

--- The known name that looks most like this one; its last part alone may be what was meant.
local function nearest(path)
  local best, best_distance
  for _, name in ipairs(known_names()) do
    local _, last = split(name)
    local d = math.min(text.distance(path, name), text.distance(path, last) + 1)
    if not best_distance or d < best_distance then
      best, best_distance = name, d
    end
  end
  return best
end

local function find_key(path)
  for _, key in ipairs(schema) do
    if key.path == path then
      return key
    end
  end
end

local function is_group(name)
  for _, key in ipairs(schema) do
    if split(key.path) == name then
      return true
    end
  end
  return false
end

local function is_string_list(value)
  if type(value) ~= "table" then
    return false
  end
  local count = 0
  for key, item in pairs(value) do
    if type(key) ~= "number" or type(item) ~= "string" then
      return false
    end
    count = count + 1
  end
  return count == #value
end

local CHECKS = {
  string = { "a string", function(v) return type(v) == "string" end },
  boolean = { "true or false", function(v) return type(v) == "boolean" end },
  list = { "a list of strings", is_string_list },
  number = {
    "a number",
    function(v) return type(v) == "number" and v == v end,
  },
  integer = {
    "a whole number",
    function(v) return type(v) == "number" and v % 1 == 0 end,
  },
}

local function check_choice(key, value)
  for _, choice in ipairs(key.choices) do
    if choice == value then
      return true
    end
  end
  local known = table.concat(key.choices, '" or "')
  return nil, ('option `%s` should be "%s", got "%s"'):format(key.path, known, value)
end

--- True and the value as the option takes it, or nil and what is wrong with it. In Vim script, 0
--- and 1 are booleans.
---@param key mistral.config.Key
local function checked(key, value)
  if key.type == "boolean" and (value == 0 or value == 1) then
    value = value == 1
  end
  local wanted, ok = CHECKS[key.type][1], CHECKS[key.type][2](value)
  if not ok then
    return nil, ("option `%s` should be %s, got %s"):format(key.path, wanted, type(value))
  end
  if key.min and value < key.min then
    return nil, ("option `%s` should be at least %g, got %g"):format(key.path, key.min, value)
  end
  if key.max and value > key.max then
    return nil, ("option `%s` should be at most %g, got %g"):format(key.path, key.max, value)
  end
  if key.choices then
    local known, message = check_choice(key, value)
    if not known then
      return nil, message
    end
  end
  return true, M.copy(value)
end

local function unknown(path)
  return nil, ("unknown option `%s`; did you mean `%s`?"):format(path, nearest(path))
end

--- Copies what `given` says into `options`, having checked each name and value.
---@param options table
---@param given table what a user wrote
---@param prefix string of the group it is in, with its dot, or ""
---@return true|nil, string|nil message
function M.merge_into(options, given, prefix)
  for name, value in pairs(given) do
    local path = prefix .. tostring(name)
    local key = find_key(path)
    if key then
      local ok, result = checked(key, value)
      if not ok then
        return nil, result
      end
      M.put(options, path, result)
    elseif prefix == "" and is_group(path) then
      if type(value) ~= "table" then
        return nil, ("option `%s` should be a table, got %s"):format(path, type(value))
      end
      local ok, message = M.merge_into(options, value, path .. ".")
      if not ok then
        return nil, message
      end
    else
      return unknown(path)
    end
  end
  return true
end

return M
