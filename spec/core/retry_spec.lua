local exchange = require "spec.core.exchange"

describe("a failed request", function()
  local server, transport

  setup(function() server = exchange.server() end)
  before_each(function()
    server:reset()
    transport = exchange.transport(server)
  end)
  after_each(function() exchange.close(transport) end)

  ---Runs a chat against a server that fails `times` times with that fault.
  local function run(fault, times, changes)
    fault.times = times
    server:fault(fault)
    return exchange.run(transport, exchange.chat(server, changes))
  end

  for _, status in ipairs { 408, 425, 429, 500, 502, 503, 504 } do
    it(("of status %d is tried again"):format(status), function()
      local done, events = run({ kind = "status", status = status, retry_after = 0 }, 1)

      assert.equal("done", done.outcome)
      assert.equal(2, done.attempts)
      assert.equal("retry", events[1].kind)
      assert.equal(status, events[1].status)
      assert.equal(1, events[1].attempt)
      assert.equal(2, server:stats().requests)
    end)
  end

  for _, status in ipairs { 400, 401, 403, 404, 422, 501 } do
    it(("of status %d is not"):format(status), function()
      local done, events = run({ kind = "status", status = status, retry_after = 0 }, 1)

      assert.equal("failed", done.outcome)
      assert.equal(status, done.status)
      assert.equal(0, exchange.count(events, "retry"))
      assert.equal(1, server:stats().requests)
    end)
  end

  it("is tried at most three times more", function()
    local done, events = run({ kind = "status", status = 503, retry_after = 0 }, 0)

    assert.equal("failed", done.outcome)
    assert.equal(4, done.attempts)
    assert.equal(3, exchange.count(events, "retry"))
    assert.equal(4, server:stats().requests)
  end)

  it("is not tried again when the caller says so", function()
    local done = run({ kind = "status", status = 503 }, 0, { retry = 0 })

    assert.equal(503, done.status)
    assert.equal(1, server:stats().requests)
  end)

  it("waits as long as Retry-After asks", function()
    local _, events = run({ kind = "status", status = 429, retry_after = 1 }, 1)

    assert.equal(1000, events[1].delay_ms)
  end)

  it("understands Retry-After as a date", function()
    local date = os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() + 2)
    local _, events = run({ kind = "status", status = 503, headers = { ["retry-after"] = date } }, 1)

    assert.is_true(events[1].delay_ms <= 2000)
  end)

  it("does not wait longer than a minute, and says what was asked", function()
    local done = run({ kind = "status", status = 429, retry_after = 61 }, 1)

    assert.equal("failed", done.outcome)
    assert.equal("61", done.headers["retry-after"])
  end)

  it("waits a random part of half a second, then of one, without Retry-After", function()
    local _, events = run({ kind = "status", status = 503 }, 2)

    assert.is_true(events[1].delay_ms <= 500)
    assert.is_true(events[2].delay_ms <= 1000)
  end)

  it("on a warm connection is not asked twice because its answer is slow", function()
    exchange.run(transport, exchange.models(server))
    server:reset()
    server:fault { kind = "silence", head = true, times = 0 }
    local done = exchange.run(transport, exchange.chat(server, { head_ms = 300, retry = 0 }))

    assert.equal("timeout_head", done.code)
    assert.is_true(done.reused)
    assert.equal(1, server:stats().requests)
  end)

  it("on a warm connection is not asked twice when the server resets its stream", function()
    exchange.run(transport, exchange.models(server))
    server:reset()
    server:fault { kind = "reset", head = true, times = 0 }
    local done = exchange.run(transport, exchange.chat(server, { retry = 0 }))

    assert.equal("reset", done.code)
    assert.equal(1, server:stats().requests)
  end)

  it("with a large body that went out whole is not asked twice", function()
    for _, door in ipairs { "url", "url_h1" } do
      exchange.run(transport, exchange.models(server, { base = server[door] }))
      server:reset()
      server:fault { kind = "cut", head = true, times = 0 }
      local r = exchange.chat(server, { base = server[door] })
      r.body = r.body:gsub("Explain:", "%0" .. ("x"):rep(300000))
      local done = exchange.run(transport, r)

      assert.equal("reset", done.code, door)
      assert.is_true(done.reused)
      assert.equal(1, server:stats().requests)
      server:reset()
    end
  end)

  it("with no allowance in the plan is not tried again", function()
    local done = run({ kind = "status", name = "no_allowance" }, 1)

    assert.equal(429, done.status)
    assert.equal(1, server:stats().requests)
  end)

  it("with a spent month is not tried again", function()
    local done = run({ kind = "status", name = "month_spent" }, 1)

    assert.equal(429, done.status)
    assert.equal(1, server:stats().requests)
  end)

  it("is not tried again once part of the answer is delivered", function()
    local done, events = run({ kind = "cut", after_bytes = 900 }, 1)

    assert.equal("reset", done.code)
    assert.is_true(exchange.count(events, "data") > 0)
    assert.equal(1, server:stats().requests)
  end)

  it("to connect is tried again, and each wait is told", function()
    local done, events = exchange.run(transport, { url = "https://127.0.0.1:1/", retry = 2 })

    assert.equal("connect", done.code)
    assert.equal(3, done.attempts)
    assert.equal(2, exchange.count(events, "retry"))
    assert.equal("connect", events[1].code)
    assert.truthy(#events[1].message > 10)
  end)
end)

