-- What @words stand for.
local attach = require "mistral.editor.chat.attach"
local config = require "mistral.config"
local fake = require "mistral.host.fake"
local native = require "mistral.native"

local function write(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

describe("an @word", function()
  local host, view, folder, home

  before_each(function()
    host = fake.new()
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir -p '" .. folder .. "/src'")
    home = host.open({ "one", "two ``` x", "three\27" }, folder .. "/src/a.lua", "lua")
    host.real_path = function(path) return path end
    view = {
      host = host, options = config.defaults(), folder = folder, home = home, model = "m-1",
    }
  end)
  after_each(function() os.execute("rm -rf '" .. folder .. "'") end)

  -- What is sent for a question, or the sentence why it is not.
  local function content(said, again)
    local out, problem, lost
    attach[again and "again" or "read"](view, said, function(attachments, message)
      out = attachments and attach.content(said, attachments)
      problem, lost = message, attachments and attachments.lost
    end)
    host.advance(0)
    return out or problem, lost
  end

  it("stands for nothing where there is none", function()
    assert.equal("what is me@buffer.org?", content "what is me@buffer.org?")
  end)

  it("@buffer is the buffer one came from, in a fence that it cannot close", function()
    assert.equal("of @buffer\n\n@buffer, src/a.lua (lua):\n````lua\none\ntwo ``` x\nthree\226\144\155\n````",
      content "of @buffer")
  end)

  it("@buffer:name is one that is loaded, and lines of it", function()
    host.open({ "1", "2", "3" }, folder .. "/b.c", "c")

    assert.equal("@buffer:b.c:2-9\n\n@buffer:b.c:2-9, b.c (c), lines 2 to 3:\n```c\n2\n3\n```",
      content "@buffer:b.c:2-9")
    assert.equal("@buffer:c.c: no buffer of that name is loaded", content "@buffer:c.c")
    assert.equal("@buffer:b.c:7: it has 3 lines", content "@buffer:b.c:7")
    host.open({ "x" }, folder .. "/src/b.c", "c")
    assert.equal("@buffer:b.c: 2 buffers are called that; give more of the path", content "@buffer:b.c")
  end)

  it("reads a long buffer in turns, and not while it changes", function()
    local lines = {}
    for row = 1, 2500 do lines[row] = "line " .. row end
    view.home = host.open(lines, folder .. "/long.c", "c")
    view.options.max_bytes = 1e6
    local most, read = 0, host.lines
    host.lines = function(buffer, first, last)
      most = math.max(most, last - first + 1)
      return read(buffer, first, last)
    end

    local said = content "@buffer"
    assert.truthy(said:find("line 1\n.*line 1001\n.*line 2500\n```$"))
    assert.truthy(most <= 1000, most)
    host.schedule(function() host.edit(view.home, 1, 1, { "x" }) end)
    assert.equal("@buffer: it was changed while it was read; send the question again", content "@buffer")
  end)

  it("@range is what was given, or selected last", function()
    assert.equal("@range: nothing has been selected in src/a.lua", content "@range")
    host.selected[home] = { 1, 1 }
    assert.truthy(content("@range"):find("src/a.lua (lua), lines 1 to 1:\n```lua\none\n```", 1, true))
    view.range = { buffer = home, first = 2, last = 3 }
    assert.truthy(content("@range"):find("lines 2 to 3:\n````lua\ntwo", 1, true))
    view.range = { buffer = home }
    assert.equal("@range: the lines that were given are gone; select others, and ask again",
      content "@range")
  end)

  it("sends nothing of a version of a file that holds keys, which has no path", function()
    host.open({ "KEY=1" }, ".env", "")
    view.home = host.buffer()
    host.path = function() return "" end

    assert.truthy(content("@buffer"):find("nothing of .env is sent", 1, true), content "@buffer")
    assert.truthy(content("@diagnostics"):find("nothing of .env is sent", 1, true))
  end)

  it("@diagnostics are what others say of the buffer", function()
    assert.equal("@diagnostics: there are none in src/a.lua", content "@diagnostics")
    host.known.diagnostics[home] = {
      { row = 2, last = 2, severity = "error", message = "bad\nthing", source = "lsp" },
    }
    assert.truthy(content("@diagnostics"):find("\n2: error: bad thing (lsp)\n    two ``` x\n", 1, true))
  end)

  it("@file is a file of the project, as the editor has it if it does", function()
    write(folder .. "/src/b c.txt", "1\n2\r\n3\n")
    assert.equal('@file:"src/b c.txt"\n\n@file:"src/b c.txt", src/b c.txt:\n```\n1\n2\n3\n```',
      content '@file:"src/b c.txt"')
    assert.truthy(content('@file:"src/b c.txt":3'):find("lines 3 to 3:\n```\n3\n```", 1, true))
    assert.truthy(content("@file:src/a.lua"):find("one\ntwo", 1, true))
  end)

  it("@file says what is wrong with a file", function()
    write(folder .. "/binary", "a\0b")
    write(folder .. "/large", ("x"):rep(200) .. "\n")
    view.options.max_bytes = 100
    assert.equal("@file:none: there is no such file", content "@file:none")
    assert.equal("@file:src: it is a folder", content "@file:src")
    assert.equal("@file:binary: it is not a text", content "@file:binary")
    assert.truthy(content("@file:large"):find("^@file:large: it has .* MiB, and option max_bytes"))
  end)

  it("@file leaves the project neither by its name nor by a link", function()
    local outside = "it is outside of the project " .. folder .. "; open it and say @buffer"
    assert.equal("@file:../x: " .. outside, content "@file:../x")
    assert.equal("@file:/etc/hosts: " .. outside, content "@file:/etc/hosts")
    assert.equal("@file:src/../../x: " .. outside, content "@file:src/../../x")
    host.real_path = function(path) return path:find("link") and "/etc/passwd" or path end
    assert.equal("@file:link: " .. outside, content "@file:link")
  end)

  it("names no file that is made to hold secrets, be it by a link, before a byte is read", function()
    local open, opened = io.open, false
    io.open = function(...) opened = true return open(...) end -- luacheck: ignore
    local said = content "@file:.env"
    host.real_path = function(path) return (path:gsub("harmless", ".env")) end
    local linked = content "@file:harmless"
    io.open = open -- luacheck: ignore

    local refused = "nothing of .env is sent: files of that name hold keys or passwords; "
      .. "option allow_files lets it through"
    assert.equal("@file:.env: " .. refused, said)
    assert.equal("@file:harmless: " .. refused, linked)
    assert.is_false(opened)
    view.home = host.open({ "TOKEN=x" }, folder .. "/.env", "")
    for _, word in ipairs { "@buffer", "@diagnostics", "@buffer:.env" } do
      assert.equal(word .. ": " .. refused, content(word))
    end
    host.selected[view.home] = { 1, 1 }
    assert.equal("@range: " .. refused, content "@range")
    view.options.allow_files = { ".env" }
    assert.truthy(content("@buffer"):find("TOKEN=x", 1, true))
  end)

  it("@image is a picture, for models that see", function()
    write(folder .. "/p.png", "\137PNG\r\n\26\n....")
    local parts = content "what is on @image:p.png?"
    assert.equal("what is on @image:p.png?", parts[1].text)
    assert.equal("image_url", parts[2].type)
    assert.truthy(parts[2].image_url:find("^data:image/png;base64,"))

    write(folder .. "/p.txt", "no")
    assert.equal("@image:p.txt: it is a text: use mistral.document", content "@image:p.txt")
    view.sees = false
    assert.equal("@image:p.png: the model m-1 sees no pictures; name one that does in the block at the "
      .. "top of the chat, such as model: mistral-medium-latest", content "@image:p.png")
  end)

  it("makes a question no larger than what may be sent", function()
    view.options.max_bytes = 60
    assert.truthy(content("@buffer @buffer:src/a.lua"):find(
      "^@buffer:src/a.lua: with it, the question takes %d+ bytes, and option max_bytes lets 60"))
  end)

  it("of a question from another session stands for what it names, and else for nothing", function()
    write(folder .. "/b.txt", "b")
    local said, lost = content("@buffer @file:b.txt @file:gone @diff", true)

    assert.equal("@buffer @file:b.txt @file:gone @diff\n\n@file:b.txt, b.txt:\n```\nb\n```", said)
    assert.same({ "@buffer", "@file:gone", "@diff" }, lost)
  end)

  describe("@diff", function()
    local function git(words)
      local command = "cd '%s' && git -c user.name=n -c user.email=n@n.invalid -c init.defaultBranch=main %s"
      assert(native.run({ "sh", "-ec", command:format(folder, words) }).code == 0, words)
    end

    before_each(function()
      host.runs = function(argv, options) return native.run(argv, options) end
      git "init -q"
      write(folder .. "/a.c", "one\ntwo\27\n")
      write(folder .. "/go.sum", "x\n")
      git "add a.c && git -c user.name=n -c user.email=n@n.invalid commit -qm x"
      write(folder .. "/a.c", "one\ntwo\27\nthree\n")
    end)

    local function diff()
      local said
      attach.read(view, "@diff", function(list, message) said = list and list.list[1].text or message end)
      for _ = 1, 60 do host.advance(1) end
      return said
    end

    it("is the patch as git has it, and says what is left out", function()
      assert.equal("What is changed and not staged:\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n"
        .. "@@ -1,2 +1,3 @@\n one\n two\226\144\155\n+three\n"
        .. "[go.sum is a lockfile (go.sum), which is skipped]", diff())
      git "add a.c"
      assert.truthy(diff():find("^What is staged:\ndiff .*\n\nWhat is changed and not staged:\n%[go%.sum"))
    end)

    it("is not sent by halves when one of both cannot be read", function()
      git "add a.c"
      host.runs = function(argv, options)
        local asks_unstaged = table.concat(argv, " "):find("ls-files --others", 1, true)
        return asks_unstaged and { code = 128, stdout = "", stderr = "fatal: index file corrupt" }
          or native.run(argv, options)
      end

      assert.truthy(diff():find("^@diff: the index of the repository in .* is damaged"), diff())
    end)

    it("is refused where it is longer than may be sent", function()
      view.options.max_bytes = 300
      write(folder .. "/a.c", ("line of code\n"):rep(20))

      assert.equal("@diff: it is longer than option max_bytes lets through, 300 bytes; name what "
        .. "matters, as in @file:name:1-200", diff())
    end)
  end)

  it("@diff says why there is none", function()
    host.runs = function() return { code = 128, stdout = "", stderr = "fatal: not a git repository" } end
    local said
    attach.read(view, "@diff", function(_, message) said = message end)
    for _ = 1, 20 do host.advance(1) end
    assert.truthy(said and said:find("^@diff: .* is not inside a git repository"), said)
  end)
end)
