local books = require "spec.api.money.books"
local json = require "mistral.json"
local ledgers = require "mistral.money.ledger"
local lfs = require "lfs"

describe("the ledger", function()
  it("has one line of JSON for each request, in the file of its month", function()
    local account, at = books.account()

    books.spend(account, 1000, 200)
    at.now = at.now + 30 * 24 * 3600
    books.spend(account, 10, 5)

    assert.same({ {
      time = "2026-11-22T19:12:43Z", model = "mistral-small-latest", provider = "mistral",
      kind = "chat", tokens_in = 1000, tokens_cached = 0, tokens_out = 200, cost = 0.00027,
      duration_ms = 5, outcome = "done",
    } }, books.lines(at.folder, "2026-11"))
    assert.equal(10, books.lines(at.folder, "2026-12")[1].tokens_in)
  end)

  it("has nothing of what was asked or answered", function()
    local account, at = books.account()
    local call = books.call {
      messages = { { role = "user", content = "canary-asked" } },
      metadata = { note = "canary-meta" }, tools = { { name = "canary-tool" } },
    }
    assert.is_nil(account:admit(call, books.SITE))
    assert.is_nil(account:delta(call, { text = "canary-said" }))

    account:ended(call, { outcome = "failed", code = "broken", sent = true, status = 200,
      usage = { note = "canary-usage" } })

    local file = assert(io.open(at.folder .. "/ledger-2026-11.jsonl"))
    local text = file:read "*a"
    file:close()
    assert.is_nil(text:find("canary", 1, true))
  end)

  it("leaves a cost out that is unknown", function()
    local account, at = books.account()

    books.spend(account, 10, 5, { model = "my-own" })

    local line = books.lines(at.folder)[1]
    assert.is_nil(line.cost)
    assert.equal(10, line.tokens_in)
  end)

  it("tells what a request took that was cut short, as an estimate", function()
    local account, at = books.account()
    local call = books.call({ messages = { { role = "user", content = ("x"):rep(3500) } } },
      { streamed = true })
    assert.is_nil(account:admit(call, books.SITE))
    account:heard(call, { date = "today" })
    for _ = 1, 10 do
      account:delta(call, { text = "seventeen letters" })
    end

    account:ended(call, { outcome = "cancelled", code = "cancelled", sent = true })

    local line = books.lines(at.folder)[1]
    assert.is_true(line.estimated)
    assert.equal("cancelled", line.outcome)
    assert.equal("cancelled", line.code)
    assert.truthy(line.tokens_in >= 1000 and line.tokens_in < 1100)
    assert.equal(49, line.tokens_out)
    assert.truthy(line.cost > 0)
  end)

  it("has no cost for what was refused or never arrived, and none known for a silence", function()
    local account, at = books.account()
    local function ends(how)
      local call = books.call()
      assert.is_nil(account:admit(call, books.SITE))
      how.outcome = "failed"
      account:ended(call, how)
      local lines = books.lines(at.folder)
      return lines[#lines].cost, lines[#lines].tokens_in
    end

    assert.same({ 0 }, { ends { code = "rate_limited", status = 429, sent = true } })
    assert.same({ 0 }, { ends { code = "network", sent = true } })
    assert.same({ 0 }, { ends { code = "no_key", sent = false } })
    assert.same({}, { ends { code = "timeout", sent = true } })
  end)

  it("counts lists and files as requests that cost nothing", function()
    local account, at = books.account()
    local call = books.call(nil, { kind = "models", endpoint = { method = "GET" } })
    assert.is_nil(account:admit(call, books.SITE))
    account:ended(call, { outcome = "done", sent = true, duration_ms = 1 })

    local line = books.lines(at.folder)[1]
    assert.equal(0, line.cost)
    assert.equal("models", line.kind)
    assert.is_nil(line.tokens_in)
  end)

  it("writes a request down once, and none that was not admitted", function()
    local account, at = books.account()
    local call = books.call()
    account:ended(call, { outcome = "failed" })
    assert.same({}, books.lines(at.folder))

    assert.is_nil(account:admit(call, books.SITE))
    account:ended(call, { outcome = "failed", code = "network" })
    account:ended(call, { outcome = "done" })

    assert.equal(1, #books.lines(at.folder))
  end)

  it("stays one line of JSON whatever a name holds", function()
    local account, at = books.account()
    local names = { 'a"b\\c', "a\nb", "a\0b", "\27[31m", ("x"):rep(1e5), "caf\195\169", "\255" }
    for _, name in ipairs(names) do
      books.spend(account, 1, 1, { model = name })
    end

    local lines = books.lines(at.folder)
    assert.equal(#names, #lines)
    assert.equal('a"b\\c', lines[1].model)
    assert.equal("caf\195\169", lines[6].model)
    assert.truthy(#lines[5].model <= 200)
  end)

  it("says once that it cannot be written, and lets requests be", function()
    local account, at = books.account { ledger = books.folder() .. "/missing" }

    books.spend(account, 1, 1)
    books.spend(account, 1, 1)

    assert.equal(1, #at.notices)
    assert.truthy(at.notices[1]:find("the ledger cannot be written: .*/missing/ledger%-2026%-11"))
  end)

  it("survives a writer that raises", function()
    local account, at = books.account { append = function() error "no module" end }

    books.spend(account, 1, 1)

    assert.truthy(at.notices[1]:find("no module", 1, true))
  end)

  it("is in the state folder unless told", function()
    local one = ledgers.new { getenv = function(name) return name == "HOME" and "/h" or nil end }

    assert.equal("/h/.local/state/mistral/ledger-2026-11.jsonl", one:path "2026-11")
    assert.is_nil(ledgers.new({ getenv = function() end }).folder)
  end)

  it("is not there at all when it is not wanted", function()
    local account, at = books.account { ledger = false }

    books.spend(account, 1, 1)

    assert.is_nil(account.ledger)
    assert.same({}, at.notices)
  end)
end)

describe("a ledger whose client is let go", function()
  -- In a function of its own, so that nothing of it is left on the stack.
  local function leave(how)
    local account, at = books.account()
    local call = books.call({}, { streamed = true })
    assert(not account:admit(call, books.SITE))
    account:heard(call, { date = "now" })
    account:delta(call, { text = ("word "):rep(40) })
    if how then account:ended(call, how) end
    return at.folder
  end

  local function collected(how)
    local folder = leave(how)
    for _ = 1, 3 do collectgarbage() end
    return books.lines(folder)
  end

  it("has what was under way, as far as it had come", function()
    local lines = collected()

    assert.equal(1, #lines)
    assert.equal("cancelled", lines[1].outcome)
    assert.is_true(lines[1].estimated)
    assert.is_true(lines[1].tokens_out > 20)
  end)

  it("has nothing twice", function()
    assert.equal(1, #collected { outcome = "done", status = 200, sent = true })
  end)
end)

describe("reading the ledger", function()
  local function record(number)
    return json.encode { time = "2026-11-02T00:00:00Z", kind = "chat", tokens_in = number }
  end

  local function read(ledger, offset)
    local seen = {}
    local next_offset, bad = ledger:read("2026-11", offset or 0, function(one)
      seen[#seen + 1] = one.tokens_in
    end)
    return seen, next_offset, bad
  end

  it("passes over lines that are not whole, and counts them", function()
    local ledger = ledgers.new { folder = books.folder() }
    books.write(ledger.folder, "2026-11", record(1) .. "\n" .. record(2):sub(1, 20) .. "\n\n"
      .. record(3):sub(1, 20) .. record(4) .. "\nnull\n[]\n{}\n{\"time\":5}\n" .. record(5) .. "\n")

    local seen, _, bad = read(ledger)

    assert.same({ 1, 5 }, seen)
    assert.equal(6, bad)
  end)

  it("takes the spaces that half a line has become for nothing", function()
    local ledger = ledgers.new { folder = books.folder() }
    books.write(ledger.folder, "2026-11", record(1) .. "\n" .. (" "):rep(70) .. record(2) .. "\n"
      .. (" "):rep(70) .. "\n")

    local seen, _, bad = read(ledger)

    assert.same({ 1, 2 }, seen)
    assert.equal(0, bad)
  end)

  it("leaves half a line at the end for the next time", function()
    local ledger = ledgers.new { folder = books.folder() }
    local second = record(2)
    books.write(ledger.folder, "2026-11", record(1) .. "\n" .. second:sub(1, 15))
    local seen, offset = read(ledger)
    assert.same({ 1 }, seen)

    books.write(ledger.folder, "2026-11", second:sub(16) .. "\n")
    seen, offset = read(ledger, offset)
    assert.same({ 2 }, seen)

    assert.same({}, (read(ledger, offset)))
  end)

  it("reads lines across its blocks, and passes over one that is larger", function()
    local ledger = ledgers.new { folder = books.folder() }
    local lines, expected = {}, {}
    for index = 1, 3000 do
      lines[index], expected[index] = record(index), index
    end
    table.insert(lines, 1001, '{"time":"2026-11-02T00:00:00Z","x":"' .. ("y"):rep(300000) .. '"}')
    books.write(ledger.folder, "2026-11", table.concat(lines, "\n") .. "\n")

    local seen, offset, bad = read(ledger)

    assert.same(expected, seen)
    assert.equal(1, bad)
    assert.equal(lfs.attributes(ledger:path "2026-11", "size"), offset)
  end)

  it("takes a month without a file for an empty one", function()
    assert.same({}, (read(ledgers.new { folder = "/nonexistent" })))
  end)
end)
