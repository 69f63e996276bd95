local config = require "mistral.config"
local errors = require "mistral.errors"
local fake = require "spec.api.support.fake_transport"
local live = require "spec.api.support.live"
local mistral = require "mistral"
local subject = require "spec.api.support.subject"

local chat = subject.chat

describe("the log of a client", function()
  local lines, one, transport

  local function open(options)
    options = options or {}
    options.log = function(line) lines[#lines + 1] = line end
    one, transport = subject.client(options)
  end

  before_each(function() lines = {} end)
  after_each(function() one:close() end)

  local CHAT = "kind=chat method=POST url=https://api.mistral.ai/v1/chat/completions "

  it("has a line for a request that ended well", function()
    open()
    one:chat(chat(), {})
    transport:head { ["x-request-id"] = "r-1" }
    transport:post { id = 1, kind = "data", data = '{"choices":[{"index":0,"message":'
      .. '{"role":"assistant","content":"hi"},"finish_reason":"stop"}]}' }
    transport:post { id = 1, kind = "end", outcome = "done", status = 200, total_ms = 81.6,
      reused = true }
    one:drain()

    assert.same({ "request " .. CHAT
      .. "outcome=done status=200 ms=82 tries=1 reused=true request_id=r-1" }, lines)
  end)

  it("has a line for each further try, and for the end in failure", function()
    open()
    one:chat(chat(), {})
    transport:post { id = 1, kind = "retry", attempt = 1, delay_ms = 700, status = 429, code = "http",
      message = "secret words" }
    transport:fail { code = "resolve", message = "no such host as secret words" }
    one:drain()

    assert.same({
      "retry " .. CHAT .. "code=rate_limited status=429 try=1 delay_ms=700",
      "request " .. CHAT .. "outcome=failed code=network tries=2",
    }, lines)
  end)

  it("has a line for a wait because of another request, which is no try", function()
    open()
    one:chat(chat(), {})
    transport:post { id = 1, kind = "held", delay_ms = 58000 }
    transport:fail { code = "resolve", message = "no such host" }
    one:drain()

    assert.same({
      "held " .. CHAT .. "code=rate_limited delay_ms=58000",
      "request " .. CHAT .. "outcome=failed code=network tries=1",
    }, lines)
  end)

  it("has a line for what never went out, and for what was cancelled", function()
    open()
    one:chat(chat { tools = {} }, {})
    one:chat(chat(), {}):cancel()
    one:drain()

    assert.same({
      "request kind=chat outcome=failed code=refused tries=0",
      "request " .. CHAT .. "outcome=cancelled code=cancelled tries=1",
    }, lines)
  end)

  it("has a line for what a list cannot make a request of", function()
    open()
    local results = one:map({ "a" }, function() return nil, "private words" end)

    assert.equal("refused", results[1].err.code)
    assert.same({ "request kind=chat outcome=failed code=refused tries=0" }, lines)
  end)

  it("leaves out the query", function()
    open()
    one:models({ provider = "private" }, {})
    one:close()

    assert.equal("request kind=models method=GET url=https://api.mistral.ai/v1/models "
      .. "outcome=cancelled code=cancelled tries=1", lines[1])
  end)

  it("has neither keys nor anything that was said, whatever the service repeats", function()
    open { redact = false }
    one:chat(chat { messages = { { role = "user", content = "private words" } } }, {})
    transport:post { id = 1, kind = "head", status = 401, headers = {
      ["x-request-id"] = "id " .. subject.KEY .. "\nforged", ["set-cookie"] = "private",
    } }
    transport:post { id = 1, kind = "retry", attempt = 1, delay_ms = 1, status = 503, code = "http",
      message = "private " .. subject.KEY }
    transport:fail { code = "http", status = 401,
      body = '{"message":"private words and ' .. subject.KEY .. '"}' }
    one:drain()

    assert.equal(2, #lines)
    for _, line in ipairs(lines) do
      assert.is_nil(line:find(subject.KEY, 1, true), line)
      assert.is_nil(line:find("private", 1, true), line)
      assert.is_nil(line:find("\n", 1, true), line)
    end
    assert.truthy(lines[2]:find("code=unauthorized status=401", 1, true), lines[2])
  end)

  it("is a callback like others: one that fails loses no request", function()
    local reported = {}
    one, transport = subject.client {
      log = function() error "no room" end,
      report = function(trace) reported[#reported + 1] = trace end,
    }
    local callbacks, heard = subject.listener(false)
    one:chat(chat(), callbacks)
    transport:body '{"choices":[{"index":0,"message":{"role":"assistant","content":"hi"}}]}'
    one:drain()

    assert.equal("hi", heard.ends[1].reply.text)
    assert.truthy(reported[1]:find "no room")
  end)

  it("tells how long it took, and whether the connection was there already", function()
    local it_is = live.new { log = function(line) lines[#lines + 1] = line end }
    one = it_is.one
    local asked = { model = "mistral-small-latest", messages = { { role = "user", content = "hi" } } }
    assert.is_false(errors.is(select(2, one:chat(asked))))
    one:chat(asked)
    it_is:close()

    assert.truthy(lines[1]:find("outcome=done status=200 ms=%d+ tries=1 reused=false"), lines[1])
    assert.truthy(lines[2]:find("outcome=done status=200 ms=%d+ tries=1 reused=true"), lines[2])
  end)
end)

describe("MISTRAL_LOG", function()
  local stderr, getenv, editor = io.stderr, os.getenv, rawget(_G, "vim")
  local written, level
  before_each(function()
    config.reset()
    written, level = {}, nil
    rawset(_G, "vim", nil)
    rawset(io, "stderr", { write = function(_, ...) written[#written + 1] = table.concat { ... } end })
    rawset(os, "getenv", function(name)
      if name == "MISTRAL_LOG" then return level end
      return getenv(name)
    end)
  end)
  after_each(function()
    rawset(io, "stderr", stderr)
    rawset(os, "getenv", getenv)
    rawset(_G, "vim", editor)
  end)

  local function ask(options)
    options.transport, options.api_key, options.ledger = fake.new(), subject.KEY, false
    local client = assert(mistral.client(options))
    client:models({}, {})
    client:close()
  end

  it("set to debug, writes to a script's standard error", function()
    level = "debug"
    ask {}

    assert.same({ "mistral: request kind=models method=GET url=https://api.mistral.ai/v1/models "
      .. "outcome=cancelled code=cancelled tries=1\n" }, written)
  end)

  it("is nothing unless it says debug, nor where the client has a log of its own", function()
    local heard = {}
    ask {}
    level = "debug"
    ask { log = function(line) heard[#heard + 1] = line end }

    assert.same({}, written)
    assert.equal(1, #heard)
  end)

  it("is nothing to an editor", function()
    level = "debug"
    local host = require "mistral.host"
    local get = host.get
    host.get = function() return { options = function() return {} end } end
    local done, problem = pcall(ask, {})
    host.get = get

    assert.is_true(done, problem)
    assert.same({}, written)
  end)
end)
