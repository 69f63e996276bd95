--- vLLM: chat, and plain completion without a suffix. A model that fills in the middle sees its own
--- control words in the prompt, in the order it was trained on, or has no idea what is wanted.

local openai = require "dialects.openai"
local plans = require "plan"
local faults = require "faults"
local speak = require "dialects.speak"

local M = {}

local MODELS = { "mistralai/Codestral-22B-v0.1", "mistralai/Mistral-Small-3.2-24B-Instruct-2506" }
local KINDS = { [400] = "BadRequestError", [401] = "UnauthorizedError", [404] = "NotFoundError" }

local function refuse(reply, status, message)
  speak.json(reply, status, { object = "error", message = message, type = KINDS[status],
    param = nil, code = status })
end

local function unservable(body)
  for _, name in ipairs(MODELS) do
    if name == body.model then return nil end
  end
  return ("The model `%s` does not exist."):format(body.model)
end

local function accepted(exchange, reply, shape)
  local body, why = speak.checked(exchange, shape)
  local complaint = why and speak.sentence(why) or body and openai.contradiction(body)
  if complaint then return refuse(reply, 400, complaint) end
  local missing = unservable(body)
  if missing then return refuse(reply, 404, missing) end
  return body
end

local function chat(exchange, reply)
  local body = accepted(exchange, reply, openai.chat)
  if not body then return end
  openai.send(reply, body, speak.plan(reply, body), { reasoning = "reasoning_content" })
end

local function complete(exchange, reply)
  local body = accepted(exchange, reply, openai.completion)
  if not body then return end
  if body.suffix then return refuse(reply, 400, "suffix is not currently supported") end
  if type(body.prompt) ~= "string" then return refuse(reply, 400, "one prompt at a time") end
  local said = faults.answer_changes(reply.fault).text or speak.in_the_middle(body.prompt)
  openai.send(reply, body, plans.say(body, body.prompt, said))
end

local function embed(exchange, reply)
  local body, why = speak.checked(exchange, openai.embeddings)
  local value
  if body then value, why = speak.embeddings(body) end
  if why then return refuse(reply, 400, speak.sentence(why)) end
  speak.json(reply, 200, value)
end

local function list_models(_, reply)
  openai.models(reply, MODELS, "vllm")
end

local ROUTES = {
  ["POST /v1/chat/completions"] = chat, ["POST /v1/completions"] = complete,
  ["POST /v1/embeddings"] = embed,
  ["GET /v1/models"] = list_models,
}

function M.serve(exchange, reply, rest)
  speak.foreign(reply, "x-request-id")
  local is_open = exchange.path:find "^/vllm%-open/" ~= nil
  if not is_open and not speak.is_key(speak.bearer(exchange.headers)) then
    return speak.json(reply, 401, { error = "Unauthorized" })
  end
  local handle = ROUTES[exchange.method .. " " .. rest]
  if not handle then return speak.json(reply, 404, { detail = "Not Found" }) end
  handle(exchange, reply)
end

return M
