local exchange = require "spec.core.exchange"
local native = require "mistral.native"
local wait_for = require "spec.support.wait"

describe("native", function()
  it("says what it is", function()
    assert.truthy(native.version:match "^%d+%.%d+%.%d+$")
    assert.truthy(native.curl:match "^%d+%.%d+")
    assert.is_true(native.features.tls)
    assert.is_true(native.features.http2)
  end)

  it("refuses options of the wrong type by name", function()
    local ok, message = pcall(native.transport, { ca_file = 1 })

    assert.is_false(ok)
    assert.truthy(message:find("transport: ca_file should be a string, got number", 1, true))
  end)
end)

describe("a mailbox", function()
  it("has room for something", function()
    local ok, message = pcall(native.transport, { mailbox_bytes = 1 })

    assert.is_false(ok)
    assert.truthy(message:find("mailbox_bytes should be at least", 1, true))
  end)
end)

describe("a transport", function()
  local server

  setup(function() server = exchange.server() end)
  before_each(function() server:reset() end)

  it("delivers head, events and one end, in that order", function()
    exchange.with(server, nil, function(transport)
      local done, events = exchange.run(transport, exchange.chat(server))

      assert.equal("done", done.outcome)
      assert.equal("head", events[1].kind)
      assert.equal(200, events[1].status)
      assert.equal("2", events[1].http)
      assert.truthy(events[1].headers["content-type"]:find("text/event-stream", 1, true))
      assert.equal("message", events[2].type)
      assert.equal("[DONE]", events[#events - 1].data)
      assert.equal("end", events[#events].kind)
    end)
  end)

  it("delivers the bytes of an answer that is no event stream", function()
    exchange.with(server, nil, function(transport)
      local done, events = exchange.run(transport, exchange.models(server))

      assert.equal("done", done.outcome)
      assert.truthy(exchange.data(events):find('"object"%s*:%s*"list"'))
      for _, event in ipairs(events) do
        assert.is_nil(event.type)
      end
    end)
  end)

  it("delivers an error answer whole, in the end event", function()
    exchange.with(server, nil, function(transport)
      local r = exchange.models(server, { headers = { authorization = "Bearer wrong" } })
      local done, events = exchange.run(transport, r)

      assert.equal(1, #events)
      assert.equal("failed", done.outcome)
      assert.equal("http", done.code)
      assert.equal(401, done.status)
      assert.truthy(done.body:find("Unauthorized", 1, true))
      assert.truthy(done.headers["content-type"])
    end)
  end)

  it("speaks HTTP/1.1 where the server knows nothing else", function()
    exchange.with(server, nil, function(transport)
      local done, events = exchange.run(transport, exchange.chat(server, { base = server.url_h1 }))

      assert.equal("done", done.outcome)
      assert.equal("1.1", events[1].http)
      assert.equal("[DONE]", events[#events - 1].data)
    end)
  end)

  it("gives the same events over HTTP/1.1, HTTP/2 and plain http on this machine", function()
    exchange.with(server, nil, function(transport)
      for _, base in ipairs { server.url, server.url_h1, server.url_http } do
        local done, events = exchange.run(transport, exchange.chat(server, { base = base }))
        assert.equal("done", done.outcome)
        assert.is_true(exchange.count(events, "data") > 3)
      end
    end)
  end)

  it("opens one connection for requests one after the other", function()
    exchange.with(server, nil, function(transport)
      for _ = 1, 5 do
        exchange.run(transport, exchange.chat(server))
      end

      assert.equal(1, transport:stats().connections)
      assert.equal(1, server:stats().connections)
    end)
  end)

  it("opens one connection for many requests at once", function()
    exchange.with(server, nil, function(transport)
      local ids = {}
      for i = 1, 50 do
        ids[i] = transport:submit(exchange.chat(server, { lane_limit = 50 }))
      end
      for _, events in pairs(exchange.collect(transport, ids)) do
        assert.equal("done", events.done.outcome)
      end

      assert.equal(1, server:stats().connections)
    end)
  end)

  it("warms a connection without asking anything", function()
    exchange.with(server, nil, function(transport)
      transport:warm(server.url)
      assert.is_true(server:wait { at_least = { tls = 1 } })
      local done = exchange.run(transport, exchange.models(server))

      assert.equal("done", done.outcome)
      assert.is_true(done.reused)
      assert.equal(1, server:stats().connections)
      assert.equal(1, server:stats().requests)
    end)
  end)

  it("lets a request that comes during the warming wait for it", function()
    for _ = 1, 10 do
      exchange.with(server, nil, function(transport)
        for _, base in ipairs { server.url, server.url_h1 } do
          transport:warm(base)
          assert.equal("done", exchange.run(transport, exchange.models(server, { base = base })).outcome)
        end

        assert.equal(2, transport:stats().connections)
      end)
    end
  end)

  it("uses a warmed connection on which the server has said nothing but TLS tickets", function()
    exchange.with(server, nil, function(transport)
      transport:warm(server.url_silent)
      assert.is_true(server:wait { at_least = { tls = 1 } })
      local id = transport:submit(exchange.models(server, { base = server.url_silent }))
      wait_for(function() return transport:stats().requests == 1 end, "the request did not leave")
      transport:cancel(id)
      exchange.collect(transport, { id })

      assert.equal(1, transport:stats().connections)
      assert.equal(1, server:stats().stalled)
    end)
  end)

  it("sends a body of 2 MB", function()
    exchange.with(server, nil, function(transport)
      local r = exchange.chat(server)
      r.body = r.body:gsub("Explain:", ("x"):rep(2 * 1024 * 1024))
      local done = exchange.run(transport, r)

      -- The server read it all: it counted its tokens, and found them too many.
      assert.truthy(done.body:find("too large for model", 1, true))
      assert.is_true(server:requests()[1].body_bytes > 2 * 1024 * 1024)
    end)
  end)

  it("hands out mail in portions, in order", function()
    exchange.with(server, nil, function(transport)
      local id = transport:submit(exchange.chat(server))
      local kinds = {}
      while kinds[#kinds] ~= "end" do
        assert.is_true(transport:wait(10000))
        local portion = transport:drain(1)
        assert.is_true(#portion <= 1)
        kinds[#kinds + 1] = portion[1] and portion[1].id == id and portion[1].kind or nil
      end

      assert.equal("head", kinds[1])
      assert.equal("data", kinds[2])
    end)
  end)

  it("tells nothing before it is asked", function()
    exchange.with(server, nil, function(transport)
      assert.same({}, transport:drain())
      assert.is_false(transport:wait(0))
    end)
  end)

  it("is woken by hand", function()
    exchange.with(server, nil, function(transport)
      transport:wake()

      assert.is_true(transport:wait(1000))
      assert.same({}, transport:drain())
      assert.is_false(transport:wait(0))
    end)
  end)

  it("has a descriptor and a private socket", function()
    exchange.with(server, nil, function(transport)
      local path = assert(transport:listen())

      assert.is_true(transport:fd() >= 0)
      assert.equal(path, transport:listen())
      local pipe = io.popen("stat -c %a " .. path:match "^(.*)/")
      assert.equal("700", pipe:read "*l")
      pipe:close()
    end)
  end)

  it("removes the socket's folder when it ends", function()
    local transport = exchange.transport(server)
    local path = transport:listen()
    exchange.close(transport)
    transport = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()

    assert.is_nil(io.open(path:match "^(.*)/"))
  end)
end)

describe("submit", function()
  local server, transport

  setup(function() server = exchange.server() end)
  before_each(function() transport = exchange.transport(server) end)
  after_each(function() exchange.close(transport) end)

  local function refused(r, words)
    local ok, message = pcall(transport.submit, transport, r)
    assert.is_false(ok)
    assert.truthy(message:find(words, 1, true), message)
  end

  it("wants a url", function() refused({}, "submit: url should be a string, got nil") end)

  it("names the field of the wrong type", function()
    refused({ url = "https://x", head_ms = "1" }, "submit: head_ms should be a whole number, got string")
    refused({ url = "https://x", stream = 1 }, "submit: stream should be true or false, got number")
    refused({ url = "https://x", headers = 1 }, "submit: headers should be a table, got number")
    refused({ url = "https://x", head_ms = -1 }, "submit: head_ms is out of range")
    refused({ url = "https://x", retry = 1.5 }, "submit: retry should be a whole number")
  end)

  it("refuses header values that would smuggle a line, and does not show them", function()
    for _, bad in ipairs { "a\rb", "a\nb", "a\0b", "secret\r\nx: y" } do
      local ok, message = pcall(transport.submit, transport, { url = "https://x", headers = { authorization = bad } })
      assert.is_false(ok)
      assert.truthy(message:find("the header authorization", 1, true))
      assert.is_nil(message:find("secret", 1, true))
    end
    refused({ url = "https://x", headers = { ["a b"] = "x" } }, "the header a b")
  end)

  it("takes no second line in what becomes one", function()
    refused({ url = "https://x", method = "GET / HTTP/1.1\r\nx: y" }, "submit: method should be a word")
    for _, key in ipairs { "user_agent", "ca_file", "proxy", "no_proxy" } do
      for _, bad in ipairs { "a\r\nb", "a\0b" } do
        local ok, message = pcall(native.transport, { [key] = bad })
        assert.is_false(ok)
        assert.truthy(message:find("transport: " .. key .. " should be one line of text", 1, true))
      end
    end
  end)

  it("reads its table as it is, without what a metatable would say", function()
    local list = setmetatable({}, { __index = function() return transport:submit { url = "https://x" } end })
    refused(list, "submit: url should be a string, got nil")
  end)

  it("refuses a url with a NUL", function() refused({ url = "https://x\0y" }, "submit: url") end)
end)

describe("a closed transport", function()
  local server, transport

  setup(function() server = exchange.server() end)
  before_each(function()
    transport = exchange.transport(server)
    exchange.close(transport)
  end)

  it("says so, naming the method", function()
    local words = "transport: submit on a closed transport"
    assert.has_error(function() transport:submit { url = "https://x" } end, words)
    for _, method in ipairs { "warm", "wait", "wake", "fd", "listen" } do
      local ok, message = pcall(transport[method], transport, "https://x")
      assert.is_false(ok)
      assert.truthy(message:find(("transport: %s on a closed transport"):format(method), 1, true))
    end
  end)

  it("may be closed, cancelled and drained again", function()
    transport:close()
    transport:cancel(1)
    assert.same({}, transport:drain())
  end)
end)
