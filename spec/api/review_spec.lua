-- A review of texts over a transport that says what the spec tells it to.
local json = require "mistral.json"
local subject = require "spec.api.support.subject"

local unpack_all = rawget(_G, "unpack") or rawget(table, "unpack")

local MAIN = "int main(void) {\n  char name[4];\n  gets(name);\n  return 0;\n}\n"

local function file(name)
  return { path = name .. ".c", text = (MAIN:gsub("main", name)) }
end

local function finding(fields)
  local whole = {
    path = "one.c", line = 3, quote = "  gets(name);", severity = "error", category = "security",
    title = "gets cannot be bounded", detail = "Use fgets.", scenario = "A line of five bytes.",
    confidence = 0.9, fix = json.null,
  }
  for name, value in pairs(fields or {}) do whole[name] = value end
  return json.encode(whole)
end

local USAGE = '{"prompt_tokens":100,"completion_tokens":10,"total_tokens":110}'

local function say(t, id, text)
  t:delta(json.encode { content = text }, nil, nil, id)
end

local function finish(t, id, reason)
  t:delta("{}", reason or "stop", USAGE, id)
  t:event("[DONE]", id)
  t:done(id)
end

-- A step of a script: the answer to the request of this number, in one piece.
local function answer(id, text, reason)
  return function(t)
    t:head(nil, id)
    say(t, id, text)
    finish(t, id, reason)
  end
end

local function list(...)
  return '{"findings":[' .. table.concat({ ... }, ",") .. "]}"
end

-- Whole files as requests of their own: the least room there is, and files that fill half of it.
local function texts(...)
  local out = {}
  for i, name in ipairs { ... } do
    out[i] = file(name)
    out[i].text = out[i].text .. ("// padding that fills the request\n"):rep(20)
  end
  return out
end

local function sent_paths(t)
  local paths = {}
  for id = 1, t.last_id do
    local body = json.decode(t.sent[id].body)
    paths[id] = body.messages[2].content:match "File: ([^\n]*)"
  end
  return paths
end

