--- A strict JSON reader that keeps what others forget: whether an empty table was [] or {}, where
--- null stood, and whether a number was written as an integer. In writing, cjson does what is no
--- table: it cannot tell [] from {}.

local cjson = require "cjson"

local M = {}

M.null = cjson.null

local MAX_DEPTH = 200
local ESCAPES = {
  ['"'] = '"', ["\\"] = "\\", ["/"] = "/", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t",
}

local array = {}
local value_at

---@return boolean
function M.is_array(value)
  return type(value) == "table" and getmetatable(value) == array
end

---@return boolean
function M.is_object(value)
  return type(value) == "table" and getmetatable(value) ~= array
end

--- Marks a list that is written as [] even when it is empty.
---@param list table
---@return table
function M.array(list)
  return setmetatable(list, array)
end

local function write_list(list, out, write)
  for index, item in ipairs(list) do
    out[#out + 1] = index == 1 and "[" or ","
    write(item, out)
  end
  out[#out + 1] = #list > 0 and "]" or "[]"
end

local function write_object(object, out, write)
  local mark = "{"
  for key, item in pairs(object) do
    out[#out + 1] = mark .. cjson.encode(key) .. ":"
    write(item, out)
    mark = ","
  end
  out[#out + 1] = mark == "{" and "{}" or "}"
end

local function write(value, out)
  if type(value) ~= "table" then
    out[#out + 1] = cjson.encode(value)
  elseif M.is_array(value) or #value > 0 then
    write_list(value, out, write)
  else
    write_object(value, out, write)
  end
end

---@param value any
---@return string
function M.encode(value)
  if type(value) ~= "table" then return cjson.encode(value) end
  local out = {}
  write(value, out)
  return table.concat(out)
end

local function fail(message, position)
  error({ message = message, position = position }, 0)
end

local function skip(text, position)
  return text:find("[^ \t\r\n]", position) or #text + 1
end

local function utf8_bytes(code)
  if code < 0x80 then return string.char(code) end
  local tail = string.char(0x80 + code % 64)
  code = math.floor(code / 64)
  if code < 0x20 then return string.char(0xC0 + code) .. tail end
  tail = string.char(0x80 + code % 64) .. tail
  code = math.floor(code / 64)
  if code < 0x10 then return string.char(0xE0 + code) .. tail end
  return string.char(0xF0 + math.floor(code / 64), 0x80 + code % 64) .. tail
end

local function unicode_escape(text, position)
  local high = tonumber(text:match("^%x%x%x%x", position + 2) or fail("Bad escape", position), 16)
  if high < 0xD800 or high > 0xDFFF then return utf8_bytes(high), position + 6 end
  local low = text:match("^\\u([dD][c-fC-F]%x%x)", position + 6)
  if high > 0xDBFF or not low then fail("Lone surrogate", position) end
  local code = 0x10000 + (high - 0xD800) * 0x400 + tonumber(low, 16) - 0xDC00
  return utf8_bytes(code), position + 12
end

local function escape_at(text, position)
  local letter = text:sub(position + 1, position + 1)
  if letter == "u" then return unicode_escape(text, position) end
  return ESCAPES[letter] or fail("Bad escape", position), position + 2
end

local function string_at(text, position)
  local start, pieces = position, {}
  position = position + 1
  while true do
    local stop = text:find('["\\%c]', position) or fail("Unterminated string", start)
    pieces[#pieces + 1] = text:sub(position, stop - 1)
    local byte = text:sub(stop, stop)
    if byte == '"' then return table.concat(pieces), stop + 1 end
    if byte == "\127" then
      pieces[#pieces + 1], position = byte, stop + 1
    elseif byte == "\\" then
      pieces[#pieces + 1], position = escape_at(text, stop)
    else
      fail("Invalid control character", stop)
    end
  end
end

local function number_at(text, position)
  local digits = text:match("^-?%d+", position) or fail("Expecting value", position)
  if digits:find("^-?0%d") then fail("Expecting value", position) end
  local rest = position + #digits
  local fraction = text:match("^%.%d+", rest) or ""
  local exponent = text:match("^[eE][+-]?%d+", rest + #fraction) or ""
  return tonumber(digits .. fraction .. exponent), rest + #fraction + #exponent
end

local function array_at(text, position, depth)
  local list = setmetatable({}, array)
  position = skip(text, position + 1)
  if text:sub(position, position) == "]" then return list, position + 1 end
  while true do
    list[#list + 1], position = value_at(text, position, depth)
    position = skip(text, position)
    local mark = text:sub(position, position)
    if mark == "]" then return list, position + 1 end
    if mark ~= "," then fail("Expecting ',' delimiter", position) end
    position = skip(text, position + 1)
  end
end

local function member_at(text, position, depth, object)
  if text:sub(position, position) ~= '"' then fail("Expecting property name", position) end
  local key, value
  key, position = string_at(text, position)
  position = skip(text, position)
  if text:sub(position, position) ~= ":" then fail("Expecting ':' delimiter", position) end
  value, position = value_at(text, skip(text, position + 1), depth)
  object[key] = value
  return skip(text, position)
end

local function object_at(text, position, depth)
  local object = {}
  position = skip(text, position + 1)
  if text:sub(position, position) == "}" then return object, position + 1 end
  while true do
    position = member_at(text, position, depth, object)
    local mark = text:sub(position, position)
    if mark == "}" then return object, position + 1 end
    if mark ~= "," then fail("Expecting ',' delimiter", position) end
    position = skip(text, position + 1)
  end
end

local WORDS = { ["true"] = true, ["false"] = false, null = M.null }

function value_at(text, position, depth)
  if depth > MAX_DEPTH then fail("Too deep", position) end
  local first = text:sub(position, position)
  if first == '"' then return string_at(text, position) end
  if first == "{" then return object_at(text, position, depth + 1) end
  if first == "[" then return array_at(text, position, depth + 1) end
  local word = text:match("^%a+", position)
  if word then
    if WORDS[word] == nil then fail("Expecting value", position) end
    return WORDS[word], position + #word
  end
  return number_at(text, position)
end

--- The first byte that is not part of well-formed UTF-8, or nil.
---@return integer?
function M.bad_utf8(text)
  local position = 1
  while true do
    position = text:find("[\128-\255]", position)
    if not position then return nil end
    local _, stop = text:find("^[\194-\223][\128-\191]", position)
    if not stop then _, stop = text:find("^[\224-\239][\128-\191][\128-\191]", position) end
    if not stop then
      _, stop = text:find("^[\240-\244][\128-\191][\128-\191][\128-\191]", position)
    end
    local surrogate = text:find("^\237[\160-\191]", position)
    local overlong = text:find("^\224[\128-\159]", position)
      or text:find("^\240[\128-\143]", position)
    if not stop or surrogate or overlong then return position end
    position = stop + 1
  end
end

--- Decodes one whole document.
---@return any value, table? trouble  trouble is {message=, position=} and value nil on bad text
function M.decode(text)
  local ok, value, position = pcall(value_at, text, skip(text, 1), 0)
  if not ok then
    if type(value) == "table" then return nil, value end
    error(value, 0)
  end
  position = skip(text, position)
  if position <= #text then return nil, { message = "Extra data", position = position } end
  return value
end

return M
