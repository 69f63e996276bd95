--- Checks a decoded body against a closed schema and lists what is wrong, in the words and the
--- shape of the real service: {type=, loc={"body", …}, msg=, input=}.
---
--- A schema is a table: kind (string integer number boolean enum list object map union tagged file),
--- null=true where null may stand, and what its kind needs.

local json = require "json"

local M = {}

local check

local function add(problems, kind, loc, msg, input)
  if input == nil then input = json.null end
  problems[#problems + 1] = { type = kind, loc = loc, msg = msg, input = input }
end

local function under(loc, key)
  local longer = {}
  for index, part in ipairs(loc) do longer[index] = part end
  longer[#longer + 1] = key
  return longer
end

local function quoted_list(values)
  local words = {}
  for index, value in ipairs(values) do words[index] = "'" .. value .. "'" end
  if #words == 1 then return words[1] end
  return table.concat(words, ", ", 1, #words - 1) .. " or " .. words[#words]
end

local function check_range(schema, value, loc, problems)
  if schema.min and value < schema.min then
    add(problems, "greater_than_equal", loc,
      "Input should be greater than or equal to " .. schema.min, value)
  elseif schema.above and value <= schema.above then
    add(problems, "greater_than", loc, "Input should be greater than " .. schema.above, value)
  elseif schema.max and value > schema.max then
    add(problems, "less_than_equal", loc,
      "Input should be less than or equal to " .. schema.max, value)
  end
end

local kinds = {}

function kinds.any() end

function kinds.string(schema, value, loc, problems)
  if type(value) ~= "string" then
    add(problems, "string_type", loc, "Input should be a valid string", value)
  elseif schema.pattern and not value:find(schema.pattern) then
    add(problems, "string_pattern_mismatch", loc,
      "String should match pattern '" .. schema.shown .. "'", value)
  end
end

function kinds.number(schema, value, loc, problems)
  if type(value) ~= "number" then
    return add(problems, "float_type", loc, "Input should be a valid number", value)
  end
  check_range(schema, value, loc, problems)
end

function kinds.integer(schema, value, loc, problems)
  if type(value) ~= "number" then
    return add(problems, "int_type", loc, "Input should be a valid integer", value)
  elseif value % 1 ~= 0 then
    return add(problems, "int_from_float", loc,
      "Input should be a valid integer, got a number with a fractional part", value)
  end
  check_range(schema, value, loc, problems)
end

function kinds.boolean(_, value, loc, problems)
  if type(value) ~= "boolean" then
    add(problems, "bool_type", loc, "Input should be a valid boolean", value)
  end
end

--- A part of a form that came with a file name.
function kinds.file(_, value, loc, problems)
  if type(value) ~= "table" or not value.filename then
    add(problems, "value_error", loc, "Value error, Expected UploadFile, received: <class 'str'>")
  end
end

function kinds.enum(schema, value, loc, problems)
  for _, allowed in ipairs(schema.values) do
    if value == allowed then return end
  end
  add(problems, "literal_error", loc, "Input should be " .. quoted_list(schema.values), value)
end

function kinds.list(schema, value, loc, problems)
  if not json.is_array(value) then
    return add(problems, "list_type", loc, "Input should be a valid list", value)
  end
  if schema.min and #value < schema.min then
    add(problems, "too_short", loc, ("List should have at least %d item%s after validation, not %d")
      :format(schema.min, schema.min == 1 and "" or "s", #value), value)
  elseif schema.max and #value > schema.max then
    add(problems, "too_long", loc, ("List should have at most %d items after validation, not %d")
      :format(schema.max, #value), value)
  end
  for index, item in ipairs(value) do check(schema.of, item, under(loc, index - 1), problems) end
end

function kinds.map(_, value, loc, problems)
  if not json.is_object(value) then
    add(problems, "dict_type", loc, "Input should be a valid dictionary", value)
  end
end

local function sorted_keys(object)
  local keys = {}
  for key in pairs(object) do keys[#keys + 1] = key end
  table.sort(keys)
  return keys
end

function kinds.object(schema, value, loc, problems)
  if not json.is_object(value) then
    return add(problems, "model_attributes_type", loc,
      "Input should be a valid dictionary or object to extract fields from", value)
  end
  for _, name in ipairs(schema.required or {}) do
    if value[name] == nil then
      add(problems, "missing", under(loc, name), "Field required", value)
    end
  end
  for _, name in ipairs(sorted_keys(value)) do
    local field = schema.fields[name]
    if field then
      check(field, value[name], under(loc, name), problems)
    else
      add(problems, "extra_forbidden", under(loc, name), "Extra inputs are not permitted",
        value[name])
    end
  end
end

--- One of several must fit; when none does, the complaints of all are listed, as pydantic does.
function kinds.union(schema, value, loc, problems)
  local complaints = {}
  for _, option in ipairs(schema.options) do
    local mine = {}
    check(option, value, under(loc, option.label or option.kind), mine)
    if #mine == 0 then return end
    for _, each in ipairs(mine) do complaints[#complaints + 1] = each end
  end
  for _, each in ipairs(complaints) do problems[#problems + 1] = each end
end

--- An object whose field `schema.tag` says which of `schema.options` it is.
function kinds.tagged(schema, value, loc, problems)
  if not json.is_object(value) then
    return add(problems, "model_attributes_type", loc,
      "Input should be a valid dictionary or object to extract fields from", value)
  end
  local tag = value[schema.tag]
  if tag == nil then tag = schema.default end
  if tag == nil then
    return add(problems, "union_tag_not_found", loc,
      ("Unable to extract tag using discriminator '%s'"):format(schema.tag), value)
  end
  local option = type(tag) == "string" and schema.options[tag]
  if not option then
    return add(problems, "union_tag_invalid", loc,
      ("Input tag '%s' found using '%s' does not match any of the expected tags: %s"):format(
        tostring(tag), schema.tag, quoted_list(sorted_keys(schema.options))), value)
  end
  check(option, value, under(loc, tag), problems)
end

function check(schema, value, loc, problems)
  if value == json.null and schema.null then return end
  kinds[schema.kind](schema, value, loc, problems)
end

--- Everything that is wrong with `value`; an empty list when it fits.
---@return table[] problems
function M.problems(schema, value)
  local problems = {}
  check(schema, value, { "body" }, problems)
  return problems
end

return M
