--- Checks a value against a shape given as data, and says in one sentence what is wrong with it.
---
--- A shape is a table: `kind` is string, integer, number, boolean, list, object, any or choice.
---   string   pattern, wanted (what the pattern means), one_of
---   integer, number   min, max, above
---   list     of (shape), min, max, none (why an empty one is refused)
---   object   fields (name -> shape), closed unless open = true; renamed (name -> what to use)
---   choice   of (list of shapes): the first whose kind fits decides
--- and for all of them `required`, `null` (may be null), `check` (value, path -> reason).
local json = require "mistral.json"
local text = require "mistral.text"

local M = {}

---@class mistral.Shape
---@field kind string

M.nearest = text.nearest

local function at(path, name)
  if type(name) == "number" then return ("%s[%d]"):format(path, name) end
  return path == "" and name or path .. "." .. name
end

local function article(kind)
  return (kind == "object" or kind == "integer") and "an " .. kind or "a " .. kind
end

local KIND = {
  string = function(value) return type(value) == "string" end,
  boolean = function(value) return type(value) == "boolean" end,
  number = function(value) return type(value) == "number" end,
  integer = function(value) return type(value) == "number" and value % 1 == 0 end,
  list = function(value)
    return type(value) == "table" and (value[1] ~= nil or next(value) == nil)
  end,
  object = function(value)
    return type(value) == "table" and value[1] == nil and not json.is_array(value)
  end,
  any = function() return true end,
}

local check

local function check_string(shape, value, path)
  if shape.pattern and not value:find(shape.pattern) then
    return ('`%s` should be %s, got "%s"'):format(path, shape.wanted, text.line(value, 80))
  end
  if not shape.one_of then return end
  for _, known in ipairs(shape.one_of) do
    if known == value then return end
  end
  local known = table.concat(shape.one_of, ", ")
  return ('`%s` should be one of %s, got "%s"'):format(path, known, text.line(value, 80))
end

local function bound(limit)
  return ("%g"):format(limit)
end

local function check_number(shape, value, path)
  if value ~= value then return ("`%s` is not a number"):format(path) end
  if shape.min and value < shape.min then
    return ("`%s` should be at least %s, got %g"):format(path, bound(shape.min), value)
  end
  if shape.above and value <= shape.above then
    return ("`%s` should be more than %s, got %g"):format(path, bound(shape.above), value)
  end
  if shape.max and value > shape.max then
    return ("`%s` should be at most %s, got %g"):format(path, bound(shape.max), value)
  end
end

-- Whoever goes through a list ends at its first hole, and what is behind it would be lost in silence.
local function is_whole(list)
  local count = 0
  for _ in pairs(list) do count = count + 1 end
  return count == #list
end

local function check_list(shape, list, path)
  if not is_whole(list) then return ("`%s` has holes or named fields"):format(path) end
  if #list == 0 and shape.none then return ("`%s` %s"):format(path, shape.none) end
  if shape.max and #list > shape.max then
    return ("`%s` may hold at most %d, got %d"):format(path, shape.max, #list)
  end
  for index, item in ipairs(list) do
    local reason = check(shape.of, item, at(path, index))
    if reason then return reason end
  end
end

local function unknown(shape, name, path)
  local said = ("`%s` is not a field the service knows"):format(at(path, tostring(name)))
  local renamed = shape.renamed and shape.renamed[name]
  if renamed then return said .. ": " .. renamed end
  local close = M.nearest(tostring(name), shape.fields)
  return close and ("%s; did you mean `%s`?"):format(said, close) or said
end

local function sorted(object)
  local names = {}
  for name in pairs(object) do
    names[#names + 1] = name
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end)
  return names
end

--- The names of the fields that a shape cannot do without, in order. Shapes do not change, and every
--- request is checked, so each is gone through once.
local required_names = setmetatable({}, { __mode = "k" })

local function required(shape)
  local names = required_names[shape]
  if not names then
    names = {}
    for _, name in ipairs(sorted(shape.fields or {})) do
      names[#names + 1] = shape.fields[name].required and name or nil
    end
    required_names[shape] = names
  end
  return names
end

-- What is missing is often there under another name, and that says more.
local function missing(shape, object, name, path)
  local renamed = shape.renamed or {}
  for _, other in ipairs(shape.open and {} or sorted(object)) do
    local strange = not shape.fields[other]
    if strange and (renamed[other] or M.nearest(tostring(other), shape.fields) == name) then
      return unknown(shape, other, path)
    end
  end
  return ("`%s` is missing"):format(at(path, name))
end

local function check_object(shape, object, path)
  for _, name in ipairs(required(shape)) do
    if object[name] == nil then return missing(shape, object, name, path) end
  end
  for _, name in ipairs(sorted(object)) do
    local field = shape.fields and shape.fields[name]
    if not field and not shape.open then return unknown(shape, name, path) end
    local reason = field and check(field, object[name], at(path, name))
    if reason then return reason end
  end
end

-- Lists and objects are both tables: what it is has to be said in the words of what it should be.
local function kind_of(value)
  if type(value) == "number" then return ("%.14g"):format(value) end
  if type(value) ~= "table" then return "a " .. type(value) end
  return KIND.object(value) and next(value) ~= nil and article "object" or article "list"
end

local function check_choice(shape, value, path)
  local kinds = {}
  for index, option in ipairs(shape.of) do
    if KIND[option.kind](value) then return check(option, value, path) end
    kinds[index] = article(option.kind)
  end
  return ("`%s` should be %s, got %s"):format(path, table.concat(kinds, " or "), kind_of(value))
end

local CHECK = {
  string = check_string,
  integer = check_number,
  number = check_number,
  list = check_list,
  object = check_object,
}

local function check_kind(shape, value, path)
  if shape.kind == "choice" then return check_choice(shape, value, path) end
  if not KIND[shape.kind](value) then
    local what = path == "" and "the request" or "`" .. path .. "`"
    return ("%s should be %s, got %s"):format(what, article(shape.kind), kind_of(value))
  end
  return CHECK[shape.kind] and CHECK[shape.kind](shape, value, path)
end

function check(shape, value, path)
  if json.is_null(value) then
    if shape.null then return end
    return ("`%s` should not be null"):format(path)
  end
  return check_kind(shape, value, path) or shape.check and shape.check(value, path)
end

--- What is wrong with the value, or nil.
---@param shape mistral.Shape
---@param value any
---@param path string how to call the value; "" for the whole
---@return string? reason
function M.check(shape, value, path)
  return check(shape, value, path)
end

--- What is wrong with the names of an object's fields, or nil; what is in them is not looked at.
---@param shape mistral.Shape of an object
---@param object table
---@return string? reason
function M.check_names(shape, object)
  for _, name in ipairs(sorted(object)) do
    if not shape.fields[name] then return unknown(shape, name, "") end
  end
end

return M
