--- Where each provider is, and what it can be told, without a network.
local config = require "mistral.config"
local endpoint = require "mistral.api.endpoint"
local plans = require "mistral.api.plan"
local providers = require "mistral.api.provider"

local CHAT = { model = "m", messages = { { role = "user", content = "hello" } } }
local FIM = { model = "codestral", prompt = "a", suffix = "b" }

local function nothing() return nil end

local function call_of(kind, params, streamed)
  local base = kind == "fim" and FIM or kind == "chat" and CHAT or {}
  local all = {}
  for _, layer in ipairs { base, params or {} } do
    for name, value in pairs(layer) do all[name] = value end
  end
  return assert(endpoint.call(kind, all, streamed or false))
end

local function get(name)
  return assert(providers.get(name))
end

local function url(name, options, kind, params, streamed)
  local provider = get(name)
  local site = assert(provider.site(options, nothing))
  return provider.url(site, call_of(kind or "chat", params, streamed))
end

describe("the name of a provider", function()
  it("is one of those that the option takes", function()
    for _, key in ipairs(config.schema) do
      for _, name in ipairs(key.path == "provider" and key.choices or {}) do
        assert.equal(name, get(name).name)
      end
    end
  end)

  for given, meant in pairs { azur = "azure", Vertex = "vertex", olama = "ollama",
    vllm = "compatible", ["llama.cpp"] = "compatible", gcp = "vertex", bedrok = "bedrock" } do
    it(("%s is answered with %s"):format(given, meant), function()
      local provider, message = providers.get(given)

      assert.is_nil(provider)
      assert.truthy(message:find(('did you mean "%s"?'):format(meant), 1, true), message)
    end)
  end

  it("that is like none is answered with all", function()
    local _, message = providers.get "qqqqqqqq"

    assert.truthy(message:find "mistral, azure, vertex")
    assert.is_nil(message:find "did you mean")
  end)
end)

describe("the address of", function()
  local cases = {
    { "mistral", {}, "https://api.mistral.ai/v1/chat/completions" },
    { "mistral", { region = "eu" }, "https://api.eu.mistral.ai/v1/chat/completions" },
    { "mistral", { region = "us" }, "https://api.us.mistral.ai/v1/chat/completions" },
    { "azure", { endpoint = "https://res.services.ai.azure.com" },
      "https://res.services.ai.azure.com/openai/v1/chat/completions" },
    { "azure", { endpoint = "https://res.openai.azure.com/openai/v1/" },
      "https://res.openai.azure.com/openai/v1/chat/completions" },
    { "azure", { endpoint = "https://res.openai.azure.com/openai/v1/chat/completions" },
      "https://res.openai.azure.com/openai/v1/chat/completions" },
    { "azure", { endpoint = "https://res.openai.azure.com/openai/" },
      "https://res.openai.azure.com/openai/v1/chat/completions" },
    { "azure", { endpoint = "https://res.services.ai.azure.com/models/chat/completions" },
      "https://res.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview" },
    { "azure", { base_url = "https://res.services.ai.azure.com/models" },
      "https://res.services.ai.azure.com/models/chat/completions?api-version=2024-05-01-preview" },
    { "azure", { endpoint = "https://res.services.ai.azure.com", api_version = "2025-01-01" },
      "https://res.services.ai.azure.com/models/chat/completions?api-version=2025-01-01" },
    { "azure", { endpoint = "https://d.eastus2.models.ai.azure.com" },
      "https://d.eastus2.models.ai.azure.com/v1/chat/completions" },
    { "vertex", { project = "p" }, "https://europe-west4-aiplatform.googleapis.com/v1/projects/p/"
      .. "locations/europe-west4/publishers/mistralai/models/m:rawPredict" },
    { "vertex", { project = "p", region = "global" }, "https://aiplatform.googleapis.com/v1/"
      .. "projects/p/locations/global/publishers/mistralai/models/m:rawPredict" },
    { "bedrock", { region = "us-east-1" },
      "https://bedrock-mantle.us-east-1.api.aws/v1/chat/completions" },
    { "sagemaker", { region = "eu-west-3", endpoint = "e", access_key = "A", secret_key = "S" },
      "https://runtime.sagemaker.eu-west-3.amazonaws.com/endpoints/e/invocations" },
    { "compatible", { base_url = "http://127.0.0.1:8000/v1/" },
      "http://127.0.0.1:8000/v1/chat/completions" },
    { "ollama", {}, "http://127.0.0.1:11434/api/chat" },
    { "ollama", { base_url = "http://127.0.0.1:11434/v1" }, "http://127.0.0.1:11434/api/chat" },
  }
  for _, case in ipairs(cases) do
    it(("%s is %s"):format(case[1], case[3]), function()
      assert.equal(case[3], url(case[1], case[2]))
    end)
  end

  it("a stream and of an old model of vertex are their own", function()
    local base = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1"
      .. "/publishers/mistralai/models/"
    local options = { project = "p", region = "us-central1" }

    assert.equal(base .. "codestral-2:streamRawPredict",
      url("vertex", options, "fim", { model = "codestral-2" }, true))
    for _, name in ipairs { "codestral@2405", "codestral-2405" } do
      assert.equal(base .. "codestral@2405:rawPredict",
        url("vertex", options, "fim", { model = name }))
    end
  end)

  it("a model of vertex cannot lead elsewhere", function()
    assert.truthy(url("vertex", { project = "p" }, "chat", { model = "../x?y" })
      :find("models/..%2Fx%3Fy:rawPredict", 1, true))
  end)

  it("completion depends on the way", function()
    local base = "http://127.0.0.1:8080/v1"

    assert.equal(base .. "/completions", url("compatible", { base_url = base }, "fim"))
    assert.equal("http://127.0.0.1:8080/infill",
      url("compatible", { base_url = base, fim = "infill" }, "fim"))
    assert.equal("http://127.0.0.1:11434/api/generate", url("ollama", {}, "fim"))
  end)
end)

