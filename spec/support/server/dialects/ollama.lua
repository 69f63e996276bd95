--- Ollama's own API: lines of JSON instead of events, options in a table of their own, tool calls
--- with arguments that are objects. The real one passes over names it does not know; this one does
--- not, so that a name that was never its own is noticed.

local answer = require "answer"
local bodies = require "bodies"
local faults = require "faults"
local fim = require "answers.fim"
local json = require "json"
local openai = require "dialects.openai"
local plans = require "plan"
local speak = require "dialects.speak"
local stream = require "stream"

local M = {}

local MODELS = {
  ["codestral:latest"] = { inserts = true }, ["codestral:22b"] = { inserts = true },
  ["mistral-small3.2:latest"] = { tools = true, vision = true },
  ["magistral:latest"] = { tools = true, thinks = true },
}

local words = bodies.words
local text, number, integer, boolean = words.text, words.number, words.integer, words.boolean
local enum, list, map, union, object = words.enum, words.list, words.map, words.union, words.object

local OPTIONS = object {
  num_predict = { kind = "integer", min = -2 }, num_ctx = integer(1), seed = integer(),
  temperature = number(0), top_p = number(0, 1), top_k = integer(0), stop = list(text()),
  presence_penalty = number(), frequency_penalty = number(), repeat_penalty = number(),
}

local FORMAT = union(enum "json", map())
local KEEP_ALIVE = union(text(), { kind = "number" })
local THINK = union(boolean(), enum("low", "medium", "high"))

local GENERATE = object({
  model = text(), prompt = text(), suffix = text(), images = list(text()), format = FORMAT,
  options = OPTIONS, system = text(), template = text(), stream = boolean(), raw = boolean(),
  think = THINK, keep_alive = KEEP_ALIVE,
}, { "model" })

local CALL = object({
  id = text(), type = text(),
  ["function"] = object({ index = integer(0), name = text(), arguments = map() },
    { "name", "arguments" }),
}, { "function" })

local MESSAGE = object({
  role = enum("system", "user", "assistant", "tool"), content = text(), thinking = text(),
  images = list(text()), tool_calls = list(CALL), tool_name = text(), tool_call_id = text(),
}, { "role" })

local TOOL = object({
  type = enum "function",
  ["function"] = object({ name = text(), description = text(), parameters = map() }, { "name" }),
}, { "type", "function" })

local CHAT = object({
  model = text(), messages = list(MESSAGE), tools = list(TOOL), format = FORMAT,
  options = OPTIONS, stream = boolean(), think = THINK, keep_alive = KEEP_ALIVE,
}, { "model", "messages" })

local function refuse(reply, status, message)
  speak.json(reply, status, { error = message })
end

local function find(name)
  return MODELS[name] or MODELS[name .. ":latest"]
end

-- Answering -------------------------------------------------------------------------------------

---@class LineWriter : EventWriter
local writer = { content_type = "application/x-ndjson", done = "" }
writer.__index = writer

local function stamped(plan, fields)
  fields.model, fields.created_at = plan.model, "2026-11-22T12:00:00.123456789Z"
  return fields
end

local function line(plan, fields)
  return json.encode(stamped(plan, fields)) .. "\n"
end

local function called(call)
  local it = call["function"]
  return { ["function"] = { name = it.name,
    arguments = (json.decode(it.arguments)) } }
end

local function said(self, words_of)
  if self.field == "response" then return { response = words_of.content, done = false } end
  words_of.role = "assistant"
  return { message = words_of, done = false }
end

function writer:role() -- luacheck: ignore 212/self
  return ""
end

function writer:piece(encoded)
  local delta = json.decode(encoded)
  if type(delta.content) == "table" then
    delta = { content = "", thinking = delta.content[1].thinking[1].text }
  end
  return line(self.plan, said(self, delta))
end

local function statistics(plan, finish_reason)
  return { done = true, done_reason = finish_reason == "tool_calls" and "stop" or finish_reason,
    total_duration = 174560334, load_duration = 101397084,
    prompt_eval_count = plan.usage.prompt_tokens, prompt_eval_duration = 13074791,
    eval_count = plan.usage.completion_tokens, eval_duration = 52479709 }
end

function writer:last(finish_reason)
  local fields = statistics(self.plan, finish_reason)
  if self.field == "response" then
    fields.response = ""
  else
    fields.message = { role = "assistant", content = "" }
  end
  return line(self.plan, fields)
end

