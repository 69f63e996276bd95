-- :Mistral chat and :Mistral ask in a real editor, against the loopback server.
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
local json = require "mistral.json"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local PNG = "\137PNG\r\n\26\n\0\0\0\rIHDR"

describe(":Mistral chat", function()
  local server, host, folder, before

  before_each(function()
    server = wire.start()
    host = require("mistral.host").get()
    folder = os.tmpname()
    os.remove(folder)
    editor.call("mkdir", folder .. "/.git", "p")
    before = editor.call("getcwd")
    editor.command("cd " .. folder)
    folder = editor.call("getcwd")
  end)
  after_each(function()
    wire.stop()
    editor.command("cd " .. before)
    editor.call("delete", folder, "rf")
  end)

  local function write(name, bytes)
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    file:write(bytes)
    file:close()
  end

  local function here()
    return door.session().room.latest
  end

  local function text_of(buffer)
    return table.concat(host.lines(buffer or here().buffer, 1, -1), "\n")
  end

  local function messages(index)
    local requests = server:requests()
    return json.decode(requests[index or #requests].body).messages
  end

  local function stream_of_words(count)
    local words = {}
    for i = 1, count do words[i] = "word" .. i .. (i % 8 == 0 and "\n" or "") end
    return table.concat(words, " ")
  end

  local function ask(command, answer)
    if answer then server:fault({ kind = "say", text = answer }) end
    editor.command(command)
    wire.await("chat")
  end

  it("is a markdown buffer in which the answer comes below the question", function()
    editor.open({ "int x;" }, "c")
    ask("Mistral chat what is x?", "A number.")

    assert.equal("---\nmodel: mistral-medium-latest\n---\n\n## You\n\nwhat is x?\n\n## Mistral\n\n"
      .. "A number.\n\n## You\n\n>>> ", text_of())
    assert.equal(here().buffer, host.buffer())
    assert.equal("markdown", editor.eval("&filetype"))
    assert.equal(host.line_count(here().buffer), (host.cursor()))
    assert.truthy(wire.said():find("^info: mistral: answered: %d+ tokens in, %d+ out, 0%.%d+ USD$"), wire.said())
  end)

  it("is asked on by Enter behind the prompt, in Insert mode", function()
    ask("Mistral chat one?", "1")
    server:fault({ kind = "say", text = "2" })

    editor.call("feedkeys", editor.eval('"Atwo?\\<CR>"'), "tx")
    wait_for(function() return text_of():find("\n2\n\n## You\n\n>>> $") end, text_of)

    local sent = messages()
    assert.same({ "one?", "1", "two?" }, { sent[2].content, sent[3].content, sent[4].content })
    assert.truthy(text_of():find("\ntwo%?\n\n## Mistral\n\n2\n"))
    assert.equal("n", editor.call("mode"))
  end)

  it("sends by Enter in Normal mode, and leaves Enter alone elsewhere", function()
    ask("Mistral chat one?", "1")
    server:fault({ kind = "say", text = "2" })

    editor.call("feedkeys", editor.eval('"Atwo\\<Esc>othree\\<CR>four\\<Esc>\\<CR>"'), "tx")
    wait_for(function() return text_of():find("\n2\n\n## You") end, text_of)

    assert.equal("two\nthree\nfour", messages()[4].content)
  end)

  it("undoes an answer in one step", function()
    server:pace(300)
    ask("Mistral chat one?", "1\n2\n3\n4\n5\n6")
    server:pace(300)
    editor.call("feedkeys", "Atwo?", "tx")
    ask("Mistral ask", "a\nb\nc\nd")

    editor.command("silent undo")

    assert.truthy(text_of():find("6\n\n## You\n\n>>> two%?$"), text_of())
  end)

  it("completes @words by CTRL-X CTRL-O", function()
    write("a b.lua", "return 1\n")
    editor.command("Mistral chat")
    editor.call("feedkeys", editor.eval('"Asee @fi\\<C-X>\\<C-O>\\<C-X>\\<C-O>\\<C-Y> x"'), "tx")

    assert.truthy(text_of():find('\n>>> see @file:"a b.lua" x$'), text_of())
  end)

  it("is kept, for its owner alone, and resumed after a restart", function()
    ask("Mistral chat what is x?", "A number.")
    ask("Mistral ask and y?", "Another.")
    local file, text = here().file, text_of()
    assert.equal("rw-------", editor.call("getfperm", file))
    assert.equal(text, table.concat(editor.call("readfile", file), "\n"))
    assert.equal(0, editor.call("getbufvar", here().buffer, "&modified"))

    door.session():close()
    editor.clear()
    assert.same({ file:match("([^/]+)%.md$") }, editor.call("getcompletion", "Mistral chats ", "cmdline"))
    editor.command("Mistral chats " .. file:match("([^/]+)%.md$"))

    assert.equal(text, text_of())
    ask("Mistral ask and z?", "None.")
    assert.equal("A number.", messages()[3].content)
    assert.equal("and z?", messages()[6].content)
    assert.equal(file, here().file)
    assert.truthy(table.concat(editor.call("readfile", file), "\n"):find("None.", 1, true))
  end)

  it("overwrites nothing of another editor that has gone on with it", function()
    ask("Mistral chat what is x?", "A number.")
    local file = here().file
    local other = table.concat(editor.call("readfile", file), "\n") .. "\nfrom elsewhere\n"
    local handle = assert(io.open(file, "wb"))
    handle:write(other)
    handle:close()

    ask("Mistral ask and y?", "Another.")

    assert.equal(other, table.concat(editor.call("readfile", file), "\n") .. "\n")
    assert.not_equal(file, here().file)
    assert.truthy(table.concat(editor.call("readfile", here().file), "\n"):find("Another.", 1, true))
    local _, times = wire.said():gsub("was gone on with elsewhere, too; from here on it is kept as", "")
    assert.equal(1, times)
  end)

  it("is kept by :write, and when it is left, with what nobody has sent yet", function()
    ask("Mistral chat what is x?", "A number.")
    local buffer, file = here().buffer, here().file
    editor.call("feedkeys", "Adraft", "tx")
    editor.command("write")
    assert.truthy(table.concat(editor.call("readfile", file), "\n"):find(">>> draft$"))

    editor.call("feedkeys", "Ax", "tx")
    assert.equal(1, editor.call("getbufvar", buffer, "&modified"))
    editor.command("wincmd p")
    if host.buffer() == buffer then editor.command("new") end

    assert.truthy(table.concat(editor.call("readfile", file), "\n"):find(">>> draftx$"))
    assert.equal(0, editor.call("getbufvar", buffer, "&modified"))
  end)

  it("goes on behind a closed window, and shows itself again", function()
    server:fault({ kind = "say", text = stream_of_words(100) })
    server:pace(400)
    editor.open({ "x" }, "c")
    editor.command("Mistral chat one?")
    local buffer = here().buffer
    wait_for(function() return text_of():find("word5", 1, true) end, "nothing came")

    editor.command("close")
    wire.await("chat")
    assert.truthy(text_of(buffer):find("word100", 1, true))

    editor.command("Mistral chat")
    assert.equal(buffer, host.buffer())
  end)

  it("keeps what came when it is stopped", function()
    server:fault({ kind = "say", text = stream_of_words(400) })
    server:pace(100)
    editor.command("Mistral chat one?")
    wait_for(function() return text_of():find("word5", 1, true) end, "nothing came")

    editor.command("Mistral stop chat")
    wire.await("chat")

    assert.truthy(text_of():find("word5.*\n\n## You\n\n>>> $"), text_of())
    assert.is_true((server:wait({ at_least = { resets = 1 } })))
    assert.equal("info: mistral: the answer was stopped", wire.said())
  end)

  it("leaves the question to be sent again when there was no answer", function()
    server:fault({ kind = "status", name = "unauthorized" })
    ask "Mistral chat one?"
    assert.truthy(text_of():find("## You\n\none%?$"), text_of())
    assert.truthy(wire.said():find("the service refused the key", 1, true))

    ask("Mistral ask", "1")
    assert.equal("one?", messages()[2].content)
    assert.truthy(text_of():find("\n1\n\n## You\n\n>>> $"))
  end)

  it("is written where it belongs while its user edits around it", function()
    server:fault({ kind = "say", text = stream_of_words(60) })
    server:pace(150)
    editor.command("Mistral chat one?")
    wait_for(function() return text_of():find("word5", 1, true) end, "nothing came")

    editor.call("appendbufline", here().buffer, 0, "above")
    editor.call("appendbufline", here().buffer, "$", "below")
    wait_for(function() return text_of():find("word20", 1, true) end, "nothing more came")
    editor.call("appendbufline", here().buffer, "$", "## You")
    wire.await("chat")

    local answer = text_of():match("^above\n.*## Mistral\n\n(.*)\nbelow\n## You$")
    assert.equal(stream_of_words(60), answer, text_of())
  end)

  it("stops on the wire when its place is undone or deleted", function()
    for _, change in ipairs { "silent undo", "silent! 8,$delete _" } do
      server:fault({ kind = "say", text = stream_of_words(400) })
      server:pace(100)
      editor.command("Mistral chat! one?")
      wait_for(function() return text_of():find("word5", 1, true) end, "nothing came")

      editor.command(change)
      wire.await("chat")

      assert.truthy(wire.said():find("the answer was stopped: the place for it is gone", 1, true))
      assert.falsy(text_of():find("word", 1, true), text_of())
      wire.notes = {}
    end
  end)

  it("follows the answer only while the cursor is at its end", function()
    server:fault({ kind = "say", text = stream_of_words(400) })
    server:pace(400)
    editor.command("Mistral chat one?")
    wait_for(function() return host.line_count(here().buffer) > 14 end, "nothing came")
    assert.equal(host.line_count(here().buffer), (host.cursor()))

    editor.command("normal! 2G")
    local count = host.line_count(here().buffer)
    wait_for(function() return host.line_count(here().buffer) > count end, "nothing more came")
    assert.equal(2, (host.cursor()))
  end)

  it("sends what @words stand for, and what they stood for before with the next question", function()
    write("a b.lua", "return 1\n")
    editor.command("edit a\\ b.lua | setfiletype lua")
    ask('Mistral chat is @buffer like @file:"a b.lua"?', "Yes.")
    local first = messages()[2].content
    assert.truthy(first:find("@buffer, a b.lua (lua):\n```lua\nreturn 1\n```", 1, true), first)

    editor.command("bwipeout! " .. editor.call("bufnr", "a b.lua"))
    ask("Mistral ask sure?", "Yes.")
    assert.equal(first, messages()[2].content)
  end)

  it("sends the lines of a range, and what has changed in the repository", function()
    editor.call("delete", folder .. "/.git", "rf")
    os.execute(("cd '%s' && git init -q . && git config user.email a@b.c && git config user.name n")
      :format(folder))
    write("a.c", "one\ntwo\n")
    os.execute(("cd '%s' && git add a.c && git commit -q -m x"):format(folder))
    write("a.c", "one\n2\n")
    editor.command("edit a.c | setfiletype c")
    ask("2Mistral chat why? see @diff", "So.")

    local sent = messages()[2].content
    assert.truthy(sent:find("^why%? see @diff @range\n"), sent)
    assert.truthy(sent:find("@range, a.c (c), lines 2 to 2:\n```c\n2\n```", 1, true), sent)
    assert.truthy(sent:find("\n-two\n+2\n", 1, true), sent)
  end)

  it("sends nothing of a secret file, and leaves the question", function()
    write(".env", "TOKEN=canary-in-a-file\n")
    ask "Mistral chat what is in @file:.env?"

    assert.equal(0, server:stats().requests)
    assert.truthy(wire.said():find("@file:.env: nothing of .env is sent", 1, true), wire.said())
    assert.truthy(text_of():find("what is in @file:.env?", 1, true))
  end)

  it("says how many secrets it has left out of what it sends", function()
    local key = "AKIA" .. "Q3EGRZ5HVXT7MPLK"
    ask("Mistral chat is " .. key .. " a key?", "Perhaps.")

    assert.falsy(server:requests()[1].body:find(key, 1, true))
    assert.truthy(wire.said():find("1 secret was left out of what this question sends", 1, true))
  end)

  it("sends a picture to a model that sees, and says so of one that does not", function()
    write("p.png", PNG)
    ask("Mistral chat what is on @image:p.png?", "A wren.")
    assert.equal("image_url", messages()[2].content[2].type)

    editor.call("setline", 2, "model: codestral-latest")
    ask "Mistral ask and this?"
    assert.truthy(wire.said():find("an earlier question has a picture, and the model codestral-latest "
      .. "sees none", 1, true), wire.said())
    assert.equal(1, server:stats().requests)

    editor.call("setline", 7, "what else?")
    ask "Mistral ask see @image:p.png"
    assert.truthy(wire.said():find("the model codestral-latest sees no pictures", 1, true), wire.said())
  end)

  it("is previewed byte for byte, pictures and all", function()
    write("p.png", PNG)
    editor.open({ "return 1" }, "lua")
    ask("Mistral chat one?", "1")
    editor.call("feedkeys", "Aand @buffer @image:p.png", "tx")

    editor.command("Mistral preview chat")
    wait_for(function() return editor.call("bufnr", "mistral://preview") ~= -1 end, wire.said)
    local shown = host.lines(editor.call("bufnr", "mistral://preview"), 1, -1)
    editor.command("close")
    ask("Mistral ask", "2")

    local body = server:requests()[2].body
    local found
    for _, line in ipairs(shown) do found = found or line == body end
    assert.is_true(found, table.concat(shown, "\n"))
  end)

  it("sends no thoughts back", function()
    editor.command("Mistral chat")
    editor.call("append", 2, "reasoning_effort: high")
    ask "Mistral ask one?"
    assert.falsy(text_of():find("hink", 1, true), text_of())

    ask("Mistral ask two?", "2")
    assert.equal("string", type(messages()[3].content))
  end)
end)

describe("a question on an explanation", function()
  local server, host
  before_each(function()
    server = wire.start()
    host = require("mistral.host").get()
  end)
  after_each(wire.stop)

  it("is asked in its window, or from anywhere, and answered there", function()
    local code = editor.open({ "int x = 1;" }, "c")
    server:fault({ kind = "say", text = "It sets x." })
    editor.command("Mistral explain")
    wire.await("explain")
    local buffer = editor.call("bufnr", "mistral://explain")

    server:fault({ kind = "say", text = "No reason." })
    editor.command("Mistral ask why 1?")
    wire.await("explain")
    assert.equal(code, host.buffer())
    editor.call("win_gotoid", editor.call("bufwinid", buffer))
    server:fault({ kind = "say", text = "Yes." })
    editor.call("feedkeys", editor.eval('"GAsure?\\<CR>"'), "tx")
    wait_for(function() return host.lines(buffer, 1, -1)[19] end, wire.said)
    wire.await("explain")

    local said = table.concat(host.lines(buffer, 1, -1), "\n")
    assert.equal("It sets x.\n\n## You\n\nwhy 1?\n\n## Mistral\n\nNo reason.\n\n## You\n\nsure?\n\n"
      .. "## Mistral\n\nYes.\n\n## You\n\n>>> ", said)
    local sent = json.decode(server:requests()[3].body).messages
    assert.equal(6, #sent)
    assert.truthy(sent[2].content:find("    1| int x = 1;", 1, true))
  end)
end)