describe("a provider's options", function()
  local cases = {
    { "mistral", { region = "asia" }, '"eu" or "us"' },
    { "azure", {}, "needs `endpoint`" },
    { "azure", { endpoint = "res.azure.com" }, "`endpoint` should begin with https" },
    { "vertex", {}, "needs `project`, or GOOGLE_CLOUD_PROJECT" },
    { "vertex", { project = "p/q" }, "`project` should be the id" },
    { "vertex", { project = "p", region = "x.evil.invalid/" }, "`region` should be a name" },
    { "bedrock", {}, "needs `region`" },
    { "bedrock", { region = "us.evil.invalid/" }, "`region` should be a name" },
    { "sagemaker", { region = "eu-west-3" }, "needs `endpoint`" },
    { "sagemaker", { region = "eu-west-3", endpoint = "a/b" }, "letters, digits and -" },
    { "sagemaker", { endpoint = "e" }, "needs `region`" },
    { "sagemaker", { endpoint = "e", region = "eu-west-3" }, "AWS_ACCESS_KEY_ID and" },
    { "sagemaker", { endpoint = "e", region = "eu-west-3", access_key = "A" }, "`secret_key`" },
    { "compatible", {}, "needs `base_url`" },
    { "compatible", { base_url = "http://127.0.0.1:1/v1", fim = "magic" }, "`fim` should be" },
  }
  for _, case in ipairs(cases) do
    it(("of %s: %s"):format(case[1], case[3]), function()
      local site, message = get(case[1]).site(case[2], nothing)

      assert.is_nil(site)
      assert.truthy(message:find(case[3], 1, true), message)
    end)
  end

  it("may be in the environment", function()
    local function getenv(name)
      return ({ AWS_REGION = "eu-west-1", GOOGLE_CLOUD_PROJECT = "mine" })[name]
    end

    assert.equal("https://bedrock-mantle.eu-west-1.api.aws/v1",
      get("bedrock").site({}, getenv).base)
    assert.equal("mine", get("vertex").site({}, getenv).project)
  end)
end)

describe("the credentials of sagemaker", function()
  local WHERE = { endpoint = "e", region = "eu-west-3" }
  local function signer(options, environment)
    for name, value in pairs(WHERE) do options[name] = value end
    local site = assert(get("sagemaker").site(options, function(name) return environment[name] end))
    return get("sagemaker").sign(site, "secret"), site
  end
  local ENVIRONMENT = { AWS_ACCESS_KEY_ID = "from-env", AWS_SESSION_TOKEN = "token-from-env" }

  it("come from one place, all of them", function()
    local here = signer({ access_key = "A", secret_key = "secret" }, ENVIRONMENT)
    local there = signer({}, ENVIRONMENT)

    assert.same({ region = "eu-west-3", service = "sagemaker", access_key = "A",
      secret_key = "secret" }, here)
    assert.equal("from-env", there.access_key)
    assert.equal("token-from-env", there.session_token)
  end)

  it("are not there to be printed, and not in what a refusal repeats", function()
    local _, site = signer({}, ENVIRONMENT)
    for _, value in pairs(site) do assert.is_nil(tostring(value):find "token%-from%-env") end

    assert.is_nil(get("sagemaker").conceal("x:token-from-env y", site):find "token%-from%-env")
  end)
end)

