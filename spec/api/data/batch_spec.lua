local errors = require "mistral.errors"
local json = require "mistral.json"
local live = require "spec.api.support.live"
local subject = require "spec.api.support.subject"

local MODEL = "mistral-small-latest"

local function ask(text) return { messages = { { role = "user", content = text } } } end

local function questions(count)
  local list = {}
  for index = 1, count do list[index] = ask(("word "):rep(index % 7 + 1)) end
  return list
end

describe("a batch", function()
  local it_is, one

  before_each(function()
    it_is = live.new()
    one = it_is.one
  end)
  after_each(function() it_is:close() end)

  local function with(more)
    local params = { model = MODEL, poll_ms = 1 }
    for name, value in pairs(more) do params[name] = value end
    return params
  end

  -- The temporary files that are made meanwhile.
  local function watching(work)
    local made, tmpname = {}, os.tmpname
    os.tmpname = function() -- luacheck: ignore 122 (put back below)
      made[#made + 1] = tmpname()
      return made[#made]
    end
    local done, problem = pcall(work)
    os.tmpname = tmpname -- luacheck: ignore 122
    assert(done, problem)
    return made
  end

  it("gives the replies in the order of the requests, whatever order they come in", function()
    local reply, err = one:batch(with { requests = questions(5) })

    assert.is_nil(err)
    assert.equal(5, #reply.results)
    assert.same({ "1", "2", "3", "4", "5" }, reply.ids)
    for index, result in ipairs(reply.results) do
      assert.truthy(result.reply.text:find(("You wrote %d word"):format(index % 7 + 1)), result.reply.text)
    end
    assert.equal("SUCCESS", reply.job.status)
    assert.equal(reply.job.id, reply.job_id)
    assert.is_true(reply.usage.total_tokens > 0)
  end)

  it("tells of each look at the job", function()
    it_is.server:jobs { polls = 4 }
    local callbacks, heard = live.listener()
    one:batch(with { requests = questions(8) }, callbacks)
    it_is:await(function() return heard.ends > 0 end)

    local said = {}
    for index, progress in ipairs(heard.progress) do
      said[index] = progress.status .. " " .. progress.completed_requests
      assert.equal(heard.reply.job_id, progress.job_id)
      assert.equal(8, progress.total_requests)
    end
    assert.same({ "QUEUED 0", "RUNNING 2", "RUNNING 4", "RUNNING 6", "SUCCESS 8" }, said)
  end)

  it("has an error for each request that failed, and the replies of the others", function()
    local reply = assert(one:batch(with { requests = { ask "one",
      { custom_id = "mine", body = { messages = ask("two").messages, reasoning_effort = "low" } },
      ask "three" } }))

    assert.truthy(reply.results[1].reply)
    assert.same({ "1", "mine", "3" }, reply.ids)
    assert.is_nil(reply.results[2].reply)
    assert.equal("invalid_request", reply.results[2].err.code)
    assert.truthy(reply.results[2].err.message:find("reasoning_effort is not enabled", 1, true))
    assert.truthy(reply.results[3].reply)
  end)

  it("goes up as a file when it is too much for one request, and leaves no file behind", function()
    local list, reply = questions(3), nil
    list[1].messages[1].content = ("x"):rep(9 * 1024 * 1024 / 16)
    for index = 2, 16 do list[index] = list[1] end
    list[17] = ask "last"
    local made = watching(function()
      reply = assert(one:batch(with { requests = list, model = "codestral-latest" }))
    end)

    assert.equal(17, #reply.results)
    assert.truthy(reply.results[17].reply)
    assert.equal(1, #reply.job.input_files)
    assert.is_string(reply.job.output_file)
    assert.equal("POST /v1/files", it_is:heard()[1])
    assert.equal(2, #made) -- the requests on their way up, and the results on their way down
    for _, path in ipairs(made) do assert.is_nil(it_is:read(path)) end
  end)

  it("of more requests than go along is a file, too", function()
    local list, reply = {}, nil
    for index = 1, 10001 do list[index] = { input = "text " .. index } end
    watching(function()
      reply = assert(one:batch { model = "mistral-moderation-2603", endpoint = "/v1/moderations",
        requests = list, poll_ms = 1 })
    end)

    assert.equal(10001, #reply.results)
    assert.equal(1, #reply.job.input_files)
    for _, result in ipairs(reply.results) do assert.is_false(result.reply.flagged) end
  end)

  it("outlives the client that made it", function()
    it_is.server:jobs { hold = true }
    local callbacks, heard = live.listener()
    one:batch(with { requests = questions(3) }, callbacks)
    it_is:await(function() return heard.progress[1] end)
    local job_id = heard.progress[1].job_id
    one:close()
    assert.equal("cancelled", heard.err.code)
    assert.equal(job_id, heard.err.job_id)

    it_is.server:jobs { hold = false }
    it_is:again()
    local without = assert(it_is.one:batch { job_id = job_id, poll_ms = 1 })
    local with_requests = assert(it_is.one:batch { job_id = job_id, requests = questions(3) })

    assert.equal("SUCCESS", without.job.status)
    assert.same({ "1", "2", "3" }, without.ids)
    for index = 1, 3 do
      assert.truthy(without.results[index].reply.text:find "You wrote")
      assert.equal(without.results[index].reply.text, with_requests.results[index].reply.text)
    end
  end)

  it("says which job it is when its own callback closes the client", function()
    it_is.server:jobs { hold = true }
    local callbacks, heard = live.listener()
    callbacks.on_progress = function(progress)
      heard.job_id = progress.job_id
      one:close()
    end
    one:batch(with { requests = questions(1) }, callbacks)
    it_is:await(function() return heard.ends > 0 end)

    assert.equal("cancelled", heard.err.code)
    assert.is_string(heard.err.job_id)
    assert.equal(heard.job_id, heard.err.job_id)
  end)

  it("is cancelled at the service, too", function()
    it_is.server:jobs { hold = true }
    local callbacks, heard = live.listener()
    local task = one:batch(with { requests = questions(3) }, callbacks)
    it_is:await(function() return heard.progress[2] end)
    task:cancel()
    it_is:await(function() return heard.ends > 0 end)

    assert.equal("cancelled", heard.err.code)
    assert.equal("CANCELLATION_REQUESTED", one:batch_jobs()[1].status)
    assert.equal(heard.err.job_id, one:batch_jobs()[1].id)
  end)

  for status, code in pairs { FAILED = "server", TIMEOUT_EXCEEDED = "timeout" } do
    it("that ends as " .. status .. " is an error, with what had been done", function()
      it_is.server:jobs { polls = 1, outcome = status }
      local reply, err = one:batch(with { requests = questions(2) })

      assert.is_nil(reply)
      assert.equal(code, err.code)
      assert.truthy(err.message:find(status, 1, true))
      assert.is_string(err.job_id)
      assert.equal(2, #err.reply.results)
    end)
  end

  it("is not made twice: what the service may have heard is not said again", function()
    it_is.server:fault { kind = "status", name = "gateway_timeout", path = "/batch/jobs" }
    local reply, err = one:batch(with { requests = questions(1) })

    assert.is_nil(reply)
    assert.equal(504, err.status)
    assert.same({ "POST /v1/batch/jobs" }, it_is:heard())
  end)

  it("is asked for again where nobody has heard it", function()
    it_is.server:fault { kind = "status", name = "rate_limited", path = "/batch/jobs",
      headers = { ["retry-after"] = "0" } }
    local reply = assert(one:batch(with { requests = questions(1) }))

    assert.equal(1, #reply.results)
    assert.equal("POST /v1/batch/jobs", it_is:heard()[2])
    assert.equal(1, one:batch_jobs().total)
  end)

  it("is not asked for again where the client says so of all requests", function()
    it_is:again { retry = 0 }
    it_is.server:fault { kind = "status", name = "rate_limited", path = "/batch/jobs",
      headers = { ["retry-after"] = "0" } }
    local reply, err = it_is.one:batch(with { requests = questions(1) })

    assert.is_nil(reply)
    assert.equal("rate_limited", err.code)
    assert.same({ "POST /v1/batch/jobs" }, it_is:heard())
  end)

  it("looks again after a look that failed", function()
    it_is.server:fault { kind = "status", name = "internal", path = "/batch/jobs/", times = 2 }
    local reply = one:batch(with { requests = questions(2) }, { retry = 0 }):wait()

    assert.equal(2, #reply.results)
  end)

  it("gives up when the job is gone", function()
    it_is.server:fault { kind = "status", status = 404, message = "gone", path = "/batch/jobs/" }
    local reply, err = one:batch(with { requests = questions(2) })

    assert.is_nil(reply)
    assert.equal("not_found", err.code)
    assert.is_string(err.job_id)
  end)

  it("keeps secrets here, and has them again in the replies", function()
    local secret = "ghp_" .. ("16C7e42F292c6912E771"):rep(2):sub(1, 36)
    it_is:again { redact = true }
    local reply = assert(it_is.one:batch(with { requests = { ask("use " .. secret), ask "none" } }))

    assert.truthy(reply.results[1].reply.text:find(secret, 1, true))
    for _, request in ipairs(it_is.server:requests()) do
      assert.is_nil((request.body or ""):find(secret, 1, true))
    end
    assert.truthy(reply.results[2].reply.text)
  end)

  it("is of any endpoint", function()
    local cases = {
      { "/v1/embeddings", "mistral-embed", { input = { "a", "b" } }, "embeddings" },
      { "/v1/fim/completions", "codestral-latest", { prompt = "local x =" }, "text" },
      { "/v1/moderations", "mistral-moderation-2603", { input = "kill" }, "flagged" },
      { "/v1/chat/moderations", "mistral-moderation-2603", { messages = ask("x").messages }, "results" },
      { "/v1/ocr", "mistral-ocr-latest", { document = "https://example.com/a.pdf" }, "markdown" },
      { "/v1/audio/transcriptions", "voxtral-mini-latest",
        { file_url = "https://example.com/a.mp3" }, "text" },
    }
    for _, case in ipairs(cases) do
      local reply = assert(one:batch { endpoint = case[1], model = case[2], requests = { case[3] },
        poll_ms = 1 })
      local result = reply.results[1]
      assert.is_nil(result.err, case[1] .. tostring(result.err))
      assert.is_not_nil(result.reply[case[4]], case[1])

      local again = assert(one:batch { job_id = reply.job_id })
      assert.same(result.reply, again.results[1].reply, case[1])
    end
  end)

  it("is found again in the list of jobs, and forgotten", function()
    local made = assert(one:batch(with { requests = questions(1), metadata = { who = "me" } }))
    local list = assert(one:batch_jobs { status = { "SUCCESS", "RUNNING" }, order_by = "-created" })

    assert.equal(1, list.total)
    assert.equal(made.job_id, list[1].id)
    assert.same({ who = "me" }, list[1].metadata)
    assert.equal(1, one:batch_jobs({ metadata = { who = "me" } }).total)
    assert.equal(0, one:batch_jobs({ metadata = { who = "you" } }).total)
    local _, err = one:batch_jobs { metadata = { status = "x" } }
    assert.equal("refused", err.code)
    assert.is_true(one:batch_delete({ job_id = made.job_id }).deleted)
    assert.equal(0, one:batch_jobs().total)
  end)
end)

describe("a batch is refused here", function()
  local refused = {
    { {}, "`requests` is missing" },
    { { requests = {} }, "`requests` is empty" },
    { { requests = { { x = 1 } } }, "`endpoint` is missing" },
    { { requests = { ask "x", { messages = {} } } }, "requests[2] cannot be sent" },
    { { requests = { ask "x", 5 } }, "requests[2] is no table" },
    { { requests = { ask "x", nil, ask "z" } }, "`requests` has holes" },
    { { requests = { { custom_id = "a", body = ask "x" }, { custom_id = "a", body = ask "y" } } },
      "requests[2] has the custom_id of requests[1]: a" },
    { { requests = { { custom_id = 5, body = ask "x" } } }, "`custom_id` that is no text" },
    { { requests = { { id = "a", body = ask "x" } } }, "has `id` beside `body`" },
    { { requests = { { model = "other", messages = ask("x").messages } } }, "a batch has one" },
    { { requests = { { model = "m" } }, endpoint = "/v1/conversations" }, "no requests for" },
    { { requests = { ask "x" }, endpoint = "/chat" }, "`endpoint` should be one of" },
    { { requests = { ask "x" }, timeout_hours = 200 }, "`timeout_hours` should be at most 168" },
    { { requests = { ask "x" }, metadata = { a = "" } }, "texts of 1 to 512 characters, not `a`" },
    { { input_files = { "x" } }, "give `requests`" },
    { { requests = { { file = "spec/api/data/batch_spec.lua", model = "v" } },
      endpoint = "/v1/audio/transcriptions", model = "v" }, "a batch carries none" },
  }
  for index, case in ipairs(refused) do
    it(index .. ": " .. case[2], function()
      local one, transport = subject.client()
      local params = { model = "m" }
      for name, value in pairs(case[1]) do params[name] = value end
      local reply, err = one:batch(params)

      assert.is_nil(reply)
      assert.equal("refused", err.code)
      assert.truthy(err.message:find(case[2], 1, true), err.message)
      assert.is_nil(transport.submitted)
      one:close()
    end)
  end
end)

describe("the results of a batch", function()
  local CARD = '{"id":"j","status":"SUCCESS","endpoint":"/v1/chat/completions","outputs":%s}'
  local ANSWER = '{"choices":[{"index":0,"message":{"role":"assistant","content":"%s"},'
    .. '"finish_reason":"stop"}]}'

  local function line(id, text)
    return ('{"custom_id":%s,"response":{"status_code":200,"body":%s},"error":null}'):format(
      id, ANSWER:format(text))
  end

  -- Two requests, and these lines as what came of them.
  local function results(outputs)
    local one, transport = subject.client()
    local card = CARD:format("null")
    transport.script = {
      function(t) t:body(card) end,
      function(t) t:body(CARD:format(outputs)) end,
    }
    local reply, err = one:batch { model = "m", requests = { ask "a", ask "b" } }
    one:close()
    return reply and reply.results, err
  end

  it("may have a status that is none", function()
    local list = results(('[%s,%s]'):format((line('"1"', "one"):gsub("200", "1e308")),
      (line('"2"', "two"):gsub("200", "200.5"))))

    assert.equal("one", list[1].reply.text)
    assert.equal("two", list[2].reply.text)
  end)

  it("that are missing, strange or there twice are told one by one", function()
    local list = results(("[%s,%s,%s,5,{}]"):format(line('"2"', "two"), line('"2"', "again"),
      line('"9"', "nobody's")))

    assert.equal("broken", list[1].err.code)
    assert.truthy(list[1].err.message:find("no result for this request", 1, true))
    assert.equal("two", list[2].reply.text)
  end)

  local bad = {
    ["no answer"] = { '{"custom_id":"1"}', "broken" },
    ["a null answer"] = { '{"custom_id":"1","response":null,"error":null}', "broken" },
    ["an answer without choices"] = {
      '{"custom_id":"1","response":{"status_code":200,"body":{"id":"x"}}}', "broken" },
    ["a status"] = { '{"custom_id":"1","response":{"status_code":429,"body":{"message":"slow"}}}',
      "rate_limited" },
    ["an error as text"] = { '{"custom_id":"1","error":"out of luck"}', "server" },
    ["an error as a table"] = {
      '{"custom_id":"1","error":{"message":"no such model","type":"invalid_model"}}', "unknown_model" },
  }
  for what, case in pairs(bad) do
    it("with " .. what .. " are errors", function()
      local list = results("[" .. case[1] .. "," .. line('"2"', "two") .. "]")

      assert.equal(case[2], list[1].err.code, tostring(list[1].err))
      assert.is_true(errors.is(list[1].err))
      assert.equal("two", list[2].reply.text)
    end)
  end

  it("are broken as a whole where they are no list", function()
    local list = results '"x"'
    assert.equal("broken", list[1].err.code)
    assert.equal("broken", list[2].err.code)
  end)

  it("may be told in a body that is text", function()
    local body = json.encode(ANSWER:format "one")
    local list = results(('[{"custom_id":"1","response":{"status_code":200,"body":%s}}]'):format(body))
    assert.equal("one", list[1].reply.text)
  end)

  it("come by way of the disk when they are more than one answer holds", function()
    local one, transport = subject.client()
    local to
    transport.script = {
      function(t) t:body(CARD:format "null") end,
      function(t) t:fail { code = "too_large", message = "the body is larger than 64 MiB" } end,
      function(t)
        to = t.submitted.sink
        local file = assert(io.open(to, "wb"))
        file:write(CARD:format("[" .. line('"2"', "two") .. ",5," .. line('"1"', "one") .. "]"))
        file:close()
        t:head { ["content-type"] = "application/json" }
        t:done()
      end,
    }
    local reply = assert(one:batch { model = "m", requests = { ask "a", ask "b" } })

    assert.equal("one", reply.results[1].reply.text)
    assert.equal("two", reply.results[2].reply.text)
    assert.is_nil(io.open(to))
    one:close()
  end)

  -- What comes of a job that has this status each time, an hour after the last.
  local function stuck(status, params)
    local one, transport = subject.client()
    local time, now = os.time, 0
    os.time = function(...) return ... and time(...) or now end -- luacheck: ignore 122 (put back)
    local function look(t)
      now = now + 3600
      t:body(('{"id":"j","status":"%s","endpoint":"/v1/chat/completions"}'):format(status))
    end
    transport.script = {}
    for index = 1, 200 do transport.script[index] = look end
    local done, reply, err = pcall(one.batch, one, params)
    os.time = time -- luacheck: ignore 122
    assert(done, reply)
    one:close()
    return reply, err, 200 - #transport.script
  end

  local patience = {
    { 24, { model = "m", requests = { ask "a" } } },
    { 2, { model = "m", requests = { ask "a" }, timeout_hours = 2 } },
    { 168, { job_id = "j" } },
  }
  for _, case in ipairs(patience) do
    it(("are not waited for long after the %d hours of a job"):format(case[1]), function()
      for _, status in ipairs { "RUNNING", "PONDERING" } do
        local reply, err, looks = stuck(status, case[2])

        assert.is_nil(reply)
        assert.equal("timeout", err.code)
        assert.equal("j", err.job_id)
        assert.equal(("the batch job is still %s after %d hours"):format(status, case[1] + 6),
          err.message)
        assert.equal(case[1] + 8, looks)
      end
    end)
  end

  -- A job whose results are a file of these lines, as often as it is asked.
  local function job_with_file(t, lines)
    local card = CARD:format("null"):gsub("}$", ',"output_file":"%%s"}')
    t.script = {
      function() t:body(card:format "12345678-1234-1234-1234-123456789abc") end,
      function()
        local out = assert(io.open(t.submitted.sink, "wb"))
        out:write(table.concat(lines, "\n"))
        out:close()
        t:head { ["content-type"] = "application/jsonl" }
        t:done()
      end,
    }
  end

  -- How many of the tables that were read from JSON meanwhile are still held, at any time.
  local function counting(work)
    local decode, alive = json.decode, setmetatable({}, { __mode = "k" })
    json.decode = function(...)
      local value, reason = decode(...)
      if type(value) == "table" then alive[value] = true end
      return value, reason
    end
    local done, problem = pcall(work, function()
      collectgarbage()
      local held = 0
      for _ in pairs(alive) do held = held + 1 end
      return held
    end)
    json.decode = decode
    assert(done, problem)
  end

  it("are read line by line, and held no longer than they are kept", function()
    local one, transport = subject.client()
    local lines, heard, most, reply = {}, {}, 0, nil
    for index = 1, 200 do
      lines[index] = line(('"%d"'):format(201 - index), ("x"):rep(100000) .. 201 - index)
    end
    job_with_file(transport, lines)

    counting(function(held)
      reply = one:batch({ job_id = "j" }, {
        on_result = function(result, index)
          heard[#heard + 1] = index
          most = math.max(most, held())
          return result.reply.text:match "%d+"
        end,
      }):wait()
    end)

    assert.equal(200, #heard)
    for index = 1, 200 do assert.equal(tostring(index), reply.results[index]) end
    assert.is_true(most < 20, most)
    assert.is_nil(io.open(transport.submitted.sink))
    one:close()
  end)

  it("may be lines that are broken, empty, there twice or without an end", function()
    local one, transport = subject.client()
    job_with_file(transport, { line('"2"', "two"), "", '{"custom_id":', "5", line('"2"', "again"),
      line('"1"', "one") })

    local reply = assert(one:batch { job_id = "j" })

    assert.same({ "1", "2" }, reply.ids)
    assert.equal("one", reply.results[1].reply.text)
    assert.equal("two", reply.results[2].reply.text)
    one:close()
  end)

  it("that are missing are told to who hears of each, too", function()
    local one, transport = subject.client()
    transport.script = {
      function(t) t:body((CARD:format("null"):gsub("SUCCESS", "RUNNING"))) end,
      function(t) t:body(CARD:format "null") end,
      function(t) t:body(CARD:format("[" .. line('"2"', "two") .. "]")) end,
    }

    local reply = one:batch({ model = "m", requests = { ask "a", ask "b" } }, {
      on_result = function(result) return result.err and result.err.code end,
    }):wait()

    assert.equal("broken", reply.results[1])
    assert.equal("two", reply.results[2].reply.text)
    one:close()
  end)

  it("are waited for with a growing pause", function()
    local one, transport = subject.client()
    local pauses = {}
    local function look(status)
      return function(t)
        pauses[#pauses + 1] = t.submitted.delay_ms or 0
        t:body(('{"id":"j","status":"%s","endpoint":"/v1/chat/completions"}'):format(status))
      end
    end
    transport.script = {}
    for _ = 1, 12 do transport.script[#transport.script + 1] = look "RUNNING" end
    transport.script[13] = look "FAILED"
    transport.script[14] = look "FAILED"
    one:batch { model = "m", requests = { ask "a" } }

    assert.same({ 0, 1000, 1500, 2250, 3375, 5062, 7593, 11390, 17085, 25628, 30000, 30000, 30000,
      0 }, pauses)
    one:close()
  end)
end)
