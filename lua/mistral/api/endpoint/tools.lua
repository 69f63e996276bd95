--- The tools of a request and the choice among them, field by field.
local messages = require "mistral.api.endpoint.messages"
local schema = require "mistral.api.schema"

local M = {}

local FUNCTION = {
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
  renamed = {
    name = "it goes into `function`", parameters = "it goes into `function`",
    description = "it goes into `function`", call = "only client:run calls tools",
  },
}

local NAMES = { kind = "list", null = true, of = { kind = "string" } }

local CONFIGURATION = {
  kind = "object", null = true,
  fields = { exclude = NAMES, include = NAMES, requires_confirmation = NAMES },
}

-- A tool of the service's own, with these fields besides.
local function built_in(fields)
  fields.type = { kind = "string", required = true }
  fields.tool_configuration = CONFIGURATION
  return { kind = "object", fields = fields }
end

local SHAPES = {
  ["function"] = FUNCTION,
  web_search = built_in {},
  web_search_premium = built_in {},
  code_interpreter = built_in {},
  image_generation = built_in {},
  document_library = built_in {
    library_ids = {
      kind = "list", required = true, of = { kind = "string" }, none = "is empty: name a library",
    },
  },
  connector = built_in {
    connector_id = { kind = "string", required = true },
    authorization = {
      kind = "object", null = true,
      fields = {
        type = { kind = "string", one_of = { "oauth2-token", "api-key" } },
        value = { kind = "string", required = true },
      },
    },
  },
}

local TYPES = {
  "function", "web_search", "web_search_premium", "code_interpreter", "image_generation",
  "document_library", "connector",
}

--- One of `tools`.
M.tool = {
  kind = "object", open = true,
  fields = { type = { kind = "string", one_of = TYPES } },
  check = function(tool, path) return schema.check(SHAPES[tool.type or "function"], tool, path) end,
}

--- `tool_choice`.
M.choice = {
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

return M
