local client = require "mistral.api.client"
local subject = require "spec.api.support.subject"

local chat = subject.chat

local function limits(sent)
  return { sent.connect_ms, sent.head_ms, sent.idle_ms, sent.total_ms, sent.retry }
end

describe("what a client says of all its requests", function()
  it("holds where a call says nothing", function()
    local one, transport = subject.client {
      timeout = { connect_ms = 1, head_ms = 2, idle_ms = 3, total_ms = 4 }, retry = 0,
    }
    one:chat(chat(), (subject.listener()))

    assert.same({ 1, 2, 3, 4, 0 }, limits(transport.submitted))
    one:close()
  end)

  it("gives way to what a call says, a timeout field by field", function()
    local timeout = { connect_ms = 1, head_ms = 2, idle_ms = 3, total_ms = 4 }
    local one, transport = subject.client { timeout = timeout, retry = 9 }
    timeout.total_ms = 5 -- too late
    one:chat(chat(), { retry = 1, timeout = { head_ms = 20 } })

    assert.same({ 1, 20, 3, 4, 1 }, limits(transport.submitted))
    one:close()
  end)

  it("leaves the rest as it is", function()
    local one, transport = subject.client { timeout = { total_ms = 4 } }
    one:chat(chat(), (subject.listener()))

    assert.equal(60000, transport.submitted.head_ms)
    assert.equal(3, transport.submitted.retry)
    one:close()
  end)

  it("hears of a further try where the call does not", function()
    local heard, own = {}, {}
    local one, transport = subject.client {
      on_retry = function(retry) heard[#heard + 1] = retry.code end,
    }
    one:chat(chat(), {})
    one:chat(chat(), { on_retry = function(retry) own[#own + 1] = retry.code end })
    transport:post { id = 1, kind = "retry", attempt = 1, delay_ms = 7, status = 429, code = "http" }
    transport:post { id = 2, kind = "retry", attempt = 1, delay_ms = 7, status = 503, code = "http" }
    one:drain()

    assert.same({ "rate_limited" }, heard)
    assert.same({ "overloaded" }, own)
    one:close()
  end)

  it("holds for what several requests are made of, and its own call wins there, too", function()
    local options = { timeout = { idle_ms = 3, total_ms = 4 }, retry = 7 }
    local one, transport = subject.client(options)
    one:map({ "a", "b" }, chat(), { on_done = function() end, timeout = { total_ms = 40 } })
    one:run(chat { tools = { { name = "t", call = function() end } } }, {})
    one:conversation({ model = "m" }):ask("hello", { retry = 2 })

    assert.equal(4, #transport.sent)
    assert.same({ 3, 40, 7 }, { transport.sent[1].idle_ms, transport.sent[1].total_ms,
      transport.sent[1].retry })
    assert.same({ 3, 40 }, { transport.sent[2].idle_ms, transport.sent[2].total_ms })
    assert.same({ 3, 4, 7 }, { transport.sent[3].idle_ms, transport.sent[3].total_ms,
      transport.sent[3].retry })
    assert.same({ 4, 2 }, { transport.sent[4].total_ms, transport.sent[4].retry })
    one:close()
  end)

  local wrong = {
    { { timeout = 30 }, "client: `timeout` should be a table, such as { total_ms = 30000 }, got a" },
    { { timeout = { total = 5 } }, "client: `timeout` has no `total`" },
    { { timeout = { total_ms = -1 } }, "client: `timeout.total_ms` should be a whole number" },
    { { retry = 1.5 }, "client: `retry` should be a whole number from 0 to 100" },
    { { on_retry = true }, "client: `on_retry` should be a function" },
    { { max_retries = 5 }, "client has no `max_retries`: it is called `retry`" },
    { { timeout_ms = 5 }, "client has no `timeout_ms`: it is called `timeout`, a table: timeout = {" },
  }
  for _, case in ipairs(wrong) do
    it("is checked when the client is made: " .. case[2], function()
      local made, problem = pcall(client.new, case[1])

      assert.is_false(made)
      assert.truthy(problem:find(case[2], 1, true), problem)
    end)
  end
end)
