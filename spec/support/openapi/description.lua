--- The service's official description, where it is there: which request is which operation, and what
--- is wrong with it.

local check = require "spec.support.openapi.check"
local form = require "spec.support.openapi.form"
local json = dofile "spec/support/server/json.lua"

local M = {}

local PLACE = "../shared/mistral-openapi.json"

local function slurp(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "*a"
  file:close()
  return text
end

--- MISTRAL_OPENAPI, or a file beside this repository.
---@return string? path
function M.path()
  local named = os.getenv "MISTRAL_OPENAPI"
  if named and named ~= "" then return named end
  return slurp(PLACE) and PLACE or nil
end

---@class Description
---@field root table
---@field operations table[] {method, pattern, names, operation, id}
local description = {}
description.__index = description

-- A generator puts #id behind a path to have it twice; it is no part of the address.
local function pattern_of(path)
  local names = {}
  local pattern = path:gsub("#.*$", ""):gsub("[%-.]", "%%%0"):gsub("{([%w_]+)}", function(name)
    names[#names + 1] = name
    return "([^/]+)"
  end)
  return "^" .. pattern .. "$", names
end

---@param path string
---@return Description
function M.read(path)
  local root, trouble = json.decode(assert(slurp(path), "there is no " .. path))
  if not root then error(path .. " is not JSON: " .. trouble.message) end
  local self = setmetatable({ root = root, operations = {} }, description)
  for address, methods in pairs(root.paths) do
    for method, operation in pairs(methods) do
      local pattern, names = pattern_of(address)
      table.insert(self.operations, { method = method:upper(), pattern = pattern, names = names,
        operation = operation, id = method:upper() .. " " .. address })
    end
  end
  return self
end

--- The operation of a request, and what stands in its path.
---@return table? found
---@return table<string, string>? values
function description:find(method, path)
  for _, each in ipairs(self.operations) do
    local captures = { path:match(each.pattern) }
    if each.method == method and captures[1] then
      local values = {}
      for index, name in ipairs(each.names) do values[name] = captures[index] end
      return each, values
    end
  end
end

local function add(problems, prefix, more)
  for _, problem in ipairs(more) do problems[#problems + 1] = prefix .. " " .. problem end
end

--- A text as the schema would have it: the wire has only texts there.
local function typed(self, schema, text)
  if schema["$ref"] then schema = check.resolve(self.root, schema["$ref"]) end
  for _, each in ipairs(schema.anyOf or {}) do
    local value = typed(self, each, text)
    if value ~= text then return value end
  end
  if schema.type == "integer" or schema.type == "number" then return tonumber(text) or text end
  if schema.type == "boolean" and (text == "true" or text == "false") then return text == "true" end
  if schema.type == "object" then return (json.decode(text)) or text end
  return text
end

local function item_schema(self, schema)
  if schema["$ref"] then schema = check.resolve(self.root, schema["$ref"]) end
  if schema.type == "array" then return schema.items end
  for _, each in ipairs(schema.anyOf or {}) do
    local items = item_schema(self, each)
    if items then return items end
  end
end

local function field_value(self, schema, texts)
  local items = item_schema(self, schema)
  if not items then return typed(self, schema, texts[#texts]) end
  local list = json.array {}
  for index, text in ipairs(texts) do list[index] = typed(self, items, text) end
  return list
end

local function is_object(self, schema)
  if schema["$ref"] then schema = check.resolve(self.root, schema["$ref"]) end
  if schema.type == "object" then return true end
  for _, each in ipairs(schema.anyOf or {}) do
    if is_object(self, each) then return true end
  end
  return false
end

--- An object in a query stands there by its own names, which OpenAPI calls exploded.
local function spread(self, found)
  for _, parameter in ipairs(found.operation.parameters or {}) do
    if parameter["in"] == "query" and is_object(self, parameter.schema) then return parameter.name end
  end
end

local function check_query(self, found, query, problems, seen)
  local texts = form.query(query)
  local known, object = {}, spread(self, found)
  for _, parameter in ipairs(found.operation.parameters or {}) do
    local name = parameter.name
    known[name] = true
    if parameter["in"] == "query" and texts[name] then
      local value = field_value(self, parameter.schema, texts[name])
      add(problems, "query " .. name, (check.problems(self.root, parameter.schema, value, json)))
      seen[found.id .. " ?" .. name] = true
    elseif parameter["in"] == "query" and parameter.required then
      add(problems, "query", { name .. " is missing" })
    end
  end
  for name in pairs(texts) do
    if not known[name] and object then
      seen[found.id .. " ?" .. object] = true
    elseif not known[name] then
      add(problems, "query", { name .. " is not described" })
    end
  end
end

local function check_path(self, found, values, problems)
  for _, parameter in ipairs(found.operation.parameters or {}) do
    if parameter["in"] == "path" then
      local text = form.plain(values[parameter.name])
      add(problems, "path " .. parameter.name,
        (check.problems(self.root, parameter.schema, text, json)))
    end
  end
end

local function form_value(self, schema, content_type, body)
  local parts, trouble = form.parts(content_type, body)
  if not parts then return nil, trouble end
  if schema["$ref"] then schema = check.resolve(self.root, schema["$ref"]) end
  local value = {}
  for name, texts in pairs(parts) do
    local field = schema.properties[name]
    if not field then return nil, "has the unknown field " .. name end
    value[name] = field_value(self, field, texts)
  end
  return value
end

local function body_of(self, schema, kind, content_type, body)
  if kind == "multipart/form-data" then return form_value(self, schema, content_type, body) end
  local value, trouble = json.decode(body)
  if trouble then return nil, "is not JSON: " .. trouble.message end
  return value
end

local function check_body(self, found, request, problems, seen)
  local described = found.operation.requestBody
  if not described then
    if #request.body > 0 then add(problems, "body", { "is there, and none is described" }) end
    return
  end
  local content_type = request.content_type or ""
  local kind = content_type:match "^[^;%s]*"
  if not described.content[kind] then
    return add(problems, "body", { "is of the undescribed type " .. kind })
  end
  local schema = described.content[kind].schema
  local value, trouble = body_of(self, schema, kind, content_type, request.body)
  if trouble then return add(problems, "body", { trouble }) end
  local wrong, met = check.problems(self.root, schema, value, json)
  add(problems, "body", wrong)
  for name in pairs(met) do seen[name] = true end
end

--- What is wrong with a request, and which described fields it has.
---@param request {method: string, path: string, content_type?: string, body: string}
---@return string[]? problems nil when there is no such operation
---@return table<string, boolean>? seen
---@return string? id of the operation
function description:problems(request)
  local path, query = request.path:match "^([^?]*)%??(.*)$"
  local found, values = self:find(request.method, path)
  if not found then return nil end
  local problems, seen = {}, { [found.id] = true }
  check_path(self, found, values, problems)
  check_query(self, found, query, problems, seen)
  check_body(self, found, request, problems, seen)
  return problems, seen, found.id
end

return M
