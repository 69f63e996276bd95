local books = require "spec.api.money.books"

-- Of the small model's price: a million tokens in are 0.15 dollars, out 0.6.
local function account(limits, options)
  options = options or {}
  options.budget = limits
  return books.account(options)
end

local function admit(one, params, fields)
  local call = books.call(params, fields)
  return one:admit(call, books.SITE), call
end

describe("a budget", function()
  it("refuses a request whose estimate would pass it, with the numbers", function()
    local one = account { day = 1 }
    books.spend(one, 5e6, 0)

    local err = admit(one, { max_tokens = 500000, messages = {} })
    assert.equal("context_too_long", err.code)
    err = admit(one, { max_tokens = 200000, n = 3, messages = {} })

    assert.equal("budget", err.code)
    assert.equal("this request may take 0.36 USD: today's budget is 1.00 USD, with 0.75 USD spent",
      err.message)
    assert.truthy(tostring(err):find("raise the option budget", 1, true))
    assert.is_nil(admit(one, { max_tokens = 200000, n = 2, messages = {} }))
  end)

  it("says what it took an answer without max_tokens for", function()
    local err = admit(account { day = 1000, unit = "tokens" }, {})

    assert.truthy(err.message:find("tokens, as it has no max_tokens and 2048 are assumed: today's", 1, true),
      err.message)
  end)

  it("counts tokens where it is in tokens", function()
    local one = account { month = 10000, unit = "tokens" }
    books.spend(one, 5000, 3000, { model = "of-unknown-price" })

    local err = admit(one, { max_tokens = 1990 })

    assert.equal("budget", err.code)
    assert.truthy(err.message:find("this month's budget is 10000 tokens, with 8000 tokens spent",
      1, true))
    assert.is_nil(admit(one, { max_tokens = 1900 }))
  end)

  it("takes an answer of no stated length for a long one", function()
    local one = account { day = 2000, unit = "tokens" }

    assert.equal("budget", admit(one).code)
    assert.is_nil(admit(one, { max_tokens = 100 }))
  end)

  it("counts what other processes have spent", function()
    local folder = books.folder()
    local one = account({ day = 1 }, { ledger = folder })
    local other = books.account { ledger = folder }
    assert.is_nil(admit(one))

    books.spend(other, 6e6, 2e5)

    assert.equal("budget", admit(one).code)
  end)

  it("sets aside what is under way, so that many at once cannot pass together", function()
    local one = account { day = 10000, unit = "tokens" }
    local calls, refused = {}, 0
    for _ = 1, 10 do
      local err, call = admit(one, { max_tokens = 2000 })
      if err then refused = refused + 1 else calls[#calls + 1] = call end
    end

    assert.equal(4, #calls)
    assert.equal(6, refused)
    local err = admit(one, { max_tokens = 2000 })
    assert.truthy(err.message:find("and 8044 tokens set aside for what is under way", 1, true))

    for _, call in ipairs(calls) do
      one:ended(call, { outcome = "done", usage = { prompt_tokens = 10, completion_tokens = 10 } })
    end
    assert.is_nil(admit(one, { max_tokens = 9000 }))
  end)

  it("begins anew with the day and with the month", function()
    local one, at = account { day = 1000, month = 2000, unit = "tokens" }
    books.spend(one, 900, 0, { max_tokens = 1 })
    assert.equal("budget", admit(one, { max_tokens = 200 }).code)

    at.now = at.now + 24 * 3600
    books.spend(one, 700, 0, { max_tokens = 200 })
    at.now = at.now + 24 * 3600
    local err = admit(one, { max_tokens = 800 })
    assert.truthy(err.message:find("this month's", 1, true))

    at.now = at.now + 10 * 24 * 3600
    assert.is_nil(admit(one, { max_tokens = 800 }))
  end)

  it("still knows a day that the clock was put back to", function()
    local one, at = account { day = 1000, unit = "tokens" }
    books.spend(one, 900, 0, { max_tokens = 1 })

    at.now = at.now + 24 * 3600
    assert.is_nil(admit(one, { max_tokens = 200 }))
    at.now = at.now - 24 * 3600

    assert.equal("budget", admit(one, { max_tokens = 200 }).code)
  end)

  it("warns once when four fifths of a day or a month are spent", function()
    local one, at = account { day = 1000, month = 100000, unit = "tokens" }
    books.spend(one, 790, 0, { max_tokens = 1 })
    assert.same({}, at.notices)

    books.spend(one, 20, 0, { max_tokens = 1 })
    books.spend(one, 20, 0, { max_tokens = 1 })

    assert.same({ "810 tokens of today's budget of 1000 tokens are spent (81 %)" }, at.notices)
    at.now = at.now + 24 * 3600
    books.spend(one, 850, 0, { max_tokens = 1 })
    assert.equal(2, #at.notices)
  end)

  it("refuses a model of unknown price where it is in money, and says what helps", function()
    local one = account { day = 1 }

    local err = admit(one, { model = "my-own" })

    assert.equal("budget", err.code)
    assert.truthy(err.message:find("the price of my-own is unknown here", 1, true))
    assert.truthy(err.hint:find("prices =", 1, true))
    assert.truthy(err.hint:find('unit = "tokens"', 1, true))
    one = account({ day = 1 }, { prices = { ["*"] = { input = 1, output = 1 } } })
    assert.is_nil(admit(one, { model = "my-own" }))
  end)

  it("knows no price for a regional host or another provider", function()
    local one = account { day = 1 }
    local site = assert(require("mistral.api.provider.mistral").site { region = "eu" })
    assert.equal("budget", one:admit(books.call(), site).code)

    one = account({ day = 1 }, { provider = "azure" })
    assert.equal("budget", one:admit(books.call(), books.SITE).code)
  end)

  it("counts a request that the ledger could not be told", function()
    local one = account({ day = 5000, unit = "tokens" }, { append = function() return nil, "full" end })
    books.spend(one, 3000, 0)

    assert.equal("budget", admit(one, { max_tokens = 2000 }).code)
    assert.is_nil(admit(one, { max_tokens = 1900 }))
  end)

  it("believes a ledger that somebody has cleared", function()
    local one, at = account { day = 5000, unit = "tokens" }
    books.spend(one, 4000, 0)
    assert.equal("budget", admit(one, { max_tokens = 2000 }).code)

    os.remove(at.folder .. "/ledger-2026-11.jsonl")

    assert.is_nil(admit(one, { max_tokens = 2000 }))
  end)

  it("lets lists through when nothing is left", function()
    local one = account { day = 0 }

    assert.is_nil(admit(one, nil, { kind = "models", endpoint = { method = "GET" } }))
    assert.equal("budget", admit(one).code)
  end)
end)

describe("a stream under a budget", function()
  local PIECE = { text = ("x"):rep(35) } -- some ten tokens

  it("is stopped when it has taken what was left", function()
    local one = account { day = 500, unit = "tokens" }
    local err, call = admit(one, nil, { streamed = true })
    assert.is_nil(err)

    local pieces = 0
    repeat
      pieces = pieces + 1
      err = one:delta(call, PIECE)
    until err or pieces == 1000

    assert.equal("budget", err.code)
    assert.truthy(err.message:find "the answer was stopped after about 4%d%d tokens: today's budget is 500 tokens")
    assert.truthy(pieces > 40 and pieces <= 50)
  end)

  it("may grow past its estimate while there is something left", function()
    local one = account { day = 5000, unit = "tokens" }
    local _, call = admit(one, { max_tokens = 100 }, { streamed = true })
    for _ = 1, 300 do
      assert.is_nil(one:delta(call, PIECE))
    end

    assert.truthy(one.budget.reserved > 3000)
    one:ended(call, { outcome = "done", usage = { prompt_tokens = 5, completion_tokens = 3000 } })
    assert.equal(0, one.budget.reserved)
  end)

  it("is not stopped within the length that was set aside for it, however it is cut", function()
    local one = account { day = 140, unit = "tokens" }
    local err, call = admit(one, { max_tokens = 100 }, { streamed = true })
    assert.is_nil(err)

    for _ = 1, 100 do
      assert.is_nil(one:delta(call, { text = "words" })) -- one token, though it has five bytes
    end
    for _ = 1, 100 do err = err or one:delta(call, { text = "words" }) end

    assert.equal("budget", err.code) -- but a server that does not stop
  end)

  it("is refused like any other when it says how long it may get", function()
    local one = account { day = 500, unit = "tokens" }

    assert.equal("budget", admit(one, { max_tokens = 600 }, { streamed = true }).code)
  end)

  it("stops at money, too", function()
    local one = account { day = 0.0006 } -- a thousand tokens
    local _, call = admit(one, nil, { streamed = true })
    local pieces, err = 0
    repeat
      pieces = pieces + 1
      err = one:delta(call, { thinking = PIECE.text })
    until err or pieces == 1000

    assert.equal("budget", err.code)
    assert.truthy(pieces > 90 and pieces <= 101)
  end)
end)

describe("a plan", function()
  local function lane(one)
    local call = books.call { max_tokens = 100 }
    assert.is_nil(one:admit(call, books.SITE))
    return one:lane(call)
  end

  it("sets the rates of its lane", function()
    local pace = lane(books.account { plan = "experiment" })
    assert.same({ 1, 50000, 2 }, { pace.rate, pace.tokens_minute, pace.in_flight })

    pace = lane(books.account { plan = { requests_per_minute = 30, tokens_per_minute = 7 } })
    assert.same({ 0.5, 7 }, { pace.rate, pace.tokens_minute })
  end)

  it("tells what a request takes of the lane's tokens, also without one", function()
    local pace = lane(books.account())

    assert.is_nil(pace.rate)
    assert.truthy(pace.tokens > 100 and pace.tokens < 120)
  end)

  it("is corrected by what the service says", function()
    local one = books.account { plan = "scale" }
    one:heard(books.call(), {
      ["x-ratelimit-limit-req-minute"] = "600", ["x-ratelimit-limit-tokens-minute"] = "90000",
    })

    local pace = lane(one)

    assert.same({ 10, 90000, 16 }, { pace.rate, pace.tokens_minute, pace.in_flight })
  end)

  it("of one's own is an upper bound", function()
    local one = books.account { plan = { requests_per_second = 2, tokens_per_minute = 1000 } }
    one:heard(books.call(), {
      ["x-ratelimit-limit-req-minute"] = "600", ["x-ratelimit-limit-tokens-minute"] = "90000",
    })
    assert.equal(2, lane(one).rate)
    assert.equal(1000, lane(one).tokens_minute)

    one:heard(books.call(), { ["x-ratelimit-limit-req-minute"] = "60" })
    assert.equal(1, lane(one).rate)
  end)

  it("of one's own is firm, a named one is not, and what it leaves out is no limit", function()
    local own = books.account { plan = { in_flight = 3 } }
    own:heard(books.call(), { ["x-ratelimit-limit-req-minute"] = "60" })

    assert.same({ true }, { lane(own).firm, lane(own).rate })
    assert.is_nil(lane(books.account { plan = "scale" }).firm)
  end)

  it("gives the transport numbers that it takes", function()
    local one = books.account { plan = { tokens_per_minute = 0.5 } }
    local call = books.call { model = "unheard-of", max_tokens = 1e300 }
    assert.is_nil(one:admit(call, books.SITE))

    local pace = one:lane(call)

    assert.equal(1e9, pace.tokens)
    assert.equal(1, pace.tokens_minute)
  end)

  it("takes no nonsense from a header", function()
    local one = books.account { plan = "experiment" }
    for _, value in ipairs { "0", "-5", "x", "1e99", "nan" } do
      one:heard(books.call(), { ["x-ratelimit-limit-req-minute"] = value })
    end

    assert.equal(1, lane(one).rate)
  end)
end)
