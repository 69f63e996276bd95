--- What a reply can do. It is a table of facts, and stays one: its method is in its metatable, so
--- whoever goes through it with pairs sees the facts alone.
local errors = require "mistral.errors"
local json_schema = require "mistral.json_schema"
local json_text = require "mistral.json_text"
local text = require "mistral.text"

local M = {}

local function no_json(reply)
  local why = "there is no JSON in the answer"
  if reply.finish_reason == "length" then
    why = "the answer was cut off before its JSON was whole"
  end
  return errors.new("mismatch", why, { reply = reply })
end

local function no_match(reply, reason)
  local said = text.line("the answer is not what its schema says: " .. reason, 500)
  return errors.new("mismatch", said, { reply = reply })
end

-- The JSON of the answer, as the model wrote it.
local function read(reply, schema)
  local check = schema ~= nil and function(value) return json_schema.check(schema, value) end
  local value, reason = json_text.read(reply.text or "", check or nil)
  if value ~= nil then return value end
  return nil, reason and no_match(reply, reason) or no_json(reply)
end

-- Level of the caller of the method, as for error().
local function check_call(reply, schema)
  if type(reply) ~= "table" then error("reply:json is called with a colon, not with a dot", 3) end
  local kind = type(schema)
  if schema == nil or kind == "table" or kind == "boolean" then return end
  error(("reply:json takes a JSON Schema, got a %s"):format(kind), 3)
end

--- The kind of reply that answers a request with this schema.
---@param schema? table|boolean JSON Schema of what was asked for
---@return table metatable
function M.kind(schema)
  local methods = {
    json = function(reply, other)
      check_call(reply, other)
      if other ~= nil then return read(reply, other) end
      return read(reply, schema)
    end,
  }
  local function say(reply) return reply.text end
  local function join(one, other) return tostring(one) .. tostring(other) end
  return { __index = methods, __tostring = say, __concat = join }
end

local PLAIN = M.kind()

local function schema_of(call)
  local format = call and type(call.params) == "table" and call.params.response_format
  local described = type(format) == "table" and format.type == "json_schema" and format.json_schema
  if type(described) == "table" then return described.schema end
end

--- The kind of reply that this call gets.
---@param call? mistral.Call
---@return table metatable
function M.kind_for(call)
  local schema = schema_of(call)
  return schema == nil and PLAIN or M.kind(schema)
end

--- Make a table of facts such a reply.
---@param reply mistral.Reply
---@param kind table
---@return mistral.Reply
function M.dress(reply, kind)
  for _, choice in ipairs(reply.choices or {}) do
    setmetatable(choice, kind)
  end
  return setmetatable(reply, kind)
end

return M
