local client = require "mistral.api.client"
local errors = require "mistral.errors"
local fake = require "spec.api.support.fake_transport"
local json = require "mistral.json"
local subject = require "spec.api.support.subject"

local chat = subject.chat

describe("a blocking chat", function()
  it("returns the reply", function()
    local one, transport = subject.client()
    transport.script = { function(t)
      t:body('{"id":"i","model":"m-1","choices":[{"index":0,"message":{"role":"assistant",'
        .. '"content":"hi"},"finish_reason":"stop"}],"usage":{"total_tokens":2}}')
    end }

    local reply, err = one:chat(chat())

    assert.is_nil(err)
    assert.equal("hi", reply.text)
    assert.equal("stop", reply.finish_reason)
    assert.equal("m-1", reply.model)
    assert.equal(2, reply.usage.total_tokens)
    assert.equal(1, reply.attempts)
    one:close()
  end)

  it("returns nil and the error", function()
    local one, transport = subject.client()
    transport.script = { function(t) t:fail { code = "resolve", message = "no such host" } end }

    local reply, err = one:chat(chat())

    assert.is_nil(reply)
    assert.equal("network", err.code)
    assert.equal("no such host; check the connection, the proxy and base_url", tostring(err))
    one:close()
  end)

  it("refuses what the service would, before anything is sent", function()
    local one, transport = subject.client()

    local reply, err = one:chat(chat { seed = 1 })

    assert.is_nil(reply)
    assert.equal("refused", err.code)
    assert.is_nil(transport.submitted)
    one:close()
  end)
end)

describe("what goes to the transport", function()
  it("is a signed streaming request when deltas are wanted", function()
    local one, transport = subject.client()
    one:chat(chat(), (subject.listener()))

    local sent = transport.submitted
    assert.equal("https://api.mistral.ai/v1/chat/completions", sent.url)
    assert.equal("POST", sent.method)
    assert.same({
      ["Accept"] = "text/event-stream", ["Content-Type"] = "application/json",
      ["Authorization"] = "Bearer " .. subject.KEY,
    }, sent.headers)
    assert.is_true(sent.stream)
    assert.is_true(json.decode(sent.body).stream)
    assert.equal(60000, sent.head_ms)
    assert.equal(3000, sent.reuse_head_ms)
    assert.equal(3, sent.retry)
    assert.is_false(sent.allow_http)
    one:close()
  end)

  it("waits long for a whole answer, and never sends it twice for being slow", function()
    local one, transport = subject.client()
    one:chat(chat(), (subject.listener(false)))

    assert.is_false(transport.submitted.stream)
    assert.equal(300000, transport.submitted.head_ms)
    assert.equal(0, transport.submitted.reuse_head_ms)
    assert.equal("application/json", transport.submitted.headers.Accept)
    one:close()
  end)

  it("gives a larger body longer on a reused connection, and the largest no limit", function()
    local one, transport = subject.client()
    local function reuse(bytes)
      one:fim({ model = "m", prompt = ("x"):rep(bytes) }, (subject.listener()))
      return transport.submitted.reuse_head_ms
    end

    assert.equal(3000, reuse(1000))
    assert.equal(5000, reuse(2 * 16384 + 10))
    assert.equal(0, reuse(1024 * 1024))
    one:close()
  end)

  it("puts completion before chat and gives it five seconds", function()
    local one, transport = subject.client()
    one:fim({ model = "m", prompt = "x" }, (subject.listener()))
    local fim = transport.submitted
    one:chat(chat(), (subject.listener()))

    assert.equal(5000, fim.head_ms)
    assert.equal("https://api.mistral.ai/v1/fim/completions", fim.url)
    assert.is_true(fim.priority > transport.submitted.priority)
    one:close()
  end)

  it("takes the caller's limits over its own", function()
    local one, transport = subject.client()
    local callbacks = subject.listener()
    callbacks.timeout = { connect_ms = 1, head_ms = 2, idle_ms = 3, total_ms = 4 }
    callbacks.priority, callbacks.retry, callbacks.extra = 7, 0, { top_k = 9 }
    one:chat(chat(), callbacks)

    local sent = transport.submitted
    assert.same({ 1, 2, 3, 4, 7, 0 }, {
      sent.connect_ms, sent.head_ms, sent.idle_ms, sent.total_ms, sent.priority, sent.retry,
    })
    assert.equal(9, json.decode(sent.body).top_k)
    one:close()
  end)

  it("goes in a lane that names the key by a number", function()
    local key = "first-key"
    local one, transport = subject.client { api_key = function() return key end }
    one:models { on_done = function() end }
    local first = transport.submitted.lane
    key = "second-key"
    one:models { on_done = function() end }

    assert.equal("api.mistral.ai#1", first)
    assert.equal("api.mistral.ai#2", transport.submitted.lane)
    one:close()
  end)

  it("is what encode shows, to the byte", function()
    local one, transport = subject.client()
    local params = chat { temperature = 0.1, metadata = { z = 1, a = 2 } }

    local shown = one:encode("chat", params)
    one:chat(params, (subject.listener()))
    assert.equal(shown, transport.submitted.body)

    shown = one:encode("chat", params, { streamed = false })
    one:chat(params, (subject.listener(false)))
    assert.equal(shown, transport.submitted.body)
    assert.is_nil(shown:find(subject.KEY, 1, true))
    one:close()
  end)

  it("is shown as a stream only where it can be one", function()
    local one, transport = subject.client()
    local params = { model = "mistral-embed", input = { "a" } }
    one:embed(params, {})
    local sent = transport.submitted.body

    assert.equal(sent, one:encode("embed", params))
    assert.equal(sent, one:encode("embed", params, { streamed = true }))
    assert.is_nil(sent:find("stream", 1, true))
    assert.error_matches(function() one:encode("chatt", params) end,
      "no such kind of request: chatt")
    one:close()
  end)

  it("asks for models with a query", function()
    local one, transport = subject.client()
    one:models({ provider = "a&b" }, {})

    assert.equal("https://api.mistral.ai/v1/models?provider=a%26b", transport.submitted.url)
    assert.equal("GET", transport.submitted.method)
    assert.is_nil(transport.submitted.body)
    assert.is_nil(transport.submitted.headers["Content-Type"])
    one:close()
  end)
end)

