---The transport against servers that none of us wrote: nginx before the loopback server, and
---tinyproxy between us and it.
local exchange = require "spec.core.exchange"
local foreign = require "spec.core.foreign"

describe("behind nginx", function()
  local server, nginx

  setup(function()
    server = exchange.server()
    nginx = foreign.nginx(server)
  end)
  teardown(function() nginx:stop() end)
  before_each(function() server:reset() end)

  it("streams over TLS and HTTP/2", function()
    exchange.with(server, { ca_file = nginx.ca_file }, function(transport)
      local done, events = exchange.run(transport, exchange.chat(server, { base = nginx.url }))

      assert.equal("done", done.outcome)
      assert.equal("2", done.http)
      assert.equal("[DONE]", events[#events - 1].data)
    end)
  end)

  it("keeps one connection over many requests and cancels", function()
    exchange.with(server, { ca_file = nginx.ca_file }, function(transport)
      server:pace(50)
      for _ = 1, 3 do
        local id = transport:submit(exchange.chat(server, { base = nginx.url }))
        exchange.until_kind(transport, id, "data")
        transport:cancel(id)
      end
      server:pace(0)
      assert.equal("done", exchange.run(transport, exchange.chat(server, { base = nginx.url })).outcome)

      assert.equal(1, transport:stats().connections)
    end)
  end)

  it("passes a cancel on to the server behind it", function()
    exchange.with(server, { ca_file = nginx.ca_file }, function(transport)
      server:pace(20)
      local id = transport:submit(exchange.chat(server, { base = nginx.url }))
      exchange.until_kind(transport, id, "data")
      transport:cancel(id)

      assert.is_true(server:wait { at_least = { resets = 1 } })
      server:pace(0)
    end)
  end)

  it("survives a server that closes after three requests", function()
    exchange.with(server, { ca_file = nginx.ca_file }, function(transport)
      for i = 1, 10 do
        local done, events = exchange.run(transport, exchange.models(server, { base = nginx.url_short }))
        assert.equal("done", done.outcome, i)
        assert.equal(0, exchange.count(events, "retry"))
      end
    end)
  end)

  it("reports a dead upstream after trying again", function()
    exchange.with(server, { ca_file = nginx.ca_file }, function(transport)
      local done, events = exchange.run(transport, exchange.chat(server, { base = nginx.url_down, retry = 1 }))

      assert.equal(502, done.status)
      assert.equal(1, exchange.count(events, "retry"))
      assert.truthy(done.body:find("<html>", 1, true))
    end)
  end)
end)

describe("through tinyproxy", function()
  local server, proxy

  setup(function()
    server = exchange.server()
    proxy = foreign.tinyproxy()
  end)
  teardown(function() proxy:stop() end)
  before_each(function() server:reset() end)

  it("a stream comes through a CONNECT tunnel", function()
    exchange.with(server, { proxy = proxy.url }, function(transport)
      local done = exchange.run(transport, exchange.chat(server))

      assert.equal("done", done.outcome)
      assert.truthy(proxy:log():find("CONNECT 127.0.0.1", 1, true))
      assert.is_true(proxy:taken() > 0)
    end)
  end)

  it("the certificate is still verified", function()
    exchange.with(server, { proxy = proxy.url }, function(transport)
      assert.equal("tls", exchange.run(transport, exchange.models(server, { base = server.url_untrusted })).code)
      assert.equal("tls", exchange.run(transport, exchange.models(server, { base = server.url_wrong_host })).code)
    end)
  end)

  it("the key does not reach the proxy", function()
    exchange.with(server, { proxy = proxy.url }, function(transport)
      exchange.run(transport, exchange.chat(server))
      exchange.run(transport, exchange.chat(server, { base = server.url_http }))

      assert.is_nil(proxy:log():find(server.key, 1, true))
    end)
  end)

  it("plain http to this machine goes past the proxy", function()
    exchange.with(server, { proxy = proxy.url }, function(transport)
      local before = proxy:taken()
      local done = exchange.run(transport, exchange.models(server, { base = server.url_http }))

      assert.equal("done", done.outcome)
      assert.equal(before, proxy:taken())
    end)
  end)

  it("no_proxy goes past the proxy", function()
    exchange.with(server, { proxy = proxy.url, no_proxy = "127.0.0.1" }, function(transport)
      local before = proxy:taken()

      assert.equal("done", exchange.run(transport, exchange.models(server)).outcome)
      assert.equal(before, proxy:taken())
    end)
  end)

  it("a proxy that says no is not asked again", function()
    local strict = foreign.tinyproxy(443)
    exchange.with(server, { proxy = strict.url }, function(transport)
      local done = exchange.run(transport, exchange.models(server))
      strict:stop()

      assert.equal("proxy", done.code)
      assert.equal(1, done.attempts)
    end)
  end)

  it("a proxy that is not there is said to be one", function()
    exchange.with(server, { proxy = "http://127.0.0.1:1" }, function(transport)
      local done = exchange.run(transport, exchange.models(server, { retry = 0 }))

      assert.equal("failed", done.outcome)
      assert.truthy(done.code == "proxy" or done.code == "connect")
    end)
  end)
end)
