--- The checks a body has to pass before a model sees it, in the order in which the service makes
--- them: is it JSON, does it fit the schema, is there such a model, and can it do that.

local json = require "json"
local models = require "models"
local order = require "order"
local refusal = require "refusal"
local schema = require "schema"
local tokens = require "tokens"

local M = {}

local MAX_BODY_BYTES = 20 * 1024 * 1024
local INVALID_ARGS = "invalid_request_invalid_args"

--- Neither absent nor null.
---@return boolean
function M.given(value)
  return value ~= nil and value ~= json.null
end

local given = M.given

local function json_trouble(position, message)
  return refusal.unprocessable { {
    type = "json_invalid", loc = { "body", position }, msg = "JSON decode error",
    input = {}, ctx = { error = message },
  } }
end

--- The body as a value, or why it cannot be one.
---@param exchange Exchange
---@param max_bytes? integer
---@return any body, table? refusal
function M.decoded(exchange, max_bytes)
  if #exchange.body > (max_bytes or MAX_BODY_BYTES) then
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

--- 422 with all that is wrong in a body, or nil.
---@return table? refusal
function M.misfit(shape, body)
  local problems = schema.problems(shape, body)
  if #problems > 0 then return refusal.unprocessable(problems) end
end

---@return table refusal
function M.invalid_args(message)
  return refusal.bad_request(INVALID_ARGS, "3051", message)
end

--- What a model cannot do, though the schema allows to ask for it.
local function beyond(model, body, capability)
  if not (model.capabilities[capability] or model[capability]) then
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

local function too_large(model, size, body)
  local count = tokens.count_bytes(size)
  local wanted = given(body.max_tokens) and body.max_tokens or 0
  if count + wanted <= model.context then return nil end
  return M.invalid_args(("Prompt contains %d tokens and 0 draft tokens, too large for model with "
    .. "%d maximum context length"):format(count + wanted, model.context))
end

--- The model of a body, or why it cannot serve it.
---@param body table
---@param capability string
---@return table? model, table? refusal
function M.model(body, capability)
  local model = models.find(body.model)
  if not model then
    return nil, refusal.bad_request("invalid_model", "1500", "Invalid model: "
      .. tostring(body.model))
  end
  local limit = beyond(model, body, capability)
  if limit then return nil, M.invalid_args(limit) end
  return model
end

--- Why a checked body for a model that generates is refused all the same, or nil.
---@param body table
---@param size integer bytes of it
---@param capability string
---@return table? refusal
function M.unservable(body, size, capability)
  local model, trouble = M.model(body, capability)
  if not model then return trouble end
  if not model.capabilities.vision and has_image(body.messages) then
    return M.invalid_args "Image input is not enabled for this model"
  end
  return too_large(model, size, body) or body.messages and order.broken_rule(body)
end

local function id()
  return (("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"):gsub("x", function()
    return ("%x"):format(math.random(0, 15))
  end))
end

--- A fresh id, as answers carry it.
---@return string
function M.id()
  return id()
end

--- A fresh id of a thing that is kept: 8-4-4-4-12.
---@return string
function M.uuid()
  local digits = id()
  return ("%s-%s-4%s-8%s-%s"):format(digits:sub(1, 8), digits:sub(9, 12), digits:sub(14, 16),
    digits:sub(18, 20), digits:sub(21))
end

--- An endpoint that takes JSON and gives JSON.
---@param answer fun(body: table): table?, table?
---@return fun(exchange: Exchange, reply: Reply)
function M.door(answer)
  return function(exchange, reply)
    local body, trouble = M.decoded(exchange)
    local value
    if not trouble then value, trouble = answer(body) end
    if trouble then return reply:refuse(trouble) end
    reply:json(200, value)
  end
end

return M
