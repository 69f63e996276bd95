--- Checks a decoded JSON value against a JSON Schema: what draft 7 and 2020-12 have in common and
--- people use. The first thing that is wrong is told with its path; nothing is ever changed.
---
--- Paths are Lua's: `findings[3].line` is what to write to get there, so lists count from 1.
--- An empty table may be either of JSON's `{}` and `[]`: the two are read as the same.
local json = require "mistral.json"
local plain = require "mistral.json_schema.plain"
local text = require "mistral.text"

local M = {}

-- How deep schemas and values may nest, and how many schemas may be applied to one value in all:
-- references may go in circles, and alternatives multiply.
local MAX_DEPTH = 100
local MAX_STEPS = 1000000

local is_list, is_object, sorted = plain.is_list, plain.is_object, plain.sorted
local member, wrong = plain.member, plain.wrong

-- The keywords that ask other schemas ------------------------------------------------------------
-- Each: (state, what the schema says, value, path, the schema) -> reason or nil.

local apply

local function check_properties(state, properties, value, path)
  if not is_object(value) then return nil end
  for _, name in ipairs(sorted(properties)) do
    local reason = value[name] ~= nil
      and apply(state, properties[name], value[name], member(path, name))
    if reason then return reason end
  end
end

local function check_additional(state, rule, value, path, schema)
  -- Which names patternProperties means is not known here: see `unsupported`.
  if not is_object(value) or schema.patternProperties then return nil end
  local known = schema.properties or {}
  for _, name in ipairs(sorted(value)) do
    if known[name] == nil then
      local here = member(path, name)
      if rule == false then return wrong(here, "is not one of the known fields") end
      local reason = apply(state, rule, value[name], here)
      if reason then return reason end
    end
  end
end

local function check_names(state, rule, value, path)
  for _, name in ipairs(is_object(value) and sorted(value) or {}) do
    local reason = apply(state, rule, name, member(path, name))
    if reason then return reason .. " (of its name)" end
  end
end

-- From `first` on, each with its own schema where `rules` is a list of them.
local function check_places(state, rules, value, path, first)
  local own = rules[1] ~= nil
  for index = first, #value do
    local rule = rules
    if own then rule = rules[index] end
    local reason = rule ~= nil and apply(state, rule, value[index], member(path, index))
    if reason then return reason end
  end
end

local function check_items(state, rule, value, path, schema)
  if not is_list(value) then return nil end
  local first = schema.prefixItems and #schema.prefixItems + 1 or 1
  if type(rule) == "table" then return check_places(state, rule, value, path, first) end
  if rule == false and #value >= first then
    return wrong(member(path, first), "is more than the list may hold")
  end
end

local function check_prefix(state, rules, value, path)
  if is_list(value) and rules[1] ~= nil then return check_places(state, rules, value, path, 1) end
end

local function check_contains(state, rule, value, path)
  if not is_list(value) then return nil end
  for index, item in ipairs(value) do
    if not apply(state, rule, item, member(path, index)) then return nil end
  end
  return wrong(path, "should hold at least one item of the kind that `contains` asks for")
end

-- Alternatives -----------------------------------------------------------------------------------

local function check_all(state, rules, value, path)
  for _, rule in ipairs(rules) do
    local reason = apply(state, rule, value, path)
    if reason then return reason end
  end
end

-- How many fit, up to as many as decide, and the reason of the one that came furthest into the value
-- before it did not.
local function try_each(state, rules, value, path, most)
  local fitting, best, deepest = 0, nil, -1
  for _, rule in ipairs(rules) do
    local reason = apply(state, rule, value, path)
    local depth = reason and #reason:match("^(.-): "):gsub("^the value$", "")
    if not reason then
      fitting = fitting + 1
      if fitting == most then break end
    elseif depth > deepest then
      best, deepest = reason, depth
    end
  end
  return fitting, best
end

local function nearest(rules, reason)
  return #rules < 2 and reason or ("%s (the nearest of %d alternatives)"):format(reason, #rules)
end

local function check_any(state, rules, value, path)
  local fitting, reason = try_each(state, rules, value, path, 1)
  if fitting == 0 and reason then return nearest(rules, reason) end
end

local function check_one(state, rules, value, path)
  local fitting, reason = try_each(state, rules, value, path)
  if fitting == 0 and reason then return nearest(rules, reason) end
  if fitting > 1 then return wrong(path, "fits %d alternatives where one should", fitting) end
end

local function check_not(state, rule, value, path)
  if not apply(state, rule, value, path) then
    return wrong(path, "is what the schema says it should not be")
  end
end

local function check_if(state, rule, value, path, schema)
  local taken = schema["then"]
  if apply(state, rule, value, path) then taken = schema["else"] end
  if taken ~= nil then return apply(state, taken, value, path) end
