--- What will be answered, before a byte is sent: the pieces in order, the whole message, why it
--- ends and what it costs.

local json = require "json"
local tokens = require "tokens"

local M = {}

---@class Plan
---@field model string
---@field choices integer
---@field deltas string[]     JSON objects, one per piece
---@field texts string[]      the text each delta carries ("" for calls and thinking)
---@field message table       the whole message, for an answer that is not streamed
---@field finish_reason string
---@field usage table

local function limited(pieces, max_tokens)
  if type(max_tokens) ~= "number" or #pieces <= max_tokens then return pieces, nil end
  local kept = {}
  for index = 1, max_tokens do kept[index] = pieces[index] end
  return kept, "length"
end

local function usage(prompt_text, completion_tokens)
  local prompt_tokens = tokens.count(prompt_text)
  return {
    prompt_tokens = prompt_tokens,
    completion_tokens = completion_tokens,
    total_tokens = prompt_tokens + completion_tokens,
    prompt_tokens_details = { cached_tokens = 0 },
  }
end

local function text_delta(piece)
  return '{"content":' .. json.encode(piece) .. "}"
end

--- Thinking comes as a list of chunks; the service turns to plain strings after it.
local function thinking_delta(piece)
  return '{"content":[{"type":"thinking","thinking":[{"type":"text","text":'
    .. json.encode(piece) .. "}]}]}"
end

local function add_thinking(plan, thought)
  for _, piece in ipairs(tokens.split(thought)) do
    plan.deltas[#plan.deltas + 1] = thinking_delta(piece)
    plan.texts[#plan.texts + 1] = ""
  end
end

local function whole_content(text, thought)
  if not thought then return text end
  return {
    { type = "thinking", thinking = { { type = "text", text = thought } } },
    { type = "text", text = text },
  }
end

--- A plan that answers `text`.
---@param body table         the request
---@param prompt_text string what was read, for the usage
---@param text string
---@param thought? string    said before it, as thinking
---@return Plan
function M.say(body, prompt_text, text, thought)
  local kept, reason = limited(tokens.split((tokens.until_stop(text, body.stop))), body.max_tokens)
  local plan = { model = body.model, deltas = {}, texts = {}, finish_reason = reason or "stop" }
  plan.choices = type(body.n) == "number" and body.n or 1
  if thought then add_thinking(plan, thought) end
  for _, piece in ipairs(kept) do
    plan.deltas[#plan.deltas + 1] = text_delta(piece)
    plan.texts[#plan.texts + 1] = piece
  end
  plan.message = { role = "assistant", tool_calls = json.null,
    content = whole_content(table.concat(kept), thought) }
  plan.usage = usage(prompt_text, #plan.deltas * plan.choices)
  return plan
end

--- The first delta names the call and each of the next adds to its arguments, without an id.
local function call_deltas(call, index)
  local deltas = {}
  deltas[1] = json.encode { content = "", tool_calls = { {
    id = call.id, index = index, ["function"] = { name = call["function"].name, arguments = "" },
  } } }
  for _, piece in ipairs(tokens.split(call["function"].arguments)) do
    deltas[#deltas + 1] = json.encode { tool_calls = { {
      id = "null", index = index, ["function"] = { name = "", arguments = piece },
    } } }
  end
  return deltas
end

--- A plan that calls tools.
---@param calls table[] as in a message: {id=, function={name=, arguments=}}
---@return Plan
function M.call(body, prompt_text, calls)
  local plan = { model = body.model, choices = 1, deltas = {}, texts = {},
    finish_reason = "tool_calls",
    message = { role = "assistant", content = "", tool_calls = calls } }
  for index, call in ipairs(calls) do
    for _, delta in ipairs(call_deltas(call, index - 1)) do
      plan.deltas[#plan.deltas + 1] = delta
      plan.texts[#plan.texts + 1] = ""
    end
  end
  plan.usage = usage(prompt_text, #plan.deltas)
  return plan
end

return M
