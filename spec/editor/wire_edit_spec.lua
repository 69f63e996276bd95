-- :Mistral edit and fix in a real editor, against the loopback server.
local editor = require "spec.editor.support.editor"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local CODE = {
  "#include <stdio.h>", "", "int add(int a, int b) {", "\treturn a + b;", "}", "",
  "int main(void) {", "\treturn add(1, 2);", "}",
}

describe("in a real editor,", function()
  local server, host, now

  before_each(function()
    server = wire.start()
    host = require("mistral.host").get()
    now = host.now
  end)
  after_each(function()
    host.now = now
    wire.stop()
  end)

  --- Types it, as one does who has read what is shown.
  local function press(keys)
    host.now = function() return now() + 10000 end
    editor.call("feedkeys", keys, "tx")
    host.now = now
  end

  --- Runs it on a new buffer and waits until the patch is shown; returns the buffer.
  local function edit(command, code)
    local buffer = editor.open(code or CODE, "c")
    editor.command(command)
    wait_for(function() return host.buffer() ~= buffer end, wire.said)
    return buffer
  end

  local function text_of(buffer)
    return host.lines(buffer, 1, -1)
  end

  local function renamed(rows)
    local lines = {}
    for i, line in ipairs(CODE) do
      lines[i] = rows[i] and line:gsub("%f[%w]add%f[%W]", "sum") or line
    end
    return lines
  end

  it("an edit is shown as a patch below, and put in as you say", function()
    local buffer = edit "Mistral edit rename add to sum"

    local patch = host.buffer()
    assert.equal("diff", editor.eval "&filetype")
    assert.truthy(table.concat(text_of(patch), "\n"):find("-int add(int a, int b) {\n+int sum(", 1, true))
    assert.same(CODE, text_of(buffer))
    press "y"
    press "n"

    assert.same(renamed { [3] = true }, text_of(buffer))
    assert.equal(buffer, host.buffer())
    assert.equal(1, editor.call("winnr", "$"))
    assert.equal("info: mistral: the edit of [No Name]: 1 of 2 hunks put in; u undoes",
      wire.said())
  end)

  it("one undo takes all of it back, and leaves what was typed before", function()
    local buffer = edit "Mistral edit rename add to sum"
    editor.command("wincmd p")
    press "ggOtyped\27"
    editor.command("wincmd p")
    press "a"
    assert.equal("int sum(int a, int b) {", text_of(buffer)[4])

    editor.command("silent undo")

    assert.equal("int add(int a, int b) {", text_of(buffer)[4])
    assert.equal("\treturn add(1, 2);", text_of(buffer)[9])
    assert.equal("typed", text_of(buffer)[1])
  end)

  it("the cursor stays at its line, and marks on theirs", function()
    local buffer = editor.open(CODE, "c")
    server:fault { kind = "say", text = '{"replacement":"one\\ntwo\\n\\nint add(int a, int b) {\\n'
      .. '\\treturn a + b;\\n}\\n\\nint main(void) {\\n\\treturn 3;\\n}"}' }
    local mark = host.mark(buffer, 4, 4)
    host.set_cursor(5, 0)
    editor.command "Mistral edit x"
    wait_for(function() return host.buffer() ~= buffer end, wire.said)
    press "a"

    assert.same({ "one", "two", "" }, host.lines(buffer, 1, 3))
    assert.same({ 5, 5 }, { mark.range() })
    assert.same({ 6, 0 }, { host.cursor() })
    mark.remove()
  end)

  it("`q` puts in what was taken, closing the window nothing", function()
    local buffer = edit "Mistral edit rename add to sum"
    press "y"
    press "q"
    assert.same(renamed { [3] = true }, text_of(buffer))

    buffer = edit "Mistral edit rename add to sum"
    press "y"
    editor.command "close"
    wait_for(function() return wire.said():find("the window was closed", 1, true) end, wire.said)
    assert.same(CODE, text_of(buffer))
  end)

  it("`v` shows both texts side by side, and `?` the keys", function()
    edit "3,5Mistral edit rename add to sum"
    local patch = host.buffer()
    press "v"
    assert.equal(2, editor.call("tabpagenr", "$"))
    assert.equal(1, editor.eval "&diff")
    assert.equal("int sum(int a, int b) {", text_of(host.buffer())[1])
    press "q"
    assert.equal(1, editor.call("tabpagenr", "$"))
    editor.call("win_gotoid", editor.call("bufwinid", patch))

    press "?"
    assert.truthy(table.concat(text_of(patch), "\n"):find("# Closing the window changes nothing.", 1, true))
    press "n"
    assert.truthy(wire.said():find("nothing was taken", 1, true))
  end)

  it("code that was changed meanwhile is left alone, and the answer is kept", function()
    server:pace(400)
    local buffer = editor.open(CODE, "c")
    editor.command "3,5Mistral edit rename add to sum"
    host.replace(buffer, 4, 4, { "\treturn b + a;" })
    wire.await "edit"
    wait_for(function() return wire.said():find("changed meanwhile", 1, true) end, wire.said)

    assert.equal("\treturn b + a;", text_of(buffer)[4])
    assert.equal("int add(int a, int b) {", text_of(buffer)[3])
    local kept = editor.call("bufnr", "mistral://edit/answer")
    assert.equal("int sum(int a, int b) {", text_of(kept)[1])
  end)

  it("two edits of a buffer do not disturb each other", function()
    local buffer = editor.open(CODE, "c")
    editor.command "3,5Mistral edit rename add to sum"
    editor.command "7,9Mistral edit rename main to start"
    wire.await "edit"
    wait_for(function() return editor.call("winnr", "$") == 3 end, wire.said)
    press "a"
    assert.equal(2, editor.call("winnr", "$"))
    editor.command "wincmd j"
    press "a"

    assert.same({ "int sum(int a, int b) {", "int start(void) {" },
      { text_of(buffer)[3], text_of(buffer)[7] })
  end)

  it("a buffer that may not be changed is not even asked about", function()
    editor.open(CODE, "c")
    editor.command "setlocal nomodifiable"
    editor.command "Mistral edit rename add to sum"
    editor.command "setlocal modifiable"

    assert.equal("warn: mistral: the buffer may not be changed: see 'modifiable' and 'readonly'",
      wire.said())
    assert.equal(0, #server:requests())
  end)

  it("secrets stay here, and are back in what is put in", function()
    local secret = "ghp_" .. "Zx81kQpL0vTn5Rw2Yb7Uc4Ed9Gf3Hj6Ms1Aq"
    local buffer = edit("Mistral edit rename tok to token", { 'const char *tok = "' .. secret .. '";' })
    press "a"

    assert.same({ 'const char *token = "' .. secret .. '";' }, text_of(buffer))
    assert.truthy(wire.said():find("1 secret was left out of what this edit sends", 1, true))
  end)

  it("a fix is asked for what others say of the lines", function()
    local code = { "char name[8];", "void f(const char *s) {", "  strcpy(name, s);", "}" }
    local buffer = editor.open(code, "c")
    editor.call("setloclist", 0, editor.eval(('[{"bufnr": %d, "lnum": 3, "type": "W", "text": '
      .. '"this may overflow"}]'):format(buffer)))
    if editor.kind == "nvim" then
      local vim = rawget(_G, "vim")
      local space = vim.api.nvim_create_namespace "somebody"
      vim.diagnostic.set(space, buffer, { { lnum = 2, col = 0, message = "this may overflow" } })
    end
    server:fault { kind = "say", text = '```c\n  snprintf(name, sizeof name, "%s", s);\n```' }
    editor.command "3Mistral fix"
    wait_for(function() return host.buffer() ~= buffer end, wire.said)
    press "y"

    assert.equal('  snprintf(name, sizeof name, "%s", s);', text_of(buffer)[3])
    editor.command "silent undo"
    assert.same(code, text_of(buffer))
  end)

  it("a preview shows what an edit and a fix would send, and sends nothing", function()
    editor.open(CODE, "c")
    editor.command "3,5Mistral preview edit rename add to sum"

    local said = table.concat(text_of(host.buffer()), "\n")
    assert.truthy(said:find("What is to be done: rename add to sum", 1, true), said)
    assert.equal(0, #server:requests())
  end)
end)
