-- Going from finding to finding, looking at one, and dismissing it.
local command = require "mistral.editor.command"
local config = require "mistral.config"
local detail = require "mistral.editor.review.detail"
local fake = require "mistral.host.fake"
local place = require "mistral.review.place"
local session = require "mistral.editor.session"

local CODE = { "one();", "two();", "three();", "four();" }

describe("among findings, :Mistral", function()
  local host, here, board, buffer

  before_each(function()
    config.reset()
    host = fake.new()
    here = session.new(host)
    host.files["/project/b.c"] = CODE
    board = here.findings:open("x", config.get().review, {
      { key = "/project/a.c", path = "/project/a.c" }, { key = "/project/b.c", path = "/project/b.c" },
    })
    buffer = host.open(CODE, "a.c", "c")
  end)
  after_each(function()
    here:close()
    host.advance(1000)
    assert.equal(0, host.live(), "timers, marks or handlers left")
  end)

  local function settle()
    for _ = 1, 30 do host.advance(10) end
  end

  local function add(file, row, severity, fields)
    local finding = {
      severity = severity, category = "bug", title = CODE[row], detail = "why", scenario = "seldom",
      confidence = 0.5, quote = CODE[row], first = row, last = row, fingerprint = file .. row,
    }
    for name, value in pairs(fields or {}) do finding[name] = value end
    here.findings:add(board, "/project/" .. file, finding, place.text(CODE))
    return finding
  end

  local function run(words)
    local before = #host.notes
    command.run(here, { args = words, bang = false })
    settle()
    local note = host.notes[before + 1]
    return note and (note.level .. ": " .. note.message) or ""
  end

  local function at() return ("%s:%d"):format(host.name(host.buffer()), (host.cursor())) end

  it("next goes by rows, then to the next file, and round", function()
    add("a.c", 3, "error")
    add("a.c", 2, "hint")
    add("b.c", 1, "error")
    settle()

    assert.equal("info: mistral: 1/3 hint: two();", run "next")
    assert.equal("a.c:2", at())
    assert.equal("info: mistral: 2/3 error: three();", run "next")
    assert.equal("info: mistral: 3/3 error: one();", run "next")
    assert.equal("/project/b.c:1", at())
    assert.equal("info: mistral: 1/3 hint: two();", run "next")
    assert.equal("info: mistral: 3/3 error: one();", run "previous")
  end)

  it("next begins at the cursor", function()
    add("a.c", 1, "error")
    add("a.c", 4, "error")
    settle()
    host.move(2, 0)

    assert.equal("info: mistral: 2/2 error: four();", run "next")
    host.move(2, 0)
    assert.equal("info: mistral: 1/2 error: one();", run "previous")
  end)

  it("next goes through two findings of one row", function()
    add("a.c", 2, "error", { title = "first" })
    add("a.c", 2, "error", { title = "second" })
    settle()

    assert.equal("info: mistral: 1/2 error: first", run "next")
    assert.equal("info: mistral: 2/2 error: second", run "next")
  end)

  it("next takes a severity", function()
    add("a.c", 1, "hint")
    add("a.c", 4, "error")
    settle()

    assert.equal("info: mistral: 1/1 error: four();", run "next error")
    assert.equal("warn: mistral: no finding that is still open is of severity warning", run "next warning")
  end)

  it("next says when there is nothing", function()
    assert.equal("warn: mistral: there are no findings; :Mistral review looks for some", run "next")
  end)

  it("next says when the lines of a finding are gone", function()
    host.files["/project/b.c"] = { "nothing" }
    add("b.c", 1, "error")
    settle()

    assert.equal('warn: mistral: the lines that "one();" speaks of are gone', run "next")
    assert.equal("warn: mistral: no finding is open any more", run "next")
  end)

  it("detail shows the one under the cursor, with its fix", function()
    add("a.c", 2, "error", { fix = { existing = "two();", replacement = "2();\nii();", first = 2, last = 2 } })
    settle()
    host.move(2, 0)

    run "detail"

    local float = host.floats[1]
    assert.same({
      "two();", "", "why", "", "When: seldom", "", "```diff", "-two();", "+2();", "+ii();", "```",
    }, float.options.lines)
    assert.equal("error · bug · 50 % sure", float.options.title)
    assert.equal(2, float.options.row)
    host.move(1, 0)
    assert.is_false(float.is_open())
  end)

  it("next! shows it, too, and one at a time", function()
    add("a.c", 2, "error")
    add("a.c", 3, "error")
    settle()

    run "next!"
    run "next!"

    assert.equal(2, #host.floats)
    assert.is_false(host.floats[1].is_open())
    assert.is_true(host.floats[2].is_open())
    host.floats[2].close()
  end)

  it("findings opens their list", function()
    add("a.c", 2, "error")
    settle()

    run "findings"

    assert.is_true(host.lists[1].open)
  end)

  it("dismiss takes off the one under the cursor, and dismiss! brings it back", function()
    add("a.c", 2, "error")
    settle()
    host.move(2, 0)

    assert.equal('info: mistral: dismissed "two();"; :Mistral! dismiss brings it back', run "dismiss")
    assert.same({}, host.shown[buffer])
    assert.same({}, host.lists[1].items)
    assert.equal("warn: mistral: no finding stands on this line", run "dismiss")

    assert.equal('info: mistral: brought back "two();"', run "dismiss!")
    assert.equal(1, #host.shown[buffer])
    assert.equal("warn: mistral: nothing was dismissed", run "dismiss!")
  end)

  it("dismiss takes a number, or all", function()
    add("a.c", 2, "error")
    add("a.c", 3, "error")
    add("b.c", 3, "error")
    settle()

    assert.equal('info: mistral: dismissed "three();"; :Mistral! dismiss brings it back', run "dismiss 2")
    assert.equal("warn: mistral: there is no finding `7`", run "dismiss 7")
    assert.equal("info: mistral: dismissed 2 findings; :Mistral! dismiss brings them back", run "dismiss all")
    assert.equal("warn: mistral: no finding is open any more", run "next")
  end)

  it("clear takes everything off", function()
    add("a.c", 2, "error")
    settle()

    run "clear"

    assert.same({}, host.shown[buffer])
    assert.same({}, here.findings:all())
    assert.same({}, host.lists[1].items)
  end)

  it("restore says when nothing is kept", function()
    host.open({ "" }, "/kept nowhere/x.c")
    assert.truthy(run("restore"):find("warn: mistral: no review is kept of ", 1, true))
    assert.truthy(run("history"):find("warn: mistral: no review is kept of ", 1, true))
    assert.equal("warn: mistral: :Mistral restore takes a number: 1 is the last review, 2 the one before",
      run "restore x")
  end)
end)

describe("a fix as a diff", function()
  local CASES = {
    { "a", "b\na", { "+b", " a" } },
    { "a\nb", "b", { "-a", " b" } },
    { "a\nb", "", { "-a", "-b" } },
    { "a\nb\nc", "a\nB\nc", { " a", "-b", "+B", " c" } },
  }
  for _, case in ipairs(CASES) do
    it(("of %q into %q"):format(case[1], case[2]), function()
      assert.same(case[3], detail.diff { existing = case[1], replacement = case[2] })
    end)
  end

  it("stands in a fence that nothing in it ends", function()
    local lines = detail.lines {
      title = "T", severity = "error", category = "", detail = "", state = "open",
      fix = { existing = "a", replacement = "````" },
    }
    assert.equal("`````diff", lines[3])
    assert.equal("`````", lines[#lines])
  end)
end)
