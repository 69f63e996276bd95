--- The stand-ins for other services refuse what the real ones would, in their own words.
local cjson = require "cjson"
local curl = require "spec.server.curl"
local loopback = require "spec.support.loopback"

local SAY = { { role = "user", content = "Say something about loops." } }
local API_KEY = "-H 'api-key: test-key-1'"

-- A body with what a case changes; false takes a field away.
local function body_of(base, more)
  local body = {}
  for name, value in pairs(base) do body[name] = value end
  for name, value in pairs(more or {}) do body[name] = value or nil end
  return body
end

describe("the loopback server's", function()
  local server = loopback.start()
  local root = server.url:gsub("/v1$", "")
  teardown(function() server:stop() end)

  local function ask(path, body, request)
    local all = { url = root, path = path, body = body }
    for name, value in pairs(request or {}) do all[name] = value end
    return curl.request(server, all)
  end

  -- Each case: what is wrong, path, fields, the rest of the request, status, what the error says.
  local function refuses(base, cases)
    for _, case in ipairs(cases) do
      local what, path, more, request = case[1], case[2], case[3], case[4]
      local status, pattern = case[5], case[6]
      it("refuses " .. what, function()
        local answer = ask(path, more and body_of(base, more), request)

        assert.equal(status, answer.status, answer.body)
        assert.truthy(answer.body:find(pattern), answer.body)
      end)
    end
  end

  describe("regional host", function()
    local BODY = { model = "mistral-small-latest", messages = SAY }
    local search = { tools = { { type = "web_search" } } }

    it("chats", function()
      assert.equal(200, ask("/eu/v1/chat/completions", BODY).status)
    end)

    refuses(BODY, {
      { "files", "/eu/v1/files", nil, nil, 404, "no Route" },
      { "batches", "/us/v1/batch/jobs", {}, nil, 404, "no Route" },
      { "agents", "/us/v1/agents/completions", {}, nil, 404, "no Route" },
      { "tools that are no functions", "/eu/v1/chat/completions", search, nil, 400, "web_search" },
      { "a stranger", "/eu/v1/chat/completions", {}, { key = "nobody" }, 401, "Unauthorized" },
    })
  end)

  describe("azure", function()
    local BODY = { model = "mistral-medium-3-5", messages = SAY }
    local V1, OLD = "/azure/openai/v1/chat/completions", "/azure/models/chat/completions"
    local VERSION = "?api-version=2024-05-01-preview"
    local function keyed(more)
      local request = { key = false, args = API_KEY }
      for name, value in pairs(more or {}) do request[name] = value end
      return request
    end

    it("takes either kind of key, on either route", function()
      assert.equal(200, ask(V1, BODY, keyed()).status)
      assert.equal(200, ask(V1, BODY).status)
      assert.equal(200, ask(OLD .. VERSION, BODY, keyed()).status)
      assert.equal(200, ask("/azure/serverless/v1/chat/completions", BODY).status)
    end)

    it("says nothing of the service's own headers", function()
      local answer = ask(V1, BODY)

      assert.is_nil(answer.headers["mistral-correlation-id"])
      assert.truthy(answer.headers["apim-request-id"])
    end)

    refuses(BODY, {
      { "both keys at once", V1, {}, { args = API_KEY }, 401, "Both an api%-key" },
      { "no key", V1, {}, { key = false }, 401, '"code":"401"' },
      { "an api-key where a bearer is wanted", "/azure/serverless/v1/chat/completions", {}, keyed(),
        401, "bearer token" },
      { "the old route without its version", OLD, {}, keyed(), 400, "MissingApiVersionParameter" },
      { "another version", OLD .. "?api-version=2020-01-01", {}, keyed(), 400, "not supported" },
      { "a query of one's own", V1 .. "?key=1", {}, keyed(), 404, "Resource not found" },
      { "completion", "/azure/openai/v1/fim/completions", {}, keyed(), 404, "Resource not found" },
      { "an unknown deployment", V1, { model = "gpt-x" }, keyed(), 404, "DeploymentNotFound" },
      { "a field that is not the service's", V1, { stream_options = { include_usage = true } },
        keyed(), 422, "extra_forbidden" },
      { "GET", V1, nil, keyed(), 405, "Method Not Allowed" },
      { "files", "/azure/openai/v1/files", nil, keyed(), 404, "Resource not found" },
    })

    local OCR = "/azure/providers/mistral/azure/ocr"
    local PAPER = { model = "mistral-document-ai-2512",
      document = { type = "document_url", document_url = "https://docs.example/a.pdf" } }
    it("reads documents at an address of their own", function()
      assert.truthy(#ask(OCR, PAPER, keyed()).json.pages > 0)
    end)
    refuses(PAPER, {
      { "a file where none are kept", OCR, { document = { type = "file", file_id = "x" } }, keyed(),
        400, "Files are not available" },
      { "a chat's model for a document", OCR, { model = "mistral-medium-3-5" }, keyed(), 404,
        "DeploymentNotFound" },
      { "a document by the model that chats", V1, {}, keyed(), 422, "extra_forbidden" },
    })
  end)

  describe("vertex", function()
    local BODY = { model = "mistral-medium-3", messages = SAY }
    local FIM = { model = "codestral", prompt = "a = ", suffix = "" }
    local function path(model, verb, region, project)
      return ("/vertex/v1/projects/%s/locations/%s/publishers/mistralai/models/%s:%s"):format(
        project or "test-project", region or "europe-west4", model or "mistral-medium-3",
        verb or "rawPredict")
    end

    it("chats, streams and completes at addresses of the same kind", function()
      assert.equal(200, ask(path(), BODY).status)
      assert.equal(200, ask(path("codestral@2405"), FIM).status)
      local streamed = ask(path(nil, "streamRawPredict"), body_of(BODY, { stream = true }))
      assert.equal("[DONE]", streamed.events[#streamed.events])
    end)

    it("puts the error of a stream into a list", function()
      local answer = ask(path(nil, "streamRawPredict"), BODY)

      assert.equal(400, answer.status)
      assert.equal("INVALID_ARGUMENT", answer.json[1].error.status)
    end)

    refuses(BODY, {
      { "a token that has run out", path(), {}, { key = "ya29.test-expired" }, 401,
        "UNAUTHENTICATED" },
      { "an api-key", path(), {}, { key = false, args = API_KEY }, 401, "UNAUTHENTICATED" },
      { "another project", path(nil, nil, nil, "other"), {}, nil, 403, "PERMISSION_DENIED" },
      { "another place", path(nil, nil, "moon-1"), {}, nil, 404, "NOT_FOUND" },
      { "an unknown model", path "mistral-x", { model = "mistral-x" }, nil, 404, "was not found" },
      { "a model that is not that of the address", path(), { model = "codestral-2" }, nil, 400,
        "not that of the address" },
      { "a version in the body", path "mistral-nemo@2407", { model = "mistral-nemo@2407" }, nil,
        400, "not that of the address" },
      { "a stream by the other verb", path(), { stream = true }, nil, 400, "does not fit" },
      { "completion by a model that cannot", path(), { messages = false, prompt = "x" }, nil, 400,
        "completion_fim" },
      { "an unknown field", path(), { seed = 1 }, nil, 400, "seed: Extra inputs" },
      { "a document by a model that chats", path(), { messages = false, document = {
        type = "document_url", document_url = "https://docs.example/a.pdf" } }, nil, 400,
        "reads documents" },
      { "a chat with a model that reads", path "mistral-ocr-2505", { model = "mistral-ocr-2505" },
        nil, 400, "reads documents" },
      { "another verb", path(nil, "predict"), {}, nil, 404, "Not found" },
    })
  end)

  describe("bedrock", function()
    local BODY = { model = "mistral.ministral-3-8b-instruct", messages = SAY }
    local CHAT = "/bedrock/v1/chat/completions"

    it("gives usage in a stream to those who ask, and lists its models", function()
      local asked = ask(CHAT, body_of(BODY,
        { stream = true, stream_options = { include_usage = true } }))
      local silent = ask(CHAT, body_of(BODY, { stream = true }))

      assert.truthy(asked.events[#asked.events - 1]:find '"usage"')
      assert.is_nil(silent.body:find '"usage"')
      assert.equal(4, #ask("/bedrock/v1/models").json.data)
    end)

    refuses(BODY, {
      { "the service's name for a seed", CHAT, { random_seed = 1 }, nil, 400, "random_seed" },
      { "the service's name for a must", CHAT, { tool_choice = "any" }, nil, 400, "tool_choice" },
      { "usage where there is no stream", CHAT, { stream_options = { include_usage = true } }, nil,
        400, "stream_options" },
      { "thinking in a message", CHAT, { messages = { { role = "assistant", content = {
        { type = "thinking", thinking = { { type = "text", text = "hm" } } } } } } }, nil, 400,
        "assistant.content" },
      { "a prefix", CHAT, { messages = { { role = "assistant", content = "A", prefix = true } } },
        nil, 400, "prefix" },
      { "an image that is only an address", CHAT, { messages = { { role = "user", content = {
        { type = "image_url", image_url = "https://x.invalid/i.png" } } } } }, nil, 400,
        "user.content" },
      { "another's model", CHAT, { model = "mistral-small-latest" }, nil, 404, "does not exist" },
      { "no key", CHAT, {}, { key = false }, 401, "Invalid bearer token" },
      { "an api-key", CHAT, {}, { key = false, args = API_KEY }, 401, "Invalid bearer token" },
      { "completion", "/bedrock/v1/completions", {}, nil, 404, "Invalid URL" },
    })
  end)

  describe("vllm", function()
    local BODY = { model = "mistralai/Codestral-22B-v0.1", messages = SAY }
    local RAW = { model = BODY.model, prompt = "[SUFFIX]\n[PREFIX]local t = { 1, 2, 3" }

    it("wants a key only where it was started with one", function()
      assert.equal(200, ask("/vllm/v1/chat/completions", BODY).status)
      assert.equal(200, ask("/vllm-open/v1/chat/completions", BODY, { key = false }).status)
    end)

    it("completes a raw prompt in the order its model knows, and rambles otherwise", function()
      local right = ask("/vllm/v1/completions", RAW)
      local wrong = ask("/vllm/v1/completions",
        body_of(RAW, { prompt = "[PREFIX]local t = { 1, 2, 3[SUFFIX]\n" }))

      assert.equal(" }", right.json.choices[1].text)
      assert.truthy(wrong.json.choices[1].text:find "wrong order")
    end)

    it("reasons beside the content", function()
      local answer = ask("/vllm/v1/chat/completions",
        body_of(BODY, { reasoning_effort = "high" }))

      assert.truthy(answer.json.choices[1].message.reasoning_content)
      assert.equal("string", type(answer.json.choices[1].message.content))
    end)

    refuses(BODY, {
      { "a stranger", "/vllm/v1/models", nil, { key = "nobody" }, 401, "Unauthorized" },
      { "a suffix", "/vllm/v1/completions", { messages = false, prompt = "a", suffix = "b" }, nil,
        400, "suffix is not currently supported" },
      { "an unknown model", "/vllm/v1/chat/completions", { model = "x" }, nil, 404, "NotFoundError" },
      { "an unknown field", "/vllm/v1/chat/completions", { safe_prompt = true }, nil, 400,
        "BadRequestError" },
      { "the service's names for embeddings", "/vllm/v1/embeddings", { messages = false,
        input = "x", output_dimension = 8 }, nil, 400, "output_dimension" },
      { "the service's own completion", "/vllm/v1/fim/completions", {}, nil, 404, "Not Found" },
    })
  end)

  describe("llamacpp", function()
    local INFILL = { input_prefix = "local t = { 1, 2, 3", input_suffix = "\n" }

    it("fills in, and says why it stopped", function()
      local whole = ask("/llamacpp/infill", INFILL, { key = false })
      local cut = ask("/llamacpp/infill", body_of(INFILL, { stop = { "}" } }), { key = false })

      assert.equal(" }", whole.json.content)
      assert.equal("eos", whole.json.stop_type)
      assert.same({ "word", "}" }, { cut.json.stop_type, cut.json.stopping_word })
    end)

    it("ends a stream of its own without [DONE]", function()
      local answer = ask("/llamacpp/infill", body_of(INFILL, { stream = true }), { key = false })

      assert.is_nil(answer.body:find("[DONE]", 1, true))
      assert.is_true(cjson.decode(answer.events[#answer.events]).stop)
    end)

    refuses(INFILL, {
      { "half of what it needs", "/llamacpp/infill", { input_suffix = false }, nil, 400,
        "input_suffix: Field required" },
      { "the service's names", "/llamacpp/infill", { max_tokens = 3 }, nil, 400, "max_tokens" },
      { "one stop that is no list", "/llamacpp/infill", { stop = "x" }, nil, 400, "valid list" },
      { "infill below /v1", "/llamacpp/v1/infill", {}, nil, 404, "File Not Found" },
      { "a wrong key", "/llamacpp/infill", {}, { key = "nobody" }, 401, "Invalid API Key" },
    })
  end)

  describe("ollama", function()
    local GENERATE = { model = "codestral", prompt = "local t = { 1, 2, 3", suffix = "\n" }
    local CHAT = { model = "mistral-small3.2", messages = SAY }

    local function lines(answer)
      local list = {}
      for line in answer.body:gmatch "[^\n]+" do list[#list + 1] = cjson.decode(line) end
      return list
    end

    it("streams lines unless told not to", function()
      local streamed = lines(ask("/ollama/api/generate", GENERATE, { key = false }))
      local whole = ask("/ollama/api/generate", body_of(GENERATE, { stream = "no" }),
        { key = false })
      local last = streamed[#streamed]

      assert.is_true(#streamed > 1 and last.done)
      assert.same({ "stop", "number" }, { last.done_reason, type(last.eval_count) })
      assert.equal(400, whole.status)
    end)

    it("lists what was pulled", function()
      assert.equal("codestral:22b", ask("/ollama/api/tags").json.models[1].name)
    end)

    refuses(GENERATE, {
      { "a model that was not pulled", "/ollama/api/generate", { model = "x" }, nil, 404,
        "model 'x' not found" },
      { "a suffix for a model that does not insert", "/ollama/api/generate",
        { model = "mistral-small3.2" }, nil, 400, "does not support insert" },
      { "options that are not in their table", "/ollama/api/generate", { temperature = 0.3 }, nil,
        400, "temperature" },
      { "an option of another name", "/ollama/api/generate", { options = { max_tokens = 3 } }, nil,
        400, "max_tokens" },
      { "/v1 before its own paths", "/ollama/v1/api/generate", {}, nil, 404, "404 page not found" },
    })
    refuses(CHAT, {
      { "arguments that are text", "/ollama/api/chat", { messages = { { role = "assistant",
        content = "", tool_calls = { { ["function"] = { name = "f", arguments = "{}" } } } } } },
        nil, 400, "arguments" },
      { "content that is a list", "/ollama/api/chat", { messages = { { role = "user",
        content = { { type = "text", text = "x" } } } } }, nil, 400, "content" },
      { "tools for a model without", "/ollama/api/chat", { model = "codestral", tools = { {
        type = "function", ["function"] = { name = "f" } } } }, nil, 400, "does not support tools" },
    })
  end)
end)
