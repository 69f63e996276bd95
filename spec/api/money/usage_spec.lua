local books = require "spec.api.money.books"
local dates = require "mistral.money.dates"
local json = require "mistral.json"
local subject = require "spec.api.support.subject"

local function line(fields)
  local record = {
    time = "2026-11-22T10:00:00Z", model = "a", provider = "mistral", kind = "chat",
    tokens_in = 10, tokens_cached = 4, tokens_out = 5, cost = 0.5, outcome = "done",
  }
  for name, value in pairs(fields) do
    record[name] = value or nil
  end
  return json.encode(record) .. "\n"
end

local function account_with(...)
  local account, at = books.account()
  for _, fields in ipairs { ... } do
    local month = (fields.time or "2026-11"):sub(1, 7)
    books.write(at.folder, month, line(fields))
  end
  return account, at
end

local function keys(usage)
  local list = {}
  for index, row in ipairs(usage) do
    list[index] = ("%s %d"):format(row.key, row.requests)
  end
  return list
end

describe("usage", function()
  it("sums the month up by model", function()
    local usage = account_with({}, {}, { model = "b", outcome = "failed", tokens_in = false,
      tokens_out = false, cost = 0 }):usage()

    assert.same({
      { key = "a", requests = 2, failed = 0, tokens_in = 20, tokens_cached = 8, tokens_out = 10,
        cost = 1, unknown = 0 },
      { key = "b", requests = 1, failed = 1, tokens_in = 0, tokens_cached = 4, tokens_out = 0,
        cost = 0, unknown = 0 },
    }, { usage[1], usage[2] })
    assert.equal(3, usage.total.requests)
    assert.equal(1, usage.total.cost)
    assert.equal("2026-11-01T00:00:00Z", usage.since)
    assert.equal(0, usage.skipped)
  end)

  it("calls a cost unknown, and never 0, where it is", function()
    local usage = account_with({ model = "b", cost = false }, { cost = false }, {}):usage()

    assert.equal("a", usage[1].key)
    assert.equal(0.5, usage[1].cost)
    assert.equal(1, usage[1].unknown)
    assert.is_nil(usage[2].cost)
    assert.equal(1, usage[2].unknown)
    assert.equal(2, usage.total.unknown)
  end)

  it("sums up by day, provider and kind", function()
    local account = account_with({ time = "2026-11-20T23:59:59Z" }, {}, { kind = "fim" },
      { provider = "azure" })

    assert.same({ "2026-11-20 1", "2026-11-22 3" }, keys(account:usage { by = "day" }))
    assert.same({ "mistral 3", "azure 1" }, keys(account:usage { by = "provider" }))
    assert.same({ "chat 3", "fim 1" }, keys(account:usage { by = "kind" }))
  end)

  it("begins where it is told", function()
    local account = account_with({ time = "2025-12-31T23:59:59Z" }, { time = "2026-10-31T23:00:00Z" },
      { time = "2026-11-01T00:00:00Z" }, { time = "2026-11-22T00:00:00Z" },
      { time = "2026-11-22T19:12:00Z" })
    local function count(since)
      return account:usage { since = since }.total.requests
    end

    assert.equal(3, count())
    assert.equal(3, count "month")
    assert.equal(2, count "today")
    assert.equal(5, count "all")
    assert.equal(1, count(60))
    assert.equal(1, count(books.NOW - 60))
    assert.equal(4, count "2026-10-31")
    assert.equal(1, count "2026-11-22T19:12Z")
  end)

  it("says so where a request names no model", function()
    local account = account_with({ model = false, kind = "files", tokens_in = 0 })

    assert.equal("no model", account:usage()[1].key)
  end)

  it("is not everybody's on a client that keeps no ledger", function()
    local one = subject.client { ledger = false }
    local usage, err = one:usage()

    assert.is_nil(usage)
    assert.equal("refused", err.code)
    assert.truthy(err.message:find("this client keeps no ledger", 1, true), err.message)
    one:close()
  end)

  it("refuses what it does not know", function()
    local account = books.account()
    for _, params in ipairs { { by = "colour" }, { since = "yesterday" }, { until_ = 5 },
      { since = -1 }, { since = books.NOW + 60 }, { since = "2026-13-01" }, { since = true } } do
      assert.error(function() account:usage(params) end)
    end
  end)

  it("tells how many lines it could not read", function()
    local account, at = account_with({})
    books.write(at.folder, "2026-11", '{"time":"2026-11-22T1\n')

    assert.equal(1, account:usage().skipped)
    assert.equal(1, account:usage().total.requests)
  end)

  it("keeps its table small, however many names there are", function()
    local account, at = books.account()
    local lines = {}
    for index = 1, 3000 do
      lines[index] = line { model = "m" .. index }
    end
    books.write(at.folder, "2026-11", table.concat(lines))

    local usage = account:usage()

    assert.truthy(#usage <= 1001)
    assert.equal("(other)", usage[1].key)
    assert.equal(2000, usage[1].requests)
    assert.equal(3000, usage.total.requests)
  end)
end)

describe("dates", function()
  it("are read as they are written", function()
    for _, time in ipairs { 0, 951782400, 951868800, 1078012800, books.NOW, 4102444800 } do
      assert.equal(time, dates.parse(dates.iso(time)))
    end
    assert.equal(1795305600, dates.parse "2026-11-22")
    assert.is_nil(dates.parse "2026-11-22 10:00")
    assert.is_nil(dates.parse "22.11.2026")
  end)

  it("know the months from one to another", function()
    assert.same({ "2025-11", "2025-12", "2026-01" }, dates.months("2025-11", "2026-01", 120))
    assert.same({ "2025-12", "2026-01" }, dates.months("1970-01", "2026-01", 2))
    assert.same({}, dates.months("2026-02", "2026-01", 5))
  end)
end)

describe("usage of a long ledger", function()
  it("lets an editor go on while a long ledger is read, and can be stopped", function()
    local folder, waiting = books.folder(), {}
    books.write(folder, os.date("!%Y-%m"), (line { time = os.date("!%Y-%m-%dT%H:%M:%SZ") }):rep(20000))
    local one = subject.client {
      ledger = folder, later = function(fn) waiting[#waiting + 1] = fn end,
    }
    local usage, err
    local callbacks = {
      on_done = function(said) usage = said end, on_error = function(said) err = said end,
    }

    one:usage({ by = "day" }, callbacks)
    local turns = 0
    while waiting[1] do
      turns = turns + 1
      assert.is_nil(usage)
      table.remove(waiting, 1)()
      one:drain()
    end
    assert.equal(20000, usage.total.requests)
    assert.is_true(turns > 3, turns)

    local task = one:usage({}, callbacks)
    task:cancel()
    while waiting[1] do
      table.remove(waiting, 1)()
      one:drain()
    end
    assert.equal("cancelled", err.code)
    assert.error(function() one:usage({ by = "moon" }, callbacks) end)
    one:close()
  end)

  it("is read also when it is asked for in the end of another reading", function()
    local one, transport = subject.client { ledger = books.folder() }
    local count = 0
    local function again()
      count = count + 1
      if count < 3 then one:usage({}, { on_done = again }) end
    end

    one:usage({}, { on_done = again })
    for round = 1, 3 do
      assert.is_true(transport.woken > 0, "nobody would drain")
      transport.woken = 0
      one:drain()
      assert.equal(round, count)
    end
    assert.equal(0, transport.woken)
    one:close()
  end)
end)