describe("a request with callbacks", function()
  it("hands on deltas as they come and ends once", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    one:chat(chat(), callbacks)
    assert.same({}, heard.texts)

    transport:head()
    transport:delta '{"role":"assistant","content":""}'
    transport:delta '{"content":"a"}'
    one:drain()
    assert.same({ "a" }, heard.texts)

    transport:delta('{"content":"b"}', "stop", '{"total_tokens":5}')
    transport:event "[DONE]"
    transport:done()
    one:drain()
    one:drain()

    assert.same({ "a", "b" }, heard.texts)
    assert.equal(1, #heard.ends)
    assert.equal("ab", heard.ends[1].reply.text)
    assert.equal(5, heard.ends[1].reply.usage.total_tokens)
    one:close()
    assert.equal(1, #heard.ends)
  end)

  it("gives an editor its turn between two events that take long, and loses none", function()
    local one, transport = subject.client({ later = function(fn) fn() end })
    local clock, now, texts = os.clock, 0, {}
    finally(function() rawset(os, "clock", clock) end)
    rawset(os, "clock", function() return now end)
    one:chat(chat(), { on_delta = function(delta)
      texts[#texts + 1] = delta.text
      now = now + 1
    end })
    transport:head()
    for _, text in ipairs { "a", "b", "c" } do transport:delta(('{"content":"%s"}'):format(text)) end

    one:drain()
    assert.same({ "a" }, texts)
    assert.equal(1, transport.woken)

    for _ = 1, 3 do one:drain() end
    assert.same({ "a", "b", "c" }, texts)
    one:close()
  end)

  it("comes back for the mail that it left with the transport", function()
    local one, transport = subject.client({ later = function(fn) fn() end })
    local clock, now, slow, count = os.clock, 0, true, 0
    finally(function() rawset(os, "clock", clock) end)
    rawset(os, "clock", function() return now end)
    one:chat(chat(), { on_delta = function()
      count = count + 1
      now = slow and now + 1 or now
    end })
    transport:head()
    for _ = 1, 1200 do transport:delta('{"content":"a"}') end
    one:drain()
    one:drain()

    slow = false
    repeat
      local woken = transport.woken
      one:drain()
    until transport.woken == woken

    assert.equal(1200, count)
    one:close()
  end)

  it("hears of a refusal only from drain", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()

    local request = one:chat(chat { tools = {} }, callbacks)
    assert.equal(0, #heard.ends)
    assert.equal(1, transport.woken)
    one:drain()

    assert.equal("refused", heard.ends[1].err.code)
    assert.is_true(request.ended)
    one:close()
  end)

  it("tells of each further try", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    one:chat(chat(), callbacks)

    transport:post { id = 1, kind = "retry", attempt = 1, delay_ms = 700, status = 429,
      code = "http", message = "slow down " .. subject.KEY }
    transport:head()
    transport:delta('{"content":"a"}', "stop")
    transport:done()
    one:drain()

    assert.same({ { attempt = 1, delay_ms = 700, status = 429, code = "rate_limited",
      message = "slow down [key]" } }, heard.retries)
    assert.equal(2, heard.ends[1].reply.attempts)
    one:close()
  end)

  it("tells of a wait for another request's sake, which is no try", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    one:chat(chat(), callbacks)

    transport:post { id = 1, kind = "held", delay_ms = 58000 }
    transport:head()
    transport:delta('{"content":"a"}', "stop")
    transport:done()
    one:drain()

    assert.same({ { attempt = 0, delay_ms = 58000, code = "rate_limited",
      message = "the service asked all requests of this key to wait" } }, heard.retries)
    assert.equal(1, heard.ends[1].reply.attempts)
    one:close()
  end)

  it("does not tell of a wait once it is cancelled", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    local request = one:chat(chat(), callbacks)

    transport:post { id = 1, kind = "held", delay_ms = 58000 }
    request:cancel()
    one:drain()

    assert.same({}, heard.retries)
    one:close()
  end)

  it("cannot be waited for before the next try has begun", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    local request, problem
    callbacks.on_retry = function() problem = select(2, pcall(request.wait, request)) end
    request = one:chat(chat(), callbacks)

    transport:head()
    transport:delta("{}", "error")
    transport:done()
    one:drain()
    transport:delta('{"content":"hi"}', "stop")
    transport:done()
    one:drain()

    assert.equal("request:wait would never return: on_retry has to return before the next try",
      problem)
    assert.equal("hi", heard.ends[1].reply.text)
    one:close()
  end)

  it("goes on when a callback fails, and the owner hears of it", function()
    local traces = {}
    local one, transport = subject.client {
      report = function(trace) traces[#traces + 1] = trace end,
    }
    local callbacks, heard = subject.listener()
    callbacks.on_delta = function() error "boom" end
    one:chat(chat(), callbacks)

    transport:head()
    transport:delta '{"content":"a"}'
    transport:delta('{"content":"b"}', "stop")
    transport:done()
    one:drain()

    assert.equal("ab", heard.ends[1].reply.text)
    assert.equal(2, #traces)
    assert.truthy(traces[1]:find("boom", 1, true))
    assert.truthy(traces[1]:find("client_spec", 1, true))
    one:close()
  end)

  it("raises a callback's error from drain where nobody else hears of it", function()
    local one, transport = subject.client()
    one:chat(chat(), { on_error = function() error "nobody listens" end })
    transport:fail { code = "connect", message = "x" }

    local done, problem = pcall(one.drain, one)

    assert.is_false(done)
    assert.truthy(problem:find("nobody listens", 1, true))
    one:close()
  end)

  it("raises once what a callback fails with again and again, and says how often", function()
    local one, transport = subject.client()
    one:chat(chat(), { on_delta = function() error "boom" end })
    transport:head()
    for _ = 1, 50 do transport:delta '{"content":"a"}' end
    transport:delta('{"content":"b"}', "stop")
    transport:done()

    local _, problem = pcall(one.drain, one)

    assert.equal(1, select(2, problem:gsub("boom", "")))
    assert.truthy(problem:find("(this 51 times)", 1, true), problem)
    one:close()
  end)

  it("may start another, and wait for it, from within a callback", function()
    local one, transport = subject.client()
    local inner
    one:chat(chat(), { on_done = function()
      transport.script = { function(t)
        t:body '{"choices":[{"message":{"content":"second"},"finish_reason":"stop"}]}'
      end }
      inner = one:chat(chat())
    end })
    transport:body '{"choices":[{"message":{"content":"first"},"finish_reason":"stop"}]}'
    one:drain()

    assert.equal("second", inner.text)
    one:close()
  end)

  it("keeps the order of mail when a callback drains", function()
    local one, transport = subject.client()
    local texts = {}
    one:chat(chat(), { on_delta = function(delta)
      texts[#texts + 1] = delta.text
      one:drain()
    end })
    transport:head()
    for index = 1, 5 do
      transport:delta(('{"content":"%d"}'):format(index), index == 5 and "stop" or nil)
    end
    transport:done()
    one:drain()

    assert.equal("12345", table.concat(texts))
    one:close()
  end)

  it("comes to its end however many callbacks drain within one another", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    local note = callbacks.on_delta
    callbacks.on_delta = function(delta)
      note(delta)
      one:drain()
    end
    one:chat(chat(), callbacks)
    transport:head()
    for index = 1, 300 do
      transport:delta(('{"content":"%d,"}'):format(index), index == 300 and "stop" or nil)
    end
    transport:done()
    one:drain()

    assert.equal(1, #heard.ends)
    assert.equal(heard.ends[1].reply.text, table.concat(heard.texts))
    one:close()
  end)

  it("comes, and one sentence, where very many callbacks wait within one another", function()
    local said = {}
    local one, transport = subject.client {
      report = function(trace) said[#said + 1] = trace end,
    }
    local requests, ends = {}, 0
    for index = 1, 100 do
      requests[index] = one:chat(chat(), { on_done = function()
        ends = ends + 1
        if requests[index + 1] then requests[index + 1]:wait() end
      end })
      transport:body '{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}'
    end
    one:drain()

    assert.equal(100, ends)
    assert.truthy(said[1]:find("too many callbacks wait inside one another", 1, true))
    one:close()
  end)

  it("is raised and counted by coroutine, one of which may be left in the middle", function()
    local one, transport = subject.client()
    local function left()
      one:chat(chat(), { on_done = coroutine.yield })
      transport:body '{"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]}'
      one:drain()
    end
    for _ = 1, 50 do pcall(coroutine.wrap(left)) end
    one:chat(chat(), { on_error = function() error "heard" end })
    transport:fail { code = "connect", message = "x" }

    local _, problem = pcall(one.drain, one)

    assert.truthy(problem:find("heard", 1, true))
    one:close()
  end)

  it("brings the end of a request that another's end waits for", function()
    local one = subject.client()
    local second
    local first, heard = subject.listener()
    local note = first.on_error
    first.on_error = function(err)
      note(err)
      second:wait()
    end
    one:chat({ model = "m" }, first)
    second = one:chat({ model = "m" }, first)
    one:drain()

    assert.equal(2, #heard.ends)
    one:close()
  end)

  it("brings nothing after the end when a callback drains in the middle of a chunk", function()
    local one, transport = subject.client()
    local heard = {}
    one:chat(chat(), {
      on_delta = function()
        heard[#heard + 1] = "delta"
        one:drain()
      end,
      on_done = function() heard[#heard + 1] = "done" end,
    })
    transport:head()
    transport:event('{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"},'
      .. '{"index":1,"delta":{"content":"b"},"finish_reason":"stop"}]}')
    transport:done()
    one:drain()

    assert.equal("done", heard[#heard])
    one:close()
  end)

  it("comes in turns when there is very much mail", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    one:chat(chat(), callbacks)
    transport:head()
    for _ = 1, 2000 do transport:delta '{"content":"x"}' end

    assert.equal(512, one:drain())
    assert.equal(511, #heard.texts)
    assert.equal(1, transport.woken)
    one:close()
  end)
end)

describe("cancel", function()
  it("ends with what had come, and nothing after", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    local request = one:chat(chat(), callbacks)
    transport:head()
    transport:delta '{"content":"a"}'
    one:drain()

    request:cancel()
    request:cancel()
    assert.equal(0, #heard.ends)
    one:drain()

    assert.same({ 1 }, transport.cancelled)
    assert.equal(1, #heard.ends)
    assert.equal("cancelled", heard.ends[1].err.code)
    assert.equal("silent", errors.level(heard.ends[1].err))
    assert.equal("a", heard.ends[1].err.reply.text)
    one:close()
  end)

  it("wins over an answer that was already on its way", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    local request = one:chat(chat(), callbacks)
    transport:head()
    transport:delta('{"content":"a"}', "stop")
    transport:done()

    request:cancel()
    one:drain()

    assert.same({}, heard.texts)
    assert.equal("cancelled", heard.ends[1].err.code)
    one:close()
  end)

  it("after the end does nothing", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    local request = one:chat(chat(), callbacks)
    transport:fail { code = "connect" }
    one:drain()

    request:cancel()
    one:drain()

    assert.same({}, transport.cancelled)
    assert.equal(1, #heard.ends)
    one:close()
  end)

  it("works while the key is still being fetched", function()
    local give
    local one, transport = subject.client {
      api_key = "", api_key_command = { "pass" }, spawn = function(_, done) give = done end,
    }
    local callbacks, heard = subject.listener()
    local request = one:chat(chat(), callbacks)

    request:cancel()
    give { code = 0, stdout = "late", stderr = "" }
    one:drain()

    assert.is_nil(transport.submitted)
    assert.equal("cancelled", heard.ends[1].err.code)
    one:close()
  end)
end)

describe("close", function()
  it("ends every open request once, and may come again", function()
    local one, transport = subject.client()
    local heard = {}
    for index = 1, 3 do
      local callbacks
      callbacks, heard[index] = subject.listener()
      one:chat(chat(), callbacks)
    end
    transport:head(nil, 2)
    transport:delta('{"content":"part"}', nil, nil, 2)
    local refused, refused_heard = subject.listener()
    one:chat({}, refused)

    one:close()
    one:close()

    for index = 1, 3 do
      assert.equal(1, #heard[index].ends)
      assert.equal("cancelled", heard[index].ends[1].err.code)
    end
    assert.equal(1, #refused_heard.ends)
    assert.is_true(transport.closed)
  end)

  it("stops the watch, and nothing starts after it", function()
    local stopped, drain = 0, nil
    local one, transport = subject.client {
      watch = function(given, fn)
        assert.truthy(given)
        drain = fn
        return function() stopped = stopped + 1 end
      end,
    }
    local callbacks, heard = subject.listener()
    one:chat(chat(), callbacks)
    transport:fail { code = "connect" }
    drain()
    assert.equal(1, #heard.ends)

    one:close()

    assert.equal(1, stopped)
    assert.has_error(function() one:chat(chat()) end, "client:chat on a closed client")
    assert.has_error(function() one:stream(chat()) end, "client:stream on a closed client")
    assert.has_error(function() one:start("chat", chat(), {}) end, "client:start on a closed client")
    one:warm()
    assert.same({}, transport.warmed)
  end)

  it("may come from within a callback", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    callbacks.on_delta = function() one:close() end
    one:chat(chat(), callbacks)
    transport:head()
    transport:delta '{"content":"a"}'
    transport:delta('{"content":"b"}', "stop")
    transport:done()
    one:drain()

    assert.equal(1, #heard.ends)
    assert.equal("cancelled", heard.ends[1].err.code)
  end)
end)

describe("a key", function()
  local function waiting(options)
    local give
    options.spawn = function(_, done) give = done end
    options.api_key, options.api_key_command = "", { "pass" }
    local one, transport = subject.client(options)
    return one, transport, function(result) give(result) end
  end

  it("from a command in the background holds requests back until it is there", function()
    local one, transport, give = waiting {}
    one:chat(chat(), {})
    one:models({}, {})
    assert.is_nil(transport.submitted)

    give { code = 0, stdout = "sekret\n", stderr = "" }

    assert.equal("Bearer sekret", transport.sent[1].headers.Authorization)
    assert.equal("Bearer sekret", transport.sent[2].headers.Authorization)
    one:close()
  end)

  it("that cannot be had ends each request that waited for it, from drain", function()
    local one, transport, give = waiting {}
    local callbacks, heard = subject.listener()
    one:chat(chat(), callbacks)

    give { code = 2, stdout = "", stderr = "locked" }
    assert.equal(0, #heard.ends)
    one:drain()

    assert.equal("bad_key", heard.ends[1].err.code)
    assert.is_nil(transport.submitted)
    one:close()
  end)

  it("cannot be waited for in a loop that keeps it from coming", function()
    local one, _, give = waiting {}
    local request = one:chat(chat(), {})

    assert.has_error(function() request:wait() end,
      "request:wait would never return: the key command runs in the editor's loop")
    for _, params in ipairs { chat(), chat { tools = { { name = "f", call = print } } } } do
      assert.has_error(function() one:stream(params):next() end,
        "request:wait would never return: the key command runs in the editor's loop")
    end

    give { code = 0, stdout = "k3y-x", stderr = "" }
    one:close()
  end)

  it("is no reason not to wait for a request whose end is on its way without it", function()
    local one, _, give = waiting {}
    local cancelled, refused = one:chat(chat(), {}), one:chat({ model = "m" }, {})
    cancelled:cancel()

    local _, refusal = refused:wait()
    local _, cancellation = cancelled:wait()

    assert.equal("refused", refusal.code)
    assert.equal("cancelled", cancellation.code)
    give { code = 0, stdout = "k3y-x", stderr = "" }
    one:close()
  end)

  local function keyless(base_url)
    local one, transport = subject.client {
      api_key = function() return "" end, base_url = base_url,
    }
    local callbacks, heard = subject.listener()
    one:chat(chat(), callbacks)
    one:drain()
    return one, transport, heard
  end

  it("is wanted by the service, and its absence is said before anything is sent", function()
    for _, url in ipairs { "https://api.mistral.ai/v1", "https://api.eu.mistral.ai/v1/" } do
      local one, transport, heard = keyless(url)

      assert.equal("no_key", heard.ends[1].err.code)
      assert.is_nil(transport.submitted)
      one:close()
    end
  end)

  it("is not needed by a server of one's own, which is asked without a header", function()
    for _, url in ipairs { "http://127.0.0.1:8080/v1", "http://gpu.example:8000/v1" } do
      local one, transport = keyless(url)

      assert.is_nil(transport.submitted.headers.Authorization)
      assert.is_true(transport.submitted.allow_http)
      assert.equal(url .. "/chat/completions", transport.submitted.url)
      one:close()
    end
  end)

  it("asks a command for another key when the service refused this one", function()
    local printed, runs = { "first-key", "second-key" }, 0
    local one, transport = subject.client { api_key = "", api_key_command = { "x" },
      spawn = function(_, done)
        runs = runs + 1
        done { code = 0, stdout = printed[runs], stderr = "" }
      end }
    one:chat(chat(), (subject.listener()))
    transport:fail { code = "http", status = 401, body = "{}", headers = {} }
    one:drain()

    one:chat(chat(), (subject.listener()))

    assert.equal("Bearer second-key", transport.submitted.headers.Authorization)
    one:close()
  end)

  it("that a server turns out to want is asked for in one sentence", function()
    local one, transport, heard = keyless "https://llm.example/v1"
    transport:fail { code = "http", status = 401, body = "{}", headers = {} }
    one:drain()

    assert.equal("no_key", heard.ends[1].err.code)
    assert.equal(401, heard.ends[1].err.status)
    one:close()
  end)
end)

describe("a client", function()
  local wrong = {
    { { base_ulr = "x" }, "client has no `base_ulr`" },
    { { apikey = "x" }, "client has no `apikey`; did you mean `api_key`?" },
    { { api_base = "x" }, "client has no `api_base`: it is called `base_url`" },
    { { api_key = 5 }, "client: `api_key` should be a function or a string, got a number" },
    { { api_key_command = { 1 } }, "client: `api_key_command` should be a list of strings" },
    { { base_url = "api.mistral.ai" }, "`base_url` should begin with https://" },
    { { base_url = "ftp://x/v1" }, "`base_url` should begin with https://" },
    { { base_url = "https://u:p@x/v1" }, "should hold no user name or password" },
    { { base_url = "https://x/v1?a=b" }, "should end before any ? or #" },
    { { base_url = "https://x/v1\n" }, "has a blank or a line end" },
  }
  for _, case in ipairs(wrong) do
    it("cannot be made with a mistake in its options: " .. case[2], function()
      local done, problem = pcall(client.new, case[1])

      assert.is_false(done)
      assert.truthy(problem:find(case[2], 1, true), problem)
    end)
  end

  it("is told of a callback that does not exist", function()
    local one = subject.client()

    local done, problem = pcall(one.chat, one, chat(), { on_deltas = print })

    assert.is_false(done)
    assert.truthy(problem:find("client:chat has no `on_deltas`; did you mean `on_delta`?", 1, true))
    one:close()
  end)

  local limits = {
    { { retry = -1 }, "`retry` should be a whole number from 0 to 100" },
    { { retry = 0 / 0 }, "`retry` should be a whole number from 0 to 100" },
    { { priority = 5000 }, "`priority` should be a whole number from -1000 to 1000" },
    { { timeout = { head = 5 } }, "`timeout` has no `head`" },
    { { timeout = { head_ms = "5" } }, "`timeout`: `head_ms` should be a number, got a string" },
    { { timeout = 30 }, "`timeout` should be a table, such as { total_ms = 30000 }, got a number" },
    { { timeout = { head_ms = 0.5 } }, "`timeout.head_ms` should be a whole number from 0 to" },
  }
  for index, case in ipairs(limits) do
    it(("is told of a limit that makes no sense (%d)"):format(index), function()
      local one = subject.client()

      local done, problem = pcall(one.chat, one, chat(), case[1])

      assert.is_false(done)
      assert.truthy(problem:find("client:chat: " .. case[2], 1, true), problem)
      one:close()
    end)
  end

  local mistaken = {
    { "models", { "x" }, "client:models takes a table of fields, got a string" },
    { "files", { 3 }, "client:files takes a table of fields, got a number" },
    { "chat", { {}, "x" }, "client:chat takes a table of callbacks, got a string" },
    { "map", { {}, {}, "x" }, "client:map takes a table of callbacks, got a string" },
    { "usage", { "today" }, "client:usage takes a table, got a string" },
    { "start", { "chat", "x", {} }, "client:start takes a kind, a table of fields and a table" },
    { "start", { "chat", {} }, "client:start takes a kind, a table of fields and a table" },
    { "encode", { "chat" }, "client:encode takes a kind and a table of fields" },
  }
  for index, case in ipairs(mistaken) do
    it(("is told of an argument that is none (%d)"):format(index), function()
      local one = subject.client()
      local method, given = one[case[1]], case[2]

      local done, problem = pcall(function() method(one, given[1], given[2], given[3]) end)

      assert.is_false(done)
      assert.truthy(problem:find("client_spec.lua:%d+: "), problem)
      assert.truthy(problem:find(case[3], 1, true), problem)
      one:close()
    end)
  end

  it("is told of a method that was called with a dot", function()
    local one = subject.client()
    local names = { "chat", "fim", "stream", "run", "conversation", "map", "models", "files", "embed",
      "batch", "upload", "usage", "start", "encode", "warm", "drain", "close" }
    for _, name in ipairs(names) do
      local done, problem = pcall(function() one[name](chat()) end)

      assert.is_false(done)
      assert.truthy(problem:find("client_spec.lua:%d+: "), problem)
      assert.truthy(problem:find("client:" .. name .. " is called with a colon", 1, true), problem)
    end
    one:close()
  end)

  it("warms the connection it will use", function()
    local one, transport = subject.client { base_url = "https://llm.example/v1/" }
    one:warm()

    assert.same({ "https://llm.example/v1" }, transport.warmed)
    one:close()
  end)

  it("ends a request that the transport does not take", function()
    local transport = fake.new()
    transport.submit = function() return nil, "there is not enough memory", "memory" end
    local one = subject.client { transport = transport }
    local callbacks, heard = subject.listener()

    one:chat(chat(), callbacks)
    one:drain()

    assert.equal("internal", heard.ends[1].err.code)
    one:close()
  end)

  it("shows its key to nobody who walks it, nor do its requests and errors", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    local request = one:chat(chat(), callbacks)
    transport:fail { code = "http", status = 500, body = subject.KEY .. " is wrong", headers = {
      ["x-request-id"] = "id" } }
    one:drain()

    local seen, found = {}, {}
    local function walk(value)
      if type(value) == "string" then found[#found + 1] = value end
      if type(value) ~= "table" or seen[value] or value == transport then return end
      seen[value] = true
      for key, item in pairs(value) do
        walk(key)
        walk(item)
      end
    end
    walk(one)
    walk(request)
    walk(heard)

    assert.truthy(#found > 10)
    assert.is_nil(table.concat(found, "\n"):find(subject.KEY, 1, true))
    one:close()
  end)
end)
