--- The keywords of a JSON Schema that look at one value alone, and how what is wrong is told.
local json = require "mistral.json"
local text = require "mistral.text"

local M = {}

-- Kinds ------------------------------------------------------------------------------------------

local function is_list(value)
  return type(value) == "table" and (value[1] ~= nil or json.is_array(value) or next(value) == nil)
end

local function is_object(value)
  return type(value) == "table" and value[1] == nil and not json.is_array(value)
end

local function is_number(value)
  return type(value) == "number" and value == value
end

local IS = {
  null = json.is_null,
  boolean = function(value) return type(value) == "boolean" end,
  string = function(value) return type(value) == "string" end,
  number = is_number,
  integer = function(value) return is_number(value) and value % 1 == 0 end,
  array = is_list,
  object = is_object,
}

local NAMES = {
  null = "null", boolean = "a boolean", string = "a string", number = "a number",
  integer = "an integer", array = "a list", object = "an object",
}

local function kind_of(value)
  if json.is_null(value) then return "null" end
  if type(value) ~= "table" then return "a " .. type(value) end
  return is_object(value) and "an object" or "a list"
end

-- Telling ----------------------------------------------------------------------------------------

local function member(path, name)
  if type(name) == "number" then return ("%s[%d]"):format(path, name) end
  local plain = name:find "^[%a_][%w_]*$"
  if not plain then return ('%s["%s"]'):format(path, text.line(name, 80)) end
  return path == "" and name or path .. "." .. name
end

local function shown(value)
  local said = type(value) == "table" and kind_of(value) or json.encode(value) or tostring(value)
  return text.line(said, 80)
end

local function wrong(path, sentence, ...)
  return (path == "" and "the value" or path) .. ": " .. sentence:format(...)
end

-- Numbers as people write them: 3, not 3.0.
local function digits(number)
  return ("%.14g"):format(number)
end

local function characters(value)
  return select(2, value:gsub("[^\128-\191]", ""))
end

-- Equality as JSON has it.
local function same(a, b)
  if a == b then return true end
  if type(a) ~= "table" or type(b) ~= "table" then return false end
  for name, value in pairs(a) do
    if not same(value, b[name]) then return false end
  end
  for name in pairs(b) do
    if a[name] == nil then return false end
  end
  return true
end

local function sorted(object)
  local names = {}
  for name in pairs(object) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

-- The keywords -----------------------------------------------------------------------------------
-- Each: (state, what the schema says, value, path) -> reason or nil.

local function check_type(_, wanted, value, path)
  local list = type(wanted) == "table" and wanted or { wanted }
  local names = {}
  for index, kind in ipairs(list) do
    if not IS[kind] or IS[kind](value) then return nil end
    names[index] = NAMES[kind]
  end
  return wrong(path, "should be %s, got %s", table.concat(names, " or "), kind_of(value))
end

local function check_enum(_, choices, value, path)
  local names = {}
  for index, choice in ipairs(choices) do
    if same(choice, value) then return nil end
    names[index] = shown(choice)
  end
  local known = text.line(table.concat(names, ", "), 300)
  return wrong(path, "should be one of %s, got %s", known, shown(value))
end

local function check_const(_, wanted, value, path)
  if not same(wanted, value) then
    return wrong(path, "should be %s, got %s", shown(wanted), shown(value))
  end
end

-- A bound on a size or a number: which sizes are wrong, and the sentence that says so.
local function bound(measure, is_wrong, sentence)
  return function(_, limit, value, path)
    local size = type(limit) == "number" and measure(value)
    if size and is_wrong(size, limit) then
      return wrong(path, sentence, digits(limit), digits(size))
    end
  end
end

local function less(a, b) return a < b end
local function more(a, b) return a > b end
local function at_most(a, b) return a <= b end
local function at_least(a, b) return a >= b end

local function number(value) return is_number(value) and value or nil end
local function length(value) return type(value) == "string" and characters(value) or nil end
local function count(value) return is_list(value) and #value or nil end
local function size(value) return is_object(value) and #sorted(value) or nil end

local function is_no_multiple(value, step)
  if step <= 0 then return false end
  local times = value / step
  return math.abs(times - math.floor(times + 0.5)) > 1e-9 * math.max(1, math.abs(times))
end

local function check_required(_, names, value, path)
  if not is_object(value) then return nil end
  for _, name in ipairs(names) do
    if value[name] == nil then return wrong(member(path, name), "is missing") end
  end
end

local function check_unique(_, wanted, value, path)
  if wanted ~= true or not is_list(value) then return nil end
  local seen = {}
  for index, item in ipairs(value) do
    local written = json.encode(item) or tostring(item)
    if seen[written] then
      return wrong(member(path, index), "is the same as number %d of the list", seen[written])
    end
    seen[written] = index
  end
end

M.is_list, M.is_object, M.sorted = is_list, is_object, sorted
M.member, M.wrong = member, wrong

--- In the order in which they are asked: what a value is comes before how large it is.
M.keywords = {
  { "type", check_type },
  { "const", check_const },
  { "enum", check_enum },
  { "minimum", bound(number, less, "should be at least %s, got %s") },
  { "maximum", bound(number, more, "should be at most %s, got %s") },
  { "exclusiveMinimum", bound(number, at_most, "should be more than %s, got %s") },
  { "exclusiveMaximum", bound(number, at_least, "should be less than %s, got %s") },
  { "multipleOf", bound(number, is_no_multiple, "should be a multiple of %s, got %s") },
  { "minLength", bound(length, less, "should have at least %s characters, got %s") },
  { "maxLength", bound(length, more, "should have at most %s characters, got %s") },
  { "minItems", bound(count, less, "should hold at least %s items, got %s") },
  { "maxItems", bound(count, more, "should hold at most %s items, got %s") },
  { "minProperties", bound(size, less, "should have at least %s fields, got %s") },
  { "maxProperties", bound(size, more, "should have at most %s fields, got %s") },
  { "required", check_required },
  { "uniqueItems", check_unique },
}

return M
