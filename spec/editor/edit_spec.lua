-- An edit and a fix, with an editor in memory.
local config = require "mistral.config"
local edit = require "mistral.editor.edit"
local fake = require "mistral.host.fake"
local fake_client = require "spec.editor.support.client"
local json = require "mistral.json"
local session = require "mistral.editor.session"

local CODE = {
  "local M = {}", "", "function M.add(a, b)", "  return a + b", "end", "", "function M.sub(a, b)",
  "  return a - b", "end", "", "return M",
}

describe("an edit", function()
  local host, client, here, buffer

  before_each(function()
    config.reset()
    host = fake.new()
    client = fake_client.new(host)
    here = session.new(host, client)
    buffer = host.open(CODE, "a.lua", "lua")
  end)
  after_each(function()
    here:close()
    host.advance(1000)
    assert.equal(0, host.live(), "timers, marks or handlers left")
  end)

  local function start(first, last, wish, kind)
    local range = { buffer = buffer, first = first, last = last, wish = wish or "rename a to x" }
    local started, message = edit[kind or "start"](here, range, assert(here:options()))
    return started and client.requests[#client.requests], message
  end

  --- What the model answers, as it would: in JSON, in pieces.
  local function answer(request, lines, reason)
    local said = json.encode({ replacement = table.concat(lines, "\n") .. "\n" })
    request:say(said:sub(1, 20))
    request:say(said:sub(21))
    request:done(reason)
    host.advance(1)
  end

  local function text_now()
    return host.lines(buffer, 1, -1)
  end

  local function shown()
    return table.concat(host.lines(host.buffer(), 1, -1), "\n")
  end

  local function press(keys)
    host.advance(500)
    for key in keys:gmatch("%S+") do host.press(key) end
    host.advance(1)
  end

  local function last_note()
    local note = host.notes[#host.notes]
    return note and note.level .. ": " .. note.message
  end

  local function with(changes)
    local lines = {}
    for i, line in ipairs(CODE) do lines[i] = changes[i] or line end
    return lines
  end

  local ADD = { "function M.add(x, b)", "  return x + b", "end" }

  describe("asks", function()
    it("about the numbered lines, with those around them and what is to be done", function()
      local request = start(3, 5)
      local said = request.params.messages[2].content

      assert.equal(table.concat({
        "File: a.lua\nLanguage: lua\n",
        "For context only, lines 1 to 2:\n",
        "    1| local M = {}\n    2| \n",
        "To replace, lines 3 to 5:\n",
        "    3| function M.add(a, b)\n    4|   return a + b\n    5| end\n",
        "For context only, lines 6 to 11:\n",
      }, "\n"), said:match("^(.-)\n    6| "))
      assert.truthy(said:find("   11| return M\n\nWhat is to be done: rename a to x$"))
      request:done()
    end)

    it("for a replacement in strict JSON", function()
      local request = start(3, 5)
      local format = request.params.response_format

      assert.equal("json_schema", format.type)
      assert.is_true(format.json_schema.strict)
      assert.same({ "replacement" }, format.json_schema.schema.required)
      request:done()
    end)

    it("with no more around the lines than was allowed", function()
      config.setup({ edit = { context_bytes = 30 } })
      local request = start(7, 7)
      local said = request.params.messages[2].content

      assert.truthy(said:find("context only, lines 5 to 6:", 1, true), said)
      assert.falsy(said:find("lines 8 to", 1, true), said)
      request:done()
    end)

    it("with your own rules", function()
      config.setup({ edit = { instructions = "Tabs only." } })
      local request = start(3, 5)

      assert.truthy(request.params.messages[1].content:find("Tabs only.", 1, true))
      request:done()
    end)

    it("about an empty buffer, too", function()
      buffer = host.open({ "" }, "new.lua", "lua")
      local request = start(nil, nil, "write a module")
      answer(request, { "return {}" })
      press "y"

      assert.same({ "return {}" }, text_now())
    end)

    it("nothing without an instruction, or in a buffer that may not be changed", function()
      local _, message = start(3, 5, " ")
      assert.truthy(message:find("say what is to be done", 1, true))

      host.state.buffers[buffer].locked = true
      _, message = start(3, 5)
      assert.truthy(message:find("'modifiable'", 1, true), message)
      assert.equal(0, #client.requests)
    end)
  end)

  describe("shows what came", function()
    it("as a patch, hunk by hunk, with what stands around it", function()
      answer(start(1, 11), with { [4] = "  return b + a", [8] = "  return -b + a" })

      assert.equal(table.concat({
        "# the edit of a.lua: rename a to x",
        "# y take, n leave, a take the rest, d leave the rest, q done, ? help",
        "",
        "@@ 1 of 2, line 4 @@",
        " local M = {}", " ", " function M.add(a, b)", "-  return a + b", "+  return b + a", " end",
        " ", " function M.sub(a, b)",
        "",
        "@@ 2 of 2, line 8 @@",
        " end", " ", " function M.sub(a, b)", "-  return a - b", "+  return -b + a", " end", " ",
        " return M",
      }, "\n"), shown())
      assert.same(CODE, text_now())
    end)

    it("says how much has come", function()
      local request = start(3, 5)
      request:say('{"replacement":"one\\ntwo\\nthree')
      host.advance(300)

      assert.equal("mistral: the edit of a.lua: 3 lines so far", host.progressed[1])
      request:done()
    end)

    it("not before you have stopped typing", function()
      local request = start(3, 5)
      host.insert(true)
      answer(request, ADD)
      assert.equal(buffer, host.buffer())
      assert.truthy(last_note():find("1 hunk to look at when you leave Insert mode", 1, true))

      host.insert(false)
      host.advance(1)

      assert.truthy(shown():find("+function M.add(x, b)", 1, true))
    end)

    it("without taking the cursor from another buffer", function()
      local request = start(3, 5)
      local other = host.open({ "other" }, "b.lua", "lua")
      answer(request, ADD)

      assert.equal(other, host.buffer())
      assert.truthy(next(host.splits))
    end)

    it("and takes no key that was typed before it could be read", function()
      answer(start(3, 5), ADD)

      host.press "a"
      host.advance(1)

      assert.same(CODE, text_now())
      press "a"
      assert.equal("function M.add(x, b)", text_now()[3])
    end)
  end)

  describe("is answered", function()
    local BOTH = { [4] = "  return b + a", [8] = "  return -b + a" }

    local function two_hunks()
      answer(start(1, 11), with(BOTH))
    end

    local ANSWERS = {
      { "y y", BOTH, "2 of 2 hunks put in" },
      { "y n", { [4] = BOTH[4] }, "1 of 2 hunks put in" },
      { "n y", { [8] = BOTH[8] }, "1 of 2 hunks put in" },
      { "n n", {}, "nothing was taken; the code is as it was" },
      { "a", BOTH, "2 of 2 hunks put in" },
      { "d", {}, "nothing was taken; the code is as it was" },
      { "n a", { [8] = BOTH[8] }, "1 of 2 hunks put in" },
      { "y d", { [4] = BOTH[4] }, "1 of 2 hunks put in" },
      { "y q", { [4] = BOTH[4] }, "1 of 2 hunks put in" },
      { "y ? n", { [4] = BOTH[4] }, "1 of 2 hunks put in" },
      { "? n ? ? y", { [8] = BOTH[8] }, "1 of 2 hunks put in" },
      { "q", {}, "nothing was taken; the code is as it was" },
      { "]c y [c n", { [8] = BOTH[8] }, "1 of 2 hunks put in" },
      { "y [c n y", { [8] = BOTH[8] }, "1 of 2 hunks put in" },
      { "? y y", BOTH, "2 of 2 hunks put in" },
      { "? ? n y", { [8] = BOTH[8] }, "1 of 2 hunks put in" },
    }
    for _, case in ipairs(ANSWERS) do
      it(("with %s: %s"):format(case[1], case[3]), function()
        two_hunks()

        press(case[1])

        assert.same(with(case[2]), text_now())
        assert.truthy(last_note():find(case[3], 1, true), last_note())
        assert.is_nil(next(host.splits))
      end)
    end

    it("in one step of undoing", function()
      two_hunks()
      local before = host.state.buffers[buffer].steps or 0

      press "a"

      assert.equal(before + 1, host.state.buffers[buffer].steps)
    end)

    it("by closing the window: nothing is changed", function()
      two_hunks()

      host.fire("BufWinLeave", host.buffer())
      host.advance(1)

      assert.same(CODE, text_now())
      assert.truthy(last_note():find("the window was closed; the code is as it was", 1, true))
    end)

    it("by looking at both texts side by side first", function()
      two_hunks()

      press "v"

      assert.same(CODE, host.diffs[1].options.old)
      assert.same(with(BOTH), host.diffs[1].options.new)
      press "y"
    end)
  end)

  describe("fits", function()
    it("where its lines have gone", function()
      local request = start(3, 5)
      host.edit(buffer, 1, 0, { "-- above" })
      answer(request, ADD)
      host.edit(buffer, 1, 0, { "-- above" })
      press "y"

      assert.same({ "-- above", "-- above", "local M = {}", "", ADD[1], ADD[2], ADD[3] },
        host.lines(buffer, 1, 7))
    end)

    it("nowhere when they were changed while it was made, but is kept", function()
      local request = start(3, 5)
      host.edit(buffer, 4, 4, { "  return b + a" })
      answer(request, ADD)

      assert.equal("  return b + a", text_now()[4])
      assert.truthy(last_note():find("was changed meanwhile, so nothing was put in", 1, true))
      local kept = host.lines(next(host.splits), 1, -1)
      assert.same(ADD, kept)
    end)

    it("nowhere when they were changed while it was looked at", function()
      answer(start(3, 5), ADD)
      host.edit(buffer, 4, 4, { "  return b + a" })
      press "y"

      assert.equal("  return b + a", text_now()[4])
      assert.equal("function M.add(a, b)", text_now()[3])
      assert.truthy(last_note():find("warn:.*was changed meanwhile, so nothing was put in"))
    end)

    it("nowhere when its buffer is gone", function()
      answer(start(3, 5), ADD)
      host.unload(buffer)
      press "y"

      assert.truthy(last_note():find("a.lua is not loaded any more", 1, true))
    end)

    it("beside another edit in the same buffer", function()
      local first, second = start(3, 5), start(7, 9)
      answer(second, { "function M.sub(a, b)", "  return -b + a", "end" })
      press "y"
      host.state.current = buffer
      answer(first, { "-- adds", ADD[1], ADD[2], ADD[3] })
      press "y"

      assert.same({ "-- adds", ADD[1], ADD[2], ADD[3], "", "function M.sub(a, b)",
        "  return -b + a" }, host.lines(buffer, 3, 9))
    end)
  end)

  describe("changes nothing", function()
    local function refused(said, reason)
      local request = start(3, 5)
      request:say(said)
      request:done(reason)
      host.advance(1)
      assert.same(CODE, text_now())
      assert.is_nil(next(host.splits))
      return last_note()
    end

    it("when the answer was cut off", function()
      assert.equal("warn: mistral: the edit of a.lua: the answer was cut off; nothing was changed",
        refused('{"replacement":"x"}', "length"))
    end)

    it("when it has no replacement", function()
      assert.truthy(refused("I would rather not."):find("the answer has no replacement", 1, true))
      assert.truthy(refused(""):find("the answer has no replacement", 1, true))
    end)

    it("when the replacement is empty", function()
      assert.truthy(refused('{"replacement":"\\n"}'):find("the replacement is empty", 1, true))
    end)

    it("when it is what stands there", function()
      local same = json.encode({ replacement = table.concat(CODE, "\n", 3, 5) })
      assert.truthy(refused(same):find("info:.*the answer is the same as the code"))
    end)

    it("when a placeholder came back damaged, or a control character came", function()
      assert.truthy(refused('{"replacement":"REDACTED_API_KEY"}'):find("a secret was left out", 1, true))
      assert.truthy(refused('{"replacement":"a\\u001b[2J"}'):find("character that the code has not", 1, true))
    end)

    it("when it fails, or is stopped, or its buffer goes", function()
      start(3, 5):fail("network", "the host cannot be reached")
      assert.truthy(last_note():find("the host cannot be reached", 1, true))

      start(3, 5)
      here:stop("edit", "user")
      host.advance(1)
      assert.equal("info: mistral: the edit of a.lua: it was stopped", last_note())

      start(3, 5)
      host.unload(buffer)
      host.advance(1)
      assert.truthy(last_note():find("its buffer is gone", 1, true))
    end)

    it("when it is stopped, or its buffer goes, while the answer is read", function()
      local said = json.encode({ replacement = table.concat(ADD, "\n") })
      local request = start(3, 5)
      request:say(said)
      request:done()
      here:stop("edit", "user")
      host.advance(1)
      assert.equal("info: mistral: the edit of a.lua: it was stopped", last_note())

      request = start(3, 5)
      request:say(said)
      request:done()
      host.unload(buffer)
      host.advance(1)
      assert.truthy(last_note():find("its buffer is gone", 1, true))
      assert.is_nil(next(host.splits))
    end)

    it("whatever the answer is, until it is taken", function()
      local PARTS = {
        '{"replacement":"', '"}', "x = 1\\n", "\\u0000", "\\u001b[2J", "```", "```lua\n", "\n", "{", "}",
        "[", '"', "null", "REDACTED_", "\\r", "\\ud800", "\195", "Sure!", '{"replacement":5}',
        "\\u202e", "    3| ", '{"findings":[]}', ("deep "):rep(50), "\\\\", "\0",
      }
      math.randomseed(8)
      for _ = 1, 300 do
        local pieces, request = {}, start(3, 5)
        for i = 1, math.random(8) do pieces[i] = PARTS[math.random(#PARTS)] end
        local notes = #host.notes

        request:say(table.concat(pieces))
        request:done()
        host.advance(1)

        assert.same(CODE, text_now())
        local offered = next(host.splits)
        assert.equal(offered and 0 or 1, #host.notes - notes, table.concat(pieces))
        if offered then
          for _, line in ipairs(host.lines(offered, 1, -1)) do
            assert.falsy(line:find("[%z\1-\8\10-\31\127]"), line)
          end
          press "d"
        end
        assert.is_nil(next(host.splits))
      end
    end)

    it("when the answer has no end in sight", function()
      local request = start(3, 5)
      local much = ("x"):rep(1024 * 1024)
      for _ = 1, 5 do request:say(much) end
      host.advance(1)

      assert.is_true(request.cancelled)
      assert.truthy(last_note():find("the answer is too large", 1, true))
    end)
  end)

  describe("for diagnostics", function()
    before_each(function()
      host.known.diagnostics[buffer] = {
        { row = 4, last = 4, severity = "warning", message = "unused\nvariable `a`", source = "lint" },
        { row = 8, last = 8, severity = "error", message = "no such thing", source = "" },
      }
    end)

    it("is asked to fix those in the range, by their lines", function()
      local request = start(3, 5, "", "start_fix")
      local said = request.params.messages[2].content

      assert.truthy(said:find("nothing else:\n- line 4: warning: unused variable `a` (lint)", 1, true), said)
      assert.falsy(said:find("no such thing", 1, true))
      answer(request, ADD)
      press "y"
      assert.equal("function M.add(x, b)", text_now()[3])
      assert.truthy(last_note():find("the fix of a.lua: 1 of 1 hunk put in", 1, true), last_note())
    end)

    it("is given the lines around them when there is no range", function()
      local request = start(nil, nil, "", "start_fix")
      local said = request.params.messages[2].content

      assert.truthy(said:find("To replace, lines 1 to 11:", 1, true), said)
      assert.truthy(said:find("- line 8: error: no such thing", 1, true))
      request:done()
    end)

    it("is asked nothing in a buffer that may not be changed", function()
      host.state.buffers[buffer].locked = true

      local _, message = start(3, 5, "", "start_fix")

      assert.truthy(message:find("'modifiable'", 1, true), message)
      assert.equal(0, #client.requests)
    end)

    it("says so where there are none", function()
      local _, message = start(1, 2, "", "start_fix")

      assert.equal("there are no diagnostics and no findings in lines 1 to 2 of a.lua", message)
      assert.equal(0, #client.requests)
    end)
  end)
end)
