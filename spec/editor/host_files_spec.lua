-- Files, places and rows: run by the fake everywhere, and by the editor's own inside of one.
local editor = require "spec.editor.support.editor"
local hosts = require "spec.editor.support.hosts"

local function write(path, lines)
  local file = assert(io.open(path, "wb"))
  file:write(table.concat(lines, "\n") .. "\n")
  file:close()
end

local function promises(name, new_bench)
  describe("files of the host " .. name, function()
    local bench, host, paths

    before_each(function()
      bench = new_bench()
      host = bench.host
      paths = {}
    end)
    after_each(function()
      if editor.kind then
        editor.command("set hidden&")
        editor.clear()
      end
      for _, path in ipairs(paths) do os.remove(path) end
    end)

    -- A file with these lines that the host can open.
    local function file(lines, suffix)
      local base = os.tmpname()
      local path = base .. (suffix or ".txt")
      paths[#paths + 1], paths[#paths + 2] = base, path
      if name == "fake" then host.files[path] = lines else write(path, lines) end
      return path
    end

    it("opens one at a place, and knows it by its path", function()
      local path = file { "one", "two", "three" }

      assert.is_true(host.open(path, 2, 1))

      local buffer = host.buffer()
      assert.same({ 2, 1 }, { host.cursor() })
      assert.equal(path, host.path(buffer))
      assert.equal(buffer, host.find(path))
      assert.same({ buffer }, host.buffers())
    end)

    it("opens one whose name is a pattern", function()
      if editor.kind then editor.command("set hidden") end
      local path, other = file({ "odd" }, "[a-z] %$HOME*.txt"), file({ "other" }, "x.txt")

      host.open(other)
      host.open(path)

      assert.same({ "odd" }, host.lines(host.buffer(), 1, -1))
      assert.equal(path, host.path(host.find(path)))
      assert.equal(other, host.path(host.find(other)))
    end)

    it("says of a file that is not there that it is so", function()
      local buffer = host.buffer()

      local opened, message = host.open("/no/such/file", 1, 0)

      assert.is_nil(opened)
      assert.equal("there is no file /no/such/file that can be read", message)
      assert.equal(buffer, host.buffer())
    end)

    it("has no path for what is no file, and finds none that is not loaded", function()
      local buffer = bench.open({ "one" })
      local scratch = host.split({
        name = "mistral://spec", filetype = "", position = "right", focus = false,
      })

      assert.same({ "", "" }, { host.path(buffer), host.path(scratch) })
      assert.is_nil(host.find("/no/such/file"))
      assert.same({}, host.buffers())
      assert.equal("/", host.folder():sub(1, 1))
    end)

    it("goes to a place in a buffer, and not beyond its end", function()
      local path = file { "one", "two" }
      host.open(path)
      local buffer = host.buffer()
      bench.open({ "else" })

      if name ~= "fake" then host.open(path) end
      assert.is_true(host.go(buffer, 99, 0))

      assert.same({ 2, 0 }, { host.cursor() })
    end)

    it("tells an event's buffer to who listens for it", function()
      local path = file { "one" }
      local heard
      local off = host.on({ "BufReadPost" }, nil, function(buffer) heard = buffer end)

      host.open(path)
      off()

      assert.equal(host.find(path), heard)
    end)

    -- first and last row, new lines, and what is there then
    local CASES = {
      { "fewer rows", 2, 3, { "x" }, { "1", "x", "4" } },
      { "more rows", 2, 2, { "x", "y", "z" }, { "1", "x", "y", "z", "3", "4" } },
      { "rows above the first", 1, 0, { "x" }, { "x", "1", "2", "3", "4" } },
      { "rows below the last", 5, 4, { "x", "y" }, { "1", "2", "3", "4", "x", "y" } },
      { "no rows", 1, 2, {}, { "3", "4" } },
      { "no rows at all", 1, 4, {}, { "" } },
      { "rows with NUL, CR and bytes that are no UTF-8", 4, 4, { "\0", "\r", "\255" },
        { "1", "2", "3", "\0", "\r", "\255" } },
      { "the same rows", 2, 3, { "2", "3" }, { "1", "2", "3", "4" } },
    }
    for _, case in ipairs(CASES) do
      it("replaces rows by " .. case[1], function()
        local buffer = bench.open({ "1", "2", "3", "4" })

        assert.is_true(host.replace(buffer, case[2], case[3], case[4]))

        assert.same(case[5], host.lines(buffer, 1, -1))
      end)
    end

    it("keeps marks where rows are rewritten, and around them", function()
      local buffer = bench.open({ "1", "2", "3", "4", "5", "6" })
      local marks = { host.mark(buffer, 1, 1), host.mark(buffer, 2, 3), host.mark(buffer, 4, 4),
        host.mark(buffer, 6, 6) }

      host.replace(buffer, 2, 3, { "two", "three", "more" })

      local places = {}
      for i, mark in ipairs(marks) do places[i] = { mark.range() } end
      assert.same({ { 1, 1 }, { 2, 3 }, { 5, 5 }, { 7, 7 } }, places)
      host.replace(buffer, 2, 4, { "short" })
      assert.same({ 3, 3 }, { marks[3].range() })
    end)

    it("replaces nothing in a buffer that is gone", function()
      assert.same({ nil, "the buffer is gone" }, { host.replace(host.buffer() + 1000, 1, 1, { "x" }) })
    end)
  end)
end

hosts.each(promises)

if not editor.kind then return end

describe("files of the host " .. editor.kind, function()
  local host = require("mistral.host").get()
  local paths
  before_each(function() paths = {} end)
  after_each(function()
    editor.command("set hidden&")
    editor.clear()
    for _, path in ipairs(paths) do os.remove(path) end
  end)

  local function file(lines)
    local path = os.tmpname()
    paths[#paths + 1] = path
    write(path, lines)
    return path
  end

  it("takes each replacement back with one undo, and nothing else", function()
    local buffer = editor.open({ "1", "2", "3" })
    host.replace(buffer, 1, 1, { "one" })
    host.replace(buffer, 2, 3, { "two", "three", "four" })

    editor.command("silent undo")
    assert.same({ "one", "2", "3" }, host.lines(buffer, 1, -1))
    editor.command("silent undo")
    assert.same({ "1", "2", "3" }, host.lines(buffer, 1, -1))
  end)

  it("does so in a buffer that no window shows", function()
    editor.command("set hidden")
    local buffer = editor.open({ "1", "2" })
    editor.command("enew")
    host.replace(buffer, 1, 1, { "one" })
    host.replace(buffer, 2, 2, {})

    editor.command("buffer " .. buffer)
    editor.command("silent undo")

    assert.same({ "one", "2" }, host.lines(buffer, 1, -1))
  end)

  it("leaves the cursor at its line", function()
    local buffer = editor.open({ "1", "2", "3", "4" })
    host.set_cursor(4, 0)

    host.replace(buffer, 1, 2, { "a", "b", "c", "d" })

    assert.same({ 6, 0 }, { host.cursor() })
  end)

  it("does not change what may not be changed", function()
    local buffer = editor.open({ "1" })
    editor.command("setlocal nomodifiable")

    local done, message = host.replace(buffer, 1, 1, { "x" })

    assert.is_nil(done)
    assert.truthy(message:find("may not be changed", 1, true))
    assert.same({ "1" }, host.lines(buffer, 1, -1))
    assert.equal("", (editor.messages():gsub("%s", "")))
  end)

  it("never hides changes, and leaves windows that show something of their own", function()
    editor.command("set nohidden")
    local path = file { "one" }
    local buffer = editor.open({ "changed" })
    editor.command("setlocal modified")

    host.open(path)

    assert.equal(2, editor.call("winnr", "$"))
    assert.equal(1, #editor.call("win_findbuf", buffer))
    editor.command("only! | copen")
    local list = host.buffer()
    host.open(path)
    assert.equal(path, host.path(host.buffer()))
    assert.equal(1, #editor.call("win_findbuf", list))
  end)

  it("names buffers as one would from the working directory", function()
    local opened, listed, odd = file { "one" }, file { "two" }, os.tmpname() .. ".x"
    odd = odd:gsub("([^/]+)$", "~%1 ü")
    paths[#paths + 1] = odd
    write(odd, { "three" })
    local before = editor.call("getcwd")
    editor.command("cd " .. opened:match "^(.*)/")

    host.open(opened)
    local list = host.new_list("Title", false)
    host.add_to_list(list, { { path = listed, row = 1, text = "x" }, { path = odd, row = 1, text = "x" } })
    local items = editor.call("getqflist", { id = list, items = 1 }).items

    assert.equal(opened:match "[^/]+$", editor.call("bufname", "%"))
    assert.equal(listed:match "[^/]+$", editor.call("bufname", items[1].bufnr))
    assert.equal(odd, host.path(items[2].bufnr))
    editor.command("cd " .. before)
    assert.equal(opened, host.path(host.buffer()))
  end)

  it("lets CTRL-O go back to where it was", function()
    local path = file { "one", "two" }
    local other = file { "a", "b", "c" }
    host.open(other, 3, 0)

    host.open(path, 2, 0)
    editor.command([[exe "normal! \<C-O>"]])

    assert.equal(other, host.path(host.buffer()))
    assert.same({ 3, 0 }, { host.cursor() })
  end)

  it("finds a file by another of its names", function()
    local path = file { "one" }
    local link = path .. ".link"
    paths[#paths + 1] = link
    os.execute(("ln -s '%s' '%s'"):format(path, link))
    host.open(path)

    assert.equal(host.buffer(), host.find(link))
  end)

  it("reads tags files", function()
    local source = file { "int one;", "int two(void)", "{", "}" }
    local tags = file { "one\t" .. source .. "\t1;\"\tv", "two\t" .. source .. "\t/^int two(void)$/;\"\tf" }
    editor.command("let &tags = '" .. tags .. "'")

    assert.same({ { path = source, row = 2 } }, host.tags("two"))
    assert.same({ { path = source, row = 1 } }, host.tags("one"))
    assert.same({}, host.tags("tw.*"))
    assert.same({}, host.tags("three"))
    editor.command("set ignorecase")
    assert.same({}, host.tags("TWO"))
    editor.command("set ignorecase&")
    assert.equal("", editor.eval("&l:tagcase"))
    assert.equal(0, editor.call("exists", "g:mistral_tags"))
    editor.command("set tags&")
  end)

  it("finds nothing in a broken tags file, nor waits for what is no file", function()
    local pipe = os.tmpname()
    os.remove(pipe)
    os.execute("mkfifo " .. pipe)
    local tags = file { "one\t" .. pipe .. "\t/^int one(void)$/;\"\tf", "three", "two" }
    editor.command("let &tags = '" .. tags .. "' | let v:errmsg = ''")

    assert.same({}, host.tags("one"))
    assert.same({}, host.tags("three"))
    assert.same({}, host.tags("two"))
    assert.falsy(editor.messages():find("E431", 1, true))
    assert.equal("", editor.eval("v:errmsg"))
    editor.command("set tags&")
    os.remove(pipe)
  end)

  it("knows what others say of some rows, and not what we say", function()
    local buffer = editor.open({ "1", "2", "3", "4" })
    if editor.kind == "nvim" then
      local vim = rawget(_G, "vim")
      local space = vim.api.nvim_create_namespace("spec")
      vim.diagnostic.set(space, buffer, {
        { lnum = 1, col = 0, message = "bad", severity = 1, source = "spec" },
        { lnum = 3, col = 0, message = "far", severity = 2, source = "spec" },
      })
    else
      editor.call("setloclist", 0, {
        { bufnr = buffer, lnum = 2, text = "bad", type = "E" },
        { bufnr = buffer, lnum = 4, text = "far", type = "W" },
      })
      editor.command("call setloclist(0, [], 'a', {'title': 'spec'})")
    end
    host.findings(buffer, { { first = 2, last = 2, severity = "hint", category = "", title = "ours",
      detail = "" } }, false)

    assert.same({ { row = 2, last = 2, severity = "error", message = "bad", source = "spec" } },
      host.diagnostics(buffer, 1, 3))
    assert.same({}, host.diagnostics(buffer, 1, 1))
    editor.command("new") -- asked from a window beside it, as a chat is
    assert.equal(1, #host.diagnostics(buffer, 1, 3))
    editor.command("close")
  end)

  it("tells soon that nobody knows a definition", function()
    local buffer = editor.open({ "one" })
    local told

    host.definition(buffer, 1, 0, function(places) told = places end)

    require("spec.support.wait")(function() return told end, "it never told")
    assert.same({}, told)
    assert.is_nil(host.outline(buffer, 1))
  end)
end)
