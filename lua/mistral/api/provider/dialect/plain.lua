--- Messages as most servers know them: plainer than the service's own. Thinking is not sent back,
--- images are objects, arguments are text, and nobody else has the prefix of an answer.
local json = require "mistral.json"

local M = {}

local function arguments_of(call)
  local arguments = call["function"].arguments
  return type(arguments) == "table" and json.encode(arguments) or arguments
end

local function plain_call(call)
  return {
    id = call.id,
    type = "function",
    ["function"] = { name = call["function"].name, arguments = arguments_of(call) },
  }
end

local function plain_chunk(chunk)
  if chunk.type == "text" then return { type = "text", text = chunk.text } end
  local image = chunk.image_url
  if type(image) == "string" then image = { url = image } end
  return { type = "image_url", image_url = image }
end

local CARRIED = { text = true, image_url = true }

-- Text alone is one string again: not every server takes lists where there is no need for them.
local function plain_content(content)
  if type(content) ~= "table" or json.is_null(content) then return content end
  local chunks, texts = {}, {}
  for _, chunk in ipairs(content) do
    if CARRIED[chunk.type] then chunks[#chunks + 1] = plain_chunk(chunk) end
    if chunk.type == "text" then texts[#texts + 1] = chunk.text end
  end
  return #texts == #chunks and table.concat(texts) or chunks
end

local function plain_calls(calls)
  if type(calls) ~= "table" or json.is_null(calls) then return nil end
  local out = {}
  for index, call in ipairs(calls) do
    out[index] = plain_call(call)
  end
  return out
end

--- One message in the common dialect.
---@param message table
---@return table
function M.message(message)
  return {
    role = message.role,
    content = plain_content(message.content),
    tool_calls = plain_calls(message.tool_calls),
    tool_call_id = message.tool_call_id,
  }
end

---@param messages table[]
---@return table[]
function M.messages(messages)
  local out = {}
  for index, message in ipairs(messages) do
    out[index] = M.message(message)
  end
  return out
end

local LOST = { thinking = true, reference = true }

local function foreign_chunk(content)
  for _, chunk in ipairs(type(content) == "table" and content or {}) do
    if not CARRIED[chunk.type] and not LOST[chunk.type] then return chunk.type end
  end
end

--- What in these messages cannot be said in the common dialect, or nil.
---@param messages table[]
---@return string? what
function M.beyond(messages)
  for index, message in ipairs(messages) do
    local kind = foreign_chunk(message.content)
    if kind then return ("a content part of type %s (messages[%d])"):format(kind, index) end
    if message.prefix then return ("`prefix` (messages[%d])"):format(index) end
  end
end

return M
