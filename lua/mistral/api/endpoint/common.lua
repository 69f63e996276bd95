--- Fields that more than one request has, and names that other services use for them.
local text = require "mistral.text"

local M = {}

M.MODEL = { kind = "string", required = true, pattern = "%S", wanted = "the id of a model" }
M.TEMPERATURE = { kind = "number", min = 0, max = 1.5, null = true }
M.TOP_P = { kind = "number", above = 0, max = 1, null = true }
M.COUNT = { kind = "integer", min = 0, null = true }
M.TEXT = { kind = "string", null = true }
M.OBJECT = { kind = "object", open = true, null = true }

local function hex(count)
  return ("%x"):rep(count)
end

M.FILE_ID = {
  kind = "string", required = true, wanted = "the id of an uploaded file (a UUID)",
  pattern = "^" .. table.concat({ hex(8), hex(4), hex(4), hex(4), hex(12) }, "%-") .. "$",
}

M.STOP = {
  kind = "choice", null = true,
  of = { { kind = "string" }, { kind = "list", of = { kind = "string" }, none = "is empty" } },
}

local BY_FORM = "leave it out: the form of the call decides whether the answer is streamed"

--- What to use in place of a name that the service does not know.
M.RENAMED = {
  seed = "the service calls it `random_seed`",
  max_completion_tokens = "the service calls it `max_tokens`",
  max_new_tokens = "the service calls it `max_tokens`",
  max_output_tokens = "the service calls it `max_tokens`",
  stop_sequences = "the service calls it `stop`",
  stream = BY_FORM,
  stream_options = "leave it out: usage comes with every stream",
  user = "leave it out; `metadata` can carry such a name",
  store = "leave it out: nothing is stored",
  logprobs = "the service has none",
  top_logprobs = "the service has none",
  top_k = "the service has only `top_p`",
  min_p = "the service has only `top_p`",
  functions = "use `tools`",
  function_call = "use `tool_choice`",
  reasoning = "use `reasoning_effort`",
  thinking = "use `reasoning_effort`",
  system = "put it into `messages`, with the role system",
  prompt_mode = "the service refuses it for every model; use `reasoning_effort`",
}

local TEMPERATURES = { creative = 0.9, balanced = 0.7, precise = 0.3 }

--- Put the number in place of a temperature that is given by name.
---@param params table
---@return string? reason
function M.name_temperature(params)
  local name = params.temperature
  if type(name) ~= "string" then return end
  params.temperature = TEMPERATURES[name]
  if params.temperature then return end
  return ('`temperature` should be a number, or creative, balanced or precise, got "%s"'):format(
    text.line(name, 80))
end

return M
