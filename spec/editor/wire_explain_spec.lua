-- :Mistral explain in a real editor, against the loopback server.
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
local json = require "mistral.json"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local CODE = { "#include <stdio.h>", "int add(int a, int b) {", "  return a + b;", "}" }

describe(":Mistral explain", function()
  local server, host

  before_each(function()
    server = wire.start()
    host = require("mistral.host").get()
  end)
  after_each(wire.stop)

  local function explain(command)
    editor.open(CODE, "c")
    editor.command(command or "Mistral explain")
    return editor.call("bufnr", "mistral://explain")
  end

  local function text_of(buffer)
    return table.concat(host.lines(buffer, 1, -1), "\n")
  end

  local function stream_of_words(count)
    local words = {}
    for i = 1, count do words[i] = "word" .. i .. (i % 8 == 0 and "\n" or "") end
    return table.concat(words, " ")
  end

  it("streams markdown into a split beside the code", function()
    local buffer = explain()
    wire.await("explain")

    assert.truthy(text_of(buffer):find("# What this code does", 1, true))
    assert.truthy(text_of(buffer):find("`add`", 1, true))
    assert.equal("markdown", editor.call("getbufvar", buffer, "&filetype"))
    assert.equal("nofile", editor.call("getbufvar", buffer, "&buftype"))
    assert.equal(2, editor.call("winnr", "$"))
    assert.not_equal(buffer, host.buffer())
    assert.same(CODE, host.lines(host.buffer(), 1, -1))
    assert.equal("", wire.said())
  end)

  it("explains a range", function()
    local buffer = explain("2,4Mistral explain")
    wire.await("explain")

    assert.truthy(text_of(buffer):find("line 2 to line 4", 1, true), text_of(buffer))
  end)

  it("sends the function around a range, and what its names are by a tags file", function()
    local folder, before = os.tmpname(), editor.call("getcwd")
    os.remove(folder)
    editor.call("mkdir", folder .. "/.git", "p")
    local function write(name, text)
      local file = assert(io.open(folder .. "/" .. name, "wb"))
      file:write(text)
      file:close()
    end
    write("price.c", "/* prices */\nint price_of(int item)\n{\n  return item * 2;\n}\nint x;\n")
    write("tags", "price_of\tprice.c\t/^int price_of(int item)$/;\"\tf\n")
    editor.command("cd " .. folder)

    editor.open({ "int total(int n)", "{", "  int sum = 0;", "  sum = price_of(n);", "  return sum;", "}" }, "c")
    editor.command("4Mistral explain")
    wire.await("explain")
    editor.command("cd " .. before)
    editor.call("delete", folder, "rf")

    local said = json.decode(server:requests()[1].body).messages[2].content
    assert.truthy(said:find("    4|   sum = price_of(n);\n\nAbove them, in the same function, lines 1 to 3:",
      1, true), said)
    assert.truthy(said:find("`price_of`, price.c, lines 2 to 5:\n\n    2| int price_of(int item)\n"
      .. "    3| {\n    4|   return item * 2;\n    5| }", 1, true), said)
    assert.falsy(said:find("int x", 1, true))
  end)

  it("uses the same window again", function()
    local first = explain()
    wire.await("explain")
    editor.command("Mistral explain")
    wire.await("explain")

    assert.equal(2, editor.call("winnr", "$"))
    assert.equal(first, editor.call("bufnr", "mistral://explain"))
    local _, count = text_of(first):gsub("# What this code does", "")
    assert.equal(1, count)
  end)

  it("is undone in one step", function()
    server:pace(300)
    local buffer = explain()
    wire.await("explain")
    assert.is_true(host.line_count(buffer) > 3)

    editor.call("win_execute", editor.call("bufwinid", buffer), "silent undo")

    assert.equal("", text_of(buffer))
  end)

  it("changes the buffer less often than words come", function()
    server:fault({ kind = "say", text = stream_of_words(400) })
    server:pace(2000)
    local changes, append = 0, host.append
    host.append = function(...)
      changes = changes + 1
      return append(...)
    end

    local buffer = explain()
    wire.await("explain")

    host.append = append
    assert.truthy(text_of(buffer):find("word400", 1, true))
    assert.is_true(changes < 40, changes .. " changes")
  end)

  it("keeps what came when it is stopped", function()
    server:fault({ kind = "say", text = stream_of_words(400) })
    server:pace(100)
    local buffer = explain()
    wait_for(function() return text_of(buffer):find("word5", 1, true) end, "nothing came")

    editor.command("Mistral stop explain")
    wire.await("explain")

    assert.truthy(text_of(buffer):find("word5", 1, true))
    assert.falsy(text_of(buffer):find("word399", 1, true))
    assert.is_true((server:wait({ at_least = { resets = 1 } })))
    assert.equal("info: mistral: the explanation of [No Name] was stopped", wire.said())
  end)

  it("is stopped on the wire when q closes its window", function()
    server:fault({ kind = "say", text = stream_of_words(400) })
    server:pace(100)
    local buffer = explain()
    wait_for(function() return text_of(buffer):find("word5", 1, true) end, "nothing came")

    editor.call("win_gotoid", editor.call("bufwinid", buffer))
    editor.call("feedkeys", "q", "tx")
    wire.await("explain")

    assert.equal(1, editor.call("winnr", "$"))
    assert.is_true((server:wait({ at_least = { resets = 1 } })))
    assert.equal("", wire.said())
  end)

  it("is stopped when its buffer is wiped out", function()
    server:fault({ kind = "say", text = stream_of_words(400) })
    server:pace(100)
    local buffer = explain()
    wait_for(function() return text_of(buffer):find("word5", 1, true) end, "nothing came")

    editor.command("bwipeout! " .. buffer)
    wire.await("explain")

    assert.is_true((server:wait({ at_least = { resets = 1 } })))
  end)

  it("says what went wrong and leaves no empty window when nothing came", function()
    server:fault({ kind = "status", name = "unauthorized" })
    explain()
    wire.await("explain")

    assert.equal(1, editor.call("winnr", "$"))
    assert.truthy(wire.said():find("^error: mistral: the service refused the key"), wire.said())
    assert.equal("", editor.eval("v:errmsg"))
  end)

  it("says that it is tried again, and then explains", function()
    server:fault({ kind = "status", name = "unavailable" })
    local buffer = explain()
    wire.await("explain")

    assert.truthy(wire.notes[1].message:find("^mistral: trying again in %d"), wire.said())
    assert.truthy(text_of(buffer):find("# What this code does", 1, true))
  end)

  it("closes no window that a user has opened for it", function()
    local buffer = explain()
    wire.await("explain")
    editor.call("win_gotoid", editor.call("bufwinid", buffer))
    editor.command("close | split | buffer " .. buffer .. " | wincmd p")
    server:fault({ kind = "status", name = "unauthorized" })

    editor.command("Mistral explain")
    wire.await("explain")

    assert.equal(2, editor.call("winnr", "$"))
  end)

  it("says so when there is no room for its window, and leaves the code where it is", function()
    require("mistral.config").setup({ explain = { position = "below" } })
    local buffer = editor.open(CODE, "c")
    local windows
    repeat
      windows = editor.call("winnr", "$")
      editor.command("silent! split")
    until editor.call("winnr", "$") == windows

    editor.command("Mistral explain")

    assert.equal(buffer, host.buffer())
    assert.equal("error: mistral: no window can be opened here: close another one, or the "
      .. "command-line window", wire.said())
    assert.equal(0, server:stats().requests)
  end)

  it("runs beside a review, over one connection", function()
    server:pace(300)
    editor.open({ "gets(buffer);", "strcpy(a, b);" }, "c")
    editor.command("Mistral review")
    editor.command("Mistral explain")
    assert.equal(2, #door.session():running())

    wire.await()

    assert.equal(1, server:stats().connections)
    assert.equal(2, #wire.list().items)
  end)
end)
