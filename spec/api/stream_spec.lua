local subject = require "spec.api.support.subject"

local chat = subject.chat

-- One streamed request against what `answer` has the transport say; the end, what was heard, and
-- the transport.
local function run(answer, options)
  local one, transport = subject.client()
  local callbacks, heard = subject.listener()
  for name, value in pairs(options or {}) do
    callbacks[name] = value
  end
  one:chat(chat(), callbacks)
  answer(transport, one)
  one:drain()
  one:close()
  assert.equal(1, #heard.ends)
  return heard.ends[1], heard, transport
end

describe("a stream", function()
  it("that ends without a reason is broken, and what came is kept", function()
    local ended = run(function(t)
      t:head()
      t:delta '{"content":"half"}'
      t:done()
    end)

    assert.equal("broken", ended.err.code)
    assert.equal("half", ended.err.reply.text)
  end)

  it("that says [DONE] without a reason is broken", function()
    local ended = run(function(t)
      t:head()
      t:delta '{"content":"half"}'
      t:event "[DONE]"
      t:done()
    end)

    assert.equal("broken", ended.err.code)
  end)

  it("is whole with a reason but without [DONE]", function()
    local ended = run(function(t)
      t:head()
      t:delta('{"content":"x"}', "stop")
      t:done()
    end)

    assert.equal("x", ended.reply.text)
  end)

  it("is whole once the reason came, even if the connection breaks then", function()
    local ended = run(function(t)
      t:head()
      t:delta('{"content":"x"}', "stop")
      t:fail { code = "reset", message = "lost" }
    end)

    assert.equal("x", ended.reply.text)
  end)

  it("lost in the middle is broken and keeps what came", function()
    local ended = run(function(t)
      t:head()
      t:delta '{"content":"half"}'
      t:fail { code = "reset", message = "the connection was lost" }
    end)

    assert.equal("broken", ended.err.code)
    assert.equal("reset", ended.err.detail)
    assert.equal("half", ended.err.reply.text)
  end)

  it("lost before anything came is the network's fault", function()
    local ended = run(function(t) t:fail { code = "reset", message = "lost" } end)

    assert.equal("network", ended.err.code)
    assert.is_nil(ended.err.reply)
  end)

  it("with an event that is not JSON is stopped as broken", function()
    local ended, _, transport = run(function(t)
      t:head()
      t:delta '{"content":"a"}'
      t:event "{oops"
      t:event "{oops again"
    end)

    assert.equal("broken", ended.err.code)
    assert.equal("a", ended.err.reply.text)
    assert.same({ 1 }, transport.cancelled)
  end)

  it("with JSON that is no chunk is broken", function()
    assert.equal("broken", run(function(t)
      t:head()
      t:event "5"
    end).err.code)
  end)

  local frames = {
    { '{"object":"error","message":"busy","type":"service_tier_capacity_exceeded","code":"3505"}',
      "overloaded", "busy" },
    { '{"object":"error","message":"bad","code":400}', "invalid_request", "(400): bad" },
    { '{"error":{"message":"gone","type":"rate_limited"}}', "rate_limited", "gone" },
    { '{"error":"plain"}', "server", "plain" },
    { '{"detail":[{"msg":"no"}]}', "server", "no" },
    { '{"message":"who?","code":"1500"}', "unknown_model", "who?" },
  }
  for _, case in ipairs(frames) do
    it("with the error frame " .. case[1] .. " ends as " .. case[2], function()
      local ended = run(function(t)
        t:head { ["content-type"] = "text/event-stream", ["mistral-correlation-id"] = "c-1" }
        t:delta '{"content":"a"}'
        t:event(case[1])
      end)

      assert.equal(case[2], ended.err.code)
      assert.truthy(ended.err.message:find(case[3], 1, true), ended.err.message)
      assert.equal("a", ended.err.reply.text)
      assert.equal("c-1", ended.err.request_id)
    end)
  end

  it("is read as a whole answer where the server does not stream", function()
    local ended, heard = run(function(t)
      t:body '{"choices":[{"index":0,"message":{"content":"whole"},"finish_reason":"stop"}]}'
    end)

    assert.equal("whole", ended.reply.text)
    assert.same({ "whole" }, heard.texts)
  end)

  local whole = {
    { "<html>login</html>", "text/html", "the answer is not from the service: it is text/html" },
    { '{"choices":[', "application/json", "the answer is called JSON and is none" },
    { '"hello"', "application/json", "JSON that is not an answer" },
    { "", "application/json", "the answer broke off" },
    { "  ", "application/json", "the answer is empty" },
    { '{"choices":[]}', "application/json", "the answer has no choices in it" },
    { '{"hello":1}', "application/json", "the answer has no choices in it" },
    { "[1]", "application/json", "no choices" },
  }
  for _, case in ipairs(whole) do
    it(("answered with %q is broken"):format(case[1]), function()
      local ended = run(function(t)
        if case[1] == "" then
          t:head { ["content-type"] = case[2] }
          t:done()
        else
          t:body(case[1], case[2])
        end
      end)

      assert.equal("broken", ended.err.code)
      assert.truthy(ended.err.message:find(case[3], 1, true), ended.err.message)
    end)
  end

  it("answered with a page says where to look: base_url, and the network's own sign-in", function()
    local ended = run(function(t) t:body("<html>login</html>", "text/html") end)

    local said = tostring(ended.err)
    assert.truthy(said:find("base_url", 1, true) and said:find("sign in", 1, true), said)
    assert.falsy(said:find("try again", 1, true), said)
  end)

  it("holds no key in its error, whichever header repeats it", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    one:chat(subject.chat(), callbacks)
    transport:head { ["content-type"] = "text/" .. subject.KEY, ["x-request-id"] = subject.KEY }
    transport:post { id = 1, kind = "data", data = "<html>" }
    transport:done()
    one:drain()

    local err = heard.ends[1].err
    assert.equal("broken", err.code)
    assert.equal("[key]", err.request_id)
    assert.is_nil(tostring(err):find(subject.KEY, 1, true))
    one:close()
  end)

  it("answered with an error as a good status is that error", function()
    local ended = run(function(t)
      t:body '{"object":"error","message":"no","type":"invalid_model","code":"1500"}'
    end)

    assert.equal("unknown_model", ended.err.code)
  end)

  it("tells who answered and how", function()
    local ended = run(function(t)
      t:head { ["content-type"] = "text/event-stream", ["mistral-correlation-id"] = "c-2",
        ["x-model-deprecation-timestamp"] = "2026-12-31" }
      t:delta('{"content":"x"}', "stop")
      t:post { id = 1, kind = "end", outcome = "done", status = 200, http = "2", reused = true,
        connect_ms = 1, head_ms = 2, total_ms = 3, attempts = 1 }
    end)

    assert.equal("c-2", ended.reply.request_id)
    assert.equal("2026-12-31", ended.reply.deprecated)
    assert.same({ connect_ms = 1, head_ms = 2, total_ms = 3 }, ended.reply.timing)
    assert.is_true(ended.reply.reused)
  end)
end)

describe("a service that fails inside a good answer", function()
  local function failing(t, text)
    t:head()
    t:delta('{"content":"' .. (text or "") .. '"}', "error")
    t:event "[DONE]"
    t:done()
  end

  it("is asked again before it has said anything, after a delay", function()
    local ended, heard, transport = run(function(t, one)
      failing(t)
      one:drain()
      assert.equal(2, t.last_id)
      t:head()
      t:delta('{"content":"fine"}', "stop")
      t:done()
    end)

    assert.equal("fine", ended.reply.text)
    assert.equal(2, ended.reply.attempts)
    assert.equal(1, #heard.retries)
    assert.equal("server", heard.retries[1].code)
    local again = transport.sent[2]
    assert.equal(heard.retries[1].delay_ms, again.delay_ms)
    assert.is_true(again.delay_ms >= 0 and again.delay_ms <= 500)
    assert.equal(2, again.retry)
    assert.equal("Bearer " .. subject.KEY, again.headers.Authorization)
    assert.equal(transport.sent[1].body, again.body)
  end)

  it("is asked at most three more times", function()
    local ended, heard, transport = run(function(t, one)
      for _ = 1, 4 do
        failing(t)
        one:drain()
      end
    end)

    assert.equal("server", ended.err.code)
    assert.equal(3, #heard.retries)
    assert.equal(4, transport.last_id)
    assert.equal(0, transport.sent[4].retry)
  end)

  it("shares its tries with those the transport has used up", function()
    local _, heard, transport = run(function(t, one)
      t:post { id = 1, kind = "retry", attempt = 1, delay_ms = 1, status = 503, code = "http" }
      t:post { id = 1, kind = "retry", attempt = 2, delay_ms = 1, status = 503, code = "http" }
      failing(t)
      one:drain()
      assert.equal(0, t.sent[2].retry)
      failing(t)
    end)

    assert.equal(3, #heard.retries)
    assert.equal(2, transport.last_id)
  end)

  it("is not asked again when it must not be, or once it has said something", function()
    local never = run(function(t) failing(t) end, { retry = 0 })
    local spoken = run(function(t)
      t:head()
      t:delta '{"content":"half"}'
      failing(t)
    end)

    assert.equal("server", never.err.code)
    assert.equal("server", spoken.err.code)
    assert.equal("half", spoken.err.reply.text)
  end)

  it("is left alone when the wait for the next try is cancelled", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    local request
    callbacks.on_retry = function() request:cancel() end
    request = one:chat(chat(), callbacks)
    failing(transport)
    one:drain()

    assert.equal("cancelled", heard.ends[1].err.code)
    assert.equal(1, transport.last_id)
    one:close()
  end)
end)

describe("a loop over a stream", function()
  it("gets each delta, and the reply after it", function()
    local one, transport = subject.client()
    transport.script = {
      function(t)
        t:head()
        t:delta '{"content":"a"}'
      end,
      function(t) t:delta '{"content":"b"}' end,
      function(t)
        t:delta('{"content":"c"}', "stop")
        t:done()
      end,
    }

    local stream, texts = one:stream(chat()), {}
    for delta in stream do
      texts[#texts + 1] = delta.text
    end

    assert.same({ "a", "b", "c" }, texts)
    assert.equal("abc", stream.reply.text)
    assert.is_nil(stream.err)
    assert.equal(3, transport.waits)
    one:close()
  end)

  it("ends with the error beside it", function()
    local one, transport = subject.client()
    transport.script = { function(t)
      t:head()
      t:delta '{"content":"a"}'
      t:done()
    end }

    local stream, count = one:stream(chat()), 0
    for _ in stream do
      count = count + 1
    end

    assert.equal(1, count)
    assert.is_nil(stream.reply)
    assert.equal("broken", stream.err.code)
    one:close()
  end)

  it("never begins when the request is refused", function()
    local one = subject.client()
    local stream = one:stream(chat { seed = 1 })

    for _ in stream do
      error "there is nothing to loop over"
    end

    assert.equal("refused", stream.err.code)
    one:close()
  end)

  it("can be left early, and cancelled then", function()
    local one, transport = subject.client()
    transport.script = { function(t)
      t:head()
      t:delta '{"content":"a"}'
    end }
    local stream = one:stream(chat())
    assert.equal("a", stream().text)

    stream:cancel()
    assert.is_nil(stream:next())

    assert.equal("cancelled", stream.err.code)
    assert.same({ 1 }, transport.cancelled)
    one:close()
  end)

  it("is cancelled by itself where Lua closes what a loop leaves", function()
    local parse = rawget(_G, "loadstring") or load
    if not parse "local x <close> = nil" then return end -- before Lua 5.4
    local one, transport = subject.client()
    transport.script = { function(t)
      t:head()
      t:delta '{"content":"a"}'
    end }

    for delta in one:stream(chat()) do
      if delta.text == "a" then break end
    end

    assert.same({ 1 }, transport.cancelled)
    one:close()
  end)
end)
