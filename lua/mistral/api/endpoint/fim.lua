--- fim/completions: what belongs between a prefix and a suffix.
local common = require "mistral.api.endpoint.common"
local stream = require "mistral.api.reader.stream"

local M = {}

local RENAMED = { input_prefix = "use `prompt`", input_suffix = "use `suffix`" }
for name, advice in pairs(common.RENAMED) do
  RENAMED[name] = advice
end
for _, name in ipairs {
  "functions", "function_call", "reasoning", "thinking", "system", "prompt_mode",
} do
  RENAMED[name] = "completion takes no such thing"
end
for _, name in ipairs {
  "n", "tools", "tool_choice", "messages", "presence_penalty", "frequency_penalty",
  "response_format", "prediction", "reasoning_effort", "safe_prompt", "guardrails", "service_tier",
  "parallel_tool_calls",
} do
  RENAMED[name] = "only chat has it"
end

local SHAPE = {
  kind = "object",
  renamed = RENAMED,
  fields = {
    model = common.MODEL,
    prompt = { kind = "string", required = true },
    suffix = common.TEXT,
    temperature = common.TEMPERATURE,
    top_p = common.TOP_P,
    max_tokens = common.COUNT,
    min_tokens = common.COUNT,
    stop = common.STOP,
    random_seed = common.COUNT,
    metadata = common.OBJECT,
    prompt_cache_key = common.TEXT,
  },
}

local function prepare(params)
  local reason = common.name_temperature(params)
  if reason then return nil, reason end
  return params
end

---@type mistral.Endpoint
M.fim = {
  -- Somebody is typing: an answer that has not begun after five seconds is of no use any more.
  method = "POST", path = "/fim/completions", shape = SHAPE, streams = true,
  head_ms = 5000, priority = 10, prepare = prepare, reader = stream.new,
}

return M
