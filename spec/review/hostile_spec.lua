-- Answers that lie. Whatever comes, a review ends once, in a sentence where something is wrong, and
-- says nothing of lines or files that nobody sent.
local json = require "mistral.json"
require "mistral.native" -- it looks for its file, once
local subject = require "spec.api.support.subject"

local CODE = {
  "local function add(a, b)", -- 1
  "  return a + b", -- 2
  "end", -- 3
  "", -- 4
  "local function sub(a, b)", -- 5
  "  local c = a", -- 6
  "  return c - b", -- 7
  "end", -- 8
}

local function finding(fields)
  local whole = {
    path = "a.lua", line = 6, quote = "  local c = a", severity = "error", category = "bug",
    title = "T", detail = "D", scenario = "S", confidence = 0.9, fix = json.null,
  }
  for name, value in pairs(fields or {}) do whole[name] = value end
  return json.encode(whole)
end

local function list(...)
  return '{"findings":[' .. table.concat({ ... }, ",") .. "]}"
end

describe("a hostile answer", function()
  local one, transport, open, opened

  before_each(function()
    one, transport = subject.client()
    open, opened = io.open, {}
    rawset(io, "open", function(path, ...)
      opened[#opened + 1] = path
      return open(path, ...)
    end)
  end)
  after_each(function()
    rawset(io, "open", open)
    one:close()
    assert.same({}, opened, "a file was opened")
  end)

  local function begin(more)
    local heard = { findings = {}, ends = 0 }
    local params = {
      model = "m", texts = { { path = "a.lua", lines = CODE }, { path = "b.lua", lines = CODE } },
    }
    for name, value in pairs(more or {}) do params[name] = value end
    local request = one:review(params, {
      on_finding = function(item) heard.findings[#heard.findings + 1] = item end,
      on_done = function(review) heard.review, heard.ends = review, heard.ends + 1 end,
      on_error = function(err) heard.err, heard.ends = err, heard.ends + 1 end,
    })
    transport:head()
    return heard, request
  end

  local function say(text, from, id)
    for at = 1, #text, from or math.max(1, #text) do
      transport:delta(json.encode { content = text:sub(at, at + (from or #text) - 1) }, nil, nil, id)
    end
  end

  local function finish(id)
    transport:delta("{}", "stop", nil, id)
    transport:event("[DONE]", id)
    transport:done(id)
    one:drain()
  end

  local function answer(text, from)
    local heard = begin()
    say(text, from)
    finish()
    assert.equal(1, heard.ends)
    return heard.review, heard.err
  end

  local function is_sentence(err)
    assert.is_string(err.message)
    assert.falsy(err.message:find "[%c]", err.message)
    assert.is_true(#err.message > 10 and #err.message < 400)
  end

  local function rows(review)
    local out = {}
    for i, item in ipairs(review.findings) do
      out[i] = item.first and ("%s:%d-%d"):format(item.path, item.first, item.last) or "no place"
    end
    return table.concat(out, " ")
  end

  it("with wrong lines is placed by its quotes", function()
    for _, line in ipairs { 1, 0, -5, 99999, 2 ^ 40, 1.5, "six", json.null, true, {} } do
      assert.equal("a.lua:6-6", rows((answer(list(finding { line = line })))))
    end
  end)

  it("with a quote that stands twice has no place, or the one its line names", function()
    assert.equal("no place", rows((answer(list(finding { quote = "end", line = 4 })))))
    assert.equal("a.lua:8-8", rows((answer(list(finding { quote = "end", line = 8 })))))
  end)

  it("with quotes that stand nowhere has no place", function()
    for _, quote in ipairs { "free(c)", "", "   ", ("x"):rep(9000), "\0", "%s", "local c = b" } do
      local review = answer(list(finding { quote = quote }))
      assert.equal("no place", rows(review))
      assert.equal(1, review.unplaced)
    end
  end)

  it("with a fix of text that is not there keeps the finding without it", function()
    for _, fix in ipairs {
      { existing = "  local c = b", replacement = "" }, { existing = "end", replacement = "done" },
      { existing = "  local  c = a", replacement = "x" }, { existing = "", replacement = "x" },
      { existing = "  local c = a", replacement = "\27]0;x\7" }, { existing = "  local c = a" },
      { existing = "  local c = a", replacement = { "x" } }, "rm -rf /", 5, {},
    } do
      local review = answer(list(finding { fix = fix }))
      assert.equal("a.lua:6-6", rows(review))
      assert.is_nil(review.findings[1].fix)
    end
  end)

  it("about files that were not sent is counted, and no file is looked at", function()
    local paths = {
      "c.lua", "../a.lua", "a.lua/../b.lua", "/etc/passwd", "~/.ssh/id_rsa", "./../../x", "a.lua\0",
      "\27[2Ja.lua", "a.lua\n", "", ".", "..", "/", "C:\\x", "file:///a.lua", ("a/"):rep(4000), 7,
      json.null, {},
    }
    local objects = {}
    for i, path in ipairs(paths) do objects[i] = finding { path = path } end

    local review = answer(list(finding { path = "b.lua" }, table.concat(objects, ",")))

    assert.equal("b.lua:6-6", rows(review))
    assert.equal(#paths, review.dropped.unusable)
  end)

  it("with control characters in every word shows them, and obeys none", function()
    local evil = "\27[2J\27]0;t\7\8\r\n\0\127\194\155\226\128\174\239\187\191x"
    local review = answer(list(finding {
      title = evil, detail = evil, scenario = evil, quote = evil, category = evil, severity = evil,
    }))

    local item = review.findings[1]
    for _, name in ipairs { "title", "detail", "scenario", "quote" } do
      assert.falsy(item[name]:gsub("\n", ""):find "[%c\127]", name)
    end
    assert.same({ "info", "" }, { item.severity, item.category })
  end)

  it("of a million findings is stopped, and takes no memory", function()
    local heard = begin { max_findings = 10 }
    local objects = {}
    for i = 1, 1000 do
      objects[i] = finding { title = ("number%d word%d"):format(i, i * 7) }
    end
    local chunk = json.encode { content = "[" .. table.concat(objects, ",") .. "," }
    collectgarbage()
    local before, sent = collectgarbage "count", 0

    while not transport.cancelled[1] and sent < 1000 do
      transport:delta(chunk)
      one:drain()
      sent = sent + 1
    end
    one:drain()

    collectgarbage()
    assert.is_true(sent <= 2, sent .. " thousand were read")
    assert.is_true(collectgarbage "count" - before < 1024)
    assert.same({ 1, 10, true }, { heard.ends, #heard.findings, heard.review.cut })
    assert.is_true(heard.review.dropped.capped + heard.review.dropped.merged >= 900)
  end)

  it("of half a JSON gives what was whole, and says that it was cut", function()
    local whole = list(finding(), finding { title = "other words", quote = "  return c - b" })
    local first = #list(finding()) - 2
    for _, at in ipairs { first + 5, #whole - 20, #whole - 1 } do
      local review = answer(whole:sub(1, at), 3)
      assert.equal("a.lua:6-6", review.findings[1] and rows({ findings = { review.findings[1] } }))
      assert.is_true(review.cut)
    end
  end)

  it("with prose, fences and other JSON around gives the findings", function()
    local text = "Sure {here} it is [1]:\n```json\n" .. list(finding()) .. "\n```\n{done} [see above]"

    local review = answer(text, 1)

    assert.equal("a.lua:6-6", rows(review))
    assert.same({}, review.failed)
  end)

  it("that is no list of findings fails with a sentence", function()
    for _, text in ipairs {
      "I cannot do that.", "", "<html><body>502</body></html>", "null", "42", '"findings"',
      "[[[[[[[[", ("["):rep(100000),
    } do
      local review, err = answer(text)
      if err then
        is_sentence(err)
      else
        assert.is_true(review.cut, text:sub(1, 20))
      end
      assert.equal(0, review and #review.findings or 0)
    end
  end)

  it("with objects that are no findings counts them", function()
    local review = answer '{"findings":[{},{"title":""},{"title":7},{"path":"a.lua"},{"a":{"b":[{}]}}]}'

    assert.equal(5, review.dropped.unusable)
  end)

  it("with an object of a megabyte skips it and goes on", function()
    local huge = finding { detail = ("x"):rep(1024 * 1024) }

    local review = answer(list(huge, finding()), 65536)

    assert.equal("a.lua:6-6", rows(review))
    assert.equal(1, review.dropped.unusable)
  end)

  it("that repeats itself says it once", function()
    local review = answer(list(finding(), finding(), finding { severity = "hint" }))

    assert.same({ "a.lua:6-6", 2 }, { rows(review), review.dropped.merged })
  end)

  describe("in the third of three requests", function()
    local function three()
      local texts = {}
      for i, name in ipairs { "a.lua", "b.lua", "c.lua" } do
        texts[i] = { path = name, text = table.concat(CODE, "\n") .. ("\n-- so that one"):rep(40) }
      end
      local heard = begin { texts = texts, request_tokens = 700, in_flight = 3 }
      assert.equal(3, transport.last_id)
      for id = 1, 2 do
        transport:head(nil, id)
        say(list(finding { path = texts[id].path }), nil, id)
        finish(id)
      end
      return heard
    end

    local FAULTS = {
      ["a 422"] = function() transport:fail({ status = 422, code = "http" }, 3) end,
      ["a 429 after its last try"] = function() transport:fail({ status = 429, code = "http" }, 3) end,
      ["a 500"] = function() transport:fail({ status = 500, code = "http" }, 3) end,
      ["a lost connection in the middle"] = function()
        say('{"findings":[' .. finding { path = "c.lua" } .. ',{"ti', nil, 3)
        transport:fail({ code = "network", message = "the connection was lost" }, 3)
      end,
      ["an error in the stream"] = function()
        say('{"findings":[' .. finding { path = "c.lua" } .. ',{"ti', nil, 3)
        transport:event('{"object":"error","message":"\\u001b[31moverloaded\\n","code":3505}', 3)
        transport:done(3)
      end,
    }
    for name, fault in pairs(FAULTS) do
      it(name .. " leaves the others whole, and is said in a sentence", function()
        local heard = three()
        if name:find "lost" or name:find "stream" then transport:head(nil, 3) end

        fault()
        one:drain()

        assert.equal(1, heard.ends)
        local review = heard.review
        assert.truthy(rows(review):find("a.lua:6-6 b.lua:6-6", 1, true))
        assert.equal(1, #review.failed)
        assert.same({ "c.lua" }, review.failed[1].paths)
        is_sentence(review.failed[1].err)
      end)
    end
  end)
end)
