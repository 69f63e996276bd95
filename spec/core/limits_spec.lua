local exchange = require "spec.core.exchange"
local memory = require "spec.support.memory"

local MIB = 1024 * 1024

local resident = memory.resident

describe("a limit in bytes", function()
  local server, transport

  setup(function() server = exchange.server() end)
  before_each(function()
    server:reset()
    transport = exchange.transport(server)
  end)
  after_each(function() exchange.close(transport) end)

  it("holds for one event", function()
    server:fault { kind = "giant_event", bytes = 2 * MIB }
    local done = exchange.run(transport, exchange.chat(server, { event_bytes = MIB }))

    assert.equal("too_large", done.code)
  end)

  it("holds for a body", function()
    local done = exchange.run(transport, exchange.models(server, { body_bytes = 100 }))

    assert.equal("too_large", done.code)
  end)

  it("lets a body of exactly that size pass", function()
    local _, events = exchange.run(transport, exchange.models(server))
    local size = #exchange.data(events)

    assert.equal("done", exchange.run(transport, exchange.models(server, { body_bytes = size })).outcome)
    assert.equal("too_large", exchange.run(transport, exchange.models(server, { body_bytes = size - 1 })).code)
  end)

  it("holds for what a small answer unpacks to", function()
    server:fault { kind = "bomb", bytes = 512 * MIB }
    local before = resident()
    local done = exchange.run(transport, exchange.models(server))

    assert.equal("too_large", done.code)
    assert.is_true(resident() - before < 200 * MIB)
  end)

  it("holds for headers", function()
    server:fault { kind = "endless_headers", bytes = 16 * MIB, times = 1 }
    local before = resident()
    local done = exchange.run(transport, exchange.models(server, { base = server.url_h1, retry = 0 }))

    assert.equal("failed", done.outcome)
    assert.is_true(resident() - before < 32 * MIB)
  end)

  it("cuts the body of an error answer", function()
    server:fault { kind = "status", status = 400, body = ("x"):rep(MIB) }
    local done = exchange.run(transport, exchange.models(server))

    assert.equal("http", done.code)
    assert.equal(400, done.status)
    assert.equal(256 * 1024, #done.body)
  end)
end)

describe("a full mailbox", function()
  local server

  setup(function() server = exchange.server() end)
  before_each(function() server:reset() end)

  it("stops the reading, drops nothing and resumes", function()
    exchange.with(server, { mailbox_bytes = 64 * 1024 }, function(transport)
      server:fault { kind = "replay", body = ("y"):rep(32 * MIB), content_type = "text/plain" }
      local id = transport:submit(exchange.models(server))
      local before = resident()
      -- The server runs out of the window that the paused client does not widen.
      assert.is_true(server:wait { at_least = { requests = 1 } })
      local size, collected, done = 0, 0, nil
      while not done do
        assert.is_true(transport:wait(10000))
        for _, event in ipairs(transport:drain(4)) do
          size = size + (event.kind == "data" and #event.data or 0)
          done = done or (event.kind == "end" and event.id == id and event)
        end
        -- What was read and let go is Lua's to keep or free, and not what is asked here.
        if size > collected + MIB then
          collectgarbage()
          collected = size
        end
      end

      assert.equal("done", done.outcome)
      assert.equal(32 * MIB, size)
      assert.is_true(resident() - before < 24 * MIB)
    end)
  end)

  it("does not keep a cancel from ending the request", function()
    exchange.with(server, { mailbox_bytes = 1024 }, function(transport)
      server:fault { kind = "replay", body = ("y"):rep(8 * MIB), content_type = "text/plain" }
      local id = transport:submit(exchange.models(server))
      assert.is_true(transport:wait(10000))
      transport:cancel(id)

      assert.equal("cancelled", exchange.collect(transport, { id })[id].done.outcome)
    end)
  end)

  it("gives back what it held when its request is cancelled", function()
    exchange.with(server, { mailbox_bytes = 64 * 1024 }, function(transport)
      server:fault { kind = "silence", after_bytes = 600 }
      local other = transport:submit(exchange.chat(server, { lane = "other" }))
      exchange.until_kind(transport, other, "data")
      local before
      for i = 1, 30 do
        server:fault { kind = "replay", body = ("y"):rep(4 * MIB), content_type = "text/plain" }
        local id = transport:submit(exchange.models(server))
        exchange.until_kind(transport, id, "head")
        assert.is_true(transport:wait(10000))
        transport:cancel(id)
        exchange.collect(transport, { id })
        before = i == 10 and resident() or before
      end

      assert.is_true(resident() - before < 20 * MIB)
      transport:cancel(other)
      exchange.collect(transport, { other })
    end)
  end)

  it("ends a request that passes its limit when it is read on", function()
    exchange.with(server, { mailbox_bytes = 16 * 1024 }, function(transport)
      server:fault { kind = "replay", body = ("y"):rep(4 * MIB), content_type = "text/plain" }
      local done = exchange.run(transport, exchange.models(server, { body_bytes = MIB }))

      assert.equal("too_large", done.code)
    end)
  end)

  it("does not count as the server's silence", function()
    exchange.with(server, { mailbox_bytes = 1024 }, function(transport)
      server:fault { kind = "replay", body = ("y"):rep(8 * MIB), content_type = "text/plain" }
      local id = transport:submit(exchange.models(server, { idle_ms = 600 }))
      assert.is_true(transport:wait(10000))
      -- Longer than idle_ms, while nothing is drained: the transport's own time-out must not strike.
      server:wait({ at_least = { requests = 2 } }, 1.2)

      assert.equal("done", exchange.collect(transport, { id })[id].done.outcome)
    end)
  end)
end)
