-- Windows over and beside the text, questions, sentences: run by both editors.
local editor = require "spec.editor.support.editor"
local wait_for = require "spec.support.wait"

if not editor.kind then return end

describe("a float of the host " .. editor.kind, function()
  local host = require("mistral.host").get()
  local float
  after_each(function()
    if float then float.close() end
    editor.command("sleep 1m")
    editor.clear()
  end)

  local function type_keys(keys)
    editor.call("feedkeys", editor.eval('"' .. keys .. '"'), "tx")
    editor.command("sleep 2m")
  end

  local function open(options)
    editor.open({ "one two", "three four", "five" })
    options.lines = options.lines or { "some text", "and more\0" }
    float = host.float(options)
    editor.command("redraw")
  end

  it("shows text without taking the cursor", function()
    open { title = "Title" }
    local lines = host.lines(float.buffer, 1, -1)

    assert.is_true(float.is_open())
    assert.same({ "some text", "and more\0" }, { lines[#lines - 1], lines[#lines] })
    assert.same({ 1, 0 }, { host.cursor() })
    assert.same({ "one two", "three four", "five" }, host.lines(host.buffer(), 1, -1))
  end)

  it("is as wide as its title", function()
    local title = "a title that is longer than the text"
    open { title = title, lines = { "x" } }

    local width = editor.kind == "nvim" and editor.call("winwidth", float.window)
      or editor.call("popup_getpos", float.window).core_width
    assert.equal(#title + 2, width)
  end)

  for _, key in ipairs { "q", [[\<Esc>]] } do
    it("closes with " .. key, function()
      open {}

      type_keys(key)

      wait_for(function() return not float.is_open() end, "it is still open")
      float.close()
    end)
  end

  it("runs the function of a key, and gives the key back", function()
    local count = 0
    editor.open({ "one" })
    open { keys = { a = function() count = count + 1 end, ["<CR>"] = function() count = count + 10 end } }

    type_keys("a")
    type_keys([[\<CR>]])
    assert.equal(11, count)
    float.close()
    type_keys([[axyz\<Esc>]])

    assert.equal(11, count)
    assert.same({ "oxyzne two" }, host.lines(host.buffer(), 1, 1))
  end)

  it("gives back the map that the buffer had for a key", function()
    editor.command("let g:pressed = 0")
    editor.open({ "one" })
    editor.command("nnoremap <buffer> a <Cmd>let g:pressed += 1<CR>")
    float = host.float { lines = { "x" }, keys = { a = function() end } }

    type_keys("a")
    assert.equal(0, editor.eval("g:pressed"))
    float.close()
    editor.command("sleep 1m")
    type_keys("a")

    assert.equal(1, editor.eval("g:pressed"))
    editor.command("unlet g:pressed")
  end)

  it("is closed when its buffer is left", function()
    open {}

    editor.command("new")

    wait_for(function() return not float.is_open() end, "it is still open")
  end)

  it("fits a screen that is smaller than its text", function()
    local lines = {}
    for i = 1, 300 do lines[i] = ("long "):rep(i) end
    open { lines = lines, row = 2 }

    assert.is_true(float.is_open())
    local height = editor.kind == "nvim" and editor.call("winheight", float.window)
      or editor.call("popup_getpos", float.window).core_height
    assert.is_true(height > 2 and height < editor.eval("&lines"))
  end)
end)

describe("a diff of the host " .. editor.kind, function()
  local host = require("mistral.host").get()
  after_each(function()
    editor.command("silent! tabonly!")
    editor.clear()
  end)

  it("shows two texts in a tab page of their own, and goes without a trace", function()
    local buffer = editor.open({ "code" })
    local before = #editor.call("getbufinfo")

    local diff = host.diff { title = "x.lua", old = { "a", "b" }, new = { "a", "c" } }

    assert.same({ 2, 2 }, { editor.call("tabpagenr", "$"), editor.call("winnr", "$") })
    assert.equal(diff.new, host.buffer())
    assert.same({ "a", "b" }, host.lines(diff.old, 1, -1))
    assert.equal(1, editor.eval("&diff"))
    diff.close()
    diff.close()
    assert.same({ 1, buffer }, { editor.call("tabpagenr", "$"), host.buffer() })
    assert.equal(before, #editor.call("getbufinfo"))
    assert.equal(0, editor.eval("&diff"))
  end)

  it("shows a buffer itself, keeps what is changed there and leaves it no diff", function()
    local buffer = editor.open({ "a", "b" })
    local diff = host.diff { title = "x.lua", buffer = buffer, new = { "a", "c" } }

    host.fill(buffer, { "a", "c", "d" })
    diff.close()

    assert.same({ "a", "c", "d" }, host.lines(buffer, 1, -1))
    assert.same({ 0, 1 }, { editor.eval("&diff"), editor.call("tabpagenr", "$") })
    assert.equal("manual", editor.eval("&foldmethod"))
  end)

  it("runs the function of a key in its own windows only, and closes with q", function()
    local count = 0
    local buffer = editor.open({ "a" })
    local diff = host.diff {
      title = "x.lua", buffer = buffer, new = { "b" }, keys = { y = function() count = count + 1 end },
    }

    editor.call("feedkeys", "y", "tx")
    editor.call("feedkeys", "q", "tx")

    assert.equal(1, count)
    wait_for(function() return not diff.is_open() end, "it is still open")
    assert.equal("", editor.call("mapcheck", "y", "n"))
  end)

  it("closes as a whole when one of its windows is closed", function()
    editor.open({ "code" })
    local diff = host.diff { title = "x.lua", old = { "a" }, new = { "b" } }

    editor.command("close")

    wait_for(function() return not diff.is_open() end, "it is still open")
    assert.equal(1, editor.call("tabpagenr", "$"))
  end)
end)

describe("questions of the host " .. editor.kind, function()
  local host = require("mistral.host").get()
  after_each(editor.clear)

  local function await_menu()
    wait_for(function()
      return editor.eval(editor.kind == "vim" and "len(popup_list())" or "win_gettype() ==# 'popup'") == 1
    end, "no menu came")
  end

  local function answer(keys)
    local told
    editor.open({ "one" })
    host.ask("Send it?", { "Yes", "No" }, function(index) told = { index } end)
    await_menu()
    editor.call("feedkeys", editor.eval('"' .. keys .. '"'), "tx")
    wait_for(function() return told end, "no answer came")
    return told[1]
  end

  it("are answered with Enter, or by a digit", function()
    assert.equal(1, answer([[\<CR>]]))
    assert.equal(2, answer("j\\<CR>"))
    assert.equal(2, answer("2"))
  end)

  it("are not answered with Esc or q", function()
    assert.is_nil(answer([[\<Esc>]]))
    assert.is_nil(answer("q"))
    assert.equal(1, editor.call("winnr", "$"))
  end)

  it("wait while somebody types", function()
    local told
    editor.open({ "one" })
    editor.in_insert_mode("i", function(insert)
      host.ask("Send it?", { "Yes", "No" }, function(index) told = { index } end)
      insert.type([[x\<CR>y]])
      insert.type("2")
    end)

    assert.same({ "x", "y2one" }, host.lines(host.buffer(), 1, -1))
    assert.is_nil(told)
    await_menu()
    editor.call("feedkeys", "2", "tx")
    wait_for(function() return told end, "no answer came")
    assert.same({ 2 }, told)
  end)
end)

describe("sentences of the host " .. editor.kind, function()
  local host = require("mistral.host").get()
  after_each(editor.clear)

  it("are whole in the messages, however long", function()
    local long = ("word "):rep(100) .. "end"

    host.notify(long, "warn")
    host.notify("it's\nshort", "error")

    local said = editor.messages()
    assert.truthy(said:find(long, 1, true), said)
    assert.truthy(said:find("it's short", 1, true), said)
  end)

  it("of progress are not kept", function()
    editor.messages()

    host.progress("3 of 12 requests")

    assert.falsy(editor.messages():find("3 of 12", 1, true))
  end)

  it("about events go with them", function()
    editor.command("let g:heard = []")
    editor.command("autocmd User MistralSpec call add(g:heard, copy(g:mistral_event))")
    editor.command("autocmd User MistralSpec throw 'no'")

    pcall(host.emit, "MistralSpec", { kind = "review", tokens = 5 })
    pcall(host.emit, "MistralSpec")

    assert.same({ { kind = "review", tokens = 5 }, {} }, editor.eval("g:heard"))
    assert.equal(0, editor.call("exists", "g:mistral_event"))
    editor.command("autocmd! User MistralSpec")
    editor.command("unlet g:heard | let v:errmsg = ''")
  end)
end)

describe("other windows of the host " .. editor.kind, function()
  local host = require("mistral.host").get()
  after_each(editor.clear)

  it("show what they showed when a buffer that has none is made, filled or changed", function()
    local hidden = editor.call("bufadd", "mistral://two")
    editor.call("bufload", hidden)
    editor.open({ "code" })
    local shown = host.split({ name = "mistral://one", filetype = "", position = "right", focus = false })
    local window = editor.call("bufwinid", shown)
    for row = 1, editor.call("winheight", window) - 3 do
      host.append(shown, "line\n")
      host.follow({ window }, row + 1)
    end
    editor.command("redraw")

    host.fill(hidden, { "a", "b" })
    host.append(hidden, "c\nd")
    host.diff({ title = "x", old = { "1" }, new = { "2" } }).close()
    editor.command("redraw")

    assert.equal(1, editor.call("line", "w0", window))
    assert.equal("cursor", editor.kind == "vim" and editor.eval "&splitkeep" or "cursor")
    editor.command("bwipeout! " .. hidden)
  end)
end)
