local batches = require "mistral.money.batches"
local books = require "spec.api.money.books"

local function replies(count, fields)
  local list = {}
  for index = 1, count do
    list[index] = { usage = { prompt_tokens = 1000, completion_tokens = 100 } }
    for name, value in pairs(fields or {}) do
      list[index][name] = value
    end
  end
  return list
end

local JOB = { id = "job-1", model = "mistral-small-latest", created_at = books.NOW - 3600 }

local function record(account, site, job, all)
  local kept = batches.books(account, site, job)
  for _, reply in ipairs(all) do kept.add(reply) end
  kept.write()
end

describe("the results of a batch", function()
  it("are one line at half price, that counts for all its requests", function()
    local account, at = books.account()

    record(account, books.SITE, JOB, replies(10))

    assert.same({ {
      time = "2026-11-22T19:12:43Z", model = "mistral-small-latest", provider = "mistral",
      kind = "batch", job = "job-1", requests = 10, tokens_in = 10000, tokens_cached = 0,
      tokens_out = 1000, cost = 0.00105, outcome = "done",
    } }, books.lines(at.folder))
    local usage = account:usage()
    assert.equal(10, usage.total.requests)
    assert.equal(0, usage.total.unknown)
  end)

  it("are counted once, however often and by whomever they are fetched", function()
    local account, at = books.account()
    record(account, books.SITE, JOB, replies(10))
    record(account, books.SITE, JOB, replies(10))
    local other, later = books.account { ledger = at.folder }
    later.now = later.now + 20 * 24 * 3600 -- in December

    record(other, books.SITE, JOB, replies(10))

    assert.equal(10, other:usage { since = "all" }.total.requests)
  end)

  it("are still counted once when they are fetched again in another season", function()
    local account, at = books.account()
    local job = { id = "job-7", model = JOB.model, created_at = at.now - 60 }
    record(account, books.SITE, job, replies(10))
    at.now = at.now + 100 * 24 * 3600

    record(account, books.SITE, job, replies(10))

    assert.equal(10, account:usage { since = "all" }.total.requests)
  end)

  it("are taken from a job whatever a server says of its day", function()
    for _, made in ipairs { -5, 1e300, 0 / 0, "x" } do
      local account = books.account()
      record(account, books.SITE, { id = "j", created_at = made }, replies(1))
      assert.equal(1, account:usage().total.requests)
    end
  end)

  it("have a line for each model, and no cost where one is unknown", function()
    local account = books.account()
    local all = replies(2, { model = "mistral-small-latest" })
    all[3] = { model = "own", usage = { prompt_tokens = 5, completion_tokens = 5 } }

    record(account, books.SITE, { id = "j" }, all)

    local usage = account:usage()
    assert.equal("mistral-small-latest", usage[1].key)
    assert.equal(2, usage[1].requests)
    assert.equal("own", usage[2].key)
    assert.is_nil(usage[2].cost)
    assert.equal(1, usage.total.unknown)
  end)

  it("count against the budget", function()
    local account = books.account { budget = { day = 20000, unit = "tokens" } }

    record(account, books.SITE, JOB, replies(10))

    assert.equal("budget", account:admit(books.call { max_tokens = 10000 }, books.SITE).code)
  end)
end)

describe("a batch under a budget", function()
  local function bodies(count)
    local list = {}
    for index = 1, count do
      list[index] = { messages = { { role = "user", content = "hello" } }, max_tokens = 989 }
    end
    return list
  end

  it("is refused when all its requests together may pass it", function()
    local account = books.account { budget = { day = 10000, unit = "tokens" } }

    assert.is_nil(batches.check(account, books.SITE, bodies(10), JOB.model))
    local err = batches.check(account, books.SITE, bodies(11), JOB.model)

    assert.equal("budget", err.code)
    assert.equal("this batch may take 11000 tokens: today's budget is 10000 tokens, with 0 tokens spent",
      err.message)
    assert.equal(0, account.budget.reserved)
  end)

  it("costs half in money", function()
    local account = books.account { budget = { day = 0.003 } }

    assert.is_nil(batches.check(account, books.SITE, bodies(10), JOB.model))
    assert.equal("budget", batches.check(account, books.SITE, bodies(11), JOB.model).code)
    assert.equal("budget", batches.check(account, books.SITE, bodies(1), "own").code)
  end)

  it("needs none", function()
    assert.is_nil(batches.check(books.account(), books.SITE, bodies(1000), "own"))
  end)
end)
