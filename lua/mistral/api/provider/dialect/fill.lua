--- Three ways to ask a server for what belongs in the middle, for those that lack the service's own:
--- as a prompt in the order that Mistral's models were trained on, with a field `suffix`, and by
--- llama.cpp's /infill.
local openai = require "mistral.api.provider.dialect.openai"

local M = {}

local MARKS = { "[SUFFIX]", "[PREFIX]" }

---@class mistral.FillWay
---@field path string
---@field root? boolean the path stands beside /v1, not below it
---@field body fun(call: mistral.Call): table
---@field beyond fun(call: mistral.Call): string?
---@field translate? fun(chunk: table): table

---@type table<string, mistral.FillWay>
M.WAYS = {}

-- The raw prompt -----------------------------------------------------------------------------------

local function has_mark(text)
  for _, mark in ipairs(MARKS) do
    if text:find(mark, 1, true) then return mark end
  end
end

M.WAYS.raw = {
  path = "/completions",
  body = function(call)
    local prompt, suffix = call.params.prompt, call.params.suffix or ""
    return openai.completion(call, MARKS[1] .. suffix .. MARKS[2] .. prompt)
  end,
  -- The model would take a mark in the text for one of its own, and complete another place.
  beyond = function(call)
    local mark = has_mark(call.params.prompt) or has_mark(call.params.suffix or "")
    return mark and ("text with %s in it, by a raw prompt"):format(mark)
  end,
}

-- The field ---------------------------------------------------------------------------------------

M.WAYS.suffix = {
  path = "/completions",
  body = function(call)
    return openai.completion(call, call.params.prompt, call.params.suffix or "")
  end,
  beyond = function() return nil end,
}

-- llama.cpp ---------------------------------------------------------------------------------------

local function list_of(stop)
  return type(stop) == "string" and { stop } or stop
end

local FINISHED = { limit = "length" }

local function usage_of(chunk)
  local read, written = chunk.tokens_evaluated, chunk.tokens_predicted
  if type(read) ~= "number" or type(written) ~= "number" then return nil end
  return { prompt_tokens = read, completion_tokens = written, total_tokens = read + written }
end

local function infilled(chunk)
  if type(chunk.content) ~= "string" then return chunk end
  local ended = chunk.stop == true
  return {
    model = chunk.model,
    usage = ended and usage_of(chunk) or nil,
    choices = { {
      index = 0,
      delta = { content = chunk.content },
      finish_reason = ended and (FINISHED[chunk.stop_type] or "stop") or nil,
    } },
  }
end

M.WAYS.infill = {
  path = "/infill",
  root = true,
  body = function(call)
    local params = call.params
    return {
      input_prefix = params.prompt,
      input_suffix = params.suffix or "",
      n_predict = params.max_tokens,
      temperature = params.temperature,
      top_p = params.top_p,
      seed = params.random_seed,
      stop = list_of(params.stop),
      stream = call.streamed,
    }
  end,
  beyond = function(call)
    return call.params.min_tokens and "`min_tokens`"
  end,
  translate = infilled,
}

return M
