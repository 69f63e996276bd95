-- What a client tells of the steps of its requests.
local subject = require "spec.api.support.subject"

local chat = subject.chat

describe("the steps of a request", function()
  local one, steps, transport

  before_each(function()
    steps = {}
    one, transport = subject.client {
      observe = function(step) steps[#steps + 1] = step end,
    }
  end)
  after_each(function() one:close() end)

  local function whats()
    local list = {}
    for i, step in ipairs(steps) do list[i] = step.what end
    return list
  end

  it("are its begin, what comes, and its end with counts", function()
    one:chat(chat { model = "mistral-small-latest" }, { on_delta = function() end, purpose = "spec" })
    assert.same({ "began" }, whats())
    transport:head { ["x-request-id"] = "r-1" }
    transport:delta '{"content":"hello"}'
    transport:delta '{"content":" there"}'
    transport:delta("{}", "stop", '{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}')
    transport:event "[DONE]"
    transport:done()
    one:drain()

    local last = steps[#steps]
    assert.same({ "began", "answer", "answer" }, { whats()[1], whats()[2], whats()[3] })
    assert.is_true(steps[3].tokens > steps[2].tokens)
    assert.same({ "ended", "done", 7, 3, 1, "r-1" }, {
      last.what, last.outcome, last.tokens_in, last.tokens_out, last.tries, last.request_id,
      last.redacted,
    })
    assert.is_true(last.cost > 0)
    for _, step in ipairs(steps) do
      assert.same({ 1, "chat", "mistral-small-latest", "spec" }, { step.id, step.kind, step.model, step.purpose })
    end
  end)

  it("are waits and an end in failure, with what the user is told", function()
    one:chat(chat(), {})
    transport:post { id = 1, kind = "retry", attempt = 1, delay_ms = 700, status = 429, code = "http",
      message = "slow down" }
    transport:fail { code = "resolve", message = "no such host" }
    one:drain()

    assert.same({ "began", "waits", "ended" }, whats())
    assert.same({ "rate_limited", 700, 429 }, { steps[2].code, steps[2].delay_ms, steps[2].status })
    assert.same({ "failed", "network", 2 }, { steps[3].outcome, steps[3].code, steps[3].tries })
    assert.truthy(steps[3].message:find("no such host", 1, true))
  end)

  it("are the end alone of one that is refused, and never what is said", function()
    one:chat({ model = "m" }, { on_error = function() end })
    one:drain()
    assert.same({ "ended" }, whats())
    assert.same({ 0, "failed" }, { steps[1].tries, steps[1].outcome })

    local request = one:chat(chat { messages = { { role = "user", content = "private words" } } }, {})
    request:cancel()
    one:drain()
    assert.same({ "ended", "began", "ended" }, whats())
    assert.equal("cancelled", steps[3].outcome)
    for _, step in ipairs(steps) do
      for _, value in pairs(step) do
        assert.falsy(tostring(value):find("private words", 1, true))
        assert.falsy(tostring(value):find(subject.KEY, 1, true))
      end
    end
  end)
end)
