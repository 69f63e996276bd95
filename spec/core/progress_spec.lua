---How far a transfer is, told as it goes and never more than one can read.
local exchange = require "spec.core.exchange"
local output_of = require "spec.support.output"

local MIB = 1024 * 1024

describe("progress", function()
  local server, transport, path

  setup(function() server = exchange.server() end)
  before_each(function()
    server:reset()
    path = output_of("mktemp"):match "%S+"
    os.execute(("truncate -s %d %s"):format(64 * MIB, path))
    transport = exchange.transport(server)
  end)
  after_each(function()
    exchange.close(transport)
    os.remove(path)
  end)

  local function of_kind(events, kind)
    local list = {}
    for _, event in ipairs(events) do
      list[#list + 1] = event.kind == kind and event or nil
    end
    return list
  end

  for _, door in ipairs { "url", "url_h1" } do
    it("of an upload rises to its total, through " .. door, function()
      server:fault { kind = "upload_stall", after_bytes = MIB }
      local id = transport:submit(exchange.upload(server, path, { base = server[door], progress = true }))
      local first = exchange.until_kind(transport, id, "progress")
      server:reset()
      local events = exchange.collect(transport, { id })[id]
      local list = of_kind(events, "progress")

      assert.equal("done", events.done.outcome, tostring(events.done.message))
      assert.is_true(first.sent_total > 64 * MIB)
      assert.is_true(first.sent_bytes > 0 and first.sent_bytes < first.sent_total)
      for i = 2, #list do
        assert.is_true(list[i].sent_bytes >= list[i - 1].sent_bytes)
      end
      local last = list[#list]
      assert.equal(last.sent_total, last.sent_bytes)
      assert.equal(#exchange.data(events), last.received_bytes)
      assert.equal(last, events[#events - 1])
    end)

    it("of a download rises to its total, through " .. door, function()
      local headers = { ["content-length"] = "1000000" }
      server:fault { kind = "replay", body = ("x"):rep(1000000), pieces = 10, pause_ms = 40, headers = headers }
      local r = exchange.models(server, { base = server[door], progress = true, sink = path })
      local done, events = exchange.run(transport, r)
      local list = of_kind(events, "progress")

      assert.equal("done", done.outcome)
      assert.is_true(#list >= 2)
      assert.equal(1000000, list[1].received_total)
      assert.is_true(list[1].received_bytes < 1000000)
      assert.equal(1000000, list[#list].received_bytes)
      -- Ten a second, and the one at the end.
      assert.is_true(#list <= done.total_ms / 100 + 2, #list .. " in " .. done.total_ms .. " ms")
    end)
  end

  it("has no total where nobody knows it", function()
    server:fault { kind = "replay", body = ("x"):rep(1000), pieces = 2 }
    local _, events = exchange.run(transport, exchange.models(server, { progress = true }))
    local list = of_kind(events, "progress")

    assert.is_nil(list[#list].received_total)
    assert.equal(1000, list[#list].received_bytes)
  end)

  it("is told of each attempt from its start", function()
    server:fault { kind = "status", status = 503, retry_after = 0 }
    os.execute(("truncate -s 1000 %s"):format(path))
    local done, events = exchange.run(transport, exchange.upload(server, path, { progress = true }))
    local list = of_kind(events, "progress")

    assert.equal(2, done.attempts)
    assert.is_true(list[#list].sent_bytes <= list[#list].sent_total)
  end)

  it("is not told unasked", function()
    local _, events = exchange.run(transport, exchange.upload(server, path))

    assert.equal(0, exchange.count(events, "progress"))
  end)

  it("does not fill a mailbox that nobody empties", function()
    exchange.with(server, { mailbox_bytes = 1024 }, function(small)
      server:fault { kind = "replay", body = ("x"):rep(30000), pieces = 30, pause_ms = 50 }
      local id = small:submit(exchange.models(server, { progress = true, sink = path }))
      assert.is_true(server:wait { at_least = { done = 1 } })
      local events = exchange.collect(small, { id })[id]

      assert.equal("done", events.done.outcome)
      assert.is_true(exchange.count(events, "progress") < 10, exchange.count(events, "progress"))
    end)
  end)
end)
