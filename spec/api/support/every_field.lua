--- Requests that have, taken together, every field the service's description knows of what this client
--- offers. `files` are paths that the requests may name.

local CHAT, CODE = "mistral-medium-latest", "codestral-latest"
local PNG = "data:image/png;base64,iVBORw0KGgo="

local function text(said) return { type = "text", text = said } end

local json_schema = {
  name = "answer", description = "what to say", strict = true,
  schema = { type = "object", properties = { answer = { type = "string" } } },
}

local function chunks()
  return {
    text "What is this?",
    { type = "image_url", image_url = { url = PNG, detail = "low" } },
    { type = "image_url", image_url = PNG },
    { type = "document_url", document_url = "https://example.com/a.pdf", document_name = "a.pdf" },
    { type = "reference", reference_ids = { 1, "two" } },
    { type = "file", file_id = "0a1b2c3d-0000-4000-8000-000000000001" },
    { type = "input_audio", input_audio = "UklGRg==" },
  }
end

local function thoughts()
  return {
    type = "thinking", signature = "signed", closed = true,
    thinking = {
      text "hm",
      { type = "reference", reference_ids = { 3 } },
      { type = "tool_reference", tool = "web_search", title = "A page", url = "https://example.com",
        favicon = "https://example.com/icon", description = "about" },
    },
  }
end

local function messages()
  return {
    { role = "system", content = { text "Be brief." } },
    { role = "user", content = chunks() },
    { role = "assistant", content = { thoughts(), text "I look." }, tool_calls = { {
      id = "abcdefgh1", type = "function", index = 0,
      ["function"] = { name = "look", arguments = "{}" },
    } } },
    { role = "tool", tool_call_id = "abcdefgh1", name = "look", content = "a wren" },
    { role = "assistant", content = "It is", prefix = true },
  }
end

local CONFIGURATION = { include = { "a" }, exclude = { "b" }, requires_confirmation = { "c" } }

local function tools()
  local connector = { type = "connector", connector_id = "mail", tool_configuration = CONFIGURATION }
  local keyed = { type = "connector", connector_id = "disk",
    authorization = { type = "api-key", value = "its-own-value" } }
  connector.authorization = { type = "oauth2-token", value = "its-own-value" }
  return {
    { type = "function", ["function"] = { name = "look", description = "looks", strict = false,
      parameters = { type = "object", properties = { at = { type = "string" } } } } },
    { type = "web_search", tool_configuration = CONFIGURATION },
    { type = "web_search_premium", tool_configuration = CONFIGURATION },
    { type = "code_interpreter", tool_configuration = CONFIGURATION },
    { type = "image_generation", tool_configuration = CONFIGURATION },
    { type = "document_library", library_ids = { "x" }, tool_configuration = CONFIGURATION },
    connector, keyed,
  }
end

local V1 = { "sexual", "hate_and_discrimination", "violence_and_threats",
  "dangerous_and_criminal_content", "selfharm", "health", "financial", "law", "pii" }
local V2 = { "sexual", "hate_and_discrimination", "violence_and_threats", "dangerous", "criminal",
  "selfharm", "health", "financial", "law", "pii", "jailbreaking" }

local function guardrail(model, names)
  local thresholds = {}
  for _, name in ipairs(names) do thresholds[name] = 0.5 end
  return { model_name = model, custom_category_thresholds = thresholds,
    ignore_other_categories = false, action = "none" }
end

local function chat()
  return {
    model = CHAT, messages = messages(), temperature = 0.5, top_p = 0.9, max_tokens = 50,
    stop = { "\n\n" }, random_seed = 1, presence_penalty = 0.1, frequency_penalty = 0.1, n = 1,
    response_format = { type = "json_schema", json_schema = json_schema },
    tools = tools(), tool_choice = { type = "function", ["function"] = { name = "look" } },
    parallel_tool_calls = true, reasoning_effort = "high", safe_prompt = false,
    prediction = { type = "content", content = "maybe" }, prompt_cache_key = "here",
    service_tier = "auto", metadata = { who = "me" },
    guardrails = { {
      block_on_error = false,
      moderation_llm_v1 = guardrail("mistral-moderation-2411", V1),
      moderation_llm_v2 = guardrail("mistral-moderation-2603", V2),
    } },
  }