end

-- "#/$defs/name" and the like, within this schema.
local function follow(root, reference)
  local at = root
  for step in reference:sub(2):gmatch "[^/]+" do
    step = step:gsub("~1", "/"):gsub("~0", "~")
    if type(at) ~= "table" then return nil end
    at = at[step] == nil and at[tonumber(step) and tonumber(step) + 1] or at[step]
  end
  return at
end

local function check_reference(state, reference, value, path)
  if type(reference) ~= "string" or reference:sub(1, 1) ~= "#" then return nil end
  local schema = follow(state.root, reference)
  if schema == nil then
    return wrong(path, "the schema has no %s to check it with", text.line(reference, 80))
  end
  return apply(state, schema, value, path)
end

local KEYWORDS = { { "$ref", check_reference } }

for _, keyword in ipairs(plain.keywords) do
  KEYWORDS[#KEYWORDS + 1] = keyword
end

for _, keyword in ipairs {
  { "properties", check_properties },
  { "additionalProperties", check_additional },
  { "propertyNames", check_names },
  { "prefixItems", check_prefix },
  { "items", check_items },
  { "contains", check_contains },
  { "allOf", check_all },
  { "anyOf", check_any },
  { "oneOf", check_one },
  { "not", check_not },
  { "if", check_if },
} do
  KEYWORDS[#KEYWORDS + 1] = keyword
end

-- One value against one schema. `path` is "" for the whole value.
local function check_keywords(state, schema, value, path)
  for _, keyword in ipairs(KEYWORDS) do
    local says = schema[keyword[1]]
    if says ~= nil and (keyword[1] == "const" or not json.is_null(says)) then
      local reason = keyword[2](state, says, value, path, schema)
      if reason then return reason end
    end
  end
end

function apply(state, schema, value, path)
  if schema == false then return wrong(path, "should not be there") end
  if type(schema) ~= "table" or schema.nullable == true and json.is_null(value) then return nil end
  state.steps, state.depth = state.steps + 1, state.depth + 1
  if state.steps > MAX_STEPS or state.depth > MAX_DEPTH then
    local why = "cannot be checked: the schema goes in circles, or nests too deep"
    error({ why = wrong(path, why) }, 0) -- no alternative, and no `not`, may make anything of this
  end
  local reason = check_keywords(state, schema, value, path)
  state.depth = state.depth - 1
  return reason
end

--- What is wrong with the value, in one sentence that begins with the path; nil when nothing is.
---@param schema table|boolean as JSON Schema has it: a table written in Lua, or read from JSON
---@param value any decoded JSON; null is `json.null`
---@return string? reason `findings[3].line: should be an integer, got a string`
function M.check(schema, value)
  local checked, reason = pcall(apply, { root = schema, steps = 0, depth = 0 }, schema, value, "")
  if checked then return reason end
  local known = type(reason) == "table" and reason.why
  return known or wrong("", "cannot be checked: the schema is no JSON Schema")
end

-- What a schema may say without asking for anything, or that goes with a keyword above.
local SILENT = {
  "title", "description", "default", "examples", "example", "deprecated", "readOnly", "writeOnly",
  "nullable", "discriminator", "then", "else", "definitions",
}

local QUIET = {}
for _, name in ipairs(SILENT) do QUIET[name] = true end
for _, keyword in ipairs(KEYWORDS) do QUIET[keyword[1]] = true end

-- Where schemas stand in a schema: under a name, in a list or by themselves.
local HOLDERS = {
  properties = "each", ["$defs"] = "each", definitions = "each", allOf = "each", anyOf = "each",
  oneOf = "each", prefixItems = "each", items = "self", additionalProperties = "self",
  propertyNames = "self", contains = "self", ["not"] = "self", ["if"] = "self", ["then"] = "self",
  ["else"] = "self",
}

local function list_unsupported(schema, found, seen)
  if type(schema) ~= "table" or seen[schema] then return end
  seen[schema] = true
  for name, says in pairs(schema) do
    if type(name) == "number" then
      list_unsupported(says, found, seen) -- `items` as a list of schemas
    elseif not QUIET[name] and name:sub(1, 1) ~= "$" then
      found[name] = true
    elseif HOLDERS[name] == "self" then
      list_unsupported(says, found, seen)
    elseif HOLDERS[name] == "each" and type(says) == "table" then
      for _, inner in pairs(says) do list_unsupported(inner, found, seen) end
    end
  end
end

--- The keywords of this schema that `check` passes over. `pattern` is among them: it holds a
--- JavaScript expression, and Lua has nothing that reads one.
---@param schema table|boolean
---@return string[] names in order
function M.unsupported(schema)
  local found = {}
  list_unsupported(schema, found, {})
  return sorted(found)
end

return M
