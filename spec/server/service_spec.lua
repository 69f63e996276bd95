local cjson = require "cjson"
local curl = require "spec.server.curl"
local loopback = require "spec.support.loopback"

describe("the loopback server's answers", function()
  local server = loopback.start()

  before_each(function() server:reset() end)

  teardown(function() server:stop() end)

  local function last_event(answer)
    return cjson.decode(answer.events[#answer.events - 1])
  end

  it("streams a chat over HTTP/2: role, text with padding, usage, [DONE]", function()
    local answer = curl.chat(server)

    assert.equal(200, answer.status)
    assert.equal("2", answer.http)
    assert.truthy(answer.headers["content-type"]:find("^text/event%-stream"))
    assert.truthy(answer.headers["mistral-correlation-id"])
    assert.equal("6000", answer.headers["x-ratelimit-limit-req-minute"])
    local first = cjson.decode(answer.events[1]).choices[1]
    assert.equal("assistant", first.delta.role)
    assert.equal("", first.delta.content)
    local last = last_event(answer)
    assert.equal("stop", last.choices[1].finish_reason)
    assert.is_true(last.usage.completion_tokens > 3)
    assert.is_string(last.p)
    assert.equal("[DONE]", answer.events[#answer.events])
    assert.truthy(answer.text:find("You wrote 4 words", 1, true))
  end)

  it("gives the same chat as one object over HTTP/1.1", function()
    local answer = curl.chat(server, { stream = false }, { url = server.url_h1 })

    assert.equal("1.1", answer.http)
    assert.equal("chat.completion", answer.json.object)
    assert.equal("assistant", answer.json.choices[1].message.role)
    assert.truthy(answer.json.choices[1].message.content:find("You wrote 4 words", 1, true))
    assert.equal(answer.json.usage.total_tokens,
      answer.json.usage.prompt_tokens + answer.json.usage.completion_tokens)
  end)

  it("speaks plain HTTP/1.1 on its http port, streamed in chunks", function()
    local answer = curl.chat(server, nil, { url = server.url_http })

    assert.equal(200, answer.status)
    assert.equal("chunked", answer.headers["transfer-encoding"])
    assert.equal("[DONE]", answer.events[#answer.events])
  end)

  it("completes in the middle, streamed and whole", function()
    local body = { model = "codestral-latest", prompt = "local function add(a, b)\n  return ",
      suffix = "\nend\n" }
    local whole = curl.request(server, { path = "/fim/completions", body = body })
    body.stream = true
    local streamed = curl.request(server, { path = "/fim/completions", body = body })

    assert.equal("a + b", whole.json.choices[1].message.content)
    assert.equal("a + b", streamed.text)
  end)

  it("lists every name of every model, with its capabilities", function()
    local answer = curl.request(server, { path = "/models" })
    local names = {}
    for _, card in ipairs(answer.json.data) do names[card.id] = card end

    assert.equal("list", answer.json.object)
    assert.is_true(names["codestral-2508"].capabilities.completion_fim)
    assert.is_true(names["codestral-latest"].capabilities.completion_fim)
    assert.is_false(names["mistral-small-latest"].capabilities.completion_fim)
    assert.equal(256000, names["codestral-latest"].max_context_length)
  end)

  it("gives one model by any of its names", function()
    local answer = curl.request(server, { path = "/models/mistral-small-latest" })
    local missing = curl.request(server, { path = "/models/no-such-model" })

    assert.equal("mistral-small-latest", answer.json.id)
    assert.equal(404, missing.status)
  end)

  it("stops at max_tokens and says so", function()
    local answer = curl.chat(server, { max_tokens = 3 })

    assert.equal("length", last_event(answer).choices[1].finish_reason)
    assert.equal(3, last_event(answer).usage.completion_tokens)
  end)

  it("stops before a stop string", function()
    local answer = curl.chat(server, { stop = { "never there", " words" } })

    assert.equal("You wrote 4", answer.text)
    assert.equal("stop", last_event(answer).choices[1].finish_reason)
  end)

  it("thinks first when asked to reason", function()
    local answer = curl.chat(server, { reasoning_effort = "high" })
    local chunk = cjson.decode(answer.events[2]).choices[1].delta.content[1]

    assert.equal("thinking", chunk.type)
    assert.equal("text", chunk.thinking[1].type)
    assert.truthy(answer.text:find("You wrote 4 words", 1, true))
  end)

  it("gives as many choices as asked for", function()
    local answer = curl.chat(server, { n = 3, stream = false })

    assert.equal(3, #answer.json.choices)
    assert.equal(2, answer.json.choices[3].index)
  end)

  it("calls a tool when it must, in fragments that carry no id", function()
    local answer = curl.chat(server, {
      tool_choice = "any",
      tools = { { type = "function", ["function"] = { name = "read_file", parameters = {
        type = "object", required = { "path" }, properties = { path = { type = "string" } },
      } } } },
    })
    local arguments, ids = "", {}
    for index = 2, #answer.events - 2 do
      local call = cjson.decode(answer.events[index]).choices[1].delta.tool_calls[1]
      arguments, ids[#ids + 1] = arguments .. call["function"].arguments, call.id
    end

    assert.same({ path = "example" }, cjson.decode(arguments))
    assert.truthy(ids[1]:find("^%w%w%w%w%w%w%w%w%w$"))
    assert.equal("null", ids[2])
    assert.equal("tool_calls", last_event(answer).choices[1].finish_reason)
  end)

  it("presents a certificate for another name, or of another authority, on those ports", function()
    local wrong_host = curl.request(server, { path = "/models", url = server.url_wrong_host })
    local untrusted = curl.request(server, { path = "/models", url = server.url_untrusted })

    assert.equal(60, wrong_host.exit)
    assert.equal(60, untrusted.exit)
    assert.equal(0, server:stats().requests)
  end)

  it("accepts and never speaks on the stalled port", function()
    local answer = curl.request(server, { path = "/models", url = server.url_stalled,
      seconds = 0.3 })

    assert.equal(28, answer.exit)
    assert.equal(1, server:stats().stalled)
  end)

  it("shakes hands and never speaks on the silent port", function()
    local answer = curl.request(server, { path = "/models", url = server.url_silent,
      seconds = 1 })

    assert.equal(28, answer.exit)
    assert.equal(1, server:stats().stalled)
    assert.equal(1, server:stats().tls)
  end)
end)
