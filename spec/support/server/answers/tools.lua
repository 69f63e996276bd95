--- Calls a tool when the request leaves no other way, with arguments that fit its parameters.

local json = require "json"

local M = {}

local SAMPLES = { string = "example", integer = 1, number = 1.5, boolean = true }

local function given(value)
  return value ~= nil and value ~= json.null
end

local function sample(schema)
  if type(schema) ~= "table" then return SAMPLES.string end
  if json.is_array(schema.enum) and #schema.enum > 0 then return schema.enum[1] end
  if schema.type == "object" then return M.arguments(schema) end
  if schema.type == "array" then return { sample(schema.items) } end
  return SAMPLES[schema.type] or SAMPLES.string
end

--- A value for every required property.
function M.arguments(parameters)
  local values = {}
  local properties = type(parameters.properties) == "table" and parameters.properties or {}
  for _, name in ipairs(type(parameters.required) == "table" and parameters.required or {}) do
    values[name] = sample(properties[name])
  end
  return values
end

local function wanted(body)
  local choice = body.tool_choice
  if not given(body.tools) or not given(choice) then return nil end
  if choice == "any" or choice == "required" then return true end
  return type(choice) == "table" and choice["function"].name
end

local function call_id(index)
  local id = ""
  for _ = 1, 8 do id = id .. ("%x"):format(math.random(0, 15)) end
  return id .. index
end

--- The calls to make; nil when text will do. Two when parallel calls are allowed and there are two.
---@return table[]?
function M.calls(body)
  local name = wanted(body)
  local last = body.messages[#body.messages]
  if not name or last.role == "tool" then return nil end
  local limit, calls = body.parallel_tool_calls == false and 1 or 2, {}
  for _, tool in ipairs(body.tools) do
    local it = tool["function"]
    if it and #calls < limit and (name == true or name == it.name) then
      calls[#calls + 1] = { id = call_id(#calls + 1), type = "function",
        ["function"] = { name = it.name, arguments = json.encode(M.arguments(it.parameters)) } }
    end
  end
  return #calls > 0 and calls or nil
end

return M
