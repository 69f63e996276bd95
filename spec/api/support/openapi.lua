--- The service's official description, where it lies beside the repository: what a request must look
--- like, checked by our own reader of schemas.
local json = require "mistral.json"
local json_schema = require "mistral.json_schema"

local M = {}

local PLACES = { "../shared/mistral-openapi.json", "../../shared/mistral-openapi.json" }

local function read()
  for _, path in ipairs(PLACES) do
    local file = io.open(path, "rb")
    if file then
      local content = file:read "*a"
      file:close()
      return assert(json.decode(content))
    end
  end
end

local read_once, document = false, nil

--- The description, or nil where there is none.
---@return table?
function M.document()
  if not read_once then read_once, document = true, read() end
  return document
end

--- One of its schemas, with all that it refers to.
---@param name string
---@return table
function M.schema(name)
  return { ["$ref"] = "#/components/schemas/" .. name, components = M.document().components }
end

--- Its properties, by name.
---@param name string
---@return table<string, table>
function M.properties(name)
  return M.document().components.schemas[name].properties
end

--- What is wrong with a request's body, or nil.
---@param name string of the schema
---@param body string as it would be sent
---@return string?
function M.problem(name, body)
  return json_schema.check(M.schema(name), assert(json.decode(body)))
end

return M
