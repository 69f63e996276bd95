local json = require "mistral.json"
local subject = require "spec.api.support.subject"

-- The body as a client would send it.
local function encode(kind, params, streamed, extra)
  local one = subject.client()
  local body, err = one:encode(kind, params, { streamed = streamed, extra = extra })
  one:close()
  return body, err
end

local function refusal(kind, params)
  local body, err = encode(kind, params, false)
  assert.is_nil(body, body)
  assert.equal("refused", err.code)
  return err.message
end

local function tool(fields)
  return { type = "function", ["function"] = fields }
end

describe("a chat request that the service would refuse", function()
  local cases = {
    { { seed = 1 }, "`seed` is not a field the service knows: the service calls it `random_seed`" },
    { { max_completion_tokens = 1 }, "the service calls it `max_tokens`" },
    { { stream_options = {} }, "usage comes with every stream" },
    { { stream = true }, "the form of the call decides" },
    { { top_k = 3 }, "has only `top_p`" },
    { { temprature = 1 },
      "`temprature` is not a field the service knows; did you mean `temperature`?" },
    { { zzzzzz = 1 }, "`zzzzzz` is not a field the service knows" },
    { { [1] = "x" }, "the request should be an object, got a list" },
    { { messages = { role = "user" } }, "`messages` should be a list, got an object" },
    { { response_format = { type = "json_schema", schema = {} } },
      "`response_format.schema` is not a field the service knows: it goes into `json_schema`" },
    { { temperature = 1.6 }, "`temperature` should be at most 1.5, got 1.6" },
    { { temperature = "hot" }, "a number, or creative, balanced or precise, got \"hot\"" },
    { { temperature = true }, "`temperature` should be a number, got a boolean" },
    { { prompt_mode = "reasoning" }, "the service refuses it for every model; use `reasoning_eff" },
    { { guardrails = {} }, "`guardrails` is empty" },
    { { guardrails = { { block_on_eror = true } } }, "did you mean `block_on_error`?" },
    { { guardrails = { { moderation_llm_v2 = { action = "stop" } } } }, "one of none, block" },
    { { guardrails = { { moderation_llm_v1 = { custom_category_thresholds = { criminal = 1 } } } } },
      "`guardrails[1].moderation_llm_v1.custom_category_thresholds.criminal` is not a field" },
    { { service_tier = "fast" }, "`service_tier` should be one of auto, standard_only" },
    { { prediction = "x" }, "`prediction` should be an object" },
    { { prediction = { contents = "x" } }, "did you mean `content`?" },
    { { tools = { { type = "connector" } } }, "`tools[1].connector_id` is missing" },
    { { tools = { { type = "document_library", library_ids = {} } } }, "name a library" },
    { { tools = { { type = "web_search", tool_configuration = { only = {} } } } },
      "`tools[1].tool_configuration.only` is not a field" },
    { { tools = { { name = "f", call = print } } }, "`tools[1].call` is not a field the service knows" },
    { { tools = { { ["function"] = { name = "f", parameters = {} }, call = print } } },
      "only client:run calls tools" },
    { { top_p = 0 }, "`top_p` should be more than 0, got 0" },
    { { max_tokens = 1.5 }, "`max_tokens` should be an integer, got 1.5" },
    { { max_tokens = -1 }, "`max_tokens` should be at least 0, got -1" },
    { { n = 0 }, "`n` should be at least 1, got 0" },
    { { presence_penalty = -3 }, "`presence_penalty` should be at least -2, got -3" },
    { { tools = {} }, "`tools` is empty; leave it out" },
    { { stop = {} }, "`stop` is empty" },
    { { stop = { 1 } }, "`stop[1]` should be a string, got 1" },
    { { stop = 5 }, "`stop` should be a string or a list, got 5" },
    { { tool_choice = "any" }, "`tool_choice` needs `tools`" },
    { { tool_choice = "some" }, "`tool_choice` should be one of auto, none, any, required" },
    { { tools = { tool { name = "a b", parameters = {} } } }, "letters, digits, _ or -" },
    { { tools = { tool { name = ("x"):rep(65), parameters = {} } } }, "longer than 64" },
    { { tools = { tool { name = "x" } } }, "`tools[1].function.parameters` is missing" },
    { { tools = { tool { name = "x", parameters = {}, strct = 1 } } }, "did you mean `strict`?" },
    { { tools = { { type = "search" } } }, "`tools[1].type` should be one of function" },
    { { response_format = { type = "json_schema" } }, "`response_format.json_schema` is missing" },
    { { response_format = { type = "xml" } }, "`response_format.type` should be one of" },
    { { response_format = "json" }, "`response_format` should be an object" },
    { { reasoning_effort = "huge" }, "`reasoning_effort` should be one of none, minimal" },
    { { model = "" }, "`model` should be the id of a model" },
    { { model = json.null }, "`model` is missing" },
    { { messages = {} }, "`messages` is empty: say something" },
    { { messages = "hi" }, "`messages` should be a list, got a string" },
    { { metadata = { f = print } }, "no way to write a function at metadata.f" },
    { { safe_prompt = 1 }, "`safe_prompt` should be a boolean, got 1" },
    { { temperature = 0 / 0 }, "`temperature` is not a number" },
  }
  for index, case in ipairs(cases) do
    it(("%d is refused here: %s"):format(index, case[2]), function()
      local message = refusal("chat", subject.chat(case[1]))

      assert.truthy(message:find(case[2], 1, true), message)
      assert.equal("chat: ", message:sub(1, 6))
    end)
  end

  it("names the first missing field", function()
    assert.equal("chat: `messages` is missing", refusal("chat", { model = "m" }))
  end)

  it("names what the missing field may have been called", function()
    local function said(fields)
      fields.model = "m"
      return refusal("chat", fields)
    end

    assert.truthy(said({ mesages = {} }):find("`mesages` is not a field .* mean `messages`%?"))
    assert.equal("chat: `messages` is missing", said { temperatur = 1 })
  end)

  it("is refused in one line, whatever a model has written into it", function()
    local named = { name = "ls\27[2J\r\nx", arguments = "{}" }
    local call = { id = "aaaaaaaaa", ["function"] = named }
    local messages = { { role = "user", content = "x" }, { role = "assistant", tool_calls = { call } } }

    local message = refusal("chat", { model = "m", messages = messages })
    local unknown = refusal("chat", subject.chat { [("x"):rep(900) .. "\27"] = 1 })

    assert.truthy(message:find('got "ls\\x1b[2J x"', 1, true), message)
    assert.is_nil((message .. unknown):find "%c")
    assert.truthy(#unknown <= 500)
  end)

  it("holds at most 128 tools", function()
    local tools = {}
    for index = 1, 129 do
      tools[index] = tool { name = "t" .. index, parameters = {} }
    end

    assert.truthy(refusal("chat", subject.chat { tools = tools }):find("at most 128, got 129"))
  end)
end)

describe("a chat request that the service takes", function()
  it("goes out with just what was said", function()
    local body = assert(encode("chat", subject.chat {
      temperature = 0.2, max_tokens = 10, stop = { "\n\n" }, random_seed = 7,
      tools = { tool { name = "look_up", parameters = { type = "object", properties = {} } } },
      tool_choice = "any",
      response_format = { type = "json_schema", json_schema = { name = "n", schema = {} } },
      top_p = json.null,
    }, true))

    assert.same({
      model = "m",
      messages = { { role = "user", content = "hello" } },
      temperature = 0.2, max_tokens = 10, stop = { "\n\n" }, random_seed = 7,
      tools = {
        { type = "function", ["function"] = {
          name = "look_up", parameters = { type = "object", properties = {} },
        } },
      },
      tool_choice = "any",
      response_format = { type = "json_schema", json_schema = { name = "n", schema = {} } },
      stream = true,
    }, json.decode(body))
  end)

  it("may name its temperature", function()
    for name, temperature in pairs { creative = 0.9, balanced = 0.7, precise = 0.3 } do
      local chat = assert(encode("chat", subject.chat { temperature = name }, false))
      local fim = assert(encode("fim", { model = "m", prompt = "x", temperature = name }, false))

      assert.equal(temperature, json.decode(chat).temperature)
      assert.equal(temperature, json.decode(fim).temperature)
    end
  end)

  it("may say what would be so anyway", function()
    local usual = subject.chat { tool_choice = "auto", response_format = {} }

    assert.truthy(encode("chat", usual, false))
  end)

  it("leaves the caller's table as it was", function()
    local params = subject.chat { top_p = json.null }

    assert(encode("chat", params, true, { later = 1 }))

    assert.is_nil(params.stream)
    assert.is_nil(params.later)
    assert.equal(json.null, params.top_p)
  end)

  it("may carry fields this version does not know, when asked to", function()
    local body = assert(encode("chat", subject.chat(), false, { top_k = 5 }))

    assert.equal(5, json.decode(body).top_k)
  end)
end)

describe("a completion request", function()
  it("has its own closed list of fields", function()
    local function says(params, piece)
      assert.truthy(refusal("fim", params):find(piece, 1, true))
    end

    says({ model = "m", prompt = "x", n = 2 }, "only chat has it")
    says({ model = "m", prompt = "x", response_format = {} }, "only chat has it")
    says({ model = "m", prompt = "x", prompt_mode = "reasoning" }, "takes no such thing")
    says({ model = "m", prompt = "x", temperature = "hot" }, "creative, balanced or precise")
    says({ model = "m" }, "`prompt` is missing")
    says({ model = "m", prompt = "x", surfix = "y" }, "did you mean `suffix`?")
  end)

  it("goes out with prompt and suffix, even empty ones", function()
    local body = assert(encode("fim", { model = "m", prompt = "", suffix = "" }, true))

    assert.equal('{"model":"m","prompt":"","stream":true,"suffix":""}', body)
  end)
end)
