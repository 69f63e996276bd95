--- Fields that more than one request has, and names that other services use for them.
local M = {}

M.MODEL = { kind = "string", required = true, pattern = "%S", wanted = "the id of a model" }
M.TEMPERATURE = { kind = "number", min = 0, max = 1.5, null = true }
M.TOP_P = { kind = "number", above = 0, max = 1, null = true }
M.COUNT = { kind = "integer", min = 0, null = true }
M.TEXT = { kind = "string", null = true }
M.OBJECT = { kind = "object", open = true, null = true }

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
}

return M
