-- Fixes of findings, put into an editor in memory.
local command = require "mistral.editor.command"
local config = require "mistral.config"
local fake = require "mistral.host.fake"
local fake_client = require "spec.editor.support.client"
local place = require "mistral.review.place"
local session = require "mistral.editor.session"

local CODE = {
  "int main(void) {", "  char name[4];", "  gets(name);", "  int i = 0;", "  while (i <= 4)",
  "    name[i++] = 0;", "  return 0;", "}",
}

describe("the fix of a finding", function()
  local host, here, buffer, board

  before_each(function()
    config.reset()
    host = fake.new()
    here = session.new(host, fake_client.new(host))
  end)
  after_each(function()
    here:close()
    host.advance(1000)
    assert.equal(0, host.live(), "timers, marks or handlers left")
  end)

  local function settle()
    for _ = 1, 30 do host.advance(10) end
  end

  local function open(code, name)
    buffer = host.open(code or CODE, name or "main.c", "c")
    return buffer
  end

  --- A finding on the lines from first to last of the code, whose fix replaces these lines.
  local function finding(first, last, replacement, code, fields)
    local lines = code or CODE
    local path = "/project/main.c"
    board = board or here.findings:open("x", here:options().review, { { key = path, path = path } })
    local quote = table.concat(lines, "\n", first, last)
    local found = {
      severity = "error", category = "bug", title = "row " .. first, detail = "", quote = quote,
      first = first, last = last, state = "open",
      fix = replacement and {
        existing = quote, replacement = replacement, first = first, last = last,
      },
    }
    for name, value in pairs(fields or {}) do found[name] = value end
    return here.findings:add(board, path, found, place.text(lines))
  end

  before_each(function() board = nil end)

  local function run(args)
    settle()
    command.run(here, { args = args, bang = false })
    host.advance(1)
    local note = host.notes[#host.notes]
    return note and note.level .. ": " .. note.message
  end

  local function text_now()
    return host.lines(buffer, 1, -1)
  end

  local function changed(changes)
    local lines = {}
    for i, line in ipairs(CODE) do
      for _, new in ipairs(changes[i] or { line }) do lines[#lines + 1] = new end
    end
    return lines
  end

  describe("with :Mistral apply", function()
    it("is of the lines it was made for, not of their like that stand where those were", function()
      local code = {
        "open();", "one();", "two();", "three();", "if (a)", "  return 1;", "b();", "if (c)", "  return 1;",
        "d();",
      }
      open(code)
      local fix = { existing = "  return 1;", replacement = "  return 0;", first = 6, last = 6 }
      finding(1, 1, nil, code, { fix = fix })
      settle()
      host.edit(buffer, 2, 4, {})

      run "apply"

      assert.same({ "open();", "if (a)", "  return 0;", "b();", "if (c)", "  return 1;", "d();" }, text_now())
    end)

    it("takes the place of what it says that it replaces", function()
      open()
      local record = finding(3, 3, "  fgets(name, sizeof name, stdin);")
      host.set_cursor(3, 0)

      assert.equal("info: mistral: line 3, `row 3`: its fix is put in; u undoes", run "apply")

      assert.same(changed { [3] = { "  fgets(name, sizeof name, stdin);" } }, text_now())
      assert.equal("applied", record.finding.state)
      assert.equal(1, host.state.buffers[buffer].steps)
    end)

    it("is that of the next finding where the cursor is at none", function()
      open()
      finding(3, 3, "  x();")
      finding(7, 7, "  return 1;")
      host.set_cursor(5, 0)

      local said = run "apply"
      assert.truthy(said:find("line 7, `row 7`", 1, true), said)

      assert.same(changed { [7] = { "  return 1;" } }, text_now())
    end)

    it("goes where its lines have gone", function()
      open()
      finding(3, 3, "  x();")
      host.edit(buffer, 1, 0, { "// new", "// new" })
      host.set_cursor(5, 0)

      run "apply"

      assert.equal("  x();", text_now()[5])
    end)

    it("may take lines away, and add some", function()
      open()
      finding(3, 4, "")
      finding(5, 6, "  for (int i = 0; i < 4; i++)\n    name[i] = 0;\n  puts(name);")
      run "apply"
      run "apply"

      assert.same(changed { [3] = {}, [4] = {}, [5] = { "  for (int i = 0; i < 4; i++)" },
        [6] = { "    name[i] = 0;", "  puts(name);" } }, text_now())
    end)

    it("reaches the first and the last line, and all of them", function()
      open()
      finding(1, 1, "int main(int argc, char **argv) {")
      finding(8, 8, "} // main")
      host.set_cursor(1, 0)
      run "apply"
      host.set_cursor(8, 0)
      run "apply"
      assert.same({ "int main(int argc, char **argv) {", "} // main" }, { text_now()[1], text_now()[8] })

      board = nil
      open({ "a", "b" }, "main.c")
      host.unload(buffer - 1)
      finding(1, 2, "", { "a", "b" })
      run "apply"
      assert.same({ "" }, text_now())
    end)

    it("leaves the others on their lines", function()
      open()
      finding(3, 3, "  one();\n  two();\n  three();")
      local below = finding(7, 7, "  return 1;")
      host.set_cursor(3, 0)
      run "apply"

      assert.same({ 9, 9 }, { below:place() })
    end)

    it("keeps the line ends of the buffer", function()
      local code = { "a();\r", "b();\r", "c();\r" }
      open(code)
      finding(2, 2, "x();\ny();", { "a();", "b();", "c();" })
      host.set_cursor(2, 0)
      run "apply"

      assert.same({ "a();\r", "x();\r", "y();\r", "c();\r" }, text_now())
    end)

    local function refused(said, record)
      assert.truthy(said:find("^warn: "), said)
      assert.same(CODE, text_now())
      return record
    end

    it("is refused when its lines were changed since, and is open again when they are back", function()
      open()
      local record = finding(3, 3, "  x();")
      host.set_cursor(3, 0)
      host.edit(buffer, 3, 3, { "  gets( name );" })
      here.findings:refresh()
      settle()
      local said = run "apply"
      assert.truthy(said:find("no finding has a fix that can be put in", 1, true)
        or said:find("does not fit any more", 1, true), said)
      assert.equal("  gets( name );", text_now()[3])
      assert.equal("stale", record.finding.state)

      host.edit(buffer, 3, 3, { CODE[3] })
      run "apply"

      assert.equal("  x();", text_now()[3])
    end)

    local TAKEN_BACK = {
      { "a line changed", "  x();" }, { "lines taken away", "" },
      { "lines added", CODE[3] .. "\n  x();" }, { "lines put above", "  x();\n" .. CODE[3] },
    }
    for _, case in ipairs(TAKEN_BACK) do
      it("is one of an open finding again when it is taken back: " .. case[1], function()
        open()
        local record = finding(3, 3, case[2])
        host.set_cursor(3, 0)
        run "apply"
        settle()
        assert.equal("applied", record.finding.state)
        local changed_text = text_now()

        host.fill(buffer, CODE)
        here.findings:refresh()
        settle()
        assert.equal("open", record.finding.state)
        run "apply"

        assert.same(changed_text, text_now())
      end)
    end

    it("is refused when only the lines of the fix were changed", function()
      open()
      finding(3, 3, "  x();", nil, { fix = {
        existing = table.concat(CODE, "\n", 3, 4), replacement = "  x();", first = 3, last = 4,
      } })
      host.edit(buffer, 4, 4, { "  int i = 1;" })
      host.set_cursor(3, 0)

      assert.truthy(run("apply"):find("`row 3` does not fit any more: its code was changed", 1, true))
      assert.equal("  gets(name);", text_now()[3])
    end)

    it("is refused when it would put in what a terminal obeys, or a placeholder", function()
      open()
      finding(3, 3, "  x(); \27[2J")
      host.set_cursor(3, 0)
      refused(run "apply")
      finding(7, 7, "  return REDACTED_GITHUB_TOKEN_1;")
      host.set_cursor(7, 0)
      refused(run "apply")
    end)

    it("is refused in a buffer that may not be changed", function()
      open()
      local record = finding(3, 3, "  x();")
      host.set_cursor(3, 0)
      host.state.buffers[buffer].locked = true

      refused(run "apply")
      assert.equal("open", record.finding.state)
    end)

    it("says so when there is none, or no finding at all", function()
      open()
      assert.truthy(run("apply"):find("there are no findings", 1, true))
      finding(3, 3, nil)
      host.set_cursor(3, 0)
      assert.truthy(refused(run "apply") == nil)
      assert.truthy(host.notes[#host.notes].message:find("`row 3` has no fix", 1, true))
    end)
  end)

  describe("with :Mistral apply all", function()
    it("is put in with all others, in one step of undoing", function()
      open()
      finding(3, 3, "  one();\n  two();")
      finding(5, 6, "  memset(name, 0, 4);")
      finding(7, 7, "  return 1;")

      assert.equal("info: mistral: 3 fixes put in", run "apply all")

      assert.same(changed { [3] = { "  one();", "  two();" }, [5] = { "  memset(name, 0, 4);" },
        [6] = {}, [7] = { "  return 1;" } }, text_now())
      assert.equal(1, host.state.buffers[buffer].steps)
    end)

    it("comes after one that it shares lines with, if its code is still there", function()
      open()
      finding(3, 4, "  one();\n  int i = 0;") -- leaves line 4 as it is
      finding(4, 4, "  int i = 1;")
      finding(5, 6, "  a();")
      finding(6, 7, "  b();") -- replaces what the one above takes away

      assert.equal("info: mistral: 3 fixes put in; 1 does not fit any more", run "apply all")

      assert.same(changed { [3] = { "  one();" }, [4] = { "  int i = 1;" }, [5] = { "  a();" },
        [6] = {} }, text_now())
    end)

    it("is left alone in a file that is not loaded", function()
      finding(3, 3, "  one();")

      assert.truthy(run("apply all"):find("0 fixes put in; 1 is in files that are not loaded", 1, true))
    end)

    it("is what ! means", function()
      open()
      finding(3, 3, "  one();")

      run "apply!"

      assert.equal("  one();", text_now()[3])
    end)
  end)

  describe("with :Mistral apply walk", function()
    local function walk()
      open()
      finding(3, 3, "  one();")
      finding(5, 6, "  memset(name, 0, 4);")
      finding(7, 7, "  return 1;")
      run "apply walk"
      host.advance(500)
    end

    local function press(keys)
      for key in keys:gmatch("%S+") do host.press(key) end
      host.advance(1)
    end

    it("is shown with its file and finding, and taken or left", function()
      walk()
      local shown = table.concat(host.lines(host.buffer(), 1, -1), "\n")
      assert.truthy(shown:find("# main.c\n# error: row 5\n@@ 2 of 3, line 5 @@\n   char name[4];\n",
        1, true), shown)

      press "y n y"

      assert.same(changed { [3] = { "  one();" }, [7] = { "  return 1;" } }, text_now())
      assert.equal("mistral: 2 fixes put in", host.notes[#host.notes].message)
    end)

    it("is not put in when the walk is left", function()
      walk()
      press "n q"
      assert.same(CODE, text_now())
      assert.equal("mistral: no fix was taken; the code is as it was", host.notes[#host.notes].message)
    end)

    it("is refused when its lines are changed meanwhile, and no other is", function()
      walk()
      host.edit(buffer, 3, 3, { "  gets( name );" })
      press "a"

      assert.same(changed { [3] = { "  gets( name );" }, [5] = { "  memset(name, 0, 4);" }, [6] = {},
        [7] = { "  return 1;" } }, text_now())
      assert.equal("mistral: 2 fixes put in; 1 does not fit any more", host.notes[#host.notes].message)
    end)
  end)

  describe("with :Mistral diff", function()
    it("is shown beside the buffer, and put in by a key", function()
      open()
      finding(3, 3, "  one();")
      host.set_cursor(3, 0)
      run "diff"

      local diff = host.diffs[1]
      assert.equal(buffer, diff.options.buffer)
      assert.same(changed { [3] = { "  one();" } }, diff.options.new)
      assert.same(CODE, text_now())
      diff.keys.y()
      assert.equal("  one();", text_now()[3])
      assert.is_false(diff.is_open())
    end)

    it("is checked again when the key comes", function()
      open()
      finding(3, 3, "  one();")
      host.set_cursor(3, 0)
      run "apply preview"
      host.edit(buffer, 3, 3, { "  gets( name );" })

      host.diffs[1].keys.y()

      assert.equal("  gets( name );", text_now()[3])
      assert.truthy(host.notes[#host.notes].message:find("does not fit any more", 1, true))
    end)
  end)

  describe("as a code action", function()
    local function offered(first, last)
      settle()
      return host.actions.provider(buffer, first, last)
    end

    it("is offered on its lines, where its buffer has any", function()
      open()
      finding(3, 3, "  one();")
      finding(5, 6, "  a();")
      finding(7, 7, nil)

      assert.equal(1, #offered(3, 3))
      assert.equal("mistral: fix row 3", offered(1, 4)[1].title)
      assert.equal(2, #offered(1, 8))
      assert.equal(0, #offered(7, 7))
      assert.same({ buffer }, host.actions.buffers)
    end)

    it("is checked when it is chosen", function()
      open()
      local record = finding(3, 3, "  one();")
      local action, late = offered(3, 3)[1], offered(3, 3)[1]

      action.run()
      assert.equal("  one();", text_now()[3])
      assert.equal("applied", record.finding.state)
      late.run()

      assert.same(changed { [3] = { "  one();" } }, text_now())
      assert.truthy(host.notes[#host.notes].message:find("is put in already", 1, true))
      assert.equal(0, #offered(3, 3))
      assert.same({}, host.actions.buffers)
    end)

    it("is gone with the findings", function()
      open()
      finding(3, 3, "  one();")
      settle()
      assert.same({ buffer }, host.actions.buffers)

      here.findings:clear()
      settle()

      assert.same({}, host.actions.buffers)
    end)
  end)

  it("is part of what :Mistral fix is asked for", function()
    open()
    finding(3, 3, "  one();", nil, { title = "gets overflows", detail = "It does." })
    local problems = require "mistral.editor.edit.problems"

    local list = problems.read(here, buffer, 1, 8)

    assert.same({ { row = 3, last = 3, said = "error: gets overflows: It does.", order = 1 } }, list)
  end)
end)
