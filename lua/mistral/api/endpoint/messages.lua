--- What a conversation must look like before the service takes it: the shape of each message, and
--- the order of roles, tool calls and their answers. What breaks a rule gets a 400 or 422.
local chunks = require "mistral.api.endpoint.chunks"
local json = require "mistral.json"
local schema = require "mistral.api.schema"

local M = {}

local TOOL_NAME = { pattern = "^[%w_-]+$", wanted = "letters, digits, _ or - (1 to 64)" }

local function tool_name(required, null)
  return {
    kind = "string", required = required, null = null,
    pattern = TOOL_NAME.pattern, wanted = TOOL_NAME.wanted,
    check = function(value, path)
      if #value > 64 then return ("`%s` is longer than 64 characters"):format(path) end
    end,
  }
end

M.tool_name = tool_name

local TOOL_ID = {
  kind = "string", required = true, pattern = ("^" .. ("%w"):rep(9) .. "$"),
  wanted = "nine letters and digits (the service takes no other tool call id)",
}

local function content(required, null, chunk)
  return {
    kind = "choice", required = required, null = null,
    of = {
      { kind = "string" },
      { kind = "list", of = chunk or chunks.any, none = "is an empty list" },
    },
  }
end

local TOOL_CALL = {
  kind = "object",
  renamed = { _index = "leave it out", type_ = "use `type`" },
  fields = {
    id = TOOL_ID,
    type = { kind = "string", one_of = { "function" } },
    index = { kind = "integer", min = 0 },
    ["function"] = {
      kind = "object", required = true,
      fields = {
        name = tool_name(true),
        arguments = {
          kind = "choice", required = true,
          of = { { kind = "string" }, { kind = "object", open = true } },
        },
      },
    },
  },
}

local NAME = "only a tool message has a name; say it in the content"
local RENAMED = {
  name = NAME,
  reasoning_content = "put the thinking into `content` as a chunk of type thinking",
  reasoning = "put the thinking into `content` as a chunk of type thinking",
  refusal = "leave it out",
  metadata = "leave it out",
  function_call = "use `tool_calls`",
}

local function role(name)
  return { kind = "string", required = true, one_of = { name } }
end

local SHAPES = {
  system = { role = role "system", content = content(true, false, chunks.system) },
  user = { role = role "user", content = content(true, true) },
  assistant = {
    role = role "assistant",
    content = content(false, true),
    tool_calls = {
      kind = "list", null = true, of = TOOL_CALL, none = "is empty; leave it out",
    },
    prefix = { kind = "boolean" },
  },
  tool = {
    role = role "tool",
    content = content(true, true),
    tool_call_id = TOOL_ID,
    name = tool_name(false, true),
  },
}

for name, fields in pairs(SHAPES) do
  SHAPES[name] = { kind = "object", fields = fields, renamed = RENAMED }
end

-- What may follow what.
local FOLLOWS = {
  start = { system = true, user = true },
  system = { system = true, user = true, assistant = true },
  user = { system = true, user = true, assistant = true },
  assistant = { assistant = true, user = true, tool = true },
  tool = { assistant = true, tool = true },
}

local WHY_NOT = {
  ["tool user"] = "put an assistant message between them",
  ["user tool"] = "a tool message answers the tool calls of an assistant message",
  ["system tool"] = "a tool message answers the tool calls of an assistant message",
}

local function present(value)
  return value ~= nil and not json.is_null(value)
end

local function check_shape(message, path)
  if type(message) ~= "table" then
    return ("`%s` should be a table, got a %s"):format(path, type(message))
  end
  local shape = SHAPES[message.role]
  if shape then return schema.check(shape, message, path) end
  if message.role == "developer" then
    return ("`%s.role`: say system, not developer"):format(path)
  end
  return ("`%s.role` should be system, user, assistant or tool"):format(path)
end

--- What is wrong with one message, wherever it stands; or nil.
---@param message any
---@param path string
---@return string?
M.check_shape = check_shape

local function check_order(before, message, path)
  if FOLLOWS[before][message.role] then return end
  if before == "start" then
    return ("`%s`: a conversation begins with system or user, not %s"):format(path, message.role)
  end
  local said = ("`%s`: %s cannot follow %s"):format(path, message.role, before)
  local why = WHY_NOT[before .. " " .. message.role]
  return why and said .. "; " .. why or said
end

local function check_assistant(message, path, last)
  if message.prefix == true and not last then
    return ("`%s.prefix`: only the last message can be a prefix"):format(path)
  end
  if present(message.tool_calls) then return end
  if not present(message.content) or message.content == "" then
    return ("`%s` has neither content nor tool calls; leave it out"):format(path)
  end
end

-- Notes the calls a message opens: id -> "open".
local function open_calls(message, path)
  local calls = {}
  for _, call in ipairs(present(message.tool_calls) and message.tool_calls or {}) do
    if calls[call.id] then
      return nil, ("`%s.tool_calls` has the id %s twice"):format(path, call.id)
    end
    calls[call.id] = "open"
  end
  return calls
end

local function answer_call(calls, message, path)
  local id = message.tool_call_id
  if not calls[id] then
    return ("`%s` answers the tool call %s, which was not made before it"):format(path, id)
  end
  if calls[id] == "answered" then
    return ("`%s` answers the tool call %s again"):format(path, id)
  end
  calls[id] = "answered"
end

local function unanswered(calls, path)
  local open = {}
  for id, state in pairs(calls) do
    if state == "open" then open[#open + 1] = id end
  end
  table.sort(open)
  if open[1] then
    return ("`%s`: the tool call %s has no answer; each call needs one tool message"):format(
      path, open[1])
  end
end

local function check_last(message, path)
  if message.role == "system" or message.role == "assistant" and message.prefix ~= true then
    return ("`%s`: the last message should be from user or tool, or an assistant's with "
      .. "prefix=true; this one is from %s"):format(path, message.role)
  end
end

-- One message in its place; `state` has the role before it and the calls still open.
local function check_one(state, message, path, last)
  local reason = check_shape(message, path) or check_order(state.before, message, path)
  if reason then return reason end
  if message.role == "tool" then
    reason = answer_call(state.calls, message, path)
  else
    reason = unanswered(state.calls, path)
    state.calls = {}
  end
  if not reason and message.role == "assistant" then
    reason = check_assistant(message, path, last)
    if not reason then state.calls, reason = open_calls(message, path) end
  end
  state.before = message.role
  return reason
end

local MAX_IMAGES = 8

local function count_images(messages)
  local count = 0
  for _, message in ipairs(messages) do
    for _, chunk in ipairs(type(message.content) == "table" and message.content or {}) do
      if chunk.type == "image_url" then count = count + 1 end
    end
  end
  return count
end

local function check_images(messages, path)
  local count = count_images(messages)
  if count > MAX_IMAGES then
    return ("`%s` holds %d images; %d is the most in one request"):format(path, count, MAX_IMAGES)
  end
end

--- Why the service would refuse these messages, or nil.
---@param messages table[]
---@param path string
---@return string?
function M.check(messages, path)
  local state = { before = "start", calls = {} }
  for index, message in ipairs(messages) do
    local here = ("%s[%d]"):format(path, index)
    local reason = check_one(state, message, here, index == #messages)
    if reason then return reason end
  end
  local here = ("%s[%d]"):format(path, #messages)
  return check_last(messages[#messages], here) or unanswered(state.calls, here)
    or check_images(messages, path)
end

return M
