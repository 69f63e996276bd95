--- chat/completions: the whole request, field by field. The service refuses any field it does not
--- know, so such a field is refused here, with the name that was probably meant.
local common = require "mistral.api.endpoint.common"
local messages = require "mistral.api.endpoint.messages"
local schema = require "mistral.api.schema"
local stream = require "mistral.api.reader.stream"

local M = {}

local PENALTY = { kind = "number", min = -2, max = 2, null = true }

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
    guardrails = {
      kind = "list", null = true, of = common.OBJECT, none = "is empty; leave it out",
    },
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

---@type mistral.Endpoint
M.chat = {
  method = "POST", path = "/chat/completions", shape = SHAPE, streams = true,
  head_ms = 60000, priority = 0, reader = stream.new,
}

return M
