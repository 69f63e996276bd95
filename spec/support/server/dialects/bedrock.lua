--- Amazon Bedrock's OpenAI-compatible endpoint: a bearer key, models under Amazon's names, chat only.

local openai = require "dialects.openai"
local speak = require "dialects.speak"

local M = {}

local MODELS = { "mistral.mistral-large-3-675b-instruct", "mistral.ministral-3-8b-instruct",
  "mistral.devstral-2-123b", "mistral.magistral-small-2509" }

local function refuse(reply, status, kind, message)
  speak.json(reply, status, { error = { code = kind, message = message, param = nil,
    type = status >= 500 and "server_error" or "invalid_request_error" } })
end

local function is_known(model)
  for _, name in ipairs(MODELS) do
    if name == model then return true end
  end
  return false
end

local function chat(exchange, reply)
  local body, why = speak.checked(exchange, openai.chat)
  if not body then return refuse(reply, 400, "validation_error", speak.sentence(why)) end
  local complaint = openai.contradiction(body)
  if complaint then return refuse(reply, 400, "validation_error", complaint) end
  if not is_known(body.model) then
    return refuse(reply, 404, "not_found_error", ("The model '%s' does not exist"):format(body.model))
  end
  openai.send(reply, body, speak.plan(reply, body), { reasoning = "reasoning" })
end

local function list_models(_, reply)
  openai.models(reply, MODELS, "system")
end

local ROUTES = { ["POST /v1/chat/completions"] = chat, ["GET /v1/models"] = list_models }

function M.serve(exchange, reply, rest)
  speak.foreign(reply, "x-amzn-requestid")
  if exchange.headers["api-key"] or not speak.is_key(speak.bearer(exchange.headers)) then
    return refuse(reply, 401, "invalid_api_key", "Invalid bearer token")
  end
  local handle = ROUTES[exchange.method .. " " .. rest]
  if not handle then return refuse(reply, 404, "not_found_error", "Invalid URL: " .. rest) end
  handle(exchange, reply)
end

return M
