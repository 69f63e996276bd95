--- Servers on one's own machine: vLLM, llama.cpp and Ollama, each in its dialect.
local elsewhere = require "spec.api.support.elsewhere"
local json = require "mistral.json"

local CANARY, TOOLS = elsewhere.CANARY, elsewhere.TOOLS
local FIM = { prompt = "local t = { 1, 2", suffix = "\n" }

local function fields(base, more)
  local all = {}
  for _, layer in ipairs { base, more or {} } do
    for name, value in pairs(layer) do all[name] = value end
  end
  return all
end

local function chat(model, more)
  return fields({ model = model, messages = { { role = "user", content = "Say something." } } },
    more)
end

local function both_forms(what, test)
  for _, streamed in ipairs { false, true } do
    it(what .. (streamed and ", streamed" or ", whole"), function() test(streamed) end)
  end
end

-- The same for whoever embeds in the common dialect.
local function embeds(there, path)
  it("embeds", function()
    local one = there:client()
    local reply, err = there:ask(one, "embed",
      { model = "e", input = { "one", "two" }, output_dimension = 16 })
    local _, refused = there:ask(one, "embed",
      { model = "e", input = "one", output_dtype = "int8" })

    assert.is_nil(err)
    assert.same({ 2, 16 }, { #reply.embeddings, #reply.embeddings[1] })
    assert.equal(path, there:last().path)
    assert.equal(16, json.decode(there:last().body).dimensions)
    assert.equal("unsupported", refused.code)
  end)
end

-- The loop of tools over the wire: two turns, and the result goes back in the server's own form.
local function runs_tools(there, model, tool_choice)
  it("runs tools", function()
    local given
    local reply, err = there:client():run {
      model = model, tool_choice = tool_choice,
      messages = { { role = "user", content = "Look there." } },
      tools = { { name = "look", description = "Looks.", parameters = {
        type = "object", required = { "where" }, properties = { where = { type = "string" } },
      }, call = function(arguments) given = arguments return { found = true } end } },
    }

    assert.is_nil(err)
    assert.same({ where = "example" }, given)
    assert.same({ "stop", 2 }, { reply.finish_reason, reply.turns })
  end)
end

describe("vllm", function()
  local there = elsewhere.new { provider = "compatible", path = "/vllm-open/v1", plain = true }
  local MODEL = "mistralai/Codestral-22B-v0.1"
  teardown(function() there.server:stop() end)
  before_each(function() there.server:reset() end)
  after_each(function() there:close() end)

  both_forms("chats without a key, and with reasons beside the text", function(streamed)
    local reply, err, deltas = there:ask(there:client(), "chat",
      chat(MODEL, { random_seed = 3, reasoning_effort = "high" }), streamed)

    assert.is_nil(err)
    assert.truthy(#reply.thinking > 0 and reply.usage.total_tokens > 0)
    assert.equal(streamed, deltas > 1)
    assert.is_false(there:last().authorization)
  end)

  it("gets a key where it wants one", function()
    local one = there:client { path = "/vllm/v1", api_key = CANARY, plain = false }
    local _, err = there:ask(there:client { path = "/vllm/v1" }, "chat", chat(MODEL))

    assert(there:ask(one, "chat", chat(MODEL)))
    assert.equal("no_key", err.code)
  end)

  both_forms("completes by the raw prompt unless told otherwise", function(streamed)
    local reply, err = there:ask(there:client(), "fim",
      fields(FIM, { model = MODEL, max_tokens = 20, random_seed = 1 }), streamed)

    assert.is_nil(err)
    assert.equal(" }", reply.text)
    assert.equal("[SUFFIX]\n[PREFIX]local t = { 1, 2", json.decode(there:last().body).prompt)
    assert.truthy(reply.usage.completion_tokens > 0)
  end)

  embeds(there, "/vllm-open/v1/embeddings")
  runs_tools(there, MODEL, "any")

  it("says that it has no suffix when it is asked so", function()
    local _, err = there:ask(there:client { fim = "suffix" }, "fim", fields(FIM, { model = MODEL }))

    assert.equal("invalid_request", err.code)
    assert.truthy(err.message:find "suffix is not currently supported")
  end)

  it("lists its models, and does not know another", function()
    local one = there:client()
    local _, err = there:ask(one, "chat", chat "nobody")

    assert.equal(2, #assert(one:models()))
    assert.equal("unknown_model", err.code)
  end)

  it("may fail in the middle, in a frame of its own", function()
    there.server:fault { kind = "error_frame", after_text = 10, code = 500,
      message = "EngineCore died" }
    local _, err = there:ask(there:client(), "chat", chat(MODEL), true)

    assert.equal("server", err.code)
    assert.truthy(err.message:find "EngineCore died")
    assert.truthy(#err.reply.text > 0)
  end)

  it("never gets the key of the service from the environment", function()
    local one = there:client { path = "/vllm/v1" }
    assert.same({}, one.provider.key.env)
  end)
end)

describe("llama.cpp", function()
  local there = elsewhere.new { provider = "compatible", path = "/llamacpp/v1", plain = true,
    fim = "infill" }
  teardown(function() there.server:stop() end)
  before_each(function() there.server:reset() end)
  after_each(function() there:close() end)

  both_forms("fills in", function(streamed)
    local reply, err = there:ask(there:client(), "fim",
      fields(FIM, { model = "m", max_tokens = 20, stop = "zz", random_seed = 1 }), streamed)

    assert.is_nil(err)
    assert.same({ " }", "stop" }, { reply.text, reply.finish_reason })
    assert.truthy(reply.usage.total_tokens > 0)
    assert.truthy(reply.model:find "gguf")
  end)

  both_forms("says when it ran out", function(streamed)
    there.server:fault { kind = "say", text = "one two three four five six" }
    local reply = there:ask(there:client(), "fim",
      fields(FIM, { model = "m", max_tokens = 1 }), streamed)

    assert.equal("length", reply.finish_reason)
  end)

  both_forms("takes the raw prompt as well", function(streamed)
    local reply, err = there:ask(there:client { fim = "raw" }, "fim",
      fields(FIM, { model = "m" }), streamed)

    assert.is_nil(err)
    assert.equal(" }", reply.text)
  end)

  both_forms("chats", function(streamed)
    local reply, err = there:ask(there:client(), "chat", chat "m", streamed)

    assert.is_nil(err)
    assert.truthy(reply.usage.total_tokens > 0)
  end)

  it("breaks off without its last event, and that is noticed", function()
    there.server:fault { kind = "no_done", finish = false }
    local _, err = there:ask(there:client(), "fim", fields(FIM, { model = "m" }), true)

    assert.equal("broken", err.code)
  end)

  it("says what is wrong", function()
    there.server:fault { kind = "status", status = 400, body = '{"error":{"code":400,"message":'
      .. '"Infill is not supported by this model","type":"not_supported_error"}}' }
    local _, err = there:ask(there:client(), "fim", fields(FIM, { model = "m" }))

    assert.truthy(err.message:find "Infill is not supported by this model")
  end)
end)

describe("ollama", function()
  local there = elsewhere.new { provider = "ollama", path = "/ollama", plain = true }
  local MODEL = "mistral-small3.2"
  teardown(function() there.server:stop() end)
  before_each(function() there.server:reset() end)
  after_each(function() there:close() end)

  both_forms("fills in", function(streamed)
    local reply, err = there:ask(there:client(), "fim",
      fields(FIM, { model = "codestral", max_tokens = 20, temperature = 0 }), streamed)

    assert.is_nil(err)
    assert.same({ " }", "stop" }, { reply.text, reply.finish_reason })
    assert.truthy(reply.usage.total_tokens > 0)
    assert.same({ num_predict = 20, temperature = 0 }, json.decode(there:last().body).options)
  end)

  both_forms("chats, and keeps thinking apart", function(streamed)
    local reply, err, deltas = there:ask(there:client(), "chat",
      chat("magistral", { reasoning_effort = "high" }), streamed)

    assert.is_nil(err)
    assert.truthy(#reply.thinking > 0 and #reply.text > 0)
    assert.equal(streamed, deltas > 1)
  end)

  both_forms("says when it ran out", function(streamed)
    there.server:fault { kind = "say", text = "one two three four five six" }
    local reply = there:ask(there:client(), "chat", chat(MODEL, { max_tokens = 1 }), streamed)

    assert.equal("length", reply.finish_reason)
  end)

  both_forms("holds a turn with a tool", function(streamed)
    local one, params = there:client(), chat(MODEL, { tools = TOOLS })
    local asked, err = there:ask(one, "chat", params, streamed)
    assert.is_nil(err)
    assert.equal("tool_calls", asked.finish_reason)
    local call = asked.tool_calls[1]
    assert.truthy(call.id:find("^" .. ("%w"):rep(9) .. "$"))

    params.messages[2] = asked.message
    params.messages[3] = { role = "tool", tool_call_id = call.id, content = "found" }
    local reply
    reply, err = there:ask(one, "chat", params, streamed)

    assert.is_nil(err)
    assert.equal("stop", reply.finish_reason)
  end)

  embeds(there, "/ollama/v1/embeddings")
  runs_tools(there, MODEL)

  it("answers in a form", function()
    local schema = { type = "object", properties = { answer = { type = "string" } } }
    local reply = assert(there:ask(there:client(), "chat", chat(MODEL, {
      response_format = { type = "json_schema", json_schema = { name = "a", schema = schema } } })))

    assert.is_string(json.decode(reply.text).answer)
  end)

  it("is understood however its lines are cut", function()
    local body = table.concat({
      '{"model":"m","created_at":"t","message":{"role":"assistant","content":"\195\164b"},"done":false}',
      '{"model":"m","created_at":"t","message":{"role":"assistant","content":"c"},"done":false}',
      '{"model":"m","created_at":"t","message":{"role":"assistant","content":""},"done":true,'
        .. '"done_reason":"stop","prompt_eval_count":3,"eval_count":2}' }, "\n")
    for _, pieces in ipairs { 1, 7, #body } do
      there.server:fault { kind = "replay", body = body, pieces = pieces,
        content_type = "application/x-ndjson" }
      local reply, err = there:ask(there:client(), "chat", chat(MODEL), true)

      assert.is_nil(err)
      assert.equal("\195\164bc", reply.text)
      assert.equal(5, reply.usage.total_tokens)
    end
  end)

  it("may fail in the middle, in a line of its own", function()
    there.server:fault { kind = "replay", content_type = "application/x-ndjson",
      body = '{"message":{"content":"so "},"done":false}\n{"error":"llama runner has terminated"}\n' }
    local _, err = there:ask(there:client(), "chat", chat(MODEL), true)

    assert.equal("server", err.code)
    assert.truthy(err.message:find "llama runner has terminated")
    assert.equal("so ", err.reply.text)
  end)

  it("breaks off, and that is noticed", function()
    there.server:fault { kind = "cut", after_bytes = 400 }
    local _, err = there:ask(there:client(), "chat", chat(MODEL), true)

    assert.equal("broken", err.code)
  end)

  it("lists what was pulled, and says what to pull", function()
    local one = there:client()
    local models = assert(one:models())
    local _, missing = there:ask(one, "chat", chat "mixtral")
    local _, unable = there:ask(one, "fim", fields(FIM, { model = MODEL }))

    assert.same({ "codestral:22b", 4 }, { models[1].id, #models })
    assert.same({ "codestral:latest", { "codestral" } }, { models[2].id, models[2].aliases })
    assert.equal("unknown_model", missing.code)
    assert.truthy(missing.hint:find("ollama pull mixtral", 1, true))
    assert.truthy(unable.hint:find "codestral")
  end)

  it("that is not running is said to be so", function()
    local _, err = there:ask(there:client { base_url = "http://127.0.0.1:1" }, "chat", chat(MODEL),
      false, { retry = 0 })

    assert.equal("network", err.code)
    assert.truthy(err.hint:find "ollama serve")
  end)
end)