local function send_whole(reply, plan, field)
  local fields, message = statistics(plan, plan.finish_reason), plan.message
  local content = type(message.content) == "table" and message.content[2].text or message.content
  if field == "response" then
    fields.response = content
  else
    fields.message = { role = "assistant", content = content }
    if content ~= message.content then
      fields.message.thinking = message.content[1].thinking[1].text
    end
    fields.message.tool_calls = plan.calls
  end
  speak.json(reply, 200, stamped(plan, fields))
end

--- A call comes in one piece, never in fragments.
local function whole_calls(plan)
  if plan.message.tool_calls == json.null then return end
  plan.calls = {}
  plan.deltas, plan.texts = {}, {}
  for index, call in ipairs(plan.message.tool_calls) do
    plan.calls[index] = called(call)
    plan.deltas[index] = json.encode { content = "", tool_calls = { plan.calls[index] } }
    plan.texts[index] = ""
  end
end

local function send(reply, body, plan, field)
  whole_calls(plan)
  if body.stream == false then return send_whole(reply, plan, field) end
  local events = setmetatable({ plan = plan, field = field }, writer)
  stream.send(reply, plan, faults.stream_changes(reply.fault, plan), events)
end

-- Asking ----------------------------------------------------------------------------------------

local function limits(body)
  local options = body.options or {}
  return { model = body.model, stop = options.stop,
    max_tokens = options.num_predict and options.num_predict >= 0 and options.num_predict or nil }
end

local function unservable(model, body)
  if not model then return 404, ("model '%s' not found"):format(body.model) end
  local short = body.model:gsub(":.*$", "")
  if body.suffix and not model.inserts then
    return 400, ("registry.ollama.ai/library/%s does not support insert"):format(short)
  elseif body.tools and not model.tools then
    return 400, ("registry.ollama.ai/library/%s does not support tools"):format(short)
  elseif body.think and not model.thinks then
    return 400, ('"%s" does not support thinking'):format(short)
  end
end

local function accepted(exchange, reply, shape)
  local body, why = speak.checked(exchange, shape)
  if not body then return refuse(reply, 400, speak.sentence(why)) end
  local status, message = unservable(find(body.model), body)
  if status then return refuse(reply, status, message) end
  return body
end

local function generate(exchange, reply)
  local body = accepted(exchange, reply, GENERATE)
  if not body then return end
  local prompt, suffix = body.prompt or "", body.suffix or ""
  local text_of = faults.answer_changes(reply.fault).text or fim.complete(prompt, suffix)
  send(reply, body, plans.say(limits(body), prompt .. suffix, text_of), "response")
end

--- The request as the answering part knows it.
local function translated(body)
  local asked = limits(body)
  asked.messages, asked.tools = body.messages, body.tools
  -- The real one leaves it to the model whether to call; here a model that is told of tools does.
  asked.tool_choice = body.tools and "any" or nil
  if body.format == "json" then asked.response_format = { type = "json_object" } end
  if type(body.format) == "table" then
    asked.response_format = { type = "json_schema", json_schema = { schema = body.format } }
  end
  if body.think then asked.reasoning_effort = "high" end
  return asked
end

local function chat(exchange, reply)
  local body = accepted(exchange, reply, CHAT)
  if not body then return end
  local plan = answer.chat(translated(body), faults.answer_changes(reply.fault))
  send(reply, body, plan, "message")
end

--- By its other API, which is the common one.
local function embed(exchange, reply)
  local body, why = speak.checked(exchange, openai.embeddings)
  local value
  if body then value, why = speak.embeddings(body) end
  if value then return speak.json(reply, 200, value) end
  speak.json(reply, 400, { error = { message = speak.sentence(why), type = "api_error" } })
end

local function tags(_, reply)
  local list_of = {}
  for name in pairs(MODELS) do
    list_of[#list_of + 1] = { name = name, model = name, modified_at = "2026-10-02T09:12:44Z",
      size = 12569170041, digest = ("0c"):rep(32), details = { format = "gguf", family = "llama",
        parameter_size = "22.2B", quantization_level = "Q4_0" } }
  end
  table.sort(list_of, function(a, b) return a.name < b.name end)
  speak.json(reply, 200, { models = list_of })
end

local ROUTES = {
  ["POST /api/generate"] = generate, ["POST /api/chat"] = chat, ["GET /api/tags"] = tags,
  ["POST /v1/embeddings"] = embed,
}

function M.serve(exchange, reply, rest)
  reply.usual = function() return {} end
  local handle = ROUTES[exchange.method .. " " .. rest]
  if handle then return handle(exchange, reply) end
  reply:whole(404, "404 page not found", { ["content-type"] = "text/plain" })
end

return M
