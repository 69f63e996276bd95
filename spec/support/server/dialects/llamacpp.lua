--- llama.cpp's server: chat in the common dialect, and its own /infill at the root. Its own answers
--- end with an event that says so, not with [DONE].

local bodies = require "bodies"
local faults = require "faults"
local fim = require "answers.fim"
local json = require "json"
local openai = require "dialects.openai"
local plans = require "plan"
local speak = require "dialects.speak"
local stream = require "stream"

local M = {}

local MODEL = "codestral-22b-v0.1.Q5_K_M.gguf"

local words = bodies.words
local text, number, boolean = words.text, words.number, words.boolean
local list, object, optional = words.list, words.object, words.optional

--- All the samplers of /completion go in as well; these are the ones that specs send.
local INFILL = object({
  input_prefix = text(),
  input_suffix = text(),
  input_extra = list(object({ filename = text(), text = text() }, { "text" })),
  prompt = text(),
  n_predict = optional { kind = "integer", min = -1 },
  temperature = optional(number(0)),
  top_p = optional(number(0, 1)),
  seed = optional { kind = "integer", min = -1 },
  stop = optional(list(text())),
  stream = boolean(),
  cache_prompt = boolean(),
  model = text(),
}, { "input_prefix", "input_suffix" })

local KINDS = { [400] = "invalid_request_error", [401] = "authentication_error",
  [404] = "not_found_error" }

local function refuse(reply, status, message)
  speak.json(reply, status, { error = { code = status, message = message, type = KINDS[status] } })
end

local STOP_TYPE = { length = "limit", stop = "eos" }

local function last_fields(plan, finish_reason, stopped_by)
  return {
    index = 0, stop = true, model = MODEL, id_slot = 0, has_new_line = false, truncated = false,
    stop_type = stopped_by and "word" or STOP_TYPE[finish_reason] or "none",
    stopping_word = stopped_by or "",
    tokens_predicted = plan.usage.completion_tokens, tokens_evaluated = plan.usage.prompt_tokens,
    tokens_cached = plan.usage.prompt_tokens + plan.usage.completion_tokens,
    timings = { prompt_n = plan.usage.prompt_tokens, predicted_n = plan.usage.completion_tokens },
  }
end

---@class InfillWriter : EventWriter
local writer = { content_type = "text/event-stream", done = "" }
writer.__index = writer

function writer:role() -- luacheck: ignore 212/self
  return ""
end

function writer:piece(encoded)
  self.count = self.count + 1
  return "data: " .. json.encode { index = 0, content = json.decode(encoded).content,
    tokens = json.decode "[]", stop = false, id_slot = -1, tokens_predicted = self.count,
    tokens_evaluated = self.plan.usage.prompt_tokens } .. "\n\n"
end

function writer:last(finish_reason)
  local fields = last_fields(self.plan, finish_reason, self.stopped_by)
  fields.content = ""
  return "data: " .. json.encode(fields) .. "\n\n"
end

local function plan_of(reply, body)
  local asked = { model = MODEL, stop = body.stop,
    max_tokens = body.n_predict ~= -1 and body.n_predict or nil }
  local said = faults.answer_changes(reply.fault).text
    or fim.complete(body.input_prefix, body.input_suffix)
  local plan = plans.say(asked, body.input_prefix .. body.input_suffix, said)
  for _, word in ipairs(type(body.stop) == "table" and body.stop or {}) do
    if said:find(word, 1, true) and plan.finish_reason == "stop" then return plan, word end
  end
  return plan
end

local function infill(exchange, reply)
  local body, why = speak.checked(exchange, INFILL)
  if not body then return refuse(reply, 400, speak.sentence(why)) end
  local plan, word = plan_of(reply, body)
  if body.stream then
    local events = setmetatable({ plan = plan, count = 0, stopped_by = word }, writer)
    return stream.send(reply, plan, faults.stream_changes(reply.fault, plan), events)
  end
  local fields = last_fields(plan, plan.finish_reason, word)
  fields.content = plan.message.content
  speak.json(reply, 200, fields)
end

local function chat(exchange, reply)
  local body, why = speak.checked(exchange, openai.chat)
  local complaint = why and speak.sentence(why) or openai.contradiction(body)
  if complaint then return refuse(reply, 400, complaint) end
  body.model = MODEL -- there is one, whatever was asked for
  openai.send(reply, body, speak.plan(reply, body), { reasoning = "reasoning_content" })
end

--- Control words in a prompt are control words: the model knows its own order only.
local function complete(exchange, reply)
  local body, why = speak.checked(exchange, openai.completion)
  local complaint = why and speak.sentence(why) or openai.contradiction(body)
  if complaint then return refuse(reply, 400, complaint) end
  body.model = MODEL
  openai.send(reply, body, plans.say(body, body.prompt,
    faults.answer_changes(reply.fault).text or speak.in_the_middle(body.prompt)))
end

local function list_models(_, reply)
  openai.models(reply, { MODEL }, "llamacpp")
end

local ROUTES = {
  ["POST /infill"] = infill, ["POST /v1/chat/completions"] = chat, ["GET /v1/models"] = list_models,
  ["POST /v1/completions"] = complete,
}

function M.serve(exchange, reply, rest)
  speak.foreign(reply, "x-llama-request")
  local key = exchange.headers.authorization
  if key and not speak.is_key(speak.bearer(exchange.headers)) then
    return refuse(reply, 401, "Invalid API Key")
  end
  local handle = ROUTES[exchange.method .. " " .. rest]
  if not handle then return refuse(reply, 404, "File Not Found") end
  handle(exchange, reply)
end

return M
