--- The closed schemas of the request bodies: what the service knows, and not one field more.

local shape = require "shape"

local optional, text, number, integer = shape.optional, shape.text, shape.number, shape.integer
local boolean, enum, list, map = shape.boolean, shape.enum, shape.list, shape.map
local union, object, tagged = shape.union, shape.object, shape.tagged

local M = {}

local text_chunk = object({ type = enum "text", text = text() }, { "text" })
local reference_chunk = object({
  type = enum "reference", reference_ids = list(union(integer(), text())),
}, { "reference_ids" })

local thinking_chunk = object({
  type = enum "thinking",
  thinking = list(tagged("type", {
    text = text_chunk,
    reference = reference_chunk,
    tool_reference = object({ type = text(), tool = text(), title = text(),
      url = optional(text()), favicon = optional(text()), description = optional(text()) },
      { "tool", "title" }),
  })),
  signature = optional(text()),
  closed = boolean(),
}, { "thinking" })

M.content_chunks = {
  text = text_chunk,
  thinking = thinking_chunk,
  reference = reference_chunk,
  image_url = object({
    type = enum "image_url",
    image_url = union(text(),
      object({ url = text(), detail = optional(enum("low", "auto", "high")) }, { "url" })),
  }, { "image_url" }),
  document_url = object({ type = text(), document_url = text(),
    document_name = optional(text()) }, { "document_url" }),
  file = object({ type = text(), file_id = text() }, { "file_id" }),
  input_audio = object({ type = text(), input_audio = text() }, { "input_audio" }),
}

local any_content = union(text(), list(tagged("type", M.content_chunks)))
local system_content = union(text(),
  list(tagged("type", { text = text_chunk, thinking = thinking_chunk })))

local tool_call = object({
  id = text(),
  type = text(),
  ["function"] = object({ name = text(), arguments = union(text(), map()) },
    { "name", "arguments" }),
  index = integer(),
}, { "function" })

M.message = tagged("role", {
  system = object({ role = text(), content = system_content }, { "content" }),
  user = object({ role = text(), content = optional(any_content) }, { "content" }),
  assistant = object({ role = text(), content = optional(any_content),
    tool_calls = optional(list(tool_call)), prefix = boolean() }),
  tool = object({ role = text(), content = optional(any_content),
    tool_call_id = optional(text()), name = optional(text()) }, { "content" }),
})

local function built_in_tool() return object { type = text() } end
local connector_tool = object({ type = text(), connector_id = text(),
  authorization = optional(map()), tool_configuration = optional(map()) }, { "connector_id" })

local tool = tagged("type", {
  ["function"] = object({
    type = text(),
    ["function"] = object({ name = text(), description = text(), strict = boolean(),
      parameters = map() }, { "name", "parameters" }),
  }, { "function" }),
  web_search = built_in_tool(),
  web_search_premium = built_in_tool(),
  code_interpreter = built_in_tool(),
  image_generation = built_in_tool(),
  document_library = object({ type = text(), library_ids = list(text(), 1) }, { "library_ids" }),
  connector = connector_tool,
}, "function")

local json_schema = object({ name = text(), schema = map(), description = optional(text()),
  strict = boolean() }, { "name", "schema" })

M.response_format = tagged("type", {
  text = object { type = text(), json_schema = optional(json_schema) },
  json_object = object { type = text(), json_schema = optional(json_schema) },
  json_schema = object({ type = text(), json_schema = json_schema }, { "json_schema" }),
}, "text")

local guardrail = object {
  block_on_error = boolean(),
  moderation_llm_v1 = optional(map()),
  moderation_llm_v2 = optional(map()),
}

local function stop() return optional(union(text(), list(text()))) end

M.chat = object({
  model = text(),
  messages = list(M.message, 1),
  temperature = optional(number(0, 1.5)),
  top_p = optional { kind = "number", above = 0, max = 1 },
  max_tokens = optional(integer(0)),
  stream = boolean(),
  stop = stop(),
  random_seed = optional(integer(0)),
  response_format = optional(M.response_format),
  tools = optional(list(tool, 1, 128)),
  tool_choice = union(enum("auto", "none", "any", "required"), object({
    type = enum "function", ["function"] = object({ name = text() }, { "name" }),
  }, { "function" })),
  parallel_tool_calls = boolean(),
  presence_penalty = optional(number(-2, 2)),
  frequency_penalty = optional(number(-2, 2)),
  n = optional(integer(1)),
  prediction = optional(object { type = enum "content",
    content = union(text(), list(text_chunk)) }),
  reasoning_effort = optional(enum("none", "minimal", "low", "medium", "high", "xhigh")),
  prompt_mode = optional(enum "reasoning"),
  safe_prompt = boolean(),
  guardrails = optional(list(guardrail)),
  prompt_cache_key = optional(text()),
  service_tier = enum("auto", "standard_only"),
  metadata = optional(map()),
}, { "model", "messages" })

M.fim = object({
  model = text(),
  prompt = text(),
  suffix = optional(text()),
  temperature = optional(number(0, 1.5)),
  top_p = optional { kind = "number", above = 0, max = 1 },
  max_tokens = optional(integer(0)),
  min_tokens = optional(integer(0)),
  stream = boolean(),
  stop = stop(),
  random_seed = optional(integer(0)),
  metadata = optional(map()),
  prompt_cache_key = optional(text()),
}, { "model", "prompt" })

--- What schemas are made of, for those of other services.
M.words = {
  text = text, number = number, integer = integer, boolean = boolean, enum = enum, list = list,
  map = map, union = union, object = object, tagged = tagged, optional = optional,
}

return M
