--- A form's fields, typed and checked by a schema: what a multipart body means to an endpoint.

local counters = require "counters"
local json = require "json"
local multipart = require "multipart"
local refusal = require "refusal"
local schema = require "schema"

local M = {}

local BOOLEANS = { ["true"] = true, ["false"] = false, ["1"] = true, ["0"] = false }

local READ = {
  integer = function(text) return text:find "^-?%d+$" and tonumber(text) or text end,
  number = function(text) return tonumber(text) or text end,
  boolean = function(text)
    if BOOLEANS[text:lower()] == nil then return text end
    return BOOLEANS[text:lower()]
  end,
}

local function value_of(field, part)
  if field and field.kind == "file" or part.filename then return part end
  local read = field and READ[field.kind]
  if not read then return part.data end
  return read(part.data)
end

local function put(fields, shape, part)
  local field = shape.fields[part.name]
  if not field or field.kind ~= "list" then
    local twice = fields[part.name] ~= nil
    fields[part.name] = value_of(field, part)
    return twice
  end
  fields[part.name] = fields[part.name] or json.array {}
  table.insert(fields[part.name], value_of(field.of, part))
end

--- A file field arrives as its part; anything else as text, number, boolean or a list of them.
---@param exchange Exchange
---@param shape table
---@return table? fields, table? refusal
function M.read(exchange, shape)
  local parts, message = multipart.parse(exchange.body, exchange.headers["content-type"])
  if not parts then
    return nil, refusal.new(400, { shape = "detail_text",
      message = "There was an error parsing the body: " .. message })
  end
  counters.keep_parts(exchange.record, parts)
  local fields, twice = {}, nil
  for _, part in ipairs(parts) do
    if put(fields, shape, part) then twice = part.name end
  end
  local problems = schema.problems(shape, fields)
  if twice then
    table.insert(problems, { type = "value_error", loc = { "body", twice }, input = json.null,
      msg = "Given more than once" })
  end
  if #problems > 0 then return nil, refusal.unprocessable(problems) end
  return fields
end

return M
