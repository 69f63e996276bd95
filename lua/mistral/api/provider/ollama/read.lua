--- What Ollama answers, told as the service would: a stream of lines, or one object.
local errors = require "mistral.errors"
local ids = require "mistral.api.provider.dialect.ids"
local lines = require "mistral.api.provider.dialect.lines"
local models = require "mistral.api.endpoint.models"
local openai = require "mistral.api.provider.dialect.openai"
local whole = require "mistral.api.reader.whole"

local M = {}

-- Chunks ----------------------------------------------------------------------------------------

-- The service's order: what was read, what was written. A part that was not counted is not told.
local function usage_of(chunk)
  local read, written = chunk.prompt_eval_count, chunk.eval_count
  if type(written) ~= "number" then return nil end
  local known = type(read) == "number"
  return {
    prompt_tokens = known and read or nil,
    completion_tokens = written,
    total_tokens = known and read + written or nil,
  }
end

-- Calls come whole, and from older servers without an id: then the moment and the count make one.
local function id_of(call, chunk, count)
  return ids.fit(call.id or ("%s %d"):format(tostring(chunk.created_at), count))
end

local function told_calls(chunk, state)
  local calls = chunk.message.tool_calls
  if type(calls) ~= "table" or calls[1] == nil then return nil end
  local out = {}
  for _, call in ipairs(calls) do
    local called = type(call) == "table" and call["function"]
    if type(called) == "table" then
      state.calls = state.calls + 1
      out[#out + 1] = {
        id = id_of(call, chunk, state.calls),
        index = state.calls - 1,
        ["function"] = { name = called.name, arguments = called.arguments },
      }
    end
  end
  return out
end

local function reason_of(chunk, state)
  if chunk.done ~= true then return nil end
  if chunk.done_reason == "length" then return "length" end
  return state.calls > 0 and "tool_calls" or "stop"
end

local function delta_of(chunk, state)
  local message = type(chunk.message) == "table" and chunk.message or nil
  if not message then return { content = chunk.response } end
  return {
    content = message.content,
    reasoning = message.thinking,
    tool_calls = told_calls(chunk, state),
  }
end

local function translator()
  local state = { calls = 0 }
  return function(chunk)
    if type(chunk.message) ~= "table" and type(chunk.response) ~= "string" then return chunk end
    local delta = delta_of(chunk, state)
    return {
      model = chunk.model,
      usage = chunk.done == true and usage_of(chunk) or nil,
      choices = { { index = 0, delta = delta, finish_reason = reason_of(chunk, state) } },
    }
  end
end

-- Lines -----------------------------------------------------------------------------------------

local function each(self, list)
  for _, line in ipairs(list) do
    local err = self.inner:event(line)
    self.spoke, self.complete = self.inner.spoke, self.inner.complete
    if err then return err end
  end
end

---@class mistral.LineReader: mistral.Reader
local LineReader = {}
LineReader.__index = LineReader

function LineReader:raw(bytes)
  local list = self.lines:feed(bytes)
  if not list then return errors.new("too_large", "a line of the answer is larger than allowed") end
  return each(self, list)
end

LineReader.event = LineReader.raw

function LineReader:finish(headers)
  local err = each(self, { self.lines:rest() })
  if err then return nil, err end
  return self.inner:finish(headers)
end

function LineReader:partial()
  return self.inner:partial()
end

local function answer(options)
  local inner = openai.reader(options, translator())
  if not options.streamed then return inner end
  return setmetatable({
    inner = inner,
    lines = lines.new(options.limit),
    spoke = false,
    complete = false,
    failed = false,
  }, LineReader)
end

M.chat, M.fim = answer, answer

-- Models ----------------------------------------------------------------------------------------

local function describe(model)
  local details = type(model.details) == "table" and model.details or {}
  local words = {}
  for _, name in ipairs { "family", "parameter_size", "quantization_level" } do
    if type(details[name]) == "string" then words[#words + 1] = details[name] end
  end
  return words[1] and table.concat(words, " ") or nil
end

-- The tag `latest` need not be said.
local function short_names(name)
  return { type(name) == "string" and name:match("^(.+):latest$") or nil }
end

local function to_list(decoded)
  if type(decoded.models) ~= "table" then
    return nil, errors.new("broken", "the list of models is not a list")
  end
  local cards = {}
  for _, model in ipairs(decoded.models) do
    if type(model) == "table" then
      local name = model.model or model.name
      cards[#cards + 1] = { id = name, name = name, aliases = short_names(name),
        description = describe(model) }
    end
  end
  return models.merge(cards)
end

M.models = whole.reader(to_list)

return M
