-- Money through the real module: what the server counted is in the ledger, and a stream that runs
-- past its budget is reset on the wire.
local books = require "spec.api.money.books"
local client = require "mistral.api.client"
local loopback = require "spec.support.loopback"
local wait_for = require "spec.support.wait"

local server, one, folder

local function connect(options)
  folder = books.folder()
  local all = {
    api_key = "test-key-money", base_url = server.url, ca_file = server.ca_file, ledger = folder,
  }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  one = assert(client.new(all))
end

local function chat(fields)
  local params = { model = "mistral-medium-latest",
    messages = { { role = "user", content = "Tell a story." } } }
  for name, value in pairs(fields or {}) do
    params[name] = value
  end
  return params
end

local function line(index)
  return books.lines(folder, os.date "!%Y-%m")[index or 1]
end

describe("money over the wire", function()
  setup(function() server = loopback.start() end)
  before_each(function() server:reset() end)
  after_each(function() one:close() end)

  it("has what the service counted, streamed or not", function()
    connect()
    local whole = assert(one:chat(chat { max_tokens = 20 }))
    local last
    for delta in one:stream(chat { max_tokens = 20 }) do
      last = delta
    end

    for index, usage in ipairs { whole.usage, last.usage } do
      local written = line(index)
      assert.equal(usage.prompt_tokens, written.tokens_in)
      assert.equal(usage.completion_tokens, written.tokens_out)
      assert.truthy(written.cost > 0)
      assert.is_number(written.duration_ms)
      assert.is_nil(written.estimated)
    end
    assert.equal(2, one:usage { since = 3600 }.total.requests)
  end)

  it("resets a stream that runs past its budget", function()
    connect { budget = { day = 100, unit = "tokens" } }
    local chunk = ('data: {"choices":[{"index":0,"delta":{"content":"%s"},"finish_reason":null}]}\n\n')
      :format(("x"):rep(35))
    server:fault { kind = "replay", content_type = "text/event-stream", body = chunk:rep(200),
      pieces = 200, pause_ms = 10 }

    local stream = one:stream(chat())
    for _ in stream do end -- luacheck: ignore 542

    assert.equal("budget", stream.err.code)
    assert.truthy(#stream.err.reply.text > 0)
    assert.is_true(server:wait { at_least = { resets = 1 } })
    assert.equal("budget", line().code)
    assert.is_nil(one:chat(chat()))
    assert.equal(1, server:stats().requests)
  end)

  it("says a retired model's end without asking", function()
    connect()
    local reply, err = one:chat(chat { model = "open-mixtral-8x7b" })

    assert.is_nil(reply)
    assert.equal("unknown_model", err.code)
    assert.equal("mistral-small-latest", err.replacement)
    assert.equal(0, server:stats().requests)
  end)

  it("warns once of the header that tells of a model's end", function()
    local notices = {}
    connect { on_notice = function(sentence) notices[#notices + 1] = sentence end }
    server:fault { kind = "replay", times = 2, content_type = "application/json",
      headers = { ["x-model-deprecation-timestamp"] = "2027-01-31T00:00:00Z" },
      body = '{"choices":[{"message":{"role":"assistant","content":"x"},"finish_reason":"stop"}]}' }

    for _ = 1, 2 do
      assert(one:chat(chat()))
    end
    wait_for(function() return one:drain() and notices[1] end, "no notice")

    assert.same({
      "the service says that the model mistral-medium-latest goes away on 2027-01-31T00:00:00Z",
    }, notices)
    assert.is_true(line(2).estimated) -- that answer said nothing of what it took
  end)

  it("takes a request for paid that is cancelled once it is out, and not before", function()
    connect { plan = { in_flight = 1 } }
    server:pace(0, 60000) -- no answer for long
    local first = one:chat(chat(), { on_delta = function() end })
    local waiting = one:chat(chat(), { on_delta = function() end })
    assert.is_true(server:wait { at_least = { open_streams = 1 } })

    waiting:cancel()
    waiting:wait()
    first:cancel()
    first:wait()

    assert.same({ "cancelled", 0 }, { line(1).outcome, line(1).cost })
    assert.is_nil(line(1).tokens_in)
    assert.is_true(line(2).cost > 0)
    assert.is_true(line(2).estimated)
  end)

  it("knows no cost of a request that was never answered, and none of one that never left", function()
    connect()
    server:fault { kind = "silence", head = true }
    one:chat(chat(), { timeout = { head_ms = 100 }, retry = 0 }):wait()
    assert.equal("timeout", line().code)
    assert.is_nil(line().cost)
    one:close()

    connect { base_url = server.url_stalled }
    one:chat(chat(), { timeout = { connect_ms = 100 }, retry = 0 }):wait()
    assert.equal("timeout", line().code)
    assert.equal(0, line().cost)
  end)

  it("counts a request that the server refused as one that cost nothing", function()
    connect()
    server:fault { kind = "status", name = "forbidden" }

    assert.is_nil((one:chat(chat())))

    assert.same({ "failed", "forbidden", 0 }, { line().outcome, line().code, line().cost })
  end)
end)

describe("the money of other requests", function()
  setup(function() server = loopback.start() end)
  before_each(function() server:reset() end)
  after_each(function() one:close() end)

  it("is by page, by minute and by token in", function()
    connect()
    local document = assert(one:ocr { model = "mistral-ocr-latest", pages = "0-1",
      document = "https://example.com/paper.pdf" })
    local speech = assert(one:transcribe { model = "voxtral-mini-latest",
      file_url = "https://example.com/talk.mp3" })
    local vectors = assert(one:embed { model = "mistral-embed", input = { "a few words", "more" } })

    local expected = {
      ocr = document.usage.pages_processed * 0.004,
      transcribe = speech.usage.prompt_audio_seconds / 60 * 0.003,
      embed = vectors.usage.prompt_tokens * 0.1 / 1e6,
    }
    for _, row in ipairs(one:usage { by = "kind" }) do
      assert.truthy(row.cost > 0)
      assert.truthy(math.abs(row.cost - expected[row.key]) < 1e-12, row.key)
      expected[row.key] = nil
    end
    assert.is_nil(next(expected))
  end)

  it("is nothing for lists and files", function()
    connect()
    assert(one:models())
    assert(one:files())

    local total = one:usage().total
    assert.same({ 2, 0, 0 }, { total.requests, total.cost, total.unknown })
  end)
end)

describe("the money of a batch", function()
  local function job(count, fields)
    local params = { model = "mistral-small-latest", poll_ms = 1, requests = {} }
    for index = 1, count do
      params.requests[index] = chat { max_tokens = 50, model = "mistral-small-latest" }
    end
    for name, value in pairs(fields or {}) do
      params[name] = value
    end
    return params
  end

  setup(function() server = loopback.start() end)
  before_each(function() server:reset() end)
  after_each(function() one:close() end)

  local function lines_of_batches()
    local list = {}
    for _, written in ipairs(books.lines(folder, os.date "!%Y-%m")) do
      if written.kind == "batch" then list[#list + 1] = written end
    end
    return list
  end

  it("is in the ledger once, at half price, though the results are fetched twice", function()
    connect()
    local reply = assert(one:batch(job(4)))
    assert(one:batch { job_id = reply.job_id, poll_ms = 1 })

    local lines = lines_of_batches()
    assert.equal(1, #lines)
    assert.equal(4, lines[1].requests)
    assert.equal(reply.usage.prompt_tokens, lines[1].tokens_in)
    local full = (reply.usage.prompt_tokens * 0.15 + reply.usage.completion_tokens * 0.6) / 1e6
    assert.truthy(math.abs(lines[1].cost - full / 2) < 1e-12)
    for _, row in ipairs(one:usage { by = "kind", since = "today" }) do
      if row.key == "batch" then assert.equal(4, row.requests) end
    end
  end)

  it("is refused before anything is sent when it may pass the budget", function()
    connect { budget = { day = 100, unit = "tokens" } }

    local reply, err = one:batch(job(4))

    assert.is_nil(reply)
    assert.equal("budget", err.code)
    assert.equal(0, server:stats().requests)
  end)
end)
