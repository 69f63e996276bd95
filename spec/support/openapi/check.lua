--- A JSON Schema checker for the service's official description, as strict as it can be: it knows the
--- keywords that stand there, and raises on any other, so that nothing is passed over in silence. It
--- shares no code with the client, whose requests it judges.
---
--- Values are those of the loopback server's JSON reader, which tells [] from {}.

local M = {}

--- Keywords that say nothing about a value.
local SILENT = {
  title = true, description = true, default = true, example = true, examples = true,
  discriminator = true, ["$defs"] = true, required = true,
}

local UUID = "^" .. ("%x"):rep(8) .. "%-" .. ("%x"):rep(4) .. "%-" .. ("%x"):rep(4) .. "%-"
  .. ("%x"):rep(4) .. "%-" .. ("%x"):rep(12) .. "$"

local FORMATS = {
  uuid = function(value) return value:find(UUID) ~= nil end,
  uri = function(value) return value:find "^%a[%w+.-]*:%S+$" ~= nil end,
  ["date-time"] = function(value)
    return value:find "^%d%d%d%d%-%d%d%-%d%d[Tt ]%d%d:%d%d:%d%d" ~= nil
  end,
  binary = function() return true end,
}

--- The regular expressions of the description, as Lua says them.
local PATTERNS = { ["^\\w{2}$"] = "^[%w_][%w_]$", ["^[^,\\s]+$"] = "^[^,%s]+$" }

local function characters(text)
  local _, count = text:gsub("[^\128-\191]", "")
  return count
end

local check

