-- What a session tells of what runs: the status line, events, progress, the log.
local fake = require "mistral.host.fake"
local logs = require "mistral.editor.log"
local sessions = require "mistral.editor.session"

describe("a session with something that runs", function()
  local host, session, task, id

  before_each(function()
    host = fake.new()
    session = sessions.new(host, {})
    id = 0
  end)
  after_each(function()
    session:close()
    host.advance(10000)
    assert.equal(0, host.live())
  end)

  local function begin(kind)
    task = { kind = kind or "review", cancel = function() end }
    session:begin(task)
    return task
  end

  local function hear(what, fields)
    local step = { what = what, id = id, kind = "chat", model = "m-1", purpose = task }
    for name, value in pairs(fields or {}) do step[name] = value end
    session.activity:hear(step)
  end

  local function ask()
    id = id + 1
    hear "began"
  end

  local function finish(fields)
    hear("ended", fields or { outcome = "done", tokens_in = 100, tokens_out = 40, cost = 0.5, tries = 1 })
  end

  local function names()
    local list = {}
    for i, event in ipairs(host.events) do list[i] = event.name end
    return list
  end

  it("shows nothing at rest, and nothing once it has ended", function()
    assert.is_nil(session.status:get())
    begin()
    assert.truthy(session.status:get())
    session:finish(task)
    assert.is_nil(session.status:get())
  end)

  it("shows what waits, what streams and how fast, and what is tried again", function()
    begin()
    ask()
    host.advance(2000)
    assert.equal("mistral review m-1 2s waiting", session.status:get())
    hear("answer", { tokens = 1 })
    host.advance(1000)
    hear("answer", { tokens = 50 })
    assert.equal("mistral review m-1 3s 50 tok/s", session.status:get())
    hear("waits", { code = "rate_limited", delay_ms = 4000 })
    assert.equal("mistral review m-1 3s retry in 4s", session.status:get())
    host.advance(70000)
    assert.equal("mistral review m-1 1:13 retrying", session.status:get())
  end)

  it("adds up the requests of one task, and counts the other tasks", function()
    local first = begin()
    ask()
    ask()
    hear("answer", { tokens = 10 })
    host.advance(1000)
    hear("answer", { tokens = 30 })
    hear("answer", { id = 1, tokens = 10 })
    session:progress(first, { done = 3, total = 12, findings = 7 })
    host.advance(500)
    begin("chat")
    host.advance(500)

    assert.equal("mistral review 3/12 m-1 2s 25 tok/s +1", session.status:get())
  end)

  it("draws the status line anew while it runs, if anybody shows it, and then rests", function()
    begin()
    ask()
    host.advance(5000)
    assert.equal(0, host.state.redraws)
    session.status:get()
    for _ = 1, 4 do host.advance(1000) end
    local while_running = host.state.redraws
    assert.is_true(while_running >= 3 and while_running <= 6, while_running)
    finish()
    session:finish(task)
    host.advance(1)
    local at_rest = host.state.redraws
    assert.is_true(at_rest > while_running)
    host.advance(20000)
    assert.equal(at_rest, host.state.redraws)
  end)

  it("tells who listens of its begin, its way and its end", function()
    begin()
    ask()
    host.advance(1)
    hear("answer", { tokens = 10 })
    host.advance(300)
    session:progress(task, { done = 1, total = 2, findings = 3 })
    finish()
    host.advance(300)
    session:finish(task)

    assert.same({ "MistralStarted", "MistralProgress", "MistralProgress", "MistralFinished",
      "MistralReview" }, names())
    local started, streaming, last = host.events[1].data, host.events[2].data, host.events[4].data
    assert.same({ "review", "m-1", "started" }, { started.kind, started.model, started.state })
    assert.same({ "streaming", 10 }, { streaming.state, streaming.tokens })
    assert.same({
      kind = "review", model = "m-1", state = "done", tokens = 40, tokens_in = 100, cost = 0.5,
      seconds = 0.601, done = 1, total = 2, findings = 3,
    }, last)
  end)

  it("tells of a failure with its code, and what the task knows better", function()
    begin("explain")
    ask()
    finish { outcome = "failed", code = "rate_limited", tries = 4 }
    session:finish(task)
    begin("explain")
    session:finish(task, { state = "cancelled", findings = 2 })

    assert.same({ "MistralStarted", "MistralFailed", "MistralExplain", "MistralStarted",
      "MistralFinished", "MistralExplain" }, names())
    assert.same({ "failed", "rate_limited" }, { host.events[2].data.state, host.events[2].data.code })
    assert.same({ "cancelled", 2 }, { host.events[5].data.state, host.events[5].data.findings })
  end)

  it("does not flood those who listen", function()
    begin()
    for _ = 1, 500 do
      ask()
      hear("answer", { tokens = 1 })
      finish()
      session:progress(task, { done = id, total = 500, findings = id })
      host.advance(4)
    end

    local count = #names()
    assert.is_true(count >= 5 and count <= 12, count)
    assert.is_true(#host.progressed >= 1 and #host.progressed <= 2)
    assert.equal("mistral: review: 251 of 500 requests, 251 findings", host.progressed[1])
    session:finish(task)
  end)

  it("says once why many requests wait, and again later", function()
    begin()
    for _ = 1, 12 do session:tell_retry { delay_ms = 3000, message = "too many requests" } end
    assert.equal(1, #host.notes)
    host.advance(3001)
    session:tell_retry { delay_ms = 3000, message = "too many requests" }
    assert.equal(2, #host.notes)
  end)

  it("says how many secrets were left out, for every kind", function()
    session:tell_hidden({ redacted = 2 }, "chat")
    session:tell_hidden({ redacted = 1 }, "commit message")
    session:tell_hidden({}, "chat")
    session:tell_hidden({ redacted = 1 }, "completion")
    session:tell_hidden({ redacted = 1 }, "completion")

    assert.equal(3, #host.notes)
    assert.truthy(host.notes[1].message:find("2 secrets were left out of what this chat sends", 1, true))
  end)

  it("keeps the last requests, at most 200 of them, and shows the newest first", function()
    assert.same({ "Nothing was asked in this session yet." }, logs.lines(session.activity.ended, 24))
    begin("chat")
    for i = 1, 230 do
      ask()
      finish { outcome = "done", status = 200, tokens_in = 12345, tokens_out = i, tries = 1,
        request_id = "r-" .. i, duration_ms = 1234 }
    end
    ask()
    hear("answer", { tokens = 1 })
    finish { outcome = "failed", code = "unauthorized", status = 401, tries = 2, cost = 0,
      message = "the key was refused now" }

    local lines = logs.lines(session.activity.ended, 24)

    assert.equal(200, #session.activity.ended)
    assert.truthy(lines[1]:find("^time +kind +model +result"))
    assert.truthy(lines[2]:find("chat +m%-1 +401 unauthorized +0%.00s +0%.0000 +2$"), lines[2])
    assert.same({ "    the key was refused", "    now" }, { lines[3], lines[4] })
    assert.truthy(lines[5]:find("200 done +1%.23s +12 345 +230 +unknown +1 +r%-230$"), lines[5])
  end)
end)
