-- A review from the first word to the last, with an editor in memory and a service that says what
-- the spec tells it to.
local command = require "mistral.editor.command"
local config = require "mistral.config"
local errors = require "mistral.errors"
local fake = require "mistral.host.fake"
local fake_client = require "spec.editor.support.client"
local json = require "mistral.json"
local review = require "mistral.editor.review"
local session = require "mistral.editor.session"

local CODE = {
  "int main(void) {",
  "  char name[4];",
  "  gets(name);",
  "  return 0;",
  "}",
}

local function finding(fields)
  local whole = {
    path = "main.c", line = 3, quote = "  gets(name);", severity = "error", category = "security",
    title = "gets cannot be bounded", detail = "Use fgets.", scenario = "A long line.",
    confidence = 0.9, fix = json.null,
  }
  for name, value in pairs(fields or {}) do whole[name] = value end
  return json.encode(whole)
end

describe("a review", function()
  local host, client, here, buffer

  before_each(function()
    config.reset()
    host = fake.new()
    client = fake_client.new(host)
    here = session.new(host, client)
    buffer = host.open(CODE, "main.c", "c")
  end)
  after_each(function()
    here:close()
    host.advance(1000)
    assert.equal(0, host.live(), "timers, marks or handlers left")
    config.reset()
  end)

  local function start(range)
    range = range or {}
    range.buffer = buffer
    local started = assert(review.start(here, range, assert(here:options())))
    host.advance(1)
    return client.requests[#client.requests], started
  end

  local function rows()
    host.advance(200)
    local list = {}
    for i, shown in ipairs(host.shown[buffer] or {}) do list[i] = shown.first end
    return list
  end

  local function said()
    host.advance(200)
    local list = {}
    for i, note in ipairs(host.notes) do list[i] = note.level .. ": " .. note.message end
    return table.concat(list, "\n")
  end

  it("sends the lines with their numbers, and asks for findings", function()
    local request = start()
    local user = request.params.messages[2].content

    assert.truthy(user:find("    1| int main(void) {\n    2|   char name[4];\n", 1, true))
    assert.truthy(user:find("File: main.c\nLanguage: c\n", 1, true))
    assert.equal("json_schema", request.params.response_format.type)
    assert.equal("mistral-medium-latest", request.params.model)
    assert.truthy(json.encode(request.params))
    request:done()
  end)

  it("sends only the range, with the buffer's own numbers", function()
    local request = start({ first = 2, last = 3, wish = "look at bounds" })
    local user = request.params.messages[2].content

    assert.truthy(user:find("\n    2|   char name[4];\n    3|   gets(name);\n", 1, true))
    assert.falsy(user:find("main(void)", 1, true))
    assert.truthy(user:find("look at bounds", 1, true))
    request:done()
  end)

  it("adds the user's own rules", function()
    config.setup({ review = { instructions = "Mind the tabs." } })
    local request = start()

    assert.truthy(request.params.messages[1].content:find("Mind the tabs.", 1, true))
    request:done()
  end)

  it("shows a finding with its last brace, while the answer goes on", function()
    local request = start()

    request:say('{"findings":[' .. finding():sub(1, -2))
    host.advance(100)
    assert.same({}, rows())
    request:say("}")
    host.advance(1)

    assert.same({ 3 }, rows())
    assert.equal(1, #host.lists[1].items)
    request:say("]}")
    request:done()
    assert.equal(
      "info: mistral: main.c: 1 finding: 1 error; see :copen", said())
    assert.same({ "MistralStarted", "MistralFinished", "MistralReview" }, host.emitted)
  end)

  it("draws once for all that one wake-up brings", function()
    local request = start()

    for i = 1, 5 do request:say((i == 1 and "[" or ",") .. finding { quote = CODE[i], line = i }) end
    host.advance(1)

    assert.equal(1, host.state.draws)
    assert.equal(5, #rows())
    request:say("]")
    request:done()
  end)

  it("never touches the buffer", function()
    local tick = host.tick(buffer)
    local request = start()

    request:say("[" .. finding() .. "]")
    request:done()

    assert.equal(tick, host.tick(buffer))
    assert.same(CODE, host.lines(buffer, 1, -1))
  end)

  it("lists apart what has no place, without a line", function()
    local request = start()

    request:say("[" .. finding({ quote = "free(name);" }) .. "," .. finding() .. "]")
    request:done()

    assert.same({ 3 }, rows())
    assert.is_nil(host.lists[1].items[2].row)
    assert.equal("[no place] gets cannot be bounded: Use fgets.", host.lists[1].items[2].text)
    assert.equal("info: mistral: main.c: 2 findings: 2 errors, 1 without a place; see :copen", said())
  end)

  it("places by the text as it is when the finding comes", function()
    local request = start()

    host.edit(buffer, 1, 0, { "/* new */", "/* lines */" })
    request:say("[" .. finding())
    host.advance(1)
    host.edit(buffer, 1, 1, {})
    request:say("," .. finding({ quote = "  return 0;" }) .. "]")
    request:done()

    assert.same({ 4, 5 }, rows())
  end)

  it("gives no place to a line that was changed meanwhile", function()
    local request = start()

    host.edit(buffer, 3, 3, { "  fgets(name, 4, stdin);" })
    request:say("[" .. finding() .. "]")
    request:done()

    assert.same({}, rows())
    assert.equal(1, #host.lists[1].items)
  end)

  it("stays within its range as the range moves", function()
    host.fill(buffer, { "gets(a);", "x", "gets(a);", "y" })
    local request = start({ first = 3, last = 4 })

    host.edit(buffer, 1, 0, { "new" })
    request:say("[" .. finding({ quote = "gets(a);", line = 3 }) .. "]")
    request:done()

    assert.same({ 4 }, rows())
  end)

  it("has no place for anything when its range was deleted", function()
    local request = start({ first = 3, last = 4 })

    host.edit(buffer, 3, 4, {})
    request:say("[" .. finding() .. "]")
    request:done()

    assert.same({}, rows())
    assert.equal(1, #host.lists[1].items)
  end)

  it("moves what is shown with the text at the next drawing", function()
    local request = start()
    request:say("[" .. finding())
    host.advance(1)

    host.edit(buffer, 1, 0, { "new" })
    request:say("," .. finding({ quote = "}" }) .. "]")
    request:done()

    assert.same({ 4, 6 }, rows())
  end)

  it("stops, and says so, when its buffer goes", function()
    local request = start()
    request:say("[" .. finding() .. ",")
    host.advance(1)

    host.unload(buffer)
    assert.is_true(request.cancelled)
    host.advance(1)

    assert.equal("warn: mistral: the review of main.c was stopped: its buffer is gone"
      .. " (before that came 1 finding: 1 error)", said())
    assert.same({}, host.shown[buffer])
  end)

  it("keeps what it found when it is stopped", function()
    local request = start()
    request:say("[" .. finding())
    host.advance(1)

    assert.equal(1, here:stop("review", "user"))
    assert.is_true(request.cancelled)
    host.advance(1)

    assert.same({ 3 }, rows())
    assert.equal("info: mistral: the review of main.c was stopped (before that came 1 finding: 1 error)",
      said())
    assert.equal(0, here:stop())
  end)

  it("is stopped when what it shows is cleared, and not before it shows anything", function()
    local request = start()
    command.run(here, { args = "clear", bang = false })
    assert.is_nil(request.cancelled)
    request:say("[" .. finding())
    host.advance(1)

    command.run(here, { args = "clear", bang = false })

    assert.is_true(request.cancelled)
    assert.same({}, rows())
    assert.same({}, host.lists[1].items)
    assert.same({}, here.findings:all())
  end)

  it("makes room for a new one of the same buffer without a word", function()
    local first = start()
    local second = start()

    assert.is_true(first.cancelled)
    host.advance(1)
    assert.equal("", said())
    second:say("[" .. finding() .. "]")
    second:done()
    assert.same({ 3 }, rows())
  end)

  it("leaves another buffer's review alone", function()
    local first = start()
    buffer = host.open({ "other" }, "other.c", "c")
    local second = start()

    assert.falsy(first.cancelled)
    first:done()
    second:done()
  end)

  it("replaces the findings of an earlier review when it has one itself", function()
    local first = start()
    first:say("[" .. finding() .. "]")
    first:done()

    local second = start()
    assert.same({ 3 }, rows())
    second:say("[" .. finding({ quote = "}" }) .. "]")
    second:done()

    assert.same({ 5 }, rows())
    assert.equal(2, #host.lists)
  end)

  it("takes old findings down when nothing is found any more, not when it fails", function()
    local first = start()
    first:say("[" .. finding() .. "]")
    first:done()

    start():fail("network", "the host cannot be reached")
    assert.same({ 3 }, rows())
    local third = start()
    third:say('{"findings":[]}')
    third:done()

    assert.same({}, rows())
  end)

  local ANSWERS = {
    { "an empty list", '{"findings":[]}', "stop", "info: mistral: main.c: nothing found" },
    { "prose", "This code is fine.", "stop",
      "warn: mistral: the answer about main.c was no list of findings" },
    { "nothing", "", "stop", "warn: mistral: the answer about main.c was no list of findings" },
    { "JSON of another kind", '[{"a":1},{"b":2}]', "stop",
      "warn: mistral: the answer about main.c was no list of findings" },
    { "broken JSON", '[{"title":"x" "y"}]', "stop",
      "warn: mistral: the answer about main.c was no list of findings" },
    { "an end within a finding", "[" .. finding() .. ',{"title":"', "stop",
      "warn: mistral: the review of main.c was cut off: 1 finding: 1 error" },
    { "an end by length", "[" .. finding() .. "]", "length",
      "warn: mistral: the review of main.c was cut off: 1 finding: 1 error" },
    { "an end before any finding", '{"findings":[', "length",
      "warn: mistral: the review of main.c was cut off: nothing to show" },
  }
  for _, case in ipairs(ANSWERS) do
    it("says one sentence about " .. case[1], function()
      local request = start()

      request:say(case[2])
      request:done(case[3])

      assert.equal(case[4], said())
    end)
  end

  it("says what went wrong, and that something had come", function()
    local request = start()
    request:say("[" .. finding())

    request:fail("broken", "the answer broke off")

    assert.same({ 3 }, rows())
    assert.equal(("warn: mistral: main.c: 1 finding: 1 error; not all of main.c could be reviewed (%s); "
      .. "see :copen"):format(tostring(errors.new("broken", "the answer broke off"))), said())
  end)

  it("takes no more findings than it is told to", function()
    config.setup({ review = { max_findings = 2 } })
    local request = start()

    for i = 1, 5 do request:say((i == 1 and "[" or ",") .. finding { quote = CODE[i], line = i }) end
    request:say("]")
    request:done()

    assert.equal(2, #rows())
    assert.truthy(said():find("2 errors, 3 left out (3 beyond review.max_findings)", 1, true))
  end)

  local NOTHING = {
    { "an empty buffer", { "" }, {}, "nothing to review: main.c is empty" },
    { "a buffer of blanks", { " ", "\t", "" }, {}, "nothing to review: main.c is empty" },
    { "a range of blanks", { "x", "", "" }, { first = 2, last = 3 },
      "nothing to review: main.c: these lines are empty" },
  }
  for _, case in ipairs(NOTHING) do
    it("sends nothing for " .. case[1], function()
      host.fill(buffer, case[2])
      case[3].buffer = buffer

      local started, message = review.start(here, case[3], assert(here:options()))

      assert.is_nil(started)
      assert.equal(case[4], message)
      assert.equal(0, #client.requests)
    end)
  end

  it("sends nothing that is larger than max_bytes", function()
    config.setup({ max_bytes = 20 })

    local started, message = review.start(here, { buffer = buffer }, assert(here:options()))

    assert.is_nil(started)
    assert.truthy(message:find("^main.c: %d+ bytes are more than the 20 of option max_bytes; give a range$"))
    assert.equal(0, #client.requests)
  end)

  it("says nothing more once the editor goes", function()
    start()

    host.fire("VimLeavePre")
    host.advance(1)

    assert.is_true(here.closed)
    assert.equal("", said())
  end)
end)
