--- Texts to vectors.

local gate = require "gate"
local refusal = require "refusal"
local shape = require "shape"
local tokens = require "tokens"
local vectors = require "vectors"

local M = {}

local PATH = "/v1/embeddings"
local MAX_INPUTS = 128
local MAX_TOKENS = 16384

local SHAPE = shape.object({
  model = shape.text(),
  input = shape.union(shape.text(), shape.list(shape.text())),
  output_dimension = shape.optional { kind = "integer", above = 0 },
  output_dtype = shape.enum("float", "int8", "uint8", "binary", "ubinary"),
  encoding_format = shape.enum("float", "base64"),
  metadata = shape.optional(shape.map()),
}, { "model", "input" })

local function too_big(message)
  return refusal.bad_request("invalid_request_prompt", "3210", message)
end

local function inputs_of(body)
  return type(body.input) == "table" and body.input or { body.input }
end

local function limits_broken(inputs, model)
  local total = 0
  for _, text in ipairs(inputs) do
    local count = tokens.count(text)
    if count > model.context then
      return too_big(("Input has %d tokens, exceeding max %d tokens"):format(count, model.context))
    end
    total = total + count
  end
  if #inputs == 0 then return too_big "Input is empty" end
  if #inputs > MAX_INPUTS then
    return too_big "Too many inputs in request, split into more batches."
  elseif total > MAX_TOKENS then
    return too_big(("Too many tokens overall, split into more batches. Max %d, got %d"):format(
      MAX_TOKENS, total))
  end
  return nil, total
end

--- How long a vector will be, or why it cannot be so long.
local function dimensions(model, body)
  local wanted = body.output_dimension
  if not gate.given(wanted) then return model.embeds end
  if not model.most_dimensions then
    return nil, gate.invalid_args "output_dimension is not enabled for this model"
  elseif wanted > model.most_dimensions then
    return nil, gate.invalid_args(("output_dimension is at most %d for this model"):format(
      model.most_dimensions))
  end
  return wanted
end

local function answer(body)
  local trouble = gate.misfit(SHAPE, body)
  if trouble then return nil, trouble end
  local model, size, total
  model, trouble = gate.model(body, "embeds")
  if trouble then return nil, trouble end
  size, trouble = dimensions(model, body)
  if trouble then return nil, trouble end
  trouble, total = limits_broken(inputs_of(body), model)
  if trouble then return nil, trouble end
  local data = {}
  for index, text in ipairs(inputs_of(body)) do
    data[index] = { object = "embedding", index = index - 1, embedding = vectors.embedding(text,
      size, body.output_dtype or "float", body.encoding_format or "float") }
  end
  return { id = gate.id(), object = "list", model = body.model, data = data,
    usage = { prompt_tokens = total, completion_tokens = 0, total_tokens = total } }
end

M.routes = { { "^" .. PATH .. "$", POST = gate.door(answer) } }
M.answers = { [PATH] = answer }

return M
