local at_best = require "spec.support.at_best"
local exchange = require "spec.core.exchange"

describe("cancel", function()
  local server, transport

  setup(function() server = exchange.server() end)
  before_each(function()
    server:reset()
    transport = exchange.transport(server)
  end)
  after_each(function()
    exchange.close(transport)
    server:pace(0)
  end)

  local function slow_stream()
    server:pace(20)
    local id = transport:submit(exchange.chat(server))
    exchange.until_kind(transport, id, "data")
    return id
  end

  it("in mid-stream reaches the server as a reset within 50 ms", function()
    local took = at_best(50, function()
      server:reset()
      local id = slow_stream()
      local asked_at = server:now()
      transport:cancel(id)
      assert.is_true(server:wait { at_least = { resets = 1 } })

      local record = server:requests()[1]
      assert.equal("reset", record.state)
      -- `asked_at` was read before the cancel, through a process of its own: an upper bound.
      return record.reset_ms - asked_at
    end)

    assert.is_true(took < 50, "took " .. took .. " ms")
  end)

  it("keeps the connection for the next request", function()
    local id = slow_stream()
    transport:cancel(id)
    server:pace(0)
    local done = exchange.run(transport, exchange.chat(server))

    assert.equal("done", done.outcome)
    assert.is_true(done.reused)
    assert.equal(1, server:stats().connections)
  end)

  it("of three bursts opens no further connection", function()
    server:pace(20)
    for _ = 1, 3 do
      local ids = {}
      for i = 1, 3 do
        ids[i] = transport:submit(exchange.chat(server))
      end
      exchange.until_kind(transport, ids[3], "data")
      for _, id in ipairs(ids) do
        transport:cancel(id)
      end
    end
    server:pace(0)
    local done = exchange.run(transport, exchange.chat(server))

    assert.equal("done", done.outcome)
    assert.equal(1, server:stats().connections)
    assert.is_true(server:wait { at_least = { resets = 9 }, equal = { open_streams = 0 } })
  end)

  it("yields one end event and nothing after it", function()
    local id = slow_stream()
    transport:cancel(id)
    transport:cancel(id)
    local events = exchange.collect(transport, { id })[id]

    assert.equal("cancelled", events.done.outcome)
    assert.is_false(transport:wait(20))
    assert.same({}, transport:drain())
  end)

  it("before the head yields one end event", function()
    server:fault { kind = "silence", head = true }
    local id = transport:submit(exchange.chat(server))
    assert.is_true(server:wait { at_least = { requests = 1 } })
    transport:cancel(id)

    assert.equal("cancelled", exchange.collect(transport, { id })[id].done.outcome)
    assert.is_true(server:wait { at_least = { resets = 1 } })
  end)

  it("during the handshake yields one end event", function()
    local id = transport:submit(exchange.chat(server, { base = server.url_stalled }))
    assert.is_true(server:wait { at_least = { stalled = 1 } })
    transport:cancel(id)

    assert.equal("cancelled", exchange.collect(transport, { id })[id].done.outcome)
  end)

  it("of a request that waits in its lane sends nothing", function()
    server:pace(20)
    local first = transport:submit(exchange.chat(server, { lane_limit = 1 }))
    local second = transport:submit(exchange.chat(server, { lane_limit = 1 }))
    exchange.until_kind(transport, first, "data")
    transport:cancel(second)
    transport:cancel(first)
    local heard = exchange.collect(transport, { first, second })

    assert.equal("cancelled", heard[first].done.outcome)
    assert.equal("cancelled", heard[second].done.outcome)
    assert.equal(1, server:stats().requests)
  end)

  it("of a request that waits for its retry ends it", function()
    server:fault { kind = "status", status = 503, retry_after = 30 }
    local id = transport:submit(exchange.chat(server))
    exchange.until_kind(transport, id, "retry")
    transport:cancel(id)

    assert.equal("cancelled", exchange.collect(transport, { id })[id].done.outcome)
    assert.equal(1, server:stats().requests)
  end)

  it("of an unknown or ended request is nothing", function()
    local done = exchange.run(transport, exchange.models(server))
    transport:cancel(done.id)
    transport:cancel(123456)

    assert.equal("done", exchange.run(transport, exchange.models(server)).outcome)
  end)

  it("over HTTP/1.1 closes the connection, and the server hears it", function()
    server:pace(20)
    local id = transport:submit(exchange.chat(server, { base = server.url_h1 }))
    exchange.until_kind(transport, id, "data")
    transport:cancel(id)

    assert.equal("cancelled", exchange.collect(transport, { id })[id].done.outcome)
    assert.is_true(server:wait { at_least = { resets = 1 } })
  end)
end)