describe("client:review", function()
  local one, transport

  before_each(function() one, transport = subject.client() end)
  after_each(function() one:close() end)

  local function review(more)
    local params = { texts = { file "one" }, model = "mistral-small-latest" }
    for name, value in pairs(more or {}) do params[name] = value end
    return one:review(params)
  end

  -- With callbacks that write down what they hear.
  local function start(more, callbacks)
    local heard = { findings = {}, progress = {} }
    local params = { texts = { file "one" }, model = "mistral-small-latest" }
    for name, value in pairs(more or {}) do params[name] = value end
    local all = {
      on_finding = function(item, source)
        heard.findings[#heard.findings + 1] = item
        heard.source = source
      end,
      on_progress = function(progress) heard.progress[#heard.progress + 1] = progress end,
      on_done = function(reply) heard.review = reply end,
      on_error = function(err) heard.err = err end,
    }
    for name, value in pairs(callbacks or {}) do all[name] = value end
    return one:review(params, all), heard
  end

  it("sends rules first, then the code with its numbers, and asks for findings", function()
    transport.script = { answer(1, list()) }

    review { instructions = "Mind the tabs.", wish = "bounds", max_findings = 7 }

    local body = json.decode(transport.sent[1].body)
    local system, user = body.messages[1].content, body.messages[2].content
    local item = body.response_format.json_schema.schema.properties.findings.items
    assert.truthy(system:find("at most 7 findings", 1, true))
    assert.truthy(system:find("Mind the tabs.", 1, true))
    assert.equal("File: one.c\nLanguage: c\nShown: the whole text\n\n    1| int one(void) {\n",
      user:match "^.-{\n")
    assert.truthy(user:find("\n    3|   gets(name);\n", 1, true))
    assert.truthy(user:find "Above all: bounds$")
    assert.same({ "one.c" }, item.properties.path.enum)
    assert.equal("mistral-small-latest", body.model)
    assert.is_true(body.stream)
  end)

  it("gives findings with their place, and what they took", function()
    transport.script = { answer(1, list(finding { line = 40 })) }

    local got, err = review()

    assert.is_nil(err)
    local found = got.findings[1]
    assert.same({ "one.c", 3, 3, "open", 1 },
      { found.path, found.first, found.last, found.state, found.id })
    assert.truthy(found.fingerprint:find "^%x+$")
    assert.same({ 1, 1, 1, false, 0, "one.c" },
      { #got.findings, got.files, got.requests, got.cut, got.unplaced, got.title })
    assert.equal(110, got.usage.total_tokens)
    assert.is_true(got.cost > 0)
  end)

  it("does not know the cost of a model of which it knows no price", function()
    transport.script = { answer(1, list()) }

    assert.is_nil(review({ model = "my-own" }).cost)
  end)

  it("tells a finding with its last brace, while the answer goes on", function()
    local request, heard = start()
    transport:head()
    say(transport, 1, '{"findings":[' .. finding():sub(1, -2))
    one:drain()
    assert.same({}, heard.findings)

    say(transport, 1, "}")
    one:drain()

    assert.equal(3, heard.findings[1].first)
    assert.equal("one.c", heard.source.path)
    assert.is_nil(heard.review)
    say(transport, 1, "]}")
    finish(transport, 1)
    one:drain()
    assert.equal(heard.findings[1], heard.review.findings[1])
    assert.same({ { done = 1, total = 1, findings = 1 } }, heard.progress)
    assert.is_true(request.ended)
  end)

  it("asks for several pieces at once, as many as it was told", function()
    local _, heard = start {
      texts = texts("one", "two", "three", "four"), request_tokens = 500, in_flight = 2,
    }
    assert.equal(2, transport.last_id)

    answer(2, list(finding { path = "two.c" }))(transport)
    one:drain()
    assert.equal("two.c", heard.findings[1].path)
    assert.equal(3, transport.last_id)
    answer(1, list(finding()))(transport)
    answer(3, list())(transport)
    one:drain()
    answer(4, list())(transport)
    one:drain()

    assert.same({ "one.c", "two.c", "three.c", "four.c" }, sent_paths(transport))
    assert.equal("one.c", heard.review.findings[1].path) -- in the order of the files
    assert.equal(4, heard.review.requests)
    assert.equal(440, heard.review.usage.total_tokens)
    assert.equal(4, #heard.progress)
  end)

  it("goes on with the rest when one fails in the middle, and keeps what had come", function()
    local _, heard = start {
      texts = texts("one", "two", "three"), request_tokens = 500, in_flight = 3,
    }
    answer(1, list(finding()))(transport)
    transport:head(nil, 3)
    say(transport, 3, '{"findings":[' .. finding { path = "three.c" } .. ',{"title":"half')
    transport:event('{"object":"error","message":"overloaded","code":3505}', 3)
    transport:done(3)
    answer(2, list(finding { path = "two.c" }))(transport)
    one:drain()

    local got = heard.review
    assert.equal(3, #got.findings)
    assert.equal(1, #got.failed)
    assert.same({ "three.c" }, got.failed[1].paths)
    assert.is_string(got.failed[1].err.message)
  end)

  it("costs what its requests cost, also those that were cut short", function()
    local booked = 0
    one:close()
    one, transport = subject.client { observe = function(step) booked = booked + (step.cost or 0) end }
    local _, heard = start {
      texts = texts("one", "two", "three"), request_tokens = 500, in_flight = 3,
    }
    answer(1, list(finding()))(transport)
    transport:fail({ status = 422, code = "http" }, 2)
    one:drain()
    local whole = booked

    transport:head(nil, 3)
    say(transport, 3, '{"findings":[' .. finding { path = "three.c" } .. ',{"title":"half')
    transport:event('{"object":"error","message":"overloaded","code":3505}', 3)
    transport:done(3)
    one:drain()

    assert.is_true(booked > whole * 1.5, booked)
    assert.is_true(math.abs(heard.review.cost - booked) < 1e-12, heard.review.cost)
  end)

  it("is an error when all of it fails, with what there is of it", function()
    transport.script = { function(t)
      for id = 1, 2 do t:fail({ status = 422, code = "http" }, id) end
    end }

    local got, err = review { texts = texts("one", "two"), request_tokens = 500 }

    assert.is_nil(got)
    assert.equal("invalid_request", err.code)
    assert.same({ "one.c", "two.c" }, err.review.failed[1].paths)
  end)

  it("asks no more once every further request would fail as well, and says so once", function()
    local _, heard = start {
      texts = texts("one", "two", "three", "four"), request_tokens = 500, in_flight = 2,
    }
    answer(1, list(finding()))(transport)
    transport:fail({ status = 401, code = "http" }, 2)
    one:drain()
    if transport.last_id > 2 then answer(3, list())(transport) end
    one:drain()

    assert.is_true(transport.last_id <= 3)
    assert.equal(1, #heard.review.failed)
    assert.equal("unauthorized", heard.review.failed[1].err.code)
    assert.truthy(#heard.review.failed[1].paths >= 2)
  end)

  it("is stopped on the wire, all of it, and tells what it had", function()
    local request, heard = start {
      texts = texts("one", "two", "three"), request_tokens = 500, in_flight = 2,
    }
    transport:head(nil, 1)
    say(transport, 1, '{"findings":[' .. finding())
    one:drain()

    request:cancel()
    one:drain()

    table.sort(transport.cancelled)
    assert.same({ 1, 2 }, transport.cancelled)
    assert.equal(2, transport.last_id)
    assert.equal("cancelled", heard.err.code)
    assert.equal(1, #heard.err.review.findings)
  end)

  it("ends at once when its client closes", function()
    local _, heard = start()

    one:close()

    assert.equal("cancelled", heard.err.code)
  end)

  it("says that an answer was cut off", function()
    transport.script = { answer(1, '{"findings":[' .. finding() .. ',{"title', "length") }

    local got = review()

    assert.is_true(got.cut)
    assert.equal(1, #got.findings)
    assert.same({}, got.failed)
  end)

  it("shows its plan first, and goes on when it is told to", function()
    local plan, go
    local _, heard = start(nil, { on_plan = function(...) plan, go = ... end })
    assert.is_nil(plan) -- not before the call has returned
    one:drain()
    assert.equal(0, transport.last_id)
    assert.same({ 1, "one.c" }, { plan.count, plan.title })
    assert.is_true(plan.tokens > 100 and plan.cost > 0)

    go(true)
    go(true)
    assert.equal(1, transport.last_id)
    assert.equal(plan.params(1).messages[2].content,
      json.decode(transport.sent[1].body).messages[2].content)
    answer(1, list())(transport)
    one:drain()

    assert.same({}, heard.review.findings)
  end)

  it("sends nothing when its plan is turned down, or it is cancelled before", function()
    for _, say_no in ipairs {
      function(_, go) go(false) end,
      function(request) request:cancel() end,
      function() one:close() end,
    } do
      local go
      local request, heard = start(nil, { on_plan = function(_, answered) go = answered end })
      one:drain()

      say_no(request, go)
      one:drain()

      assert.equal(0, transport.last_id)
      assert.equal("cancelled", heard.err.code)
      go(true)
      if one.pump.closed then break end
    end
  end)

  it("sends nothing when whoever is shown the plan fails", function()
    local told
    one.pump.report = function(problem) told = problem end
    local _, heard = start(nil, { on_plan = function() error "no window" end })

    one:drain()
    one:drain()

    assert.truthy(told:find("no window", 1, true))
    assert.equal("cancelled", heard.err.code)
    assert.equal(0, transport.last_id)
  end)

  describe("that is cancelled", function()
    local waiting

    before_each(function()
      one:close()
      waiting = {}
      one, transport = subject.client { later = function(fn) waiting[#waiting + 1] = fn end }
    end)

    -- Gives turns until the end, or so many; the longest step that it took, in seconds.
    local function turns(heard, most)
      local longest = 0
      for _ = 1, most or 10000 do
        if heard.err or heard.review then break end
        local began, next_turn = os.clock(), table.remove(waiting, 1)
        if next_turn then next_turn() end
        one:drain()
        longest = math.max(longest, os.clock() - began)
      end
      return longest
    end

    local function long_text(count)
      local lines = {}
      for i = 1, count do lines[i] = ("  local name_%d = call(%d, { a, b })"):format(i, i) end
      return { { path = "long.lua", lines = lines } }
    end

    it("while it plans has no more turns than it needs to end", function()
      local request, heard = start { texts = long_text(100000) }
      turns(heard, 5)
      assert.is_nil(heard.err)

      request:cancel()
      local longest = turns(heard, 3)

      assert.equal("cancelled", heard.err.code)
      assert.equal(0, transport.last_id)
      assert.is_true(longest < 0.05, longest)
    end)

    it("goes through what it has heard in short steps", function()
      local request, heard = start({ texts = long_text(300), max_findings = 1000 }, {
        on_finding = function() end,
      })
      turns(heard, 10)
      local items, detail = {}, ("Why\tso.\n"):rep(300)
      for i = 1, 300 do
        local line = ("  local name_%d = call(%d, { a, b })"):format(i, i)
        items[i] = finding { path = "long.lua", quote = line, title = "number " .. i, line = i, detail = detail }
      end
      transport:head(nil, 1)
      say(transport, 1, list(unpack_all(items)))
      local began = os.clock()
      one:drain()
      local first = os.clock() - began

      request:cancel()
      local longest = turns(heard)

      assert.equal("cancelled", heard.err.code)
      assert.equal(300, #heard.err.review.findings)
      assert.is_true(math.max(first, longest) < 0.05, first .. " " .. longest)
    end)
  end)

  it("makes a plan without sending anything", function()
    local plan = one:review_plan { texts = { file "one", file "two" }, score = true }

    assert.equal(0, transport.last_id)
    assert.same({ 1, 2, "2 texts" }, { plan.count, #plan.files, plan.title })
    assert.truthy(plan.params(1).messages[2].content:find("File: two.c", 1, true))
  end)

  it("says what it does not review, and why", function()
    local plan = one:review_plan { texts = {
      file "one", { path = "empty.c", text = "\n \n" }, { path = ".env", text = "A=b" },
    } }

    assert.equal(1, #plan.files)
    assert.same({ "empty.c", "empty.c has nothing in it" }, { plan.skipped[1].path, plan.skipped[1].why })
    assert.truthy(plan.skipped[2].why:find("allow_files", 1, true))
  end)

  it("has nothing to ask where there is nothing to review", function()
    local got = review { texts = { { path = "empty.c", text = "" } } }

    assert.equal(0, transport.last_id)
    assert.same({ 0, 0 }, { #got.findings, got.requests })
  end)

  it("tells apart two texts of one name", function()
    transport.script = { answer(1, list(finding(), finding { path = "one.c (2)" })) }

    local got = review { texts = { file "one", file "one" } }

    assert.equal(2, #got.findings + got.dropped.merged)
    assert.equal(0, got.dropped.unusable)
  end)

  it("leaves out what was dismissed, what is unsure, and what is said twice", function()
    transport.script = { answer(1, list(finding())) }
    local dismissed = { [review().findings[1].fingerprint] = true }
    local unsure = finding { quote = "  return 0;", confidence = 0.2 }
    local new = finding { quote = "  char name[4];", title = "four bytes are few" }
    transport.script = { answer(2, list(finding(), new, new, unsure)) }

    local got = review { dismissed = dismissed, min_confidence = 0.5 }

    assert.equal(1, #got.findings)
    assert.equal("four bytes are few", got.findings[1].title)
    assert.same({ 1, 1, 1 }, { got.dropped.dismissed, got.dropped.unsure, got.dropped.merged })
  end)

  it("asks again without a schema where the server knows none", function()
    transport.script = {
      function(t)
        t:head({ ["content-type"] = "application/json" }, 1)
        t:fail({ status = 422, code = "http",
          body = '{"detail":[{"loc":["body","response_format"],"msg":"unknown"}]}' }, 1)
      end,
      answer(2, "Here you are:\n```json\n" .. list(finding()) .. "\n```"),
    }

    local got = review()

    assert.equal(1, #got.findings)
    assert.is_nil(json.decode(transport.sent[2].body).response_format)
  end)

  describe("with scores", function()
    local function scored(text)
      return function(t)
        t:body(json.encode { choices = { { index = 0, finish_reason = "stop",
          message = { role = "assistant", content = text } } },
          usage = { prompt_tokens = 50, completion_tokens = 5, total_tokens = 55 } }, nil, 2)
      end
    end

    local TWO = list(finding(), finding { quote = "  return 0;", title = "zero is returned" })

    it("prunes what is worth little, and counts what that took", function()
      transport.script = { answer(1, TWO),
        scored '{"scores":[{"finding":1,"score":9},{"finding":2,"score":1}]}' }

      local got = review { score = true }

      assert.same({ 1, 1, 2 }, { #got.findings, got.dropped.scored, got.requests })
      assert.equal("gets cannot be bounded", got.findings[1].title)
      assert.equal(165, got.usage.total_tokens)
      assert.truthy(json.decode(transport.sent[2].body).messages[2].content
        :find("\n2. one.c line 4: error: zero is returned", 1, true))
    end)

    it("keeps all of them when there are no scores, and says so", function()
      for _, step in ipairs {
        scored "I would rather not.",
        function(t) t:fail({ status = 422, code = "http" }, 2) end,
      } do
        one:close()
        one, transport = subject.client()
        transport.script = { answer(1, TWO), step }

        local got = review { score = true }

        assert.equal(2, #got.findings)
        assert.is_string(got.unscored.message)
      end
    end)

    it("asks nothing more about a piece without findings", function()
      transport.script = { answer(1, list()) }

      assert.equal(1, review({ score = true }).requests)
    end)
  end)

  it("gives the editor its turn again and again while it reads 60 files", function()
    one:close()
    local steps, turns, longest = {}, 0, 0
    one, transport = subject.client { later = function(fn) steps[#steps + 1] = fn end }
    local many = {}
    for i = 1, 60 do
      many[i] = { path = ("f%02d.c"):format(i), text = MAIN:rep(30) }
    end
    local function timed(step)
      local started = os.clock()
      step()
      longest = math.max(longest, os.clock() - started)
    end

    local _, heard
    timed(function() _, heard = start { texts = many } end)
    while transport.last_id < 4 do
      local step = assert(table.remove(steps, 1), "nobody waits for a turn")
      turns = turns + 1
      timed(step)
      timed(function() one:drain() end)
    end

    -- Longer than it should be, since others run beside: the whole takes some 200 ms.
    assert.is_true(turns > 10 and longest < 0.06, ("%d turns, %.3f s"):format(turns, longest))
    assert.is_nil(heard.review)
    one:close()
    assert.equal("cancelled", heard.err.code)
  end)

  it("raises on what only a mistake can bring about, and names it", function()
    local cases = {
      { {}, "either a `scope` or `texts`" },
      { { scope = { kind = "staged" }, texts = {} }, "either a `scope` or `texts`" },
      { { scope = { kind = "all" } }, "should be staged, unstaged, branch" },
      { { texts = { {} } }, "with a `path`" },
      { { texts = { { path = "x" } } }, "`text` or `lines`" },
      { { texts = { { path = "x", text = "y", first = 0 } } }, "from 1" },
      { { texts = {}, max_finding = 3 }, "did you mean `max_findings`" },
      { { texts = {}, in_flight = 0 }, "`in_flight` should be" },
      { { texts = {}, model = 3 }, "`model` should be a string" },
    }
    for _, case in ipairs(cases) do
      local done, message = pcall(one.review, one, case[1])
      assert.is_false(done)
      assert.truthy(tostring(message):find(case[2], 1, true), tostring(message))
    end
  end)
end)
