--- The service's own doors: authentication, routes, and the checks a body has to pass, in the
--- order in which the real one makes them.

local answer = require "answer"
local bodies = require "bodies"
local faults = require "faults"
local json = require "json"
local models = require "models"
local order = require "order"
local refusal = require "refusal"
local replies = require "reply"
local schema = require "schema"
local stream = require "stream"
local tokens = require "tokens"

local M = {}

local KEY_PATTERN = "^test%-key"
local MAX_BODY_BYTES = 20 * 1024 * 1024
local INVALID_ARGS = "invalid_request_invalid_args"

local function given(value)
  return value ~= nil and value ~= json.null
end

local function unauthorized(headers)
  local key = (headers.authorization or ""):match("^Bearer (.+)$")
  if not key then return refusal.named.unauthorized_detail end
  if not key:find(KEY_PATTERN) then return refusal.named.unauthorized end
end

local function json_trouble(position, message)
  return refusal.unprocessable { {
    type = "json_invalid", loc = { "body", position }, msg = "JSON decode error",
    input = {}, ctx = { error = message },
  } }
end

local function decoded(exchange)
  if #exchange.body > MAX_BODY_BYTES then
    return nil, refusal.new(413, { shape = "html", message = "Request Entity Too Large" })
  end
  local kind = exchange.headers["content-type"] or ""
  if not kind:lower():find("^application/json") then
    return nil, refusal.unprocessable { {
      type = "model_attributes_type", loc = { "body" }, input = exchange.body:sub(1, 200),
      msg = "Input should be a valid dictionary or object to extract fields from",
    } }
  end
  if json.bad_utf8(exchange.body) then
    return nil, refusal.new(400, { shape = "detail_text",
      message = "There was an error parsing the body" })
  end
  local body, trouble = json.decode(exchange.body)
  if trouble then return nil, json_trouble(trouble.position, trouble.message) end
  return body
end

--- What a model cannot do, though the schema allows to ask for it.
local function beyond(model, body, capability)
  if not model.capabilities[capability] then
    return ("%s is not enabled for this model"):format(capability)
  elseif given(body.prompt_mode) then
    return "prompt_mode is not enabled for this model"
  elseif given(body.reasoning_effort) and not (model.effort or {})[body.reasoning_effort] then
    return "reasoning_effort is not enabled for this model, or not with this value. Allowed: "
      .. (model.effort and "none, high" or "nothing")
  end
end

local function has_image(messages)
  for _, message in ipairs(messages or {}) do
    for _, chunk in ipairs(type(message.content) == "table" and message.content or {}) do
      if chunk.type == "image_url" then return true end
    end
  end
  return false
end

local function invalid_args(message)
  return refusal.bad_request(INVALID_ARGS, "3051", message)
end

local function too_large(model, exchange, body)
  local count = tokens.count(exchange.body)
  local wanted = given(body.max_tokens) and body.max_tokens or 0
  if count + wanted <= model.context then return nil end
  return invalid_args(("Prompt contains %d tokens and 0 draft tokens, too large for model with %d "
    .. "maximum context length"):format(count + wanted, model.context))
end

local function unservable(exchange, body, capability)
  local model = models.find(body.model)
  if not model then
    return refusal.bad_request("invalid_model", "1500", "Invalid model: " .. body.model)
  end
  local limit = beyond(model, body, capability)
  if limit then return invalid_args(limit) end
  if not model.capabilities.vision and has_image(body.messages) then
    return invalid_args "Image input is not enabled for this model"
  end
  return too_large(model, exchange, body)
end

--- The checked body, or why not.
local function accepted(exchange, shape, capability)
  local body, trouble = decoded(exchange)
  if trouble then return nil, trouble end
  local problems = schema.problems(shape, body)
  if #problems > 0 then return nil, refusal.unprocessable(problems) end
  trouble = unservable(exchange, body, capability)
    or (body.messages and order.broken_rule(body))
  if trouble then return nil, trouble end
  return body
end

--- An endpoint that generates: check, plan, send.
local function generation(shape, capability, make_plan)
  return function(exchange, reply)
    local body, trouble = accepted(exchange, shape, capability)
    if not body then return reply:refuse(trouble) end
    local plan = make_plan(body, faults.answer_changes(reply.fault))
    local send = body.stream == true and stream.send or stream.whole
    send(reply, plan, faults.stream_changes(reply.fault, plan))
  end
end

local function list_models(_, reply)
  reply:json(200, { object = "list", data = models.list(json.null) })
end

local function one_model(_, reply, name)
  local model = models.find(name)
  if not model then
    return reply:refuse(refusal.new(404, { shape = "detail_text",
      message = "Model not found: " .. name }))
  end
  reply:json(200, models.card(model, name, json.null))
end

local ROUTES = {
  { "^/v1/chat/completions$", POST = generation(bodies.chat, "completion_chat", answer.chat) },
  { "^/v1/fim/completions$", POST = generation(bodies.fim, "completion_fim", answer.fim) },
  { "^/v1/models$", GET = list_models },
  { "^/v1/models/([^/]+)$", GET = one_model },
}

local function route(exchange, reply)
  local path = exchange.path:match("^[^?]*")
  for _, each in ipairs(ROUTES) do
    local capture = path:match(each[1])
    if capture then
      local handle = each[exchange.method]
      if handle then return handle(exchange, reply, capture) end
      return reply:refuse(refusal.new(405, { shape = "detail_text",
        message = "Method Not Allowed" }))
    end
  end
  reply:refuse(refusal.named.no_route)
end

--- Answers one request.
---@param exchange Exchange
function M.serve(exchange)
  local fault = faults.take(exchange)
  local reply = replies.new(exchange, fault)
  if faults.instead(reply) then return end
  local stranger = unauthorized(exchange.headers)
  if stranger then return reply:refuse(stranger) end
  route(exchange, reply)
end

return M
