--- Requests as the service's official description wants them; it has to lie beside the repository.
local mistral = require "mistral"
local openapi = require "spec.api.support.openapi"
local subject = require "spec.api.support.subject"

local describe_if = openapi.document() and describe or function(name)
  describe(name, function()
    it("is not here", function() pending "the official description is not beside the repository" end)
  end)
end

local SCHEMAS = { chat = "ChatCompletionRequest", fim = "FIMCompletionRequest" }

-- Fields that the description has and the service refuses, or that the form of the call decides.
local OURS = { stream = true, prompt_mode = true }

local function tool(name)
  return { type = "function", ["function"] = {
    name = name, description = "d", strict = true,
    parameters = { type = "object", properties = { a = { type = "string" } } },
  } }
end

local function call(id)
  return { id = id, type = "function", ["function"] = { name = "f", arguments = "{}" } }
end

local UUID = "b5b3a1a0-0f7e-4d53-9a8e-3f6a2c1d0e9f"

local REQUESTS = {
  { "chat", { messages = { { role = "user", content = "hi" } } } },
  { "chat", {
    temperature = "creative", top_p = 0.5, max_tokens = 10, stop = { "a" }, random_seed = 1,
    metadata = { a = 1 }, presence_penalty = 1, frequency_penalty = -1, n = 2,
    parallel_tool_calls = false, reasoning_effort = "high", safe_prompt = true,
    prompt_cache_key = "k", service_tier = "auto", prediction = { type = "content", content = "x" },
    response_format = { type = "json_schema", json_schema = {
      name = "n", description = "d", strict = true, schema = { type = "object" } } },
    guardrails = { { block_on_error = true, moderation_llm_v2 = {
      custom_category_thresholds = { pii = 0.5 }, ignore_other_categories = true, action = "block",
    } } },
    tools = {
      tool "f", { type = "web_search" }, { type = "connector", connector_id = "c" },
      { type = "document_library", library_ids = { "l" } },
      { type = "code_interpreter", tool_configuration = { include = { "x" } } },
    },
    tool_choice = { type = "function", ["function"] = { name = "f" } },
    messages = {
      { role = "system", content = { { type = "text", text = "s" } } },
      { role = "user", content = {
        { type = "text", text = "t" },
        { type = "image_url", image_url = { url = "https://a.invalid/", detail = "low" } },
        mistral.image("spec/doc/files/wren.png"), mistral.document("spec/doc/files/report.pdf"),
        mistral.document("spec/doc/files/notes.md"),
        { type = "file", file_id = UUID }, { type = "reference", reference_ids = { 1, "a" } },
        { type = "input_audio", input_audio = "UklGRg==" },
      } },
      { role = "assistant", content = {
        { type = "thinking", thinking = { { type = "text", text = "hm" } }, signature = "s" },
        { type = "text", text = "so" },
      }, tool_calls = { call "aaaaaaaaa" } },
      { role = "tool", tool_call_id = "aaaaaaaaa", name = "f", content = "r" },
      { role = "assistant", content = "On", prefix = true },
    },
  } },
  { "fim", { prompt = "a", suffix = "b", temperature = "precise", top_p = 1, max_tokens = 5,
    min_tokens = 1, stop = "x", random_seed = 0, metadata = { a = 1 }, prompt_cache_key = "k" } },
}

describe_if("the service's description", function()
  for index, request in ipairs(REQUESTS) do
    it(("takes request %d, a %s"):format(index, request[1]), function()
      local one = subject.client()
      request[2].model = "m"

      for _, streamed in ipairs { true, false } do
        local body = assert(one:encode(request[1], request[2], { streamed = streamed }))
        assert.is_nil(openapi.problem(SCHEMAS[request[1]], body))
      end
      one:close()
    end)
  end

  it("refuses what it should, so that its word counts", function()
    local bad = '{"model":"m","messages":[{"role":"user","content":"x"}],"seed":1}'

    assert.equal("seed: is not one of the known fields", openapi.problem(SCHEMAS.chat, bad))
    assert.truthy(openapi.problem(SCHEMAS.chat, '{"model":"m","messages":[{"role":"user"}]}'))
  end)

  for kind, schema in pairs(SCHEMAS) do
    it("has no field of " .. kind .. " that is not known here", function()
      local one = subject.client()
      for name in pairs(openapi.properties(schema)) do
        local params = subject.chat { prompt = kind == "fim" and "x" or nil }
        if kind == "fim" then params.messages = nil end
        params[name] = {}
        local _, err = one:encode(kind, params)
        local unknown = err and err.message:find("is not a field the service knows", 1, true)
        assert.equal(OURS[name] == true, unknown ~= nil, name)
      end
      one:close()
    end)
  end
end)
