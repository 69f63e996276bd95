--- The fields behind the question mark of a path, read and checked by a schema as the service does.

local refusal = require "refusal"
local schema = require "schema"

local M = {}

local function plain(text)
  return (text:gsub("%+", " "):gsub("%%(%x%x)", function(hex)
    return string.char(tonumber(hex, 16))
  end))
end

local function as_number(text)
  return text:find("^-?%d+$") and tonumber(text) or text
end

local BOOLEANS = { ["true"] = true, ["false"] = false, ["1"] = true, ["0"] = false }

local function as_boolean(text)
  local value = BOOLEANS[text:lower()]
  if value == nil then return text end
  return value
end

local READ = { integer = as_number, boolean = as_boolean }

--- Texts become what their field says, where they can.
---@param values string[]
---@param field? table
local function typed(values, field, list)
  if not field or field.kind ~= "list" then
    local read = field and READ[field.kind]
    local last = values[#values]
    return read and read(last) or not read and last
  end
  return list(values)
end

--- The fields of a path by name, or 422.
---@param path string
---@param shape table an object of schema.lua
---@param array fun(list: table): table marks a list
---@param others? string the field, an object, whose names stand in the query by themselves
---@return table? fields, table? refusal
function M.read(path, shape, array, others)
  local texts = {}
  for name, value in (path:match("%?(.*)$") or ""):gmatch("([^=&]+)=?([^&]*)") do
    name = plain(name)
    texts[name] = texts[name] or {}
    table.insert(texts[name], plain(value))
  end
  local fields = {}
  for name, values in pairs(texts) do
    if others and not shape.fields[name] then
      fields[others] = fields[others] or {}
      fields[others][name] = values[#values]
    else
      fields[name] = typed(values, shape.fields[name], array)
    end
  end
  local problems = schema.problems(shape, fields)
  for _, problem in ipairs(problems) do problem.loc[1] = "query" end
  if #problems > 0 then return nil, refusal.unprocessable(problems) end
  return fields
end

return M
