---What a lane may spend in a minute, what the service says of that, and what a 429 means for all.
local exchange = require "spec.core.exchange"

local LIMITS = {
  requests = "x-ratelimit-limit-req-minute",
  requests_left = "x-ratelimit-remaining-req-minute",
  tokens = "x-ratelimit-limit-tokens-minute",
  tokens_left = "x-ratelimit-remaining-tokens-minute",
}

describe("a lane", function()
  local server, transport

  setup(function() server = exchange.server() end)
  before_each(function()
    transport = exchange.transport(server)
    -- What the connection costs is in no gap.
    exchange.run(transport, exchange.models(server, { lane = "before" }))
    server:reset()
  end)
  after_each(function() exchange.close(transport) end)

  ---From now on the service says just this of its limits.
  local function says(limits, fault)
    fault = fault or { kind = "status", status = 400, times = 0 }
    fault.headers = {}
    for name, header in pairs(LIMITS) do
      fault.headers[header] = limits[name] and tostring(limits[name]) or false
    end
    server:fault(fault)
  end

  local function submit(changes)
    changes.lane = changes.lane or "lane"
    changes.headers = {
      authorization = "Bearer " .. server.key,
      ["content-type"] = "application/json",
      ["x-number"] = changes.number,
    }
    return transport:submit(exchange.chat(server, changes))
  end

  ---One after the other, each submitted when the one before has ended.
  local function in_turn(list)
    for _, changes in ipairs(list) do
      local id = submit(changes)
      exchange.collect(transport, { id })
    end
  end

  local function all(list)
    local ids = {}
    for i, changes in ipairs(list) do
      ids[i] = submit(changes)
    end
    exchange.collect(transport, ids)
  end

  ---Milliseconds from the start of one request to that of the next, as the server saw them.
  local function gaps()
    local list, records = {}, server:requests()
    for i = 2, #records do
      list[i - 1] = records[i].started_ms - records[i - 1].started_ms
    end
    return list
  end

  local function order()
    local place = {}
    for _, record in ipairs(server:requests()) do
      place[#place + 1] = record.headers["x-number"]
    end
    return table.concat(place, " ")
  end

  it("spends a minute's tokens at once, and then as they come back", function()
    says {}
    -- 10 a millisecond.
    all {
      { lane_tokens = 600000, tokens = 400000 },
      { lane_tokens = 600000, tokens = 200000 },
      { lane_tokens = 600000, tokens = 6000 },
    }
    local list = gaps()

    assert.is_true(list[1] < 5000, list[1]) -- not 20 s
    assert.is_true(list[2] > 250 and list[2] < 5000, list[2])
  end)

  it("lets a request that costs more than a minute has start all the same, when it is full", function()
    says {}
    in_turn {
      { lane_tokens = 600000, tokens = 6000 },
      { lane_tokens = 600000, tokens = 1000000000 },
    }
    local list = gaps()

    assert.is_true(list[1] > 250 and list[1] < 5000, list[1])
  end)

  it("keeps the order of priority, whoever is cheap", function()
    says {}
    in_turn { { number = "1", lane_tokens = 600000, tokens = 600000 } }
    all {
      { number = "3", lane_tokens = 600000, lane_limit = 1, tokens = 3000, priority = 5 },
      { number = "2", lane_tokens = 600000, lane_limit = 1, tokens = 0 },
      { number = "4", lane_tokens = 600000, lane_limit = 1, tokens = 10, priority = 5 },
    }

    assert.equal("1 3 4 2", order())
  end)

  it("has no such limit unless one is asked for or told of", function()
    says {}
    all { { tokens = 1000000000 }, { tokens = 1000000000 }, { tokens = 1000000000 } }

    for _, gap in ipairs(gaps()) do
      assert.is_true(gap < 1000, gap)
    end
  end)

  it("has fewer tokens when the service says so", function()
    says { tokens = 600000, tokens_left = 0 }
    in_turn { { lane_tokens = 100000000 }, { lane_tokens = 100000000, tokens = 6000 } }
    assert.is_true(gaps()[1] > 250, gaps()[1])
  end)

  it("learns that there are any from the service", function()
    says { tokens = 600000, tokens_left = 1 }
    in_turn { {}, { tokens = 6000 } }
    assert.is_true(gaps()[1] > 250, gaps()[1])
  end)

  it("has more tokens when the service says so", function()
    says { tokens = 2000000, tokens_left = 1990000 }
    in_turn { { lane_tokens = 60, tokens = 60 }, { lane_tokens = 60, tokens = 60 } }
    -- By what was asked for it would be a minute.
    assert.is_true(gaps()[1] < 10000, gaps()[1])
  end)

  it("does not spend twice what the service may not have counted yet", function()
    local fault = { kind = "status", status = 400, times = 1 }
    says({ tokens = 600000, tokens_left = 600000 }, fault)
    in_turn { {} }
    server:fault { kind = "silence", head = true }
    local dear = submit { tokens = 594000 }
    assert.is_true(server:wait { at_least = { requests = 2 } })
    says { tokens = 600000, tokens_left = 600000 }
    in_turn { {}, { tokens = 9000 } }
    transport:cancel(dear)
    exchange.collect(transport, { dear })

    assert.is_true(gaps()[3] > 250 and gaps()[3] < 5000, gaps()[3])
  end)

  it("goes by the service's limit where a rate was asked for, be it higher or lower", function()
    says { requests = 6000, requests_left = 5999 }
    in_turn { { lane_rate = 1 / 60 }, { lane_rate = 1 / 60 } }
    assert.is_true(gaps()[1] < 10000, gaps()[1])
    server:reset()
    says { requests = 100, requests_left = 99 }
    in_turn { { lane_rate = 1000, lane = "other" }, { lane_rate = 1000, lane = "other" } }
    assert.is_true(gaps()[1] > 250, gaps()[1])
  end)

  it("keeps to a firm rate, however much more the service allows", function()
    says { requests = 6000, requests_left = 5999 }
    local one = { lane_rate = 2, lane_firm = true }
    in_turn { one, one, one }
    for _, gap in ipairs(gaps()) do
      assert.is_true(gap > 250, gap)
    end
  end)

  it("goes slower than a firm rate when the service says so", function()
    says { requests = 100, requests_left = 99 }
    in_turn { { lane_rate = 1000, lane_firm = true }, { lane_rate = 1000, lane_firm = true } }
    assert.is_true(gaps()[1] > 250, gaps()[1])
  end)

  it("spends no more than firm tokens, however many the service has left", function()
    says { tokens = 2000000, tokens_left = 1990000 }
    in_turn {
      { lane_tokens = 600000, tokens = 600000, lane_firm = true },
      { lane_tokens = 600000, tokens = 6000, lane_firm = true },
    }
    assert.is_true(gaps()[1] > 250 and gaps()[1] < 5000, gaps()[1])
  end)

  it("has fewer than firm tokens when the service says so", function()
    says { tokens = 600000, tokens_left = 0 }
    in_turn {
      { lane_tokens = 100000000, lane_firm = true },
      { lane_tokens = 100000000, tokens = 6000, lane_firm = true },
    }
    assert.is_true(gaps()[1] > 250, gaps()[1])
  end)

  it("is held back as a whole by a 429, and goes on in order of priority", function()
    server:fault { kind = "status", status = 429, retry_after = 1 }
    local first = submit { number = "1", lane_limit = 1 }
    exchange.until_kind(transport, first, "retry")
    local ids = { first }
    for i, priority in ipairs { 0, -1, 9 } do
      ids[i + 1] = submit { number = tostring(i + 1), priority = priority, lane_limit = 1 }
    end
    exchange.collect(transport, ids)

    assert.is_true(gaps()[1] > 900, gaps()[1])
    -- The one that was refused came first among its equals.
    assert.equal("1 4 1 2 3", order())
  end)

  it("is held back by a 429 without Retry-After as long as that one waits", function()
    server:fault { kind = "status", status = 429 }
    local first = submit {}
    local retry = exchange.until_kind(transport, first, "retry")
    exchange.collect(transport, { first, submit { priority = 9 } })

    assert.is_true(gaps()[1] >= retry.delay_ms - 20, gaps()[1] .. " of " .. retry.delay_ms)
  end)

  it("is held back also by a 429 that is not tried again", function()
    server:fault { kind = "status", status = 429, retry_after = 1 }
    in_turn { { retry = 0 }, {} }

    assert.is_true(gaps()[1] > 900, gaps()[1])
  end)

  it("is held back a minute at most", function()
    server:fault { kind = "status", status = 429, retry_after = 3600 }
    in_turn { {} }
    local id = submit { total_ms = 300 }
    local events = exchange.collect(transport, { id })[id]
    assert.equal("timeout_total", events.done.code)
    assert.equal("held", events[1].kind)
    assert.is_true(events[1].delay_ms > 30000 and events[1].delay_ms <= 60000, events[1].delay_ms)

    assert.equal(1, server:stats().requests)
  end)

  it("tells each request once that another one's 429 holds it back", function()
    server:fault { kind = "status", status = 429, retry_after = 2 }
    local first = submit { lane_limit = 1 }
    local waiting = submit { lane_limit = 1 }
    local held = exchange.until_kind(transport, waiting, "held")
    local late = submit { lane_limit = 1 }
    local heard = exchange.collect(transport, { first, waiting, late })
    local also = table.remove(heard[late], 1)

    assert.same({ id = waiting, kind = "held", delay_ms = held.delay_ms }, held)
    assert.same({ id = late, kind = "held", delay_ms = also.delay_ms }, also)
    for _, event in ipairs { held, also } do
      assert.is_true(event.delay_ms > 1000 and event.delay_ms <= 2000, event.delay_ms)
    end
    for _, id in ipairs { waiting, late } do
      assert.equal(0, exchange.count(heard[id], "held"))
      assert.equal("done", heard[id].done.outcome)
      assert.equal(1, heard[id].done.attempts)
    end
  end)

  it("tells of its own pause but once", function()
    server:fault { kind = "status", status = 429, retry_after = 2 }
    local id = submit {}
    local events = exchange.collect(transport, { id })[id]

    assert.equal(1, exchange.count(events, "retry"))
    assert.equal(0, exchange.count(events, "held"))
  end)

  it("tells nobody of a second", function()
    server:fault { kind = "status", status = 429, retry_after = 1 }
    local first = submit { lane_limit = 1, retry = 0 }
    local waiting = submit { lane_limit = 1 }
    local heard = exchange.collect(transport, { first, waiting })

    assert.is_true(gaps()[1] > 900, gaps()[1])
    assert.equal(0, exchange.count(heard[waiting], "held"))
  end)

  it("says when the time ran out before its turn, and why", function()
    server:fault { kind = "status", status = 429, retry_after = 30 }
    in_turn { { retry = 0 } }
    local id = submit { total_ms = 300 }
    local done = exchange.collect(transport, { id })[id].done
    assert.equal(
      ("the whole request took too long: it waited %.1f s for its turn, "):format(done.waited_ms / 1000)
        .. "since the service asked all requests of this key to wait",
      done.message
    )
    assert.is_true(done.waited_ms >= 300 and done.waited_ms < 5000, done.waited_ms)
  end)

  it("says so also when it waited for the others alone", function()
    server:fault { kind = "silence", head = true }
    local ahead = submit { lane_limit = 1 }
    local id = submit { lane_limit = 1, total_ms = 300 }
    local done = exchange.collect(transport, { id })[id].done
    transport:cancel(ahead)
    exchange.collect(transport, { ahead })

    assert.equal("timeout_total", done.code)
    assert.match("it waited %d%.%d s for its turn among the requests of this key$", done.message)
  end)

  it("blames nobody for a request's own pause", function()
    server:fault { kind = "status", status = 429, retry_after = 30 }
    local id = submit { total_ms = 600 }
    local done = exchange.collect(transport, { id })[id].done

    assert.equal("timeout_total", done.code)
    assert.is_nil(done.waited_ms)
    assert.is_nil(done.message:find("turn", 1, true))
  end)

  it("is not held back by a 429 that says that there is no allowance for this model", function()
    for _, name in ipairs { "no_allowance", "month_spent" } do
      server:reset()
      server:fault { kind = "status", name = name, retry_after = 30 }
      in_turn { {}, {} }

      assert.is_true(gaps()[1] < 5000, gaps()[1])
    end
  end)

  it("does not hold back another one", function()
    server:fault { kind = "status", status = 429, retry_after = 30 }
    in_turn { { retry = 0 }, { lane = "other" } }

    assert.is_true(gaps()[1] < 5000, gaps()[1])
  end)
end)
