--- The dialect that most servers share: other names for some fields, messages that are plainer, and
--- usage in a stream only for those who ask. Closed, as the strictest of them are.

local bodies = require "bodies"
local faults = require "faults"
local json = require "json"
local speak = require "dialects.speak"
local stream = require "stream"

local M = {}

local words = bodies.words
local text, number, integer, boolean = words.text, words.number, words.integer, words.boolean
local enum, list, map, union = words.enum, words.list, words.map, words.union
local object, tagged, optional = words.object, words.tagged, words.optional

local text_part = object({ type = enum "text", text = text() }, { "type", "text" })
local image_part = object({
  type = enum "image_url",
  image_url = object({ url = text(), detail = enum("low", "high", "auto") }, { "url" }),
}, { "type", "image_url" })

local plain_content = union(text(), list(text_part, 1))
local rich_content = union(text(), list(tagged("type", {
  text = text_part, image_url = image_part,
}), 1))

local tool_call = object({
  id = text(), type = enum "function",
  ["function"] = object({ name = text(), arguments = text() }, { "name", "arguments" }),
}, { "id", "type", "function" })

local message = tagged("role", {
  system = object({ role = text(), content = plain_content, name = text() }, { "content" }),
  user = object({ role = text(), content = rich_content, name = text() }, { "content" }),
  assistant = object { role = text(), content = optional(plain_content), name = text(),
    tool_calls = list(tool_call, 1) },
  tool = object({ role = text(), content = plain_content, tool_call_id = text() },
    { "content", "tool_call_id" }),
})

local tool = object({
  type = enum "function",
  ["function"] = object({ name = text(), description = text(), parameters = map(),
    strict = boolean() }, { "name" }),
}, { "type", "function" })

local stream_options = object { include_usage = boolean() }

local function stop() return optional(union(text(), list(text()))) end

M.chat = object({
  model = text(),
  messages = list(message, 1),
  temperature = optional(number(0, 2)),
  top_p = optional(number(0, 1)),
  max_tokens = optional(integer(1)),
  max_completion_tokens = optional(integer(1)),
  stream = optional(boolean()),
  stream_options = optional(stream_options),
  stop = stop(),
  seed = optional { kind = "integer" },
  response_format = tagged("type", {
    text = object { type = text() },
    json_object = object { type = text() },
    json_schema = object({ type = text(), json_schema = object({ name = text(), schema = map(),
      description = text(), strict = boolean() }, { "name" }) }, { "json_schema" }),
  }),
  tools = list(tool, 1),
  tool_choice = union(enum("auto", "none", "required"), object({
    type = enum "function", ["function"] = object({ name = text() }, { "name" }),
  }, { "type", "function" })),
  parallel_tool_calls = boolean(),
  presence_penalty = optional(number(-2, 2)),
  frequency_penalty = optional(number(-2, 2)),
  n = optional(integer(1)),
  reasoning_effort = optional(enum("none", "minimal", "low", "medium", "high", "xhigh")),
  user = text(),
}, { "model", "messages" })

M.completion = object({
  model = text(),
  prompt = union(text(), list(text(), 1)),
  suffix = optional(text()),
  temperature = optional(number(0, 2)),
  top_p = optional(number(0, 1)),
  max_tokens = optional(integer(1)),
  min_tokens = integer(0),
  stream = optional(boolean()),
  stream_options = optional(stream_options),
  stop = stop(),
  seed = optional { kind = "integer" },
  n = optional(integer(1)),
}, { "model", "prompt" })

M.embeddings = object({
  model = text(),
  input = union(text(), list(text(), 1)),
  dimensions = integer(1),
  encoding_format = enum("float", "base64"),
}, { "model", "input" })

-- Answering -------------------------------------------------------------------------------------

local function new_id(prefix)
  return ("%s-%08x%08x"):format(prefix, math.random(0, 2 ^ 31 - 1), math.random(0, 2 ^ 31 - 1))
end

---@class OpenAIWriter : EventWriter
---@field form table  what differs between servers: {reasoning = name of the field for it}
local writer = { content_type = "text/event-stream", done = "data: [DONE]\n\n" }
writer.__index = writer

