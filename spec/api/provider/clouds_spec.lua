--- The clouds, each against a server that speaks its dialect and takes nothing else.
local elsewhere = require "spec.api.support.elsewhere"
local json = require "mistral.json"
local vertex = require "mistral.api.provider.vertex"

local CANARY, TOOLS = elsewhere.CANARY, elsewhere.TOOLS

local function chat(model, fields)
  local params = { model = model, messages = { { role = "user", content = "Say something." } } }
  for name, value in pairs(fields or {}) do params[name] = value end
  return params
end

local function both_forms(test)
  for _, streamed in ipairs { false, true } do
    it(streamed and "streamed" or "whole", function() test(streamed) end)
  end
end

describe("the regional hosts", function()
  local there = elsewhere.new { api_key = CANARY, path = "/eu/v1", region = "eu" }
  teardown(function() there.server:stop() end)
  before_each(function() there.server:reset() end)
  after_each(function() there:close() end)

  both_forms(function(streamed)
    local reply, err = there:ask(there:client(), "chat", chat "mistral-small-latest", streamed)

    assert.is_nil(err)
    assert.truthy(#reply.text > 0)
  end)

  it("are not asked for a tool they lack", function()
    local _, err = there:ask(there:client(), "chat",
      chat("mistral-small-latest", { tools = { { type = "web_search" } } }))

    assert.equal("unsupported", err.code)
    assert.equal(0, there.server:stats().requests)
  end)
end)

local DOCUMENT = { type = "document_url", document_url = "https://docs.example/report.pdf" }
local UPLOADED = { type = "file", file_id = "0b7d1a1e-3c0c-4a3e-9a56-3f2f5f0d9a11" }

describe("azure", function()
  local there = elsewhere.new { provider = "azure", api_key = CANARY, path = "/azure/openai/v1" }
  teardown(function() there.server:stop() end)
  before_each(function() there.server:reset() end)
  after_each(function() there:close() end)

  local ROUTES = { ["/azure/openai/v1"] = "api-key", ["/azure/models"] = "api-key",
    ["/azure/serverless/v1"] = "authorization" }
  for path, header in pairs(ROUTES) do
    describe("at " .. path, function()
      both_forms(function(streamed)
        local params = chat("mistral-medium-3-5", { random_seed = 3, safe_prompt = true })
        local reply, err, deltas = there:ask(there:client { path = path }, "chat", params, streamed)

        assert.is_nil(err)
        assert.equal("stop", reply.finish_reason)
        assert.truthy(reply.usage.total_tokens > 0 and reply.request_id)
        assert.equal(streamed, deltas > 1)
        assert.is_true(there:last().headers[header])
      end)
    end)
  end

  it("does not repeat a key that the server repeats", function()
    there.server:fault { kind = "status", status = 401, times = 2,
      body = json.encode { error = { message = "no such api-key: " .. CANARY } } }
    for _, streamed in ipairs { false, true } do
      local _, err = there:ask(there:client(), "chat", chat "mistral-medium-3-5", streamed)

      assert.equal("unauthorized", err.code)
      for _, value in pairs(err) do assert.is_nil(tostring(value):find(CANARY, 1, true)) end
    end
  end)

  it("takes a token in place of a key when told", function()
    assert(there:ask(there:client { auth = "bearer" }, "chat", chat "mistral-medium-3-5"))

    assert.is_nil(there:last().headers["api-key"])
    assert.is_true(there:last().headers.authorization)
  end)

  it("lists its deployments on the current route", function()
    assert.equal(5, #assert(there:client():models()))
  end)

  it("says what is wrong, out of the wrapping", function()
    local one = there:client()
    local _, unknown = there:ask(one, "chat", chat "gpt-x")
    local _, refused = there:ask(one, "chat", chat "mistral-medium-3-5", false,
      { extra = { seed = 1 } })
    local _, stranger = there:ask(there:client { api_key = "nobody" }, "chat",
      chat "mistral-medium-3-5")

    assert.same({ "not_found", 404 }, { unknown.code, unknown.status })
    assert.truthy(unknown.hint:find "deployment")
    assert.equal("invalid_request", refused.code)
    assert.truthy(refused.message:find "seed: Extra inputs are not permitted")
    assert.equal("unauthorized", stranger.code)
  end)

  it("reads documents, beside whatever route", function()
    for _, path in ipairs { "/azure/openai/v1", "/azure/models" } do
      local reply, err = there:ask(there:client { path = path }, "ocr",
        { model = "mistral-document-ai-2512", document = DOCUMENT })

      assert.is_nil(err)
      assert.truthy(#reply.pages > 0)
      assert.truthy(there:last().path:find("/azure/providers/mistral/azure/ocr", 1, true))
    end
  end)

  it("keeps no files", function()
    local _, err = there:ask(there:client(), "ocr",
      { model = "mistral-document-ai-2512", document = UPLOADED })

    assert.equal("unsupported", err.code)
    assert.equal(0, there.server:stats().requests)
  end)

  it("is not asked to complete", function()
    local _, err = there:ask(there:client(), "fim", { model = "m", prompt = "x" })

    assert.equal("unsupported", err.code)
    assert.equal(0, there.server:stats().requests)
  end)

  it("says which variable a key would come from", function()
    local _, err = there:ask(there:client { api_key = false }, "chat", chat "mistral-medium-3-5")

    if os.getenv "AZURE_API_KEY" then return end
    assert.equal("no_key", err.code)
    assert.truthy(err.hint:find "AZURE_API_KEY")
  end)
end)

describe("vertex", function()
  local there = elsewhere.new { provider = "vertex", api_key = CANARY, path = "/vertex",
    project = "test-project" }
  teardown(function() there.server:stop() end)
  before_each(function() there.server:reset() end)
  after_each(function() there:close() end)

  describe("chats", function()
    both_forms(function(streamed)
      local reply, err = there:ask(there:client(), "chat", chat "mistral-medium-3", streamed)

      assert.is_nil(err)
      assert.truthy(reply.usage.total_tokens > 0)
      assert.truthy(there:last().path:find(streamed and ":streamRawPredict$" or ":rawPredict$"))
    end)
  end)

  describe("completes", function()
    both_forms(function(streamed)
      for _, model in ipairs { "codestral-2", "codestral@2405", "codestral-2405" } do
        local reply, err = there:ask(there:client(), "fim",
          { model = model, prompt = "local t = { 1, 2", suffix = "\n" }, streamed)

        assert.is_nil(err)
        assert.equal(" }", reply.text)
      end
    end)
  end)

  describe("without a key", function()
    local life = vertex.key.lifetime_s
    after_each(function() vertex.key.lifetime_s = life end)

    local function tokens()
      local runs = {}
      local one = there:client { api_key = false, spawn = function(argv, done)
        runs[#runs + 1] = table.concat(argv, " ")
        done { code = 0, stdout = "ya29.test-" .. #runs .. "\n", stderr = "" }
      end }
      for _ = 1, 2 do assert(there:ask(one, "chat", chat "mistral-medium-3")) end
      return runs
    end

    it("asks gcloud for a token, once while it is good", function()
      if os.getenv "CLOUDSDK_AUTH_ACCESS_TOKEN" then return end

      assert.same({ "gcloud auth print-access-token" }, tokens())
    end)

    it("asks again when it has run out", function()
      if os.getenv "CLOUDSDK_AUTH_ACCESS_TOKEN" then return end
      vertex.key.lifetime_s = 0

      assert.equal(2, #tokens())
      assert.is_true(life < 3600)
    end)
  end)

  it("reads documents at the address of its model", function()
    local one = there:client()
    local reply, err = there:ask(one, "ocr", { model = "mistral-ocr-2505", document = DOCUMENT })
    local _, refused = there:ask(one, "ocr", { model = "mistral-ocr-2505", document = UPLOADED })

    assert.is_nil(err)
    assert.truthy(#reply.pages > 0)
    assert.equal("unsupported", refused.code)
  end)

  it("says what is wrong, also out of the list around a stream's error", function()
    local one = there:client()
    local _, whole = there:ask(one, "chat", chat "mistral-x")
    local _, streamed = there:ask(one, "chat", chat "mistral-x", true)
    local _, expired = there:ask(there:client { api_key = "ya29.test-expired" }, "chat",
      chat "mistral-medium-3", true)

    assert.equal("unknown_model", whole.code)
    assert.equal("unknown_model", streamed.code)
    assert.truthy(streamed.message:find "was not found or your project")
    assert.same({ "unauthorized", 401 }, { expired.code, expired.status })
    assert.truthy(expired.hint:find "gcloud auth login")
  end)
end)

describe("bedrock", function()
  local there = elsewhere.new { provider = "bedrock", api_key = CANARY, path = "/bedrock/v1" }
  local MODEL = "mistral.ministral-3-8b-instruct"
  teardown(function() there.server:stop() end)
  before_each(function() there.server:reset() end)
  after_each(function() there:close() end)

  both_forms(function(streamed)
    local params = chat(MODEL, { random_seed = 3, max_tokens = 50, reasoning_effort = "high",
      prompt_cache_key = "k", metadata = { a = "b" } })
    local reply, err = there:ask(there:client(), "chat", params, streamed)

    assert.is_nil(err)
    assert.truthy(#reply.thinking > 0 and #reply.text > 0)
    assert.truthy(reply.usage.total_tokens > 0)
  end)

  describe("holds a turn with a tool", function()
    both_forms(function(streamed)
      local one, params = there:client(), chat(MODEL, { tools = TOOLS, tool_choice = "any" })
      local asked, err = there:ask(one, "chat", params, streamed)
      assert.is_nil(err)
      local id = asked.tool_calls[1].id
      assert.truthy(id:find("^" .. ("%w"):rep(9) .. "$"))
      assert.same({ where = "example" }, json.decode(asked.tool_calls[1]["function"].arguments))

      params.tool_choice = nil
      params.messages[2] = asked.message
      params.messages[3] = { role = "tool", tool_call_id = id, name = "look", content = "found" }
      local reply
      reply, err = there:ask(one, "chat", params, streamed)

      assert.is_nil(err)
      assert.equal("stop", reply.finish_reason)
    end)
  end)

  it("lists its models", function()
    assert.equal(4, #assert(there:client():models()))
  end)

  it("says what is wrong", function()
    local _, unknown = there:ask(there:client(), "chat", chat "mistral-small-latest")
    local _, stranger = there:ask(there:client { api_key = "nobody" }, "chat", chat(MODEL))

    assert.equal("unknown_model", unknown.code)
    assert.equal("unauthorized", stranger.code)
  end)
end)

describe("a client of another provider", function()
  local there = elsewhere.new { provider = "bedrock", api_key = CANARY, path = "/bedrock/v1" }
  teardown(function() there.server:stop() end)
  after_each(function() there:close() end)

  it("shows the body that it would send", function()
    local body = json.decode(assert(there:client():encode("chat", chat("m", { random_seed = 4 }))))

    assert.equal(4, body.seed)
    assert.is_true(body.stream_options.include_usage)
  end)

  it("lays unchecked fields over those of a table", function()
    local body = json.decode(assert(there:client { provider = "ollama" }:encode("chat",
      chat("m", { max_tokens = 4 }), { extra = { options = { num_ctx = 8192 } } })))

    assert.same({ num_predict = 4, num_ctx = 8192 }, body.options)
  end)
end)
