-- What conversations ask of an editor.
local editor = require "spec.editor.support.editor"
local hosts = require "spec.editor.support.hosts"

hosts.each(function(name, new_bench)
  describe("the host " .. name .. ", for a conversation,", function()
    local host

    before_each(function() host = new_bench().host end)
    if editor.kind then after_each(editor.clear) end

    local function split(fields)
      local wanted = { name = "mistral://spec", filetype = "", position = "right", focus = true }
      for key, value in pairs(fields or {}) do wanted[key] = value end
      return host.split(wanted)
    end

    it("knows which windows have their cursor in some rows, and moves it", function()
      local buffer = split()
      host.fill(buffer, { "1", "2", "3", "4" })
      host.set_cursor(2, 0)

      assert.equal(0, #host.following(buffer, 3, 4))
      local windows = host.following(buffer, 1, 2)
      assert.equal(1, #windows)
      host.follow(windows, 4)
      assert.equal(4, (host.cursor()))
    end)

    it("has no selection where there was none, and no names where there is no folder", function()
      assert.is_nil(host.visual(split()))
      assert.same({}, host.names_in("/no/such/folder"))
    end)
  end)
end)

if editor.kind then
  describe("the host " .. editor.kind .. ", for a conversation,", function()
    local host
    before_each(function() host = require("mistral.host").get() end)
    after_each(editor.clear)

    local function split(fields)
      local wanted = { name = "mistral://spec", filetype = "", position = "right", focus = true }
      for key, value in pairs(fields or {}) do wanted[key] = value end
      return host.split(wanted)
    end

    local function type(keys)
      editor.call("feedkeys", editor.eval('"' .. keys .. '"'), "tx")
    end

    it("knows what was selected last, also from another window", function()
      local buffer = editor.open({ "1", "2", "3", "4" })
      type "2GVj\\<Esc>"
      split()

      assert.same({ 2, 3 }, { host.visual(buffer) })
    end)

    it("follows links to a path, and lists a folder", function()
      local folder = os.tmpname()
      os.remove(folder)
      folder = host.real_path(folder)
      editor.call("mkdir", folder .. "/a", "p")
      os.execute(("touch '%s/.b' && ln -s .b '%s/c'"):format(folder, folder))

      assert.equal(folder .. "/.b", host.real_path(folder .. "/c"))
      assert.equal(folder .. "/a", host.real_path(folder .. "/a/"))
      assert.equal(folder .. "/a/none", host.real_path(folder .. "/a/none"))
      assert.equal("", host.real_path(""))
      local names = host.names_in(folder)
      table.sort(names)
      assert.same({ ".b", "a", "c" }, names)
      editor.call("delete", folder, "rf")
    end)

    it("hears of :write in a buffer that can be written, which is unmodified then", function()
      local buffer, heard = split({ writable = true }), 0
      local off = host.on({ "BufWriteCmd" }, buffer, function()
        heard = heard + 1
        host.unmodified(buffer)
      end)
      type "ix\\<Esc>"
      assert.equal(1, editor.call("getbufvar", buffer, "&modified"))

      editor.command("write")

      assert.equal(1, heard)
      assert.equal(0, editor.call("getbufvar", buffer, "&modified"))
      off()
    end)

    it("hears of Enter, with all that was typed before it, and leaves it where nobody takes it", function()
      local buffer, heard, takes = split(), {}, true
      local off = host.on_enter(buffer, function(inserting)
        heard[#heard + 1] = { inserting, host.lines(buffer, 1, 1)[1] }
        return takes
      end)

      type "ione\\<CR>"
      assert.same({ { true, "one" } }, heard)
      assert.equal("n", editor.call("mode"))
      takes = false
      type "A two\\<CR>three\\<Esc>gg\\<CR>"
      assert.same({ { true, "one two" }, { false, "one two" } }, { heard[2], heard[3] })
      assert.same({ "one two", "three" }, host.lines(buffer, 1, -1))
      assert.equal(2, (host.cursor()))

      off()
      type "Ax\\<CR>"
      assert.equal(3, #heard)
      assert.same({ "one two", "threex", "" }, host.lines(buffer, 1, -1))
    end)

    it("hears of it in a window that is not the current one", function()
      editor.open({ "code" })
      local buffer, heard = split({ focus = false }), 0
      local off = host.on_enter(buffer, function()
        heard = heard + 1
        return true
      end)

      type "\\<CR>"
      assert.equal(0, heard)
      editor.call("win_gotoid", editor.call("bufwinid", buffer))
      type "\\<CR>"
      assert.equal(1, heard)
      off()
    end)
  end)
end
