--- The dialect that most servers share: the service's fields under other names, without those that
--- only the service has. A field that would only help is left out; one whose absence would change
--- the answer is refused by name.
local ids = require "mistral.api.provider.dialect.ids"
local plain = require "mistral.api.provider.dialect.plain"
local stream = require "mistral.api.reader.stream"
local tables = require "mistral.tables"

local M = {}

local SAME = {
  "model", "temperature", "top_p", "max_tokens", "stop", "response_format", "parallel_tool_calls",
  "presence_penalty", "frequency_penalty", "n", "reasoning_effort",
}

-- Fields that only the service has, and the values that ask for nothing.
local OWN = { prediction = true, safe_prompt = false, guardrails = true,
  service_tier = "standard_only" }

local function plain_tools(tools)
  local out = {}
  for index, tool in ipairs(tools) do
    out[index] = { type = "function", ["function"] = tool["function"] }
  end
  return out
end

local function plain_choice(choice)
  if type(choice) == "table" then
    return { type = "function", ["function"] = choice["function"] }
  end
  return choice == "any" and "required" or choice
end

-- Here a stream tells its usage only when it is asked for.
local function add_stream(body, call)
  if not call.streamed then return end
  body.stream = true
  body.stream_options = { include_usage = true }
end

--- The body of a chat.
---@param call mistral.Call
---@return table
function M.chat(call)
  local params, body = call.params, {}
  for _, name in ipairs(SAME) do
    body[name] = params[name]
  end
  body.messages = plain.messages(params.messages)
  body.seed = params.random_seed
  body.tools = params.tools and plain_tools(params.tools)
  body.tool_choice = plain_choice(params.tool_choice)
  add_stream(body, call)
  return body
end

--- The body of a completion in plain text.
---@param call mistral.Call
---@param prompt string
---@param suffix? string for servers that take one
---@return table
function M.completion(call, prompt, suffix)
  local params = call.params
  local body = {
    model = params.model,
    prompt = prompt,
    suffix = suffix,
    temperature = params.temperature,
    top_p = params.top_p,
    max_tokens = params.max_tokens,
    min_tokens = params.min_tokens,
    stop = params.stop,
    seed = params.random_seed,
  }
  add_stream(body, call)
  return body
end

--- The body for embeddings.
---@param call mistral.Call
---@return table
function M.embed(call)
  local params = call.params
  return {
    model = params.model,
    input = params.input,
    dimensions = params.output_dimension,
    encoding_format = params.encoding_format,
  }
end

--- What embeddings are asked to be that this dialect has no word for, or nil.
---@param call mistral.Call
---@return string? what
function M.beyond_embed(call)
  local dtype = call.params.output_dtype
  return dtype and dtype ~= "float" and "`output_dtype`" or nil
end

local function other_tool(tools)
  for _, tool in ipairs(tools or {}) do
    local kind = tool.type or "function"
    if kind ~= "function" then return ("the tool %s"):format(kind) end
  end
end

--- The first thing a chat asks for that this dialect has no word for, or nil.
---@param call mistral.Call
---@return string? what
function M.beyond(call)
  for _, name in ipairs { "guardrails", "prediction", "safe_prompt", "service_tier" } do
    local value = call.params[name]
    if value ~= nil and value ~= OWN[name] then return ("`%s`"):format(name) end
  end
  return other_tool(call.params.tools) or plain.beyond(call.params.messages)
end

-- Reading ---------------------------------------------------------------------------------------

local function fit_choice(choice)
  ids.fit_calls(choice.delta)
  ids.fit_calls(choice.message)
  -- Plain completion says its text beside the choice.
  if type(choice.text) == "string" then choice.delta = { content = choice.text } end
end

local function translate(chunk)
  for _, choice in ipairs(type(chunk.choices) == "table" and chunk.choices or {}) do
    if type(choice) == "table" then fit_choice(choice) end
  end
  return chunk
end

--- A reader of such answers.
---@param options mistral.ReaderOptions
---@param other? fun(chunk: table): table instead of this dialect's own translation
---@return mistral.Stream
function M.reader(options, other)
  return stream.new(tables.with(options, { translate = other or translate }))
end

return M
