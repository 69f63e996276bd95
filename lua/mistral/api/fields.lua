--- The service's request objects as data. They are closed: it answers 422 to a field it does not
--- know, so such a field is refused here, with the name that was probably meant.
local messages = require "mistral.api.messages"

local M = {}

local MODEL = { kind = "string", required = true, pattern = "%S", wanted = "the id of a model" }
local TEMPERATURE = { kind = "number", min = 0, max = 1.5, null = true }
local TOP_P = { kind = "number", above = 0, max = 1, null = true }
local COUNT = { kind = "integer", min = 0, null = true }
local PENALTY = { kind = "number", min = -2, max = 2, null = true }
local TEXT = { kind = "string", null = true }
local OBJECT = { kind = "object", open = true, null = true }

local STOP = {
  kind = "choice", null = true,
  of = { { kind = "string" }, { kind = "list", of = { kind = "string" }, none = "is empty" } },
}

local SCHEMA_NAME = { kind = "string", required = true, pattern = "%S", wanted = "a name" }

local RESPONSE_FORMAT = {
  kind = "object", null = true,
  fields = {
    type = { kind = "string", one_of = { "text", "json_object", "json_schema" } },
    json_schema = {
      kind = "object", null = true,
      renamed = { schema_definition = "use `schema`" },
      fields = {
        name = SCHEMA_NAME,
        schema = { kind = "object", required = true, open = true },
        description = TEXT,
        strict = { kind = "boolean" },
      },
    },
  },
  check = function(format, path)
    if format.type == "json_schema" and not format.json_schema then
      return ("`%s.json_schema` is missing"):format(path)
    end
  end,
}

local FUNCTION_TOOL = {
  kind = "object",
  fields = {
    type = { kind = "string", one_of = { "function" } },
    ["function"] = {
      kind = "object", required = true,
      fields = {
        name = messages.tool_name(true),
        parameters = { kind = "object", required = true, open = true },
        description = { kind = "string" },
        strict = { kind = "boolean" },
      },
    },
  },
}

local TOOL_TYPES = {
  "function", "web_search", "web_search_premium", "code_interpreter", "image_generation",
  "document_library", "connector",
}

local schema = require "mistral.api.schema"

local TOOL = {
  kind = "object", open = true,
  fields = { type = { kind = "string", one_of = TOOL_TYPES } },
  check = function(tool, path)
    if tool.type == nil or tool.type == "function" then
      return schema.check(FUNCTION_TOOL, tool, path)
    end
  end,
}

local TOOL_CHOICE = {
  kind = "choice", null = true,
  of = {
    { kind = "string", one_of = { "auto", "none", "any", "required" } },
    { kind = "object", fields = {
      type = { kind = "string", one_of = { "function" } },
      ["function"] = {
        kind = "object", required = true, fields = { name = messages.tool_name(true) },
      },
    } },
  },
}

local PREDICTION = {
  kind = "object", null = true,
  fields = { type = { kind = "string", one_of = { "content" } }, content = { kind = "string" } },
}

local BY_FORM = "leave it out: the form of the call decides whether the answer is streamed"

local RENAMED = {
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

--- POST chat/completions.
M.chat = {
  kind = "object",
  renamed = RENAMED,
  fields = {
    model = MODEL,
    messages = {
      kind = "list", required = true, of = { kind = "any" }, none = "is empty: say something",
      check = messages.check,
    },
    temperature = TEMPERATURE,
    top_p = TOP_P,
    max_tokens = COUNT,
    stop = STOP,
    random_seed = COUNT,
    response_format = RESPONSE_FORMAT,
    tools = {
      kind = "list", null = true, of = TOOL, max = 128, none = "is empty; leave it out",
    },
    tool_choice = TOOL_CHOICE,
    parallel_tool_calls = { kind = "boolean" },
    presence_penalty = PENALTY,
    frequency_penalty = PENALTY,
    n = { kind = "integer", min = 1, null = true },
    prediction = PREDICTION,
    reasoning_effort = {
      kind = "string", null = true,
      one_of = { "none", "minimal", "low", "medium", "high", "xhigh", "max" },
    },
    safe_prompt = { kind = "boolean" },
    guardrails = { kind = "list", null = true, of = OBJECT, none = "is empty; leave it out" },
    prompt_cache_key = TEXT,
    service_tier = { kind = "string", null = true, one_of = { "auto", "standard_only" } },
    metadata = OBJECT,
  },
  check = function(body)
    local choice = body.tool_choice
    if choice and choice ~= "auto" and choice ~= "none" and not body.tools then
      return "`tool_choice` needs `tools`"
    end
  end,
}

local FIM_RENAMED = { input_prefix = "use `prompt`", input_suffix = "use `suffix`" }
for name, advice in pairs(RENAMED) do
  FIM_RENAMED[name] = advice
end
for _, name in ipairs { "functions", "function_call", "reasoning", "thinking", "system" } do
  FIM_RENAMED[name] = "completion takes no such thing"
end
for _, name in ipairs { "n", "tools", "messages", "presence_penalty", "frequency_penalty" } do
  FIM_RENAMED[name] = "only chat has it"
end

--- POST fim/completions.
M.fim = {
  kind = "object",
  renamed = FIM_RENAMED,
  fields = {
    model = MODEL,
    prompt = { kind = "string", required = true },
    suffix = TEXT,
    temperature = TEMPERATURE,
    top_p = TOP_P,
    max_tokens = COUNT,
    min_tokens = COUNT,
    stop = STOP,
    random_seed = COUNT,
    metadata = OBJECT,
    prompt_cache_key = TEXT,
  },
}

--- GET models.
M.models = {
  kind = "object",
  fields = { provider = { kind = "string" }, model = { kind = "string" } },
}

return M
