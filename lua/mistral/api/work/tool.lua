--- Calls one of the user's tools and makes the result a model can read: of an unknown name, of
--- arguments that do not fit, and of an error as well. Whatever a tool does, the conversation goes on.
local json = require "mistral.json"
local json_schema = require "mistral.json_schema"
local text = require "mistral.text"

local M = {}

---@class mistral.Tool
---@field name string letters, digits, _ and -
---@field description? string what it is for, for the model
---@field parameters? table JSON Schema of its arguments
---@field strict? boolean
---@field call fun(arguments: table, call: mistral.CallInfo): any, any a result, or nil and why not

---@class mistral.CallInfo
---@field id string
---@field name string
---@field turn integer

---@class mistral.ToolEvent
---@field id string
---@field name string
---@field turn integer
---@field arguments? table decoded; nil when they could not be read
---@field result? string what the model is given
---@field error? string what the model is told in its place
---@field trace? string where the tool raised, for its author

local MAX_ERROR = 1000

-- The arguments as a table, or what is wrong with them.
local function read_arguments(tool, written)
  local value = written
  if type(written) == "string" then
    local reason
    value, reason = json.decode(written)
    if value == nil then return nil, ("the arguments are %s: %s"):format(reason, written) end
  end
  if json.is_null(value) or value == nil then value = {} end
  if type(value) ~= "table" or value[1] ~= nil then
    return nil, "the arguments are not a JSON object"
  end
  local reason = json_schema.check(tool.parameters or true, value)
  if reason then return nil, "the arguments do not fit: " .. reason end
  return value
end

-- The places that Lua puts before an error: a file of Lua, or a piece of code.
local PLACES = { "^[^\n]-%.lua:%d+: ", '^%[string "[^\n]-"%]:%d+: ', "^%[C%]: " }

local function without_place(words)
  for _, place in ipairs(PLACES) do
    local rest = words:match(place .. "()")
    if rest then return without_place(words:sub(rest)) end
  end
  return words
end

local function is_mute(value)
  if type(value) ~= "table" then return value == nil end
  local meta = getmetatable(value)
  return meta == nil or type(meta) == "table" and rawget(meta, "__tostring") == nil
end

-- An error's own words, without the place in somebody's files where it was raised.
local function said(problem)
  if type(problem) == "table" and is_mute(problem) then problem = rawget(problem, "message") end
  return is_mute(problem) and "it failed" or without_place(text.of(problem))
end

-- In a coroutine of its own: it keeps errors in, and a tool that yields from going off with the
-- conversation.
local function run(fn, arguments, info)
  local thread = coroutine.create(fn)
  local ran, result, why = coroutine.resume(thread, arguments, info)
  if not ran then
    local words = text.of(result)
    return nil, said(result), debug and debug.traceback and debug.traceback(thread, words) or words
  end
  if coroutine.status(thread) ~= "dead" then return nil, "the tool did not end" end
  if result == nil and why ~= nil then return nil, said(why) end
  return result == nil and json.null or result
end

local function cap(content, limit)
  if #content <= limit then return content end
  local note = ("\n[cut: %d bytes in all]"):format(#content)
  return text.clip(content, limit) .. note
end

local function written(result)
  if type(result) == "string" then return text.valid(result) end
  local done, encoded, reason = pcall(json.encode, result)
  if not done then encoded, reason = nil, said(encoded) end
  return encoded, reason and "the tool gave what cannot be written as JSON: " .. reason
end

local function error_content(reason)
  return json.encode { error = text.line(reason, MAX_ERROR) }
end

local function unknown(name, names)
  if #names == 0 then return "there is no such tool, and no other" end
  return ("there is no tool %s; there are: %s"):format(name, table.concat(names, ", "))
end

local function perform(tools, call, info)
  local tool = tools.by_name[call.name]
  if not tool then return nil, unknown(call.name, tools.names) end
  local arguments, wrong = read_arguments(tool, call.arguments)
  if not arguments then return nil, wrong end
  local result, why, trace = run(tool.call, arguments, info)
  if why then return nil, why, trace, arguments end
  local content
  content, why = written(result)
  return content, why, nil, arguments
end

--- Carry out one call.
---@param tools { by_name: table<string, mistral.Tool>, names: string[] }
---@param call { id: string, name: string, arguments: string|table }
---@param turn integer
---@param limit integer most bytes of a result
---@return string content for the model
---@return mistral.ToolEvent event for the user
function M.call(tools, call, turn, limit)
  local info = { id = call.id, name = call.name, turn = turn }
  local content, why, trace, arguments = perform(tools, call, info)
  local event = { id = call.id, name = call.name, turn = turn, arguments = arguments }
  if content then
    event.result = cap(content, limit)
    return event.result, event
  end
  event.error, event.trace = text.line(why, MAX_ERROR), trace
  return error_content(why), event
end

return M