local function fail(state, path, what)
  local where = path == "" and "the whole" or path
  state.problems[#state.problems + 1] = where .. ": " .. what
end

--- Checks without telling: whether it fits, and what was seen on the way.
local function try(state, schema, value, path)
  local trial = { problems = {}, seen = {}, json = state.json, root = state.root }
  check(trial, schema, value, path)
  return #trial.problems == 0, trial
end

local function adopt(state, trial)
  for name in pairs(trial.seen) do state.seen[name] = true end
end

local function is_integer(value)
  return type(value) == "number" and value % 1 == 0
end

local TYPES = {
  string = function(value) return type(value) == "string" end,
  boolean = function(value) return type(value) == "boolean" end,
  number = function(value) return type(value) == "number" end,
  integer = is_integer,
  array = function(value, json) return json.is_array(value) end,
  object = function(value, json) return json.is_object(value) end,
  null = function(value, json) return value == json.null end,
}

local KEYWORDS = {}

function KEYWORDS.type(state, wanted, value, path)
  local fits = TYPES[wanted] or error("the description has an unknown type: " .. tostring(wanted))
  if not fits(value, state.json) then fail(state, path, "is not of type " .. wanted) end
end

function KEYWORDS.enum(state, allowed, value, path)
  for _, each in ipairs(allowed) do
    if each == value then return end
  end
  fail(state, path, ("%s is none of the allowed values"):format(tostring(value)))
end

function KEYWORDS.const(state, wanted, value, path)
  if value ~= wanted then fail(state, path, ("is not %s"):format(tostring(wanted))) end
end

local function number_rule(holds, said)
  return function(state, limit, value, path)
    if type(value) == "number" and not holds(value, limit) then
      fail(state, path, ("%s is %s %s"):format(value, said, limit))
    end
  end
end

KEYWORDS.minimum = number_rule(function(value, limit) return value >= limit end, "below")
KEYWORDS.maximum = number_rule(function(value, limit) return value <= limit end, "above")
KEYWORDS.exclusiveMinimum = number_rule(function(value, limit) return value > limit end, "not above")

local function length_rule(holds, said)
  return function(state, limit, value, path)
    if type(value) == "string" and not holds(characters(value), limit) then
      fail(state, path, ("is %s than %d characters"):format(said, limit))
    end
  end
end

KEYWORDS.minLength = length_rule(function(length, limit) return length >= limit end, "shorter")
KEYWORDS.maxLength = length_rule(function(length, limit) return length <= limit end, "longer")

local function count_rule(holds, said)
  return function(state, limit, value, path)
    if state.json.is_array(value) and not holds(#value, limit) then
      fail(state, path, ("has %s than %d items"):format(said, limit))
    end
  end
end

KEYWORDS.minItems = count_rule(function(count, limit) return count >= limit end, "fewer")
KEYWORDS.maxItems = count_rule(function(count, limit) return count <= limit end, "more")

function KEYWORDS.pattern(state, pattern, value, path)
  local ours = PATTERNS[pattern] or error("the description has an unknown pattern: " .. pattern)
  if type(value) == "string" and not value:find(ours) then
    fail(state, path, "does not match " .. pattern)
  end
end

function KEYWORDS.format(state, name, value, path)
  local fits = FORMATS[name] or error("the description has an unknown format: " .. name)
  if type(value) == "string" and not fits(value) then fail(state, path, "is no " .. name) end
end

function KEYWORDS.items(state, schema, value, path)
  if not state.json.is_array(value) then return end
  for index, item in ipairs(value) do
    check(state, schema, item, ("%s[%d]"):format(path, index - 1))
  end
end

function KEYWORDS.propertyNames(state, schema, value, path)
  if not state.json.is_object(value) then return end
  for name in pairs(value) do check(state, schema, name, path .. " (a name)") end
end

function KEYWORDS.properties(state, properties, value, path, schema)
  if not state.json.is_object(value) then return end
  for name, field in pairs(properties) do
    if value[name] ~= nil then
      state.seen[(schema.title or "?") .. "." .. name] = true
      check(state, field, value[name], path == "" and name or path .. "." .. name)
    end
  end
end

function KEYWORDS.additionalProperties(state, rule, value, path, schema)
  if rule == true or not state.json.is_object(value) then return end
  for name, item in pairs(value) do
    if not (schema.properties and schema.properties[name]) then
      if rule == false then
        fail(state, path, ("has the unknown field %s"):format(name))
      else
        check(state, rule, item, path .. "." .. name)
      end
    end
  end
end

function KEYWORDS.allOf(state, schemas, value, path)
  for _, each in ipairs(schemas) do check(state, each, value, path) end
end

local function count_fitting(state, schemas, value, path)
  local count, first = 0, nil
  for _, each in ipairs(schemas) do
    local fits, trial = try(state, each, value, path)
    if fits then
      count = count + 1
      adopt(state, trial)
    end
    first = first or trial
  end
  return count, first
end

function KEYWORDS.anyOf(state, schemas, value, path)
  local count, first = count_fitting(state, schemas, value, path)
  if count == 0 then fail(state, path, "fits none of " .. #schemas .. ", " .. first.problems[1]) end
end

--- Of objects told apart by a field, only the one meant is asked; its complaints say more.
function KEYWORDS.oneOf(state, schemas, value, path, schema)
  local by = schema.discriminator
  if by and by.mapping and state.json.is_object(value) then
    local target = by.mapping[value[by.propertyName]]
    if target then return check(state, { ["$ref"] = target }, value, path) end
  end
  local count = count_fitting(state, schemas, value, path)
  if count ~= 1 then fail(state, path, ("fits %d of %d, not one"):format(count, #schemas)) end
end

KEYWORDS["$ref"] = function(state, target, value, path)
  check(state, M.resolve(state.root, target), value, path)
end

--- What a reference points to; its last part is its title, so that fields can be named by it.
function M.resolve(root, target)
  local schema, last = root, nil
  for part in target:gmatch "[^/#]+" do
    schema, last = schema[part], part
    if schema == nil then error("the description has a reference to nothing: " .. target) end
  end
  schema.title = last
  return schema
end

function check(state, schema, value, path)
  if state.json.is_object(value) then
    for _, name in ipairs(schema.required or {}) do
      if value[name] == nil then fail(state, path, ("lacks the field %s"):format(name)) end
    end
  end
  for keyword, rule in pairs(schema) do
    local run = KEYWORDS[keyword]
    if run then
      run(state, rule, value, path, schema)
    elseif not SILENT[keyword] then
      error("the description has an unknown keyword: " .. keyword)
    end
  end
end

--- All that is wrong with a value, and the fields that were seen, as "Title.field".
---@param root table the description
---@param schema table
---@param value any
---@param json table the reader's module
---@return string[] problems
---@return table<string, boolean> seen
function M.problems(root, schema, value, json)
  local state = { problems = {}, seen = {}, json = json, root = root }
  check(state, schema, value, "")
  table.sort(state.problems)
  return state.problems, state.seen
end

return M
