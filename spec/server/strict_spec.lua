local cjson = require "cjson"
local curl = require "spec.server.curl"
local loopback = require "spec.support.loopback"

describe("the strict loopback server", function()
  local server = loopback.start()

  teardown(function() server:stop() end)

  local function user(content) return { role = "user", content = content or "Go on." } end
  local function assistant(content) return { role = "assistant", content = content } end
  local function calling(...)
    local calls = {}
    for index, id in ipairs { ... } do
      calls[index] = { id = id, type = "function",
        ["function"] = { name = "look", arguments = "{}" } }
    end
    return { role = "assistant", content = "", tool_calls = calls }
  end
  local function result(id) return { role = "tool", tool_call_id = id, content = "found" } end

  local function first_problem(answer)
    return answer.json.message.detail[1]
  end

  describe("refuses a field", function()
    local refused = {
      { "stream_options", { include_usage = true }, "extra_forbidden" },
      { "max_completion_tokens", 5, "extra_forbidden" },
      { "user", "me", "extra_forbidden" },
      { "seed", 4, "extra_forbidden" },
      { "top_k", 4, "extra_forbidden" },
      { "temperature", 1.6, "less_than_equal" },
      { "temperature", "warm", "float_type" },
      { "top_p", 0, "greater_than" },
      { "max_tokens", -1, "greater_than_equal" },
      { "max_tokens", 1.5, "int_from_float" },
      { "n", 0, "greater_than_equal" },
      { "presence_penalty", 3, "less_than_equal" },
      { "stream", "yes", "bool_type" },
      { "reasoning_effort", "extreme", "literal_error" },
      { "service_tier", "gold", "literal_error" },
      { "metadata", "text", "dict_type" },
    }
    for _, case in ipairs(refused) do
      local name, value, kind = case[1], case[2], case[3]
      it(("%s = %s"):format(name, cjson.encode(value)), function()
        local answer = curl.chat(server, { [name] = value })

        assert.equal(422, answer.status)
        assert.equal("error", answer.json.object)
        assert.equal("invalid_request_error", answer.json.type)
        assert.equal(cjson.null, answer.json.code)
        assert.equal(kind, first_problem(answer).type)
        assert.same({ "body", name }, first_problem(answer).loc)
      end)
    end
  end)

  it("names all that is wrong at once, and what is missing", function()
    local answer = curl.request(server, { path = "/chat/completions",
      body = '{"top_k":1,"temperature":9}' })

    local kinds = {}
    for _, problem in ipairs(answer.json.message.detail) do
      kinds[#kinds + 1] = problem.type .. " " .. problem.loc[2]
    end
    assert.same({ "missing model", "missing messages", "less_than_equal temperature",
      "extra_forbidden top_k" }, kinds)
  end)

  it("takes null where the service does, and only there", function()
    local body = '{"model":"mistral-small-latest","messages":[{"role":"user","content":"x"}],%s}'
    local function status(field)
      return curl.request(server, { path = "/chat/completions", body = body:format(field) }).status
    end

    assert.equal(200, status '"temperature":null,"stop":null,"tools":null,"n":null')
    assert.equal(422, status '"stream":null')
    assert.equal(422, status '"tool_choice":null')
  end)

  it("tells [] from {}", function()
    local body = '{"model":"mistral-small-latest","messages":[{"role":"user","content":"x"}],%s}'
    local function problem(field)
      local answer = curl.request(server, { path = "/chat/completions",
        body = body:format(field) })
      return answer.status == 422 and first_problem(answer).type or answer.status
    end

    assert.equal("too_short", problem '"tools":[]')
    assert.equal("list_type", problem '"tools":{}')
    assert.equal("dict_type", problem '"metadata":[]')
    assert.equal(200, problem '"metadata":{}')
    assert.equal("dict_type", problem('"tools":[{"type":"function","function":'
      .. '{"name":"f","parameters":[]}}]'))
  end)

  it("refuses unknown fields inside messages, by role", function()
    local function refusal(message)
      local answer = curl.chat(server, { messages = { user(), message, user() } })
      return answer.status, answer.status == 422 and first_problem(answer).loc[5]
    end
    local named = assistant "yes"
    named.name = "me"
    local reasoned = assistant "yes"
    reasoned.reasoning_content = "hm"

    assert.same({ 422, "name" }, { refusal(named) })
    assert.same({ 422, "reasoning_content" }, { refusal(reasoned) })
    assert.same({ 422, "name" }, { refusal { role = "user", content = "x", name = "me" } })
    assert.equal(422, (refusal { role = "robot", content = "x" }))
  end)

  it("takes content as chunks, and refuses chunks it does not know", function()
    local function status(chunk, model)
      return curl.chat(server, { model = model, messages = { user { chunk } } }).status
    end
    local image = { type = "image_url", image_url = "data:image/png;base64,AAAA" }

    assert.equal(200, status { type = "text", text = "x" })
    assert.equal(200, status(image))
    assert.equal(400, status(image, "codestral-latest"))
    assert.equal(422, status { type = "video", url = "x" })
    assert.equal(422, status { type = "text" })
  end)

  it("wants a schema where json_schema is asked for", function()
    local answer = curl.chat(server, { response_format = { type = "json_schema" } })

    assert.equal(422, answer.status)
    assert.equal("missing", first_problem(answer).type)
  end)

  describe("refuses text that is not JSON:", function()
    for _, text in ipairs { "", "{", '{"a":1,}', "{'a':1}", '{"a":01}', '{"a":"\\x"}', '{"a":tru}',
      '{"a":1} x', '{"a":"\1"}', '{"a":"\\ud800"}', "[1,]", '"open' } do
      it(cjson.encode(text), function()
        local answer = curl.request(server, { path = "/chat/completions", body = text })

        assert.equal(422, answer.status)
        assert.equal("json_invalid", first_problem(answer).type)
      end)
    end
  end)

  it("refuses bytes that are not UTF-8, and a body of another type", function()
    local latin = curl.request(server, { path = "/chat/completions", body = '{"model":"\228"}' })
    local form = curl.chat(server, nil, { type = "text/plain" })

    assert.equal(400, latin.status)
    assert.equal("There was an error parsing the body", latin.json.detail)
    assert.equal(422, form.status)
  end)

  it("wants a key, and tells none from a wrong one", function()
    local none = curl.chat(server, nil, { key = false })
    local wrong = curl.chat(server, nil, { key = "sk-something" })

    assert.equal(401, none.status)
    assert.equal("Unauthorized", none.json.detail)
    assert.equal(401, wrong.status)
    assert.equal("Unauthorized", wrong.json.message)
    assert.is_string(wrong.json.request_id)
  end)

  it("knows its routes, methods and models", function()
    local route = curl.request(server, { path = "/chats" })
    local method = curl.request(server, { path = "/chat/completions" })
    local model = curl.chat(server, { model = "open-mistral-7b" })
    local fim = curl.request(server, { path = "/fim/completions",
      body = { model = "mistral-small-latest", prompt = "x" } })

    assert.equal(404, route.status)
    assert.equal("no Route matched with those values", route.json.message)
    assert.equal(405, method.status)
    assert.equal(400, model.status)
    assert.equal("1500", model.json.code)
    assert.equal("Invalid model: open-mistral-7b", model.json.message)
    assert.equal("3051", fim.json.code)
  end)

  it("refuses what a model cannot do", function()
    local effort = curl.chat(server, { model = "codestral-latest", reasoning_effort = "high" })
    local value = curl.chat(server, { reasoning_effort = "low" })
    local mode = curl.chat(server, { prompt_mode = "reasoning" })
    local long = curl.chat(server, { messages = { user(("word "):rep(300000)) } })

    for _, answer in ipairs { effort, value, mode, long } do
      assert.equal(400, answer.status)
      assert.equal("3051", answer.json.code)
    end
    assert.truthy(long.json.message:find("too large for model with 262144 maximum context length",
      1, true))
  end)

  describe("about the order of messages", function()
    local A, B = "abcdefgh1", "abcdefgh2"
    local cases = {
      { "takes user", 200, { user() } },
      { "takes system, user", 200, { { role = "system", content = "s" }, user() } },
      { "takes two users in a row", 200, { user(), user() } },
      { "takes a prefix last", 200,
        { user(), { role = "assistant", content = "def", prefix = true } } },
      { "takes calls with their results", 200,
        { user(), calling(A, B), result(B), result(A) } },
      { "takes results with an answer after them", 200,
        { user(), calling(A), result(A), assistant "ok", user() } },
      { "refuses assistant last", "3230", { user(), assistant "x" } },
      { "refuses system last", "3230", { user(), { role = "system", content = "s" } } },
      { "refuses assistant first", "3230", { assistant "x", user() } },
      { "refuses tool after user", "3230", { user(), result(A) } },
      { "refuses user after tool", "3230", { user(), calling(A), result(A), user() } },
      { "refuses a call without result", "3230", { user(), calling(A), user() } },
      { "refuses fewer results than calls", "3230", { user(), calling(A, B), result(A) } },
      { "refuses a result for another call", "3280", { user(), calling(A), result(B) } },
      { "refuses a result twice", "3280", { user(), calling(A), result(A), result(A) } },
      { "refuses an id of the wrong form", "3280",
        { user(), calling "call_1", result "call_1" } },
      { "refuses the id null", "3280", { user(), calling "null", result "null" } },
      { "refuses the same id twice", "3280", { user(), calling(A, A), result(A), result(A) } },
      { "refuses an empty assistant", cjson.null, { user(), assistant "", user() } },
    }
    for _, case in ipairs(cases) do
      it(case[1], function()
        local answer = curl.chat(server, { messages = case[3], stream = false })

        if case[2] == 200 then
          assert.equal(200, answer.status, answer.body)
        else
          assert.equal(400, answer.status, answer.body)
          assert.equal(case[2], answer.json.code)
          assert.equal(400, answer.json.raw_status_code)
        end
      end)
    end
  end)

  it("refuses a tool whose name no function can have", function()
    local answer = curl.chat(server, { tools = { { type = "function",
      ["function"] = { name = "read file", parameters = { type = "object" } } } } })

    assert.equal(400, answer.status)
    assert.equal("3280", answer.json.code)
  end)

  it("has a closed schema for fim too", function()
    local function problem(name, value)
      local answer = curl.request(server, { path = "/fim/completions",
        body = { model = "codestral-latest", prompt = "x", [name] = value } })
      return answer.status, answer.status == 422 and first_problem(answer).type
    end

    assert.same({ 422, "extra_forbidden" }, { problem("n", 2) })
    assert.same({ 422, "extra_forbidden" }, { problem("messages", {}) })
    assert.same({ 422, "string_type" }, { problem("prompt", 5) })
    assert.equal(200, (problem("min_tokens", 1)))
  end)
end)