describe("what a provider lacks", function()
  local AZURE = { endpoint = "https://r.services.ai.azure.com" }
  local image = { { type = "image_url", image_url = "https://x.invalid/i.png" } }
  local document = { { type = "document_url", document_url = "https://x.invalid/d.pdf" } }
  local function said(content) return { messages = { { role = "user", content = content } } } end
  local search = { tools = { { type = "web_search" } } }
  local prefix = { messages = { { role = "user", content = "x" },
    { role = "assistant", content = "A", prefix = true } } }

  local HELD = { endpoint = "e", region = "eu-west-3", access_key = "A", secret_key = "S" }
  local LOCAL = { base_url = "http://127.0.0.1:1/v1" }
  local cases = {
    { "mistral", { region = "eu" }, "chat", search, "no the tool web_search" },
    { "azure", AZURE, "fim", nil, "no completion in the middle" },
    { "azure", { base_url = "https://r.services.ai.azure.com/models" }, "models", nil, "no list of models" },
    { "vertex", { project = "p" }, "models", nil, "no list of models" },
    { "bedrock", { region = "us-east-1" }, "fim", nil, "completes in the middle" },
    { "bedrock", { region = "us-east-1" }, "chat", { safe_prompt = true }, "`safe_prompt`" },
    { "bedrock", { region = "us-east-1" }, "chat", search, "the tool web_search" },
    { "sagemaker", HELD, "models", nil, "no list of models" },
    { "sagemaker", HELD, "chat", { guardrails = { { block_on_error = true } } }, "`guardrails`" },
    { "compatible", LOCAL, "chat", said(document), "document_url (messages[1])" },
    { "compatible", LOCAL, "chat", prefix, "`prefix` (messages[2])" },
    { "compatible", LOCAL, "chat", { service_tier = "auto" }, "`service_tier`" },
    { "compatible", LOCAL, "fim", { prompt = "x [PREFIX] y" }, "[PREFIX]" },
    { "compatible", { base_url = LOCAL.base_url, fim = "infill" }, "fim", { min_tokens = 2 },
      "`min_tokens`" },
    { "ollama", {}, "chat", { n = 2 }, "`n`" },
    { "ollama", {}, "chat", said(image), "an image by its address" },
    { "ollama", {}, "chat", said(document), "document_url" },
    { "ollama", {}, "fim", { min_tokens = 2 }, "`min_tokens`" },
  }
  for _, case in ipairs(cases) do
    local name, options, kind, params, wanted = case[1], case[2], case[3], case[4], case[5]
    it(("%s, %s: %s"):format(name, kind, wanted), function()
      local provider = get(name)
      local site = assert(provider.site(options, nothing))
      local sentence = provider.lacks(site, call_of(kind, params))

      assert.truthy(sentence and sentence:find(wanted, 1, true), sentence)
    end)
  end

  it("is not what asks for nothing", function()
    local quiet = { safe_prompt = false, service_tier = "standard_only", n = 1,
      parallel_tool_calls = true, prompt_cache_key = "k", metadata = { a = 1 } }
    for name, options in pairs { bedrock = { region = "us-east-1" }, compatible = LOCAL,
      ollama = {} } do
      local provider = get(name)
      assert.is_nil(provider.lacks(assert(provider.site(options, nothing)), call_of("chat", quiet)))
    end
  end)

  it("of a regional host is whatever keeps things", function()
    local provider = get "mistral"
    local site = provider.site({ base_url = "https://api.eu.mistral.ai/v1" }, nothing)
    local function lacks(path)
      return provider.lacks(site, { kind = "upload", endpoint = { path = path }, params = {} })
    end

    for _, path in ipairs { "/files", "/files/{file_id}", "/batch/jobs", "/agents/completions" } do
      assert.truthy(lacks(path):find "leave out `region`")
    end
    assert.is_nil(lacks "/embeddings")
  end)

  it("is said in words, whatever the kind", function()
    local provider = get "bedrock"
    for kind, wanted in pairs { upload = "no files", batch_create = "no batches",
      moderate_chat = "no moderation", transcribe = "no transcription" } do
      local sentence = provider.lacks({}, { kind = kind, params = {} })
      assert.truthy(sentence:find(wanted, 1, true), sentence)
    end
  end)
end)

describe("the time that an answer may take to begin", function()
  local function times(name, options, kind)
    local provider = get(name)
    local plan = assert(plans.new(provider, assert(provider.site(options, nothing)),
      call_of(kind, {}, true)))
    return plan.head_ms, plan.reuse_head_ms
  end

  it("is short where somebody is typing", function()
    assert.same({ 5000, 3000 }, { times("mistral", {}, "fim") })
  end)

  it("is long where a model may have to be loaded, and silence proves nothing", function()
    assert.same({ 300000, 0 }, { times("ollama", {}, "fim") })
    assert.same({ 60000, 0 }, { times("compatible", { base_url = "http://127.0.0.1:1/v1" }, "fim") })
  end)
end)

describe("the headers of azure", function()
  local function headers(options)
    local provider = get "azure"
    return provider.headers(assert(provider.site(options)), call_of "chat", "secret")
  end

  it("hold the key once, as each route wants it", function()
    local v1 = headers { endpoint = "https://r.services.ai.azure.com" }
    local told = headers { endpoint = "https://r.services.ai.azure.com", auth = "bearer" }
    local alone = headers { endpoint = "https://d.eastus.models.ai.azure.com" }

    assert.same({ "secret", nil }, { v1["api-key"], v1["Authorization"] })
    assert.same({ nil, "Bearer secret" }, { told["api-key"], told["Authorization"] })
    assert.same({ nil, "Bearer secret" }, { alone["api-key"], alone["Authorization"] })
  end)

  it("let the model's own fields through on the older route", function()
    assert.equal("pass-through",
      headers({ base_url = "https://r.services.ai.azure.com/models" })["extra-parameters"])
    assert.is_nil(headers({ endpoint = "https://r.services.ai.azure.com" })["extra-parameters"])
  end)
end)
