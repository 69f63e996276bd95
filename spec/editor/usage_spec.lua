-- The window that tells what was used.
local fake = require "mistral.host.fake"
local sessions = require "mistral.editor.session"
local usages = require "mistral.editor.usage"

local function row(key, requests, cost, unknown)
  return {
    key = key, requests = requests, failed = key == "b" and 1 or 0, tokens_in = 1000 * requests,
    tokens_cached = 0, tokens_out = 10 * requests, cost = cost, unknown = unknown or 0,
  }
end

local function usage(total, ...)
  local all = { total = total, since = "2026-11-01T00:00:00Z", skipped = 0 }
  for i, one in ipairs { ... } do all[i] = one end
  return all
end

local NO_BUDGET = { day = 0, month = 0, unit = "usd" }

describe("the usage window", function()
  local read
  before_each(function()
    read = {
      today = usage(row("total", 0)),
      month = usage(row("total", 1234, 8), row("a", 1000, 6), row("b", 234, 2)),
      days = usage(row("total", 1234, 8), row("2026-11-02", 1234, 8)),
    }
  end)

  local function text(budget)
    return table.concat(usages.lines(read, budget or NO_BUDGET, "2026-11-22"), "\n")
  end

  it("has a row for each model and day, with bars", function()
    assert.equal(([[
Usage on 2026-11-22 (UTC), from the ledger of all editors and scripts

Budget: none is set; see :help mistral-lua-budget

Today: nothing

This month: 1 234 requests, 1 246 340 tokens, USD 8.00
  model  requests  failed  tokens in  tokens out   USD  (bars: cost)
  a         1 000          1 000 000      10 000  6.00  ████████████████████
  b           234       1    234 000       2 340  2.00  ███████

This month by day: 1 234 requests, 1 246 340 tokens, USD 8.00
  day         requests  failed  tokens in  tokens out   USD  (bars: cost)
  2026-11-02     1 234          1 234 000      12 340  8.00  ████████████████████]]), text())
  end)

  it("says what is left of the budget", function()
    local said = text { day = 1, month = 10, unit = "usd" }
    assert.truthy(said:find("today +0%.0000 USD of 1%.00 USD spent, 1%.00 USD left  %[ +%] 0 %%"), said)
    assert.truthy(said:find("this month +8%.00 USD of 10%.00 USD spent, 2%.00 USD left  %[################ "
      .. " +%] 80 %%"), said)
    said = text { day = 0, month = 1000000, unit = "tokens" }
    assert.falsy(said:find("today  +%d"))
    assert.truthy(said:find("1 246 340 tokens of 1 000 000 tokens spent, 0 tokens left", 1, true), said)
    assert.truthy(said:find("125 %%"), said)
  end)

  it("calls an unknown price unknown, and compares tokens where no cost is known", function()
    read.month = usage(row("total", 3, nil, 3), row("x", 2, nil, 2), row("y", 1, nil, 1))
    read.month.skipped = 2

    local said = text { day = 0, month = 5, unit = "usd" }

    assert.truthy(said:find("x +2 +2 000 +20  unknown  ████"), said)
    assert.truthy(said:find("USD unknown", 1, true), said)
    assert.truthy(said:find("(bars: tokens)", 1, true), said)
    assert.truthy(said:find("3 requests of unknown price count for nothing here", 1, true), said)
    assert.truthy(said:find("2 lines of the ledger could not be read", 1, true), said)
    read.month = usage(row("total", 3, 1, 2), row("x", 3, 1, 2))
    assert.truthy(text():find("1.00 + 2 unknown", 1, true), text())
  end)

  it("is filled when the ledger is read, unless it is gone or there is no ledger", function()
    local host, asked = fake.new(), {}
    local session = sessions.new(host, {
      usage = function(_, params, callbacks) asked[#asked + 1] = { params, callbacks } end,
    })
    assert.is_true(usages.start(session, { budget = NO_BUDGET }))
    local buffer = host.buffer()
    assert.same({ "Reading the ledger ..." }, host.lines(buffer, 1, -1))
    asked[1][2].on_done(read.today)
    asked[2][2].on_done(read.month)
    asked[3][2].on_done(read.days)
    assert.truthy(host.lines(buffer, 1, 1)[1]:find("^Usage on %d"))
    assert.same({ "today", "month", "month" },
      { asked[1][1].since, asked[2][1].since, asked[3][1].since })

    usages.start(session, { budget = NO_BUDGET })
    asked[4][2].on_error(require("mistral.errors").new("refused", "this client keeps no ledger"))
    assert.same({ "this client keeps no ledger" }, host.lines(buffer, 1, -1))
    usages.start(session, { budget = NO_BUDGET })
    host.unload(buffer)
    asked[5][2].on_error("gone")
    session:close()
  end)
end)
