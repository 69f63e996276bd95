--- JSON that comes out the same whichever codec is underneath.
---
--- Reading is the codec's (lua-cjson, or the one an editor has built in). In writing the codec only
--- does strings, because codecs differ where it matters: `{}` or `[]` for an empty table, fourteen
--- digits of a number or all of them. Keys are written in order, so equal values give equal bytes,
--- which a service that caches by prefix rewards.
local search = require "mistral.search"
local text = require "mistral.text"

local M = {}

local MAX_DEPTH = 128
local MAX_EXACT = 2 ^ 53

local NO_CODEC = "no JSON here: install lua-cjson"

local ARRAY = { __name = "json.array" }
local codec
local nulls = {}

--- What JSON's null is read as, and what is written as null.
M.null = nil

--- Read with this codec from now on: a cjson, or an editor's own copy of it.
---@param backend { encode: (fun(value: string): string), decode: (fun(text: string): any) }
function M.use(backend)
  -- An instance of our own where there can be one: settings are shared by all who require it.
  codec = backend.new and backend.new() or backend
  if codec.decode_invalid_numbers then codec.decode_invalid_numbers(false) end
  M.null = codec.decode("[null]")[1]
  nulls[M.null] = true
end

---@param value any
---@return boolean
function M.is_null(value)
  return value ~= nil and nulls[value] == true
end

--- Mark a table as an array, so that it is written as `[]` when it is empty.
---@generic T: table
---@param list T
---@return T
function M.array(list)
  return setmetatable(list, ARRAY)
end

---@param value any
---@return boolean
function M.is_array(value)
  return type(value) == "table" and getmetatable(value) == ARRAY
end

--- A copy without nulls, however deep: null is a value of its own, and would be true.
---@generic T: table
---@param value T as it was read
---@return T
function M.without_nulls(value)
  local out, list = {}, value[1] ~= nil
  for name, item in (list and ipairs or pairs)(value) do
    if not M.is_null(item) then
      out[list and #out + 1 or name] = type(item) == "table" and M.without_nulls(item) or item
    end
  end
  return out
end

local cjson = search.require "cjson"
if cjson then M.use(cjson) end

-- Writing ---------------------------------------------------------------------------------------

local function quote(value)
  return codec.encode(text.valid(value))
end

local function fail(state, what)
  local where = table.concat(state.path, ".", 1, state.depth)
  error({ json = what .. (where ~= "" and " at " .. where or "") }, 0)
end

local function write_number(state, value)
  if value ~= value or value == math.huge or value == -math.huge then
    fail(state, "JSON has no way to write " .. tostring(value))
  end
  if value == math.floor(value) and value >= -MAX_EXACT and value <= MAX_EXACT then
    return ("%.0f"):format(value)
  end
  local written
  for digits = 14, 17 do
    written = ("%%.%dg"):format(digits):format(value)
    if tonumber(written) == value then break end
  end
  return (written:gsub(",", ".")) -- some locales write a comma
end

local write

local function write_array(state, list, out)
  local count = 0
  for _ in pairs(list) do count = count + 1 end
  if count ~= #list then fail(state, "a list has holes or named fields") end
  out[#out + 1] = "["
  for index = 1, count do
    if index > 1 then out[#out + 1] = "," end
    write(state, index, list[index], out)
  end
  out[#out + 1] = "]"
end

local function sorted_keys(state, object)
  local keys = {}
  for key in pairs(object) do
    if type(key) ~= "string" then
      fail(state, "a table that is not a list has the key " .. tostring(key))
    end
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

local function write_object(state, object, out)
  out[#out + 1] = "{"
  for index, key in ipairs(sorted_keys(state, object)) do
    if index > 1 then out[#out + 1] = "," end
    out[#out + 1] = quote(key)
    out[#out + 1] = ":"
    write(state, key, object[key], out)
  end
  out[#out + 1] = "}"
end

local WRITE = {
  string = function(_, value, out) out[#out + 1] = quote(value) end,
  number = function(state, value, out) out[#out + 1] = write_number(state, value) end,
  boolean = function(_, value, out) out[#out + 1] = tostring(value) end,
  table = function(state, value, out)
    local array = getmetatable(value) == ARRAY or value[1] ~= nil
    return (array and write_array or write_object)(state, value, out)
  end,
}

function write(state, key, value, out)
  state.depth = state.depth + 1
  state.path[state.depth] = tostring(key)
  if nulls[value] then
    out[#out + 1] = "null"
  elseif not WRITE[type(value)] then
    fail(state, "JSON has no way to write a " .. type(value))
  elseif state.depth > MAX_DEPTH then
    state.depth = 6
    fail(state, "nested deeper than " .. MAX_DEPTH .. ", perhaps in itself,")
  else
    WRITE[type(value)](state, value, out)
  end
  state.depth = state.depth - 1
end

--- Write a value as JSON text. Invalid UTF-8 in strings is replaced by U+FFFD.
---@param value any
---@return string? text
---@return string? message why it cannot be written
function M.encode(value)
  if not codec then return nil, NO_CODEC end
  local out, state = {}, { path = {}, depth = -1 }
  local done, problem = pcall(write, state, nil, value, out)
  if done then return table.concat(out) end
  if type(problem) ~= "table" then error(problem, 0) end
  return nil, problem.json
end

-- Reading ---------------------------------------------------------------------------------------

local tointeger = math.tointeger -- luacheck: ignore 143 (Lua 5.3 and later)

-- lua-cjson reads every number as a float; where Lua has integers, whole numbers become integers.
local function whole(value)
  if value < -MAX_EXACT or value > MAX_EXACT then return value end
  return tointeger(value) or value
end

local function with_integers(value)
  for key, item in next, value do
    local kind = type(item)
    if kind == "number" then
      value[key] = whole(item)
    elseif kind == "table" then
      with_integers(item)
    end
  end
  return value
end

local function finish(value)
  if not tointeger then return value end
  if type(value) == "table" then return with_integers(value) end
  return type(value) == "number" and whole(value) or value
end

-- Where the next half of a \u pair that lacks its other half stands.
local function lone_surrogate(source, from)
  local at = source:find("\\", from, true)
  while at do
    local high = source:find("^u[dD][89abAB]%x%x", at + 1)
    if high and source:find("^\\u[dD][c-fC-F]%x%x", at + 6) then
      at = at + 10
    elseif high or source:find("^u[dD][c-fC-F]%x%x", at + 1) then
      return at
    end
    at = source:find("\\", at + 2, true)
  end
end

-- A model cut off inside a character beyond U+FFFF leaves half of a pair, which codecs refuse.
local function mend_surrogates(source)
  local out, from = {}, 1
  local at = lone_surrogate(source, from)
  while at do
    out[#out + 1] = source:sub(from, at - 1) .. "\\ufffd"
    from = at + 6
    at = lone_surrogate(source, from)
  end
  return table.concat(out) .. source:sub(from)
end

--- Read JSON text.
---@param source string
---@return any value nil on bad text
---@return string? message
function M.decode(source)
  if not codec then return nil, NO_CODEC end
  if type(source) ~= "string" then return nil, "not JSON: not even text" end
  local read, value = pcall(codec.decode, source)
  if not read and source:find("\\u[dD][89a-fA-F]") then
    read, value = pcall(codec.decode, mend_surrogates(source))
  end
  if read then return finish(value) end
  return nil, "not JSON: " .. text.line(tostring(value), 200)
end

return M