end

local function format(name)
  return { type = "json_schema", json_schema = {
    name = name, description = "x", strict = false, schema = { type = "object" } } }
end

local ID = "0a1b2c3d-0000-4000-8000-000000000001"

--- Each: the method of the client, and what it is given.
---@param files {audio: string, lines: string}
---@return table[]
return function(files)
  return {
    { "chat", chat() },
    { "chat", { model = CHAT, messages = { { role = "user", content = "x" } }, stop = "x",
      response_format = { type = "text" }, tool_choice = "auto" }, streamed = true },
    { "fim", { model = CODE, prompt = "a", suffix = "b", temperature = 0.2, top_p = 0.5,
      max_tokens = 5, min_tokens = 1, stop = { "x" }, random_seed = 3, metadata = { a = 1 },
      prompt_cache_key = "k" } },
    { "fim", { model = CODE, prompt = "a" }, streamed = true },
    { "models", { provider = "mistral", model = "x" } },
    { "model", { model = CHAT } },
    { "embed", { model = "codestral-embed", input = { "a", "b" }, output_dimension = 8,
      output_dtype = "int8", encoding_format = "base64", metadata = { a = "b" } } },
    { "moderate", { model = "mistral-moderation-2603", input = "x", metadata = { a = "b" } } },
    { "moderate", { model = "mistral-moderation-2603", messages = messages() } },
    { "moderate", { model = "mistral-moderation-2603", input = { messages(), messages() } } },
    { "ocr", { model = "mistral-ocr-latest", document = { type = "document_url",
        document_url = "https://example.com/a.pdf", document_name = "a" },
      pages = "0-1", include_image_base64 = true, image_limit = 1, image_min_size = 1,
      bbox_annotation_format = format "box", document_annotation_format = format "whole",
      document_annotation_prompt = "look", table_format = "html", extract_header = true,
      extract_footer = true, include_blocks = false, confidence_scores_granularity = "page" } },
    { "ocr", { model = "mistral-ocr-latest", pages = { 0 }, document = { type = "image_url",
      image_url = { url = PNG, detail = "high" } } } },
    { "ocr", { model = "mistral-ocr-latest", document = { type = "file", file_id = ID } } },
    { "upload", { file = files.lines, purpose = "batch", expiry = 24, visibility = "user" } },
    { "files", { page = 0, page_size = 5, include_total = true, sample_type = { "batch_request", "instruct" },
      source = { "upload", "mistral" }, search = "x", purpose = "ocr",
      mimetypes = { "text/plain", "application/pdf" } } },
    { "file", { file_id = ID } },
    { "download", { file_id = ID } },
    { "signed_url", { file_id = ID, expiry = 2 } },
    { "delete_file", { file_id = ID } },
    { "start", { endpoint = "/v1/chat/completions", model = CHAT, metadata = { a = "b" },
      requests = { { custom_id = "1", body = { messages = {} } } }, timeout_hours = 1 },
      kind = "batch_create" },
    { "start", { endpoint = "/v1/chat/completions", agent_id = "a", input_files = { ID } },
      kind = "batch_create" },
    { "start", { job_id = ID, inline = true }, kind = "batch_job" },
    { "start", { job_id = ID }, kind = "batch_cancel" },
    { "batch_jobs", { page = 0, page_size = 5, model = "m", agent_id = "a", metadata = { a = "b" },
      created_after = "2026-01-01T00:00:00Z", created_by_me = true, status = { "QUEUED", "RUNNING" },
      order_by = "created" } },
    { "batch_delete", { job_id = ID } },
    { "transcribe", { model = "voxtral-mini-latest", file = files.audio, language = "en",
      temperature = 0.5, diarize = true, context_bias = { "a", "b" },
      timestamp_granularities = { "segment", "word" } } },
    { "transcribe", { model = "voxtral-mini-latest", file_id = ID } },
    { "transcribe", { model = "voxtral-mini-latest", file_url = "https://example.com/a" },
      streamed = true },
  }
end
