-- Fixes of a review in a real editor: review, apply, undo, and code actions.
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local CODE = {
  "int sum(const int *list, int n) {", "\tint total = 0;", "\tfor (int i = 0; i <= n; i++)",
  "\t\ttotal += list[i];", "\tif (total = 0)", "\t\treturn -1;", "\treturn total;", "}",
}
local FIXED = { [3] = "\tfor (int i = 0; i < n; i++)", [5] = "\tif (total == 0)" }

describe("in a real editor, a fix", function()
  local host, now, buffer

  before_each(function()
    wire.start()
    host = require("mistral.host").get()
    now = host.now
    buffer = editor.open(CODE, "c")
    editor.command "Mistral review"
    wire.await "review"
    assert.equal(2, #door.session().findings:all())
    host.set_cursor(1, 0)
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

  local function text_now()
    return host.lines(buffer, 1, -1)
  end

  local function fixed(...)
    local lines = {}
    for i, line in ipairs(CODE) do lines[i] = line end
    for _, row in ipairs { ... } do lines[row] = FIXED[row] end
    return lines
  end

  local function state(i)
    return door.session().findings:all()[i].finding.state
  end

  it("is put in with one command, and taken back with one undo", function()
    host.set_cursor(5, 0)
    editor.command "Mistral apply"

    assert.same(fixed(5), text_now())
    assert.equal("applied", state(2))
    assert.same({ 5, 0 }, { host.cursor() })
    assert.truthy(wire.said():find("line 5, `Assignment to total", 1, true), wire.said())
    wait_for(function() return #wire.shown(buffer) == 1 end, "the finding is still shown")

    editor.command "silent undo"
    assert.same(CODE, text_now())
    editor.command "doautocmd TextChanged"
    wait_for(function() return #wire.shown(buffer) == 2 end, "the finding did not come back")
    assert.equal("open", state(2))
  end)

  it("is put in with all others, in one step", function()
    editor.command "Mistral apply all"
    assert.same(fixed(3, 5), text_now())

    editor.command "silent undo"
    assert.same(CODE, text_now())
  end)

  it("never writes the file", function()
    editor.command "Mistral apply all"

    assert.equal(1, editor.eval "&modified")
    assert.equal("", editor.call("bufname", buffer))
  end)

  it("is taken or left in a walk", function()
    editor.command "Mistral apply walk"
    assert.equal("diff", editor.eval "&filetype")
    press "n"
    press "y"

    assert.same(fixed(5), text_now())
    assert.equal(buffer, host.buffer())
  end)

  it("is seen beside the buffer first", function()
    editor.command "Mistral diff"
    assert.equal(2, editor.call("tabpagenr", "$"))
    assert.equal(1, editor.eval "&diff")
    assert.same(CODE, text_now())
    press "y"

    assert.same(fixed(3), text_now())
    assert.equal(1, editor.call("tabpagenr", "$"))
    assert.equal(0, editor.eval "&diff")
  end)

  it("is refused where its code was changed", function()
    host.replace(buffer, 5, 5, { "\tif ((total = 0))" })
    host.set_cursor(5, 0)
    editor.command "Mistral apply all"

    assert.same({ FIXED[3], "\tif ((total = 0))" }, { text_now()[3], text_now()[5] })
  end)

  it("is refused in a buffer that may not be changed", function()
    editor.command "setlocal readonly"
    host.set_cursor(5, 0)
    editor.command "Mistral apply"

    assert.same(CODE, text_now())
    assert.truthy(wire.said():find("may not be changed: see 'modifiable' and 'readonly'", 1, true))
    assert.equal("open", state(2))
  end)

  local vim = rawget(_G, "vim")
  if editor.kind ~= "nvim" or vim.fn.has "nvim-0.8" == 0 then return end

  local function clients()
    return (vim.lsp.get_clients or vim.lsp.get_active_clients)({ bufnr = buffer })
  end

  it("is a code action as long as there is one", function()
    wait_for(function() return clients()[1] and clients()[1].initialized end, "no code actions")
    local select = vim.ui.select
    vim.ui.select = function(items, _, done) done(items[1], 1) end
    host.set_cursor(5, 0)

    vim.lsp.buf.code_action({ apply = true })
    wait_for(function() return text_now()[5] == FIXED[5] end, "it was not put in")
    vim.ui.select = select

    assert.same(fixed(5), text_now())
    door.session().findings:clear()
    wait_for(function() return #clients() == 0 end, "code actions are left")
  end)
end)