function writer:event(fields)
  local all = { id = self.id, object = self.object, created = self.created,
    model = self.plan.model }
  for name, value in pairs(fields) do all[name] = value end
  return "data: " .. json.encode(all) .. "\n\n"
end

local function no_items()
  return json.decode "[]"
end

--- Longer than the service would ever take.
function M.call_id(id)
  return "chatcmpl-tool-" .. id .. id
end

--- Beside the content, not in it; and a fragment of a call says only what is new.
local function delta_of(self, delta)
  if type(delta.content) == "table" then
    return { [self.form.reasoning or "reasoning_content"] = delta.content[1].thinking[1].text }
  end
  for _, call in ipairs(delta.tool_calls or {}) do
    local is_first = call["function"].name ~= ""
    call.id = is_first and M.call_id(call.id) or nil
    call.type = is_first and "function" or nil
    call["function"].name = is_first and call["function"].name or nil
  end
  return delta
end

function writer:choices(delta, finish_reason)
  local choices = {}
  for index = 1, self.plan.choices do
    choices[index] = { index = index - 1, finish_reason = finish_reason or json.null,
      logprobs = json.null }
    if self.object == "text_completion" then
      choices[index].text = delta.content or ""
    else
      choices[index].delta = delta
    end
  end
  return choices
end

function writer:role()
  if self.object == "text_completion" then return "" end
  return self:event { choices = self:choices { role = "assistant", content = "" } }
end

function writer:piece(encoded)
  return self:event { choices = self:choices(delta_of(self, (json.decode(encoded)))) }
end

function writer:last(finish_reason)
  local events = self:event { choices = self:choices({}, finish_reason) }
  if not self.wants_usage then return events end
  return events .. self:event { choices = no_items(), usage = self.plan.usage }
end

local function wants_usage(body)
  return type(body.stream_options) == "table" and body.stream_options.include_usage == true
end

local function new_writer(body, plan, form)
  local is_chat = body.messages ~= nil
  return setmetatable({
    plan = plan, form = form, wants_usage = wants_usage(body), created = os.time(),
    id = new_id(is_chat and "chatcmpl" or "cmpl"),
    object = is_chat and "chat.completion.chunk" or "text_completion",
  }, writer)
end

local function whole_message(plan, form)
  local said = plan.message
  local out = { role = "assistant", content = said.content, tool_calls = said.tool_calls }
  if type(said.content) == "table" then
    out.content = said.content[2].text
    out[form.reasoning or "reasoning_content"] = said.content[1].thinking[1].text
  elseif said.tool_calls ~= json.null then
    out.content = json.null
    for _, call in ipairs(said.tool_calls) do call.id = M.call_id(call.id) end
  end
  return out
end

local function send_whole(reply, body, plan, form)
  local choices = {}
  for index = 1, plan.choices do
    local choice = { index = index - 1, finish_reason = plan.finish_reason, logprobs = json.null }
    if body.messages then
      choice.message = whole_message(plan, form)
    else
      choice.text = plan.message.content
    end
    choices[index] = choice
  end
  speak.json(reply, 200, { id = new_id "cmpl", created = os.time(), model = plan.model,
    object = body.messages and "chat.completion" or "text_completion", choices = choices,
    usage = plan.usage })
end

--- Sends a plan as this dialect says it.
---@param reply Reply
---@param body table
---@param plan Plan
---@param form? {reasoning?: string}
function M.send(reply, body, plan, form)
  form = form or {}
  if body.stream ~= true then return send_whole(reply, body, plan, form) end
  stream.send(reply, plan, faults.stream_changes(reply.fault, plan), new_writer(body, plan, form))
end

--- The list of models, as this dialect says it.
function M.models(reply, names, owner)
  local data = {}
  for index, name in ipairs(names) do
    data[index] = { id = name, object = "model", created = 1755000000, owned_by = owner }
  end
  speak.json(reply, 200, { object = "list", data = data })
end

--- What a body asks for that only makes sense otherwise.
---@return string? complaint
function M.contradiction(body)
  if body.stream_options and body.stream ~= true then
    return "The 'stream_options' parameter is only allowed when 'stream' is enabled."
  elseif body.tool_choice and body.tool_choice ~= "none" and not body.tools then
    return "When using `tool_choice`, `tools` must be set."
  end
end

return M
