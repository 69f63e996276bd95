--- A conversation as the service takes it, made from one that it might not: ids that fit, an answer
--- for every tool call, no empty turns, all thinking in one chunk, and nobody who speaks out of turn.
local json = require "mistral.json"
local tables = require "mistral.tables"
local tool_ids = require "mistral.api.work.tool_ids"

local M = {}

local UNANSWERED = '{"error":"cancelled before it had a result"}'

-- What stands between the results of tools and whoever speaks next, where the model has said nothing:
-- some of the service's models refuse a user's message right behind a tool's.
local BRIDGE = "Noted."

local function given(value)
  return value ~= nil and not json.is_null(value)
end

local function is_empty(content)
  return not given(content) or content == "" or type(content) == "table" and next(content) == nil
end

-- Calls ------------------------------------------------------------------------------------------

local function fitting_name(name)
  name = tostring(name or ""):gsub("[^%w_-]", "_"):sub(1, 64)
  return name ~= "" and name or "unknown"
end

-- What is not JSON would be refused with the whole request; the model has been told of it.
local function fitting_arguments(arguments)
  local value = arguments
  if type(arguments) == "string" then value = json.decode(arguments) end
  if type(value) ~= "table" or value[1] ~= nil then return "{}" end
  return type(arguments) == "string" and arguments or json.encode(value) or "{}"
end

local function fitting_call(call, id)
  local called = type(call["function"]) == "table" and call["function"] or {}
  return {
    id = id,
    type = "function",
    ["function"] = {
      name = fitting_name(called.name),
      arguments = fitting_arguments(called.arguments),
    },
  }
end

-- Thinking ---------------------------------------------------------------------------------------

local function is_thinking(chunk)
  return type(chunk) == "table" and chunk.type == "thinking"
end

local function add_thinking(one, chunk)
  for _, part in ipairs(type(chunk.thinking) == "table" and chunk.thinking or {}) do
    one.thinking[#one.thinking + 1] = part
  end
  one.signature = given(chunk.signature) and chunk.signature or one.signature
end

-- Several thinking chunks as one, where the first of them is.
local function one_thinking(content)
  local out, one = {}, nil
  for _, chunk in ipairs(content) do
    if not is_thinking(chunk) then
      out[#out + 1] = chunk
    elseif one then
      add_thinking(one, chunk)
    else
      one = tables.copy(chunk)
      one.thinking, one.signature = {}, nil
      add_thinking(one, chunk)
      out[#out + 1] = one
    end
  end
  return out
end

-- Turns ------------------------------------------------------------------------------------------

local ADD = {}

local function add(state, message)
  state.out[#state.out + 1] = message
end

local function last_role(state)
  local last = state.out[#state.out]
  return type(last) == "table" and last.role
end

-- Every call that is still open gets a result that says there is none.
local function answer_open(state)
  for _, call in ipairs(state.open) do
    add(state, {
      role = "tool", tool_call_id = call.id, name = call.name, content = UNANSWERED,
    })
  end
  state.open = {}
end

local function bridge(state)
  if last_role(state) == "tool" then add(state, { role = "assistant", content = BRIDGE }) end
end

local function open_calls(state, message, calls)
  local ids, fitting = tool_ids.fit(calls), {}
  for index, call in ipairs(calls) do
    fitting[index] = fitting_call(call, ids[index])
    state.open[index] = {
      id = ids[index], was = call.id, name = fitting[index]["function"].name,
    }
  end
  message.tool_calls = fitting
end

local function are_tables(list)
  for _, item in ipairs(list) do
    if type(item) ~= "table" then return false end
  end
  return true
end

function ADD.assistant(state, message)
  answer_open(state)
  local calls = type(message.tool_calls) == "table" and message.tool_calls or {}
  if not are_tables(calls) then return add(state, message) end
  if #calls == 0 and is_empty(message.content) then return end
  local out = tables.copy(message)
  out.tool_calls = nil
  if type(out.content) == "table" then out.content = one_thinking(out.content) end
  if #calls > 0 then open_calls(state, out, calls) end
  add(state, out)
end

-- The open call that a tool's message answers; without an id, the next.
local function take_call(state, id)
  for index, call in ipairs(state.open) do
    if not given(id) or call.was == id or call.id == id then
      return table.remove(state.open, index)
    end
  end
end

function ADD.tool(state, message)
  local call = take_call(state, message.tool_call_id)
  if not call then return add(state, message) end
  local out = tables.copy(message)
  out.tool_call_id = call.id
  out.name = given(message.name) and fitting_name(message.name) or call.name
  if is_empty(out.content) then out.content = "null" end
  add(state, out)
end

function ADD.user(state, message)
  if is_empty(message.content) then return end
  answer_open(state)
  bridge(state)
  add(state, message)
end

function ADD.system(state, message)
  answer_open(state)
  add(state, message)
end

--- The same conversation as the service takes it. What is given stays as it is; what breaks a rule
--- in a way that only its author can mend is left for the check of the request to name.
---@param messages table[]
---@return table[]
function M.fit(messages)
  local state = { out = {}, open = {} }
  for _, message in ipairs(messages) do
    local added = type(message) == "table" and ADD[message.role] or add
    added(state, message)
  end
  answer_open(state)
  return state.out
end

-- A prefix is the beginning of the answer that follows it.
local function drop_prefix(messages, answer)
  local last = messages[#messages]
  if not last or last.role ~= "assistant" or last.prefix ~= true then return answer end
  messages[#messages] = nil
  local before, after = last.content, answer.content
  if type(before) ~= "string" or type(after) ~= "string" then return answer end
  if after:sub(1, #before) == before then return answer end
  local whole = tables.copy(answer)
  whole.content = before .. after
  return whole
end

--- The messages with an answer at their end, its ids made to fit. Changes the list.
---@param messages table[] as `fit` made them
---@param answer table an assistant's message
---@return mistral.ToolCall[] calls of the answer, each with its arguments as the model wrote them
function M.append(messages, answer)
  local calls = type(answer.tool_calls) == "table" and answer.tool_calls or {}
  answer = drop_prefix(messages, answer)
  local state = { out = messages, open = {} }
  ADD.assistant(state, answer)
  local out = {}
  for index, call in ipairs(state.open) do
    out[index] = {
      id = call.id, name = call.name, arguments = calls[index]["function"].arguments,
    }
  end
  return out
end

--- The message with the result of a tool.
---@param call { id: string, name: string }
---@param content string
---@return table
function M.result(call, content)
  return { role = "tool", tool_call_id = call.id, name = call.name, content = content }
end

--- The result of a call that has none.
---@return string
function M.unanswered()
  return UNANSWERED
end

return M
