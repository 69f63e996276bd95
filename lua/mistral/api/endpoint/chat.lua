--- chat/completions: the whole request, field by field. The service refuses any field it does not
--- know, so such a field is refused here, with the name that was probably meant.
local common = require "mistral.api.endpoint.common"
local guardrails = require "mistral.api.endpoint.guardrails"
local messages = require "mistral.api.endpoint.messages"
local parts = require "mistral.api.parts"
local stream = require "mistral.api.reader.stream"
local tools = require "mistral.api.endpoint.tools"

local M = {}

local PENALTY = { kind = "number", min = -2, max = 2, null = true }

local SCHEMA_NAME = { kind = "string", required = true, pattern = "%S", wanted = "a name" }

local INSIDE = "it goes into `json_schema`"

local RESPONSE_FORMAT = {
  kind = "object", null = true,
  renamed = { schema = INSIDE, name = INSIDE, strict = INSIDE },
  fields = {
    type = { kind = "string", one_of = { "text", "json_object", "json_schema" } },
    json_schema = {
      kind = "object", null = true,
      renamed = { schema_definition = "use `schema`" },
      fields = {
        name = SCHEMA_NAME,
        schema = { kind = "object", required = true, open = true },
        description = common.TEXT,
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

local PREDICTION = {
  kind = "object", null = true,
  fields = { type = { kind = "string", one_of = { "content" } }, content = { kind = "string" } },
}

local SHAPE = {
  kind = "object",
  renamed = common.RENAMED,
  fields = {
    model = common.MODEL,
    messages = {
      kind = "list", required = true, of = { kind = "any" }, none = "is empty: say something",
      check = messages.check,
    },
    temperature = common.TEMPERATURE,
    top_p = common.TOP_P,
    max_tokens = common.COUNT,
    stop = common.STOP,
    random_seed = common.COUNT,
    response_format = RESPONSE_FORMAT,
    tools = {
      kind = "list", null = true, of = tools.tool, max = 128, none = "is empty; leave it out",
    },
    tool_choice = tools.choice,
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
    guardrails = guardrails,
    prompt_cache_key = common.TEXT,
    service_tier = { kind = "string", null = true, one_of = { "auto", "standard_only" } },
    metadata = common.OBJECT,
  },
  check = function(body)
    local choice = body.tool_choice
    if choice and choice ~= "auto" and choice ~= "none" and not body.tools then
      return "`tool_choice` needs `tools`"
    end
  end,
}

local function prepare(params)
  local reason = common.name_temperature(params)
  if reason then return nil, reason end
  if type(params.messages) == "table" then
    params.messages, reason = parts.fill(params.messages)
    if reason then return nil, reason end
  end
  return params
end

---@type mistral.Endpoint
M.chat = {
  method = "POST", path = "/chat/completions", shape = SHAPE, streams = true,
  head_ms = 60000, priority = 0, prepare = prepare, reader = stream.new,
}

return M
