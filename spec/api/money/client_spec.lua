local books = require "spec.api.money.books"
local lfs = require "lfs"
local mistral = require "mistral"
local subject = require "spec.api.support.subject"
local wait_for = require "spec.support.wait"

local chat = subject.chat
local SMALL = "mistral-small-latest"

local function month()
  return os.date "!%Y-%m"
end

local function client(options)
  local all = { ledger = books.folder() .. "/deep/er" }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  local one, transport = subject.client(all)
  return one, transport, all.ledger
end

local function answer(transport, usage)
  transport:head()
  transport:delta('{"content":"hi"}', "stop", usage)
  transport:done()
end

describe("a client's ledger", function()
  it("has each request as it ended, in folders it makes itself", function()
    local one, transport, folder = client()
    one:chat(chat { model = SMALL }, (subject.listener()))
    answer(transport, '{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110}')
    one:drain()
    one:chat(chat { model = SMALL }, (subject.listener()))
    transport:fail { code = "http", status = 429, body = "{}", headers = {}, total_ms = 7 }
    one:drain()
    local request = one:fim({ model = "codestral-latest", prompt = "x" }, (subject.listener()))
    request:cancel()
    one:drain()

    local lines = books.lines(folder, month())
    assert.equal(3, #lines)
    assert.same({ "done", 100, 0, 10, 0.000021 }, { lines[1].outcome, lines[1].tokens_in,
      lines[1].tokens_cached, lines[1].tokens_out, lines[1].cost })
    assert.same({ "failed", "rate_limited", 0, 7 }, { lines[2].outcome, lines[2].code,
      lines[2].cost, lines[2].duration_ms })
    assert.same({ "cancelled", "fim", true }, { lines[3].outcome, lines[3].kind, lines[3].estimated })
    assert.equal("rw-------", lfs.attributes(folder .. "/ledger-" .. month() .. ".jsonl", "permissions"))
    one:close()
  end)

  it("is summed up by usage", function()
    local one, transport = client()
    for _ = 1, 3 do
      one:chat(chat { model = SMALL }, (subject.listener()))
      answer(transport, '{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110}')
      one:drain()
    end

    local usage = one:usage { since = "today", by = "kind" }

    assert.equal("chat", usage[1].key)
    assert.equal(3, usage[1].requests)
    assert.equal(300, usage.total.tokens_in)
    one:close()
  end)

  it("has no line for a request that was refused here", function()
    local one, transport, folder = client()
    local callbacks, heard = subject.listener()

    one:chat(chat { model = "open-mistral-7b" }, callbacks)
    one:drain()

    assert.equal("unknown_model", heard.ends[1].err.code)
    assert.truthy(tostring(heard.ends[1].err):find("retired since 2025-03-30", 1, true))
    assert.is_nil(transport.submitted)
    assert.same({}, books.lines(folder, month()))
    one:close()
  end)

  it("counts pages of a document that was read", function()
    local one, _, folder = client()
    local call = books.call({ model = "mistral-ocr-latest", messages = false, document = {} },
      { kind = "ocr" })
    assert.is_nil(one.account:admit(call, one.site))
    one.account:ended(call, { outcome = "done", usage = { pages_processed = 3 } })

    assert.equal(0.012, books.lines(folder, month())[1].cost)
    one:close()
  end)

  it("never holds the key", function()
    local one, transport, folder = client()
    one:chat(chat { model = SMALL }, (subject.listener()))
    transport:fail { code = "http", status = 500, body = subject.KEY, headers = {} }
    one:drain()

    local file = assert(io.open(folder .. "/ledger-" .. month() .. ".jsonl"))
    assert.is_nil(file:read("*a"):find(subject.KEY, 1, true))
    file:close()
    one:close()
  end)

  it("that cannot be written is told of once, after the call, and fails nothing", function()
    local file = os.tmpname()
    local notices = {}
    local one, transport = client {
      ledger = file .. "/inside-a-file",
      on_notice = function(sentence) notices[#notices + 1] = sentence end,
    }
    for _ = 1, 2 do
      local callbacks, heard = subject.listener()
      one:chat(chat { model = SMALL }, callbacks)
      answer(transport)
      one:drain()
      one:drain()
      assert.equal("hi", heard.ends[1].reply.text)
    end

    assert.equal(1, #notices)
    assert.truthy(notices[1]:find("^the ledger cannot be written: "))
    os.remove(file)
    one:close()
  end)

  it("holds what twenty processes write at once", function()
    local folder, processes, each = books.folder(), 20, 25
    local script = os.tmpname()
    local file = assert(io.open(script, "w"))
    file:write(([[
      package.path, package.cpath = %q, %q
      local subject = require "spec.api.support.subject"
      local one, transport = subject.client { ledger = %q }
      for _ = 1, %d do
        one:chat(subject.chat { model = "mistral-small-latest" }, (subject.listener()))
        transport:head()
        transport:delta('{"content":"x"}', "stop", '{"prompt_tokens":10,"completion_tokens":2}')
        transport:done()
        one:drain()
      end
      one:close()]]):format(package.path, package.cpath, folder, each))
    file:close()
    local pipes = {}
    local lua = io.popen("readlink /proc/$PPID/exe"):read "*l"
    for index = 1, processes do
      pipes[index] = assert(io.popen(("%s %s 2>&1"):format(lua, script)))
    end
    for _, pipe in ipairs(pipes) do
      assert.equal("", pipe:read "*a")
      pipe:close()
    end
    os.remove(script)

    local one = subject.client { ledger = folder }
    local usage = one:usage()

    assert.equal(processes * each, usage.total.requests)
    assert.equal(processes * each * 10, usage.total.tokens_in)
    assert.equal(0, usage.skipped)
    one:close()
  end)
end)

describe("a client's budget", function()
  it("refuses a request before it is sent", function()
    local one, transport = client { budget = { day = 100, unit = "tokens" } }
    local callbacks, heard = subject.listener(false)

    one:chat(chat { model = SMALL, max_tokens = 200 }, callbacks)
    one:drain()

    assert.equal("budget", heard.ends[1].err.code)
    assert.is_nil(transport.submitted)
    one:close()
  end)

  it("stops a stream on the wire, and hands over what had come", function()
    local one, transport, folder = client { budget = { day = 100, unit = "tokens" } }
    local callbacks, heard = subject.listener()
    one:chat(chat { model = SMALL }, callbacks)
    transport:head()
    for _ = 1, 5 do
      transport:delta(('{"content":"%s"}'):format(("x"):rep(105)))
    end
    one:drain()

    local err = heard.ends[1].err
    assert.equal("budget", err.code)
    assert.truthy(#err.reply.text >= 315 and #err.reply.text < 525)
    assert.same({ 1 }, transport.cancelled)
    assert.equal(1, #heard.ends)
    local line = books.lines(folder, month())[1]
    assert.same({ "failed", "budget", true }, { line.outcome, line.code, line.estimated })
    one:close()
  end)

  it("lets an answer be that is whole when it passes", function()
    local one, transport = client { budget = { day = 100, unit = "tokens" } }
    local callbacks, heard = subject.listener()
    one:chat(chat { model = SMALL }, callbacks)
    transport:head()
    transport:delta(('{"content":"%s"}'):format(("x"):rep(900)), "stop", '{"prompt_tokens":5,"completion_tokens":90}')
    transport:done()
    one:drain()

    assert.is_nil(heard.ends[1].err)
    assert.equal(900, #heard.ends[1].reply.text)
    one:close()
  end)

  it("sets nothing aside any more when a request has ended, however it did", function()
    local one, transport = client { budget = { day = 100000, unit = "tokens" } }
    local request = one:chat(chat { model = SMALL }, (subject.listener()))
    request:cancel()
    one:chat(chat { model = SMALL }, (subject.listener()))
    transport:fail { code = "resolve" }
    one:chat(chat { model = SMALL }, (subject.listener()))
    answer(transport)
    assert.truthy(one.account.budget.reserved > 0)
    one:drain()
    one:chat(chat { model = SMALL }, (subject.listener()))
    one:close()

    assert.equal(0, one.account.budget.reserved)
  end)

  it("warns through on_notice", function()
    local notices = {}
    local one, transport = client {
      budget = { month = 1000, unit = "tokens" },
      on_notice = function(sentence) notices[#notices + 1] = sentence end,
    }
    one:chat(chat { model = SMALL, max_tokens = 10 }, (subject.listener()))
    answer(transport, '{"prompt_tokens":880,"completion_tokens":10}')
    one:drain()
    one:drain()

    assert.same({ "890 tokens of this month's budget of 1000 tokens are spent (89 %)" }, notices)
    one:close()
  end)
end)

describe("a client's plan", function()
  it("goes to the transport as numbers", function()
    local one, transport = client { plan = "experiment" }
    one:chat(chat { model = SMALL, max_tokens = 50 }, (subject.listener()))

    local sent = transport.submitted
    assert.same({ 1, 2, 50000 }, { sent.lane_rate, sent.lane_limit, sent.lane_tokens })
    assert.truthy(sent.tokens > 50 and sent.tokens < 80)
    assert.is_nil(sent.lane_firm)
    one:close()
  end)

  it("of one's own goes there as a bound", function()
    local one, transport = client { plan = { requests_per_minute = 30 } }
    one:chat(chat { model = SMALL }, (subject.listener()))

    assert.same({ 0.5, true }, { transport.submitted.lane_rate, transport.submitted.lane_firm })
    one:close()
  end)
end)

describe("options about money", function()
  local wrong = {
    { { budget = { week = 5 } }, "`budget` has no `week`" },
    { { budget = { day = "5" } }, "`budget.day` should be a number" },
    { { budget = { day = -5 } }, "and not below 0" },
    { { budget = { day = 5, unit = "eur" } }, '`budget.unit` should be "usd" or "tokens"' },
    { { budget = { day = 5 }, ledger = false }, "cannot be had with ledger = false" },
    { { plan = "gold" }, '`plan` should be "experiment", "scale" or a table, got "gold"' },
    { { plan = { rate = 5 } }, "`plan` has no `rate`" },
    { { plan = { in_flight = 0 } }, "`plan.in_flight` should be a number above 0" },
    { { plan = { in_flight = 1.5 } }, "should be a whole number" },
    { { prices = { m = 5 } }, '`prices["m"]` should be a table' },
    { { ledger = 5 }, "`ledger` should be a boolean or a string, got a number" },
  }
  for _, case in ipairs(wrong) do
    it("that make no sense raise: " .. case[2], function()
      local made, message = pcall(subject.client, case[1])

      assert.is_false(made)
      assert.truthy(message:find(case[2], 1, true), message)
    end)
  end

  it("come from setup, where 0 is no limit", function()
    local config = require "mistral.config"
    config.reset()
    local function made()
      local one = assert(mistral.client { transport = require("spec.api.support.fake_transport").new() })
      one:close()
      return one.account
    end
    assert.is_nil(made().budget)

    mistral.setup { budget = { day = 2.5 }, plan = "scale" }
    assert.same({ day = 2.5, unit = "usd" }, made().budget.limits)
    assert.equal(5, made().rates.rate)
    mistral.setup { ledger = false }
    assert.is_nil(made().ledger)
    assert.is_nil(made().budget)
    config.reset()
  end)
end)

describe("mistral.catalogue", function()
  it("lists models without asking anybody", function()
    assert.equal("codestral-2508", mistral.catalogue()[1].id)
  end)
end)

describe("a long ledger, in an editor,", function()
  local one, transport, turns

  -- As long as that of somebody who lets an editor complete all month; 3 USD in all.
  local function write_ledger(folder, count)
    local file = assert(io.open(("%s/ledger-%s.jsonl"):format(folder, month()), "wb"))
    local line = ('{"time":"%s","model":"%s","kind":"chat","cost":%.7f,"note":"%s"}\n'):format(
      os.date "!%Y-%m-%dT%H:%M:%SZ", SMALL, 3 / count, ("x"):rep(120))
    file:write(line:rep(count))
    file:close()
  end

  local function editor_client(budget)
    turns = {}
    local folder = books.folder()
    write_ledger(folder, 4000)
    one, transport = subject.client {
      ledger = folder, budget = budget,
      later = function(fn) turns[#turns + 1] = fn end,
    }
  end

  local function take_turns()
    local count = 0
    while turns[1] do
      count = count + 1
      table.remove(turns, 1)()
    end
    return count
  end

  after_each(function() one:close() end)

  it("is read in steps before the first request goes out", function()
    editor_client { month = 10 }
    local request = one:chat(chat { model = SMALL }, (subject.listener()))

    assert.equal(0, one.account.budget.spent.month)
    assert.is_nil(transport.submitted)
    assert.truthy(take_turns() > 10)
    assert.truthy(math.abs(3 - one.account.budget.spent.month) < 1e-6)
    local first = assert(transport.submitted)

    one:chat(chat { model = SMALL }, (subject.listener()))
    assert.not_equal(first, transport.submitted)
    assert.falsy(request.ended)
  end)

  it("still refuses what is too much, and lets go of what is cancelled meanwhile", function()
    editor_client { month = 3 }
    local refused, heard = subject.listener()
    one:chat(chat { model = SMALL }, refused)
    local cancelled, also_heard = subject.listener()
    one:chat(chat { model = SMALL }, cancelled):cancel()

    take_turns()
    wait_for(function() return one:drain() and heard.ends[1] and also_heard.ends[1] end, "no end")

    assert.equal("budget", heard.ends[1].err.code)
    assert.equal("cancelled", also_heard.ends[1].err.code)
    assert.is_nil(transport.submitted)
    assert.equal(1, #heard.ends)
  end)

  it("is read at once for whoever waits", function()
    editor_client { month = 3 }

    local _, err = one:chat(chat { model = SMALL }, (subject.listener())):wait()

    assert.equal("budget", err.code)
    take_turns()
  end)
end)

describe("a list of models", function()
  it("teaches the guard their contexts", function()
    local one, transport = client()
    one:models({}, {})
    transport:body('{"object":"list","data":[{"id":"own-model","max_context_length":500}]}')
    one:drain()
    local callbacks, heard = subject.listener()

    one:chat(chat { model = "own-model", max_tokens = 500 }, callbacks)
    wait_for(function() return one:drain() and heard.ends[1] end, "no end")

    assert.equal("context_too_long", heard.ends[1].err.code)
    one:close()
  end)
end)
