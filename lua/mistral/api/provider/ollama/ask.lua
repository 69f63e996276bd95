--- What Ollama is asked: the service's fields, put where it looks for them.
local json = require "mistral.json"

local M = {}

-- Options ---------------------------------------------------------------------------------------

local OPTIONS = {
  max_tokens = "num_predict", random_seed = "seed", temperature = "temperature", top_p = "top_p",
  presence_penalty = "presence_penalty", frequency_penalty = "frequency_penalty",
}

local function options_of(params)
  local options = {}
  for name, theirs in pairs(OPTIONS) do
    options[theirs] = params[name]
  end
  local stop = params.stop
  options.stop = type(stop) == "string" and { stop } or stop
  return next(options) and options or nil
end

-- Messages --------------------------------------------------------------------------------------

local function thoughts_of(chunk)
  if type(chunk.thinking) == "string" then return chunk.thinking end
  local texts = {}
  for _, part in ipairs(chunk.thinking or {}) do
    texts[#texts + 1] = part.text
  end
  return table.concat(texts)
end

-- Its images are bare base64: what stands behind the comma of a data address.
local function image_data(chunk)
  local url = chunk.image_url
  if type(url) == "table" then url = url.url end
  return type(url) == "string" and url:match("^data:image/[%w.+-]+;base64,(.+)$") or nil
end

local TAKE = {
  text = function(out, chunk) out.texts[#out.texts + 1] = chunk.text end,
  thinking = function(out, chunk) out.thoughts[#out.thoughts + 1] = thoughts_of(chunk) end,
  image_url = function(out, chunk) out.images[#out.images + 1] = image_data(chunk) end,
  reference = function() end,
}

local function taken(content)
  local out = { texts = {}, thoughts = {}, images = {} }
  if type(content) == "string" then out.texts[1] = content end
  for _, chunk in ipairs(type(content) == "table" and content or {}) do
    if TAKE[chunk.type] then TAKE[chunk.type](out, chunk) end
  end
  return out
end

local function some(list)
  return list[1] and list or nil
end

local function joined(list)
  return list[1] and table.concat(list) or nil
end

-- Its arguments are an object, never text; and an object without fields is `{}`.
local function arguments_of(call)
  local arguments = call["function"].arguments
  if type(arguments) == "string" then arguments = json.decode(arguments) end
  return type(arguments) == "table" and not json.is_array(arguments) and arguments or nil
end

local function their_calls(calls)
  local out = {}
  for index, call in ipairs(type(calls) == "table" and calls or {}) do
    local name = call["function"].name
    out[index] = { ["function"] = { name = name, arguments = arguments_of(call) } }
  end
  return some(out)
end

-- It tells the answers of tools by their names; we by the ids of the calls.
local function names_by_id(messages)
  local names = {}
  for _, message in ipairs(messages) do
    for _, call in ipairs(type(message.tool_calls) == "table" and message.tool_calls or {}) do
      names[call.id or ""] = call["function"].name
    end
  end
  return names
end

local function their_messages(messages)
  local out, names = {}, names_by_id(messages)
  for index, message in ipairs(messages) do
    local content = taken(message.content)
    local is_tool = message.role == "tool"
    out[index] = {
      role = message.role,
      content = table.concat(content.texts),
      thinking = joined(content.thoughts),
      images = some(content.images),
      tool_calls = their_calls(message.tool_calls),
      tool_name = is_tool and (names[message.tool_call_id or ""] or message.name) or nil,
    }
  end
  return out
end

-- Bodies ----------------------------------------------------------------------------------------

local LEVELS = { minimal = "low", low = "low", medium = "medium", high = "high", xhigh = "high",
  max = "high" }

local function think_of(effort)
  if effort == "none" then return false end
  return LEVELS[effort]
end

local function format_of(format)
  if not format or format.type == "text" then return nil end
  return format.type == "json_schema" and format.json_schema.schema or "json"
end

local function their_tools(params)
  if not params.tools or params.tool_choice == "none" then return nil end
  local out = {}
  for index, tool in ipairs(params.tools) do
    local it = tool["function"]
    out[index] = { type = "function", ["function"] = {
      name = it.name, description = it.description, parameters = it.parameters,
    } }
  end
  return out
end

--- POST /api/chat.
---@param call mistral.Call
---@return table
function M.chat(call)
  local params = call.params
  return {
    model = params.model,
    messages = their_messages(params.messages),
    tools = their_tools(params),
    format = format_of(params.response_format),
    think = think_of(params.reasoning_effort),
    options = options_of(params),
    stream = call.streamed,
  }
end

--- POST /api/generate, which fills in the middle when it is given a suffix.
---@param call mistral.Call
---@return table
function M.fim(call)
  local params = call.params
  return {
    model = params.model,
    prompt = params.prompt,
    suffix = params.suffix or "",
    options = options_of(params),
    stream = call.streamed,
  }
end

-- Limits ----------------------------------------------------------------------------------------

-- Fields it has no word for, and the values that ask for nothing.
local OWN = {
  { "guardrails" }, { "prediction" }, { "safe_prompt", false }, { "service_tier", "standard_only" },
  { "n", 1 }, { "parallel_tool_calls", true }, { "min_tokens", 0 },
}

local function own_field(params)
  for _, field in ipairs(OWN) do
    local value = params[field[1]]
    if value ~= nil and value ~= field[2] then return "`" .. field[1] .. "`" end
  end
  local choice = params.tool_choice
  if choice and choice ~= "auto" and choice ~= "none" then
    return "a `tool_choice` besides auto and none"
  end
end

local function other_tool(tools)
  for _, tool in ipairs(tools or {}) do
    local kind = tool.type or "function"
    if kind ~= "function" then return "the tool " .. kind end
  end
end

local function foreign_chunk(chunk)
  if not TAKE[chunk.type] then return "a content part of type " .. chunk.type end
  if chunk.type == "image_url" and not image_data(chunk) then
    return "an image by its address; mistral.image(path) sends the image itself"
  end
end

local function foreign_message(message)
  for _, chunk in ipairs(type(message.content) == "table" and message.content or {}) do
    local what = foreign_chunk(chunk)
    if what then return what end
  end
  for _, call in ipairs(type(message.tool_calls) == "table" and message.tool_calls or {}) do
    if not arguments_of(call) then return "a tool call whose arguments are no JSON object" end
  end
end

--- The first thing that Ollama has no word for, or nil.
---@param call mistral.Call
---@return string? what
function M.beyond(call)
  local what = own_field(call.params) or other_tool(call.params.tools)
  if what then return what end
  for index, message in ipairs(call.params.messages or {}) do
    what = foreign_message(message)
    if what then return ("%s (messages[%d])"):format(what, index) end
  end
end

return M