describe("a lane", function()
  local server, transport

  setup(function() server = exchange.server() end)
  before_each(function()
    server:reset()
    transport = exchange.transport(server)
  end)
  after_each(function()
    server:pace(0)
    exchange.close(transport)
  end)

  local function submit_all(list)
    local ids = {}
    for i, changes in ipairs(list) do
      changes.lane = changes.lane or "lane"
      ids[i] = transport:submit(exchange.chat(server, changes))
    end
    return ids
  end

  ---The order in which the server heard of the requests, by their number in the list.
  local function order_of(ids, list)
    local place = {}
    exchange.collect(transport, ids)
    for _, record in ipairs(server:requests()) do
      place[#place + 1] = record.headers["x-number"]
    end
    assert.equal(#list, #place)
    return table.concat(place, " ")
  end

  local function numbered(list)
    for i, changes in ipairs(list) do
      changes.headers = {
        authorization = "Bearer " .. server.key,
        ["content-type"] = "application/json",
        ["x-number"] = tostring(i),
      }
    end
    return list
  end

  it("keeps the number in flight", function()
    server:pace(200)
    local list = {}
    for i = 1, 12 do
      list[i] = { lane_limit = 3 }
    end
    local ids = submit_all(list)
    local most = 0
    local left = #ids
    while left > 0 do
      assert.is_true(transport:wait(10000))
      for _, event in ipairs(transport:drain()) do
        left = left - (event.kind == "end" and 1 or 0)
      end
      most = math.max(most, transport:stats().in_flight)
    end

    assert.is_true(most <= 3, "saw " .. most)
  end)

  it("lets higher priorities go first, and equals in order", function()
    local list = numbered {
      { lane_limit = 1 },
      { lane_limit = 1, priority = 0 },
      { lane_limit = 1, priority = -5 },
      { lane_limit = 1, priority = 9 },
      { lane_limit = 1, priority = 0 },
    }
    server:pace(200)
    local first = submit_all { list[1] }
    exchange.until_kind(transport, first[1], "data")
    local ids = submit_all { list[2], list[3], list[4], list[5] }
    exchange.collect(transport, first)

    assert.equal("1 4 2 5 3", order_of(ids, list))
  end)

  it("spaces the starts by the rate asked for", function()
    local unsaid = { ["x-ratelimit-limit-req-minute"] = false, ["x-ratelimit-remaining-req-minute"] = false }
    server:fault { kind = "status", status = 400, headers = unsaid, times = 0 }
    local list = {}
    for i = 1, 4 do
      list[i] = { lane_rate = 10 }
    end
    exchange.collect(transport, submit_all(list))
    local records = server:requests()

    for i = 2, 4 do
      local gap = records[i].started_ms - records[i - 1].started_ms
      assert.is_true(gap > 60, "a gap of " .. gap .. " ms")
    end
  end)

  it("does not hold up another lane", function()
    server:fault { kind = "silence", head = true, times = 1 }
    local stuck = submit_all { { lane = "one", lane_limit = 1 } }
    assert.is_true(server:wait { at_least = { requests = 1 } })
    local ids = submit_all { { lane = "two", lane_limit = 1 } }

    assert.equal("done", exchange.collect(transport, ids)[ids[1]].done.outcome)
    transport:cancel(stuck[1])
    exchange.collect(transport, stuck)
  end)

  it("slows down when the service says that little is left", function()
    local headers = { ["x-ratelimit-limit-req-minute"] = "600", ["x-ratelimit-remaining-req-minute"] = "3" }
    server:fault { kind = "status", status = 400, headers = headers, times = 0 }
    for _ = 1, 3 do
      exchange.run(transport, exchange.chat(server, { lane = "lane" }))
    end
    local records = server:requests()

    for i = 2, 3 do
      local gap = records[i].started_ms - records[i - 1].started_ms
      assert.is_true(gap > 60, "a gap of " .. gap .. " ms")
    end
  end)

  it("waits as a whole after a 429", function()
    server:fault { kind = "status", status = 429, retry_after = 1, times = 1 }
    local ids = submit_all { { lane_limit = 1 }, { lane_limit = 1 } }
    exchange.collect(transport, ids)
    local records = server:requests()

    assert.equal(3, #records)
    assert.is_true(records[2].started_ms - records[1].started_ms > 900)
  end)
end)
