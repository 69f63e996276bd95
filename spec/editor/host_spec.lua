-- What every host promises: run by the fake everywhere, and by the editor's own inside of one.
local editor = require "spec.editor.support.editor"
local fake = require "mistral.host.fake"
local hosts = require "spec.editor.support.hosts"
local wait_for = require "spec.support.wait"

local HELPERS = {
  edit = true, unload = true, insert = true, interrupt = true, type = true, move = true, fire = true,
  advance = true, live = true, runs = true, press = true, press_enter = true,
}
local VERBS = {}
for name, value in pairs(fake.new()) do
  if type(value) == "function" and not HELPERS[name] then VERBS[#VERBS + 1] = name end
end

local function promises(name, new_bench)
  describe("the host " .. name, function()
    local bench, host

    before_each(function()
      bench = new_bench()
      host = bench.host
    end)
    if editor.kind then after_each(editor.clear) end

    it("has every verb", function()
      for _, verb in ipairs(VERBS) do
        assert.truthy(host[verb], verb)
      end
    end)

    it("reads lines, with NUL, CR and bytes that are no UTF-8 as they are", function()
      local lines = { "one", "", "n\0u\0l", "cr\r", "\tbad \255 日本", "last" }
      local buffer = bench.open(lines)

      assert.same(lines, host.lines(buffer, 1, host.line_count(buffer)))
      assert.same(lines, host.lines(buffer, 1, -1))
      assert.same({ "", "n\0u\0l" }, host.lines(buffer, 2, 3))
      assert.equal(6, host.line_count(buffer))
    end)

    it("splices text into a line", function()
      local buffer = bench.open({ "one", "two", "three" })

      host.splice(buffer, 2, 1, { "X" })
      host.splice(buffer, 1, 3, { " a", "\0b", "c " })
      host.splice(buffer, 4, 0, { "0" })

      assert.same({ "one a", "\0b", "c ", "0tXwo", "three" }, host.lines(buffer, 1, -1))
    end)

    it("fills a buffer with more lines and with fewer", function()
      local buffer = bench.open({ "one", "two" })

      host.fill(buffer, { "a", "b", "c" })
      assert.same({ "a", "b", "c" }, host.lines(buffer, 1, -1))
      host.fill(buffer, { "z" })
      assert.same({ "z" }, host.lines(buffer, 1, -1))
    end)

    it("appends to the end of a buffer", function()
      local buffer = bench.open({ "one" })

      host.append(buffer, " two\nthr")
      host.append(buffer, "ee")
      host.append(buffer, "\n")

      assert.same({ "one two", "three", "" }, host.lines(buffer, 1, -1))
    end)

    it("appends to the end of a row, says where that ends, and the cursor there follows", function()
      local buffer = bench.open({ "one", "below" })

      assert.equal(1, host.append(buffer, " more", 1))
      assert.equal(3, host.append(buffer, "\ntwo\nthr", 1))
      assert.equal(3, host.append(buffer, "ee", 3))

      assert.same({ "one more", "two", "three", "below" }, host.lines(buffer, 1, -1))
      assert.equal(3, (host.cursor()))
      assert.equal(5, host.append(buffer, "\nlast"))
      assert.equal(3, (host.cursor()))
    end)

    it("changes the tick with the text, and not without", function()
      local buffer = bench.open({ "one" })
      local before = host.tick(buffer)

      assert.equal(before, host.tick(buffer))
      host.fill(buffer, { "two" })

      assert.not_equal(before, host.tick(buffer))
    end)

    it("knows which buffers are there", function()
      local buffer = bench.open({ "one" })

      assert.is_true(host.valid(buffer))
      assert.is_false(host.valid(buffer + 1000))
      assert.equal(buffer, host.buffer())
    end)

    -- first and last row edited, new lines, and where a mark on rows 3 to 5 is then
    local EDITS = {
      { "a line above", 1, 0, { "new" }, 4, 6 },
      { "a line right above", 3, 2, { "new" }, 4, 6 },
      { "a line within", 4, 3, { "new" }, 3, 6 },
      { "a line right below", 6, 5, { "new" }, 3, 5 },
      { "the first line gone", 3, 3, {}, 3, 4 },
      { "the last line gone", 5, 5, {}, 3, 4 },
      { "the line above gone", 2, 2, {}, 2, 4 },
      { "lines across its start gone", 2, 4, {}, 2, 2 },
      { "lines across its end gone", 5, 6, {}, 3, 4 },
      { "all its lines gone", 3, 5, {} },
      { "more than its lines gone", 2, 6, {} },
    }
    for _, case in ipairs(EDITS) do
      it("keeps a mark right with " .. case[1], function()
        local buffer = bench.open({ "1", "2", "3", "4", "5", "6", "7" })
        local mark = host.mark(buffer, 3, 5)

        bench.edit(buffer, case[2], case[3], case[4])

        assert.same({ case[5], case[6] }, { mark.range() })
        mark.remove()
        mark.remove()
      end)
    end

    it("keeps a mark right that is set at once when the last one was removed", function()
      local buffer = bench.open({ "1", "2", "3" })
      local mark = host.mark(buffer, 1, 1)
      bench.edit(buffer, 1, 0, { "above", "above" })
      mark.remove()
      mark = host.mark(buffer, 3, 4)

      assert.same({ 3, 4 }, { mark.range() })
      bench.edit(buffer, 1, 0, { "above" })
      assert.same({ 4, 5 }, { mark.range() })
      mark.remove()
    end)

    it("keeps a mark on the last line, and one in an unloaded buffer is gone", function()
      local buffer = bench.open({ "1", "2" })
      local mark = host.mark(buffer, 2, 2)

      bench.edit(buffer, 1, 1, {})
      assert.same({ 1, 1 }, { mark.range() })
      if name == "fake" then
        host.unload(buffer)
      else
        editor.command("enew! | bwipeout! " .. buffer)
      end

      assert.is_nil(mark.range())
      mark.remove()
    end)

    it("calls what is scheduled later, once", function()
      local calls = 0

      host.schedule(function() calls = calls + 1 end)
      assert.equal(0, calls)
      wait_for(function() return calls > 0 end, "it was not called", 5, bench.pass)
      bench.pass()

      assert.equal(1, calls)
    end)

    it("lets other things happen between the parts of a work that is scheduled part by part", function()
      local parts, ticks = 0, 0
      local function part()
        parts = parts + 1
        local before = os.clock()
        while os.clock() - before < 0.001 do end
        if parts < 40 then host.schedule(part) end
      end
      local function tick()
        ticks = ticks + 1
        if parts < 40 then host.timer(1, tick) end
      end

      host.schedule(part)
      host.timer(1, tick)
      wait_for(function() return parts == 40 end, "it never ended", 5, bench.pass)

      assert.is_true(name == "fake" or ticks > 5, ticks)
    end)

    it("calls a timer's function once, and never when it was stopped", function()
      local calls, stopped_calls = 0, 0

      host.timer(2, function() calls = calls + 1 end)
      local stop = host.timer(2, function() stopped_calls = stopped_calls + 1 end)
      stop()
      stop()
      wait_for(function() return calls > 0 end, "it was not called", 5, bench.pass)
      bench.pass()

      assert.same({ 1, 0 }, { calls, stopped_calls })
    end)

    it("calls what a coroutine has scheduled, also when that has ended and is gone", function()
      local calls = 0
      local stops = {}
      for _ = 1, 20 do
        coroutine.wrap(function()
          host.schedule(function() calls = calls + 1 end)
          stops[#stops + 1] = host.timer(60000, function() calls = calls + 1 end)
        end)()
      end
      collectgarbage()
      collectgarbage()
      wait_for(function() return calls == 20 end, "they were not called", 5, bench.pass)

      for _, stop in ipairs(stops) do stop() end
      collectgarbage()
      assert.equal(20, calls)
    end)

    it("has a clock that goes forward", function()
      local before = host.now()

      bench.pass()

      assert.is_true(host.now() > before)
    end)

    it("hears an event until told not to", function()
      local buffer = bench.open({ "one" })
      local calls = { 0, 0 }
      local off = host.on({ "CursorMoved", "InsertLeave" }, buffer, function()
        calls[1] = calls[1] + 1
      end)
      local off_other = host.on({ "CursorMoved" }, buffer, function()
        calls[2] = calls[2] + 1
      end)

      bench.fire("CursorMoved")
      bench.fire("InsertLeave")
      off()
      off()
      bench.fire("CursorMoved")
      off_other()
      bench.fire("CursorMoved")

      assert.same({ 2, 2 }, calls)
    end)

    it("lists what it is given, in a list of its own", function()
      local buffer = bench.open({ "one", "two" })
      local list = host.new_list("Title", false)

      host.add_to_list(list, { { buffer = buffer, row = 2, severity = "error", text = "E" } })
      host.add_to_list(list, { { buffer = buffer, severity = "hint", text = "H" } })

      if name == "fake" then
        assert.equal(2, #host.lists[list].items)
        return
      end
      local all = editor.call("getqflist", { id = list, title = 1, items = 1 })
      assert.equal("Title", all.title)
      assert.same({ 2, "E", "E", 1 },
        { all.items[1].lnum, all.items[1].text, all.items[1].type, all.items[1].valid })
      assert.same({ 0, "H", "N", 0 },
        { all.items[2].lnum, all.items[2].text, all.items[2].type, all.items[2].valid })
    end)

    it("shows the same scratch buffer again, without taking the cursor", function()
      local buffer = bench.open({ "one" })
      local split = { name = "mistral://spec", filetype = "", position = "right", focus = false }

      local first = host.split(split)
      local second = host.split(split)

      assert.equal(first, second)
      assert.equal(buffer, host.buffer())
      if name ~= "fake" then assert.equal(2, editor.call("winnr", "$")) end
    end)

    it("moves the cursor", function()
      bench.open({ "one", "two" })

      host.set_cursor(2, 1)

      assert.same({ 2, 1 }, { host.cursor() })
      assert.is_false(host.inserting())
      assert.is_false(host.menu_open())
    end)
  end)
end

hosts.each(promises)

if editor.kind then
  describe("the host " .. editor.kind, function()
    after_each(editor.clear)

    local function undo(buffer)
      editor.call("win_execute", editor.call("bufwinid", buffer), "silent undo")
    end

    it("takes all that was appended back with one undo", function()
      local host = require("mistral.host").get()
      editor.open({ "code" })
      local buffer = host.split({
        name = "mistral://spec", filetype = "", position = "right", focus = false,
      })
      host.fill(buffer, { "before" })
      editor.command("let &undolevels = &undolevels")
      host.fill(buffer, { "" })
      for i = 1, 20 do
        host.append(buffer, i .. "\n")
        editor.command("sleep 1m")
      end

      undo(buffer)

      local lines = host.lines(buffer, 1, -1)
      assert.is_true(lines[1] == "before" or lines[1] == "", lines[1])
      assert.equal(1, #lines)
    end)

    it("follows the end only where the cursor is there", function()
      local host = require("mistral.host").get()
      editor.open({ "code" })
      local buffer = host.split({
        name = "mistral://spec", filetype = "", position = "right", focus = false,
      })
      local window = editor.call("bufwinid", buffer)
      host.fill(buffer, { "" })

      host.append(buffer, "one\ntwo\nthree")
      assert.equal(3, editor.call("line", ".", window))
      editor.call("win_execute", window, "call cursor(2, 1)")
      host.append(buffer, "\nfour")

      assert.equal(2, editor.call("line", ".", window))
    end)

    it("opens the quickfix window without taking the cursor", function()
      local host = require("mistral.host").get()
      local buffer = editor.open({ "one" })

      host.new_list("Title", true)

      assert.equal(buffer, host.buffer())
      assert.equal(2, editor.call("winnr", "$"))
    end)

    it("tells who listens for a User event", function()
      editor.command("let g:heard = 0")
      editor.command("autocmd User MistralSpec let g:heard += 1")

      require("mistral.host").get().emit("MistralSpec")
      require("mistral.host").get().emit("MistralNobody")

      assert.equal(1, editor.eval("g:heard"))
      editor.command("autocmd! User MistralSpec")
      editor.command("unlet g:heard")
    end)

    it("tells its version to the patch", function()
      local host = require("mistral.host").get()
      local said = editor.call("execute", "version")

      local first, patch = said:match("VIM %- Vi IMproved (%d+%.%d+)"), said:match("patches: 1%-(%d+)")
      assert.equal(first and "Vim " .. first .. "." .. patch or host.version, host.version)
      assert.truthy(host.version:find("^N?e?o?[Vv]im %d+%.%d+%.%d+$"))
    end)

    it("has no name for a buffer without one, wherever that is", function()
      local host = require("mistral.host").get()
      local before = editor.call("getcwd")
      editor.command("cd " .. os.getenv("HOME"))

      local name = host.name(editor.open({ "one" }))

      editor.command("cd " .. before)
      assert.equal("", name)
    end)

    it("tells who listens by a pattern, and says nothing when nobody does", function()
      editor.command("let g:heard = []")
      editor.command("autocmd User Mistral* call add(g:heard, expand('<amatch>'))")
      require("mistral.host").get().emit("MistralSpec")
      editor.command("autocmd! User Mistral*")
      editor.messages()

      require("mistral.host").get().emit("MistralSpec")

      assert.same({ "MistralSpec" }, editor.eval("g:heard"))
      assert.equal("", (editor.messages():gsub("%s", "")))
      editor.command("unlet g:heard")
    end)

    it("reads g:mistral", function()
      local host = require("mistral.host").get()
      assert.same({}, { next(host.options()) })
      editor.command("let g:mistral = {'review': {'model': 'm'}, 'max_bytes': 5}")

      assert.same({ review = { model = "m" }, max_bytes = 5 }, host.options())
      editor.command("unlet g:mistral")
    end)

    it("ends its split with q", function()
      local host = require("mistral.host").get()
      editor.open({ "code" })
      host.split({ name = "mistral://spec", filetype = "", position = "below", focus = true })

      editor.call("feedkeys", "q", "tx")

      assert.equal(1, editor.call("winnr", "$"))
    end)

    it("leaves what is not written in its last window with q, and ends a tab page of its own", function()
      local host = require("mistral.host").get()
      local path = os.tmpname()
      editor.command("edit " .. path)
      local file = editor.call("bufnr", "%")
      local split = { name = "mistral://spec", filetype = "", position = "below", focus = true,
        writable = true }
      local buffer = host.split(split)
      host.fill(buffer, { "typed" })
      editor.command("only")

      editor.call("feedkeys", "q", "tx")

      assert.equal(file, editor.call("bufnr", "%"))
      assert.same({ "typed" }, host.lines(buffer, 1, -1))
      editor.command("tabnew")
      host.split(split)
      editor.command("only")
      editor.call("feedkeys", "q", "tx")
      assert.equal(1, editor.call("tabpagenr", "$"))
      editor.command("bwipeout! " .. file)
      host.split(split)
      editor.command("only")
      editor.call("feedkeys", "q", "tx")
      assert.not_equal(buffer, editor.call("bufnr", "%"))
      assert.same({ "typed" }, host.lines(buffer, 1, -1))
      os.remove(path)
    end)

    it("shows its split below where two windows side by side are too narrow", function()
      local host = require("mistral.host").get()
      editor.open({ "code" })
      local columns = editor.eval("&columns")
      editor.command("set columns=40")

      host.split({ name = "mistral://spec", filetype = "", position = "right", focus = true })

      assert.equal(40, editor.call("winwidth", 0))
      editor.command("set columns=" .. columns)
    end)
  end)
end
