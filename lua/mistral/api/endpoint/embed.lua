--- embeddings: one request of them. work/embed.lua splits what is too much for one.
local common = require "mistral.api.endpoint.common"
local errors = require "mistral.errors"
local json = require "mistral.json"
local whole = require "mistral.api.reader.whole"

local M = {}

--- What the service takes in one request. Its tokens are counted over all inputs.
M.MOST_INPUTS = 128
M.MOST_TOKENS = 16384

local function broken(what)
  return nil, errors.new("broken", "the embeddings do not fit the request: " .. what)
end

local function is_vector(value)
  if type(value) ~= "table" or value[1] == nil then return false end
  for index = 1, #value do
    if type(value[index]) ~= "number" then return false end
  end
  return true
end

-- Eight bits at a time, signed or not.
local function whole_numbers(bytes, signed)
  local list = {}
  for index = 1, #bytes do
    local byte = bytes:byte(index)
    list[index] = signed and byte > 127 and byte - 256 or byte
  end
  return list
end

local SIGNED = { int8 = true, binary = true }

-- What base64 holds: four bytes for a number, or one for each of the smaller types.
local function unpacked(text, dtype)
  local native = require "mistral.native" -- here: without base64 the C module is not needed
  local bytes, message = native.unbase64(text)
  if not bytes then return nil, message end
  if dtype ~= nil and dtype ~= "float" then return whole_numbers(bytes, SIGNED[dtype]) end
  if #bytes % 4 ~= 0 then return nil, "its length is not a multiple of four" end
  return native.floats(bytes)
end

local function vector_of(item, params)
  local value = item.embedding
  if type(value) == "string" and value ~= "" then
    local vector, message = unpacked(value, params.output_dtype)
    if not vector then return nil, "base64 that is none: " .. tostring(message) end
    return vector
  end
  if is_vector(value) then return value end
  return nil, "a vector is no list of numbers"
end

-- The place of an item, from 1; the service counts from 0.
local function place_of(item, count, taken)
  local index = type(item) == "table" and item.index
  if type(index) ~= "number" or index % 1 ~= 0 or index < 0 or index >= count then
    return nil, "an item has no index that was asked for"
  end
  if taken[index + 1] then return nil, ("the index %d comes twice"):format(index) end
  return index + 1
end

local function to_vectors(items, count, params)
  if type(items) ~= "table" then return broken "there is no list of them" end
  if #items ~= count then
    return broken(("%d were asked for, and %d came"):format(count, #items))
  end
  local vectors, size = {}, nil
  for _, item in ipairs(items) do
    local place, trouble = place_of(item, count, vectors)
    if not place then return broken(trouble) end
    local vector
    vector, trouble = vector_of(item, params)
    if not vector then return broken(trouble) end
    size = size or #vector
    if #vector ~= size then return broken "the vectors are not of one length" end
    vectors[place] = vector
  end
  return vectors
end

---@class mistral.Embeddings
---@field embeddings number[][] one vector for each input, in the order of the inputs
---@field embedding? number[] the only one, where the input was a string
---@field model? string
---@field usage table prompt_tokens, total_tokens: summed, where several requests were needed

local function to_reply(decoded, options)
  local params = options.call.params
  local single = type(params.input) == "string"
  local vectors, err = to_vectors(decoded.data, single and 1 or #params.input, params)
  if not vectors then return nil, err end
  return {
    embeddings = vectors,
    embedding = single and vectors[1] or nil,
    model = type(decoded.model) == "string" and decoded.model or nil,
    usage = type(decoded.usage) == "table" and json.without_nulls(decoded.usage) or {},
  }
end

local INPUT = {
  kind = "choice", required = true,
  of = { { kind = "string" }, { kind = "list", of = { kind = "string" }, none = "is empty" } },
}

---@type mistral.Endpoint
M.embed = {
  method = "POST", path = "/embeddings", reader = whole.reader(to_reply),
  shape = {
    kind = "object",
    renamed = {
      inputs = "use `input`", texts = "use `input`", dimensions = "use `output_dimension`",
      dtype = "use `output_dtype`", user = common.RENAMED.user,
    },
    fields = {
      model = common.MODEL,
      input = INPUT,
      output_dimension = { kind = "integer", min = 1, null = true },
      output_dtype = {
        kind = "string", one_of = { "float", "int8", "uint8", "binary", "ubinary" },
      },
      encoding_format = { kind = "string", one_of = { "float", "base64" } },
      metadata = common.OBJECT,
    },
    check = function(params)
      if params.input ~= "" and not json.is_null(params.input) then return end
      return "`input` is empty"
    end,
  },
}

return M
