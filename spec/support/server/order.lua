--- The rules about messages that no schema can tell: who may follow whom, how tool calls and their
--- results pair up, what ids and names look like.

local json = require "json"
local refusal = require "refusal"

local M = {}

local ORDER, CALL = "invalid_request_message_order", "invalid_function_call"

local AFTER = {
  start = { system = true, user = true },
  system = { system = true, user = true, assistant = true },
  user = { assistant = true, system = true, user = true },
  assistant = { assistant = true, user = true, tool = true },
  tool = { assistant = true, tool = true },
}

local function order_error(message)
  return refusal.bad_request(ORDER, "3230", message)
end

local function call_error(message)
  return refusal.bad_request(CALL, "3280", message)
end

local function given(value)
  return value ~= nil and value ~= json.null
end

local function has_items(value)
  return given(value) and #value > 0
end

local function succession(messages)
  local last = "start"
  for _, message in ipairs(messages) do
    if not AFTER[last][message.role] then
      if last == "start" then
        return order_error(("Expected first role to be system or user but got %s")
          :format(message.role))
      end
      return order_error(("Unexpected role '%s' after role '%s'"):format(message.role, last))
    end
    last = message.role
  end
end

local function last_role(messages)
  local last = messages[#messages]
  if last.role == "user" or last.role == "tool" then return end
  if last.role == "assistant" and last.prefix == true then return end
  return order_error("Expected last role User or Tool (or Assistant with prefix True) for serving "
    .. "but got " .. last.role)
end

local function contents(messages)
  for _, message in ipairs(messages) do
    local has_content = given(message.content) and message.content ~= ""
      and (type(message.content) == "string" or #message.content > 0)
    if message.role == "assistant" and not has_content and not has_items(message.tool_calls)
      and message.prefix ~= true then
      return refusal.bad_request("invalid_request_error", nil,
        "Assistant message must have either content or tool_calls, but not none.")
    end
  end
end

local function bad_id(id)
  if not given(id) or id == "null" then
    return call_error "Tool call id has to be defined in serving mode"
  elseif not id:find("^%w+$") or #id ~= 9 then
    return call_error(("Tool call id was %s but must be a-z, A-Z, 0-9, with a length of 9.")
      :format(id))
  end
end

local function bad_name(name)
  if not name:find("^[%w_-]+$") or #name > 64 then
    return call_error(("Function name was %s but must be a-z, A-Z, 0-9, or contain underscores "
      .. "and dashes, with a maximum length of 64."):format(name))
  end
end

--- What is wrong with the calls of one message, and which ids wait for a result.
local function open_calls(message)
  local waiting, count = {}, 0
  for _, call in ipairs(message.tool_calls) do
    local trouble = bad_id(call.id) or bad_name(call["function"].name)
    if trouble then return nil, 0, trouble end
    if waiting[call.id] then
      return nil, 0, call_error "Duplicate tool call id in assistant message."
    end
    waiting[call.id], count = true, count + 1
  end
  return waiting, count
end

local UNEVEN = "Not the same number of function calls and responses"

local function pairing(messages)
  local waiting, count = {}, 0
  for _, message in ipairs(messages) do
    local trouble
    if message.role == "tool" then
      trouble = bad_id(message.tool_call_id)
      if trouble then return trouble end
      if not waiting[message.tool_call_id] then
        return call_error("Unexpected tool call id " .. message.tool_call_id
          .. " in tool results")
      end
      waiting[message.tool_call_id], count = nil, count - 1
    elseif count > 0 then
      return order_error(UNEVEN)
    elseif message.role == "assistant" and has_items(message.tool_calls) then
      waiting, count, trouble = open_calls(message)
      if trouble then return trouble end
    end
  end
  if count > 0 then return order_error(UNEVEN) end
end

local function tool_names(tools)
  for _, tool in ipairs(given(tools) and tools or {}) do
    local trouble = tool["function"] and bad_name(tool["function"].name)
    if trouble then return trouble end
  end
end

--- The first rule a chat body breaks, as a refusal; nil when it keeps them all.
---@param body table  already checked against the schema
---@return table? refusal
function M.broken_rule(body)
  local messages = body.messages
  return succession(messages) or last_role(messages) or contents(messages) or pairing(messages)
    or tool_names(body.tools)
end

return M
