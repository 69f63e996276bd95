-- Prompts of one's own in a real editor, against the loopback server.
local command = require "mistral.editor.command"
local config = require "mistral.config"
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
local json = require "mistral.json"
local repository = require "spec.git.support.repository"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local CODE = { "local a = 1", "local b = '{{wish}}'", "return a" }

describe("in a real editor, a prompt of one's own", function()
  local server, host, repo, folder, ask, asked

  before_each(function()
    server = wire.start()
    host = require("mistral.host").get()
    repo = repository.new()
    repo:commit { ["a.lua"] = table.concat(CODE, "\n") .. "\n" }
    folder = editor.call("getcwd")
    editor.command("cd " .. repo.top)
    config.setup { prompts = { folder = repo.base .. "/own" } }
    asked, ask = {}, host.ask
    host.ask = function(question, _, done) asked[#asked + 1] = { question = question, answer = done } end
  end)
  after_each(function()
    host.ask = ask
    wire.stop()
    editor.command("cd " .. folder)
    repo:remove()
  end)

  local function open_code()
    editor.command "silent edit! a.lua | setlocal noswapfile filetype=lua"
    return host.buffer()
  end

  local function sent()
    local requests = server:requests()
    local messages = json.decode(requests[#requests].body).messages
    return messages[#messages].content, #requests
  end

  local function text_of(name)
    return table.concat(host.lines(editor.call("bufnr", name), 1, -1), "\n")
  end

  it("streams into a window, and can be asked on about", function()
    repo:write { ["../own/terse.md"] = "---\r\nscope: range\r\n---\r\nExplain: {{code}} {{wish}}\r\n" }
    server:fault { kind = "say", text = "It is one." }
    local buffer = open_code()
    assert.same({ "terse" }, editor.call("getcompletion", "Mistral ters", "cmdline"))
    editor.command "2,3Mistral terse briefly"
    wire.await "explain"

    assert.equal("Explain: local b = '{{wish}}'\nreturn a briefly", (sent()))
    assert.truthy(text_of("mistral://prompt/terse"):find("^It is one%."))
    assert.equal(buffer, host.buffer())
    editor.command "Mistral ask why?"
    wire.await "explain"
    assert.equal("why?", (sent()))
  end)

  it("of a project is run once it is trusted, and asks anew when it has changed", function()
    repo:write { [".mistral/prompts/ship.md"] = "---\nscope: diff\n---\nShip it?\n\n{{diff}}" }
    repo:write { ["a.lua"] = "return 2\n" }
    open_code()
    editor.command "Mistral ship"
    assert.truthy(asked[1].question:find(repo.top .. "/.mistral/prompts/ship.md", 1, true))
    assert.equal(0, #server:requests())
    asked[1].answer(1)
    wire.await "explain"
    local said = sent()
    assert.truthy(said:find("+return 2", 1, true), said)
    editor.command "Mistral ship"
    wire.await "explain"
    assert.equal(2, select(2, sent()))

    repo:write { [".mistral/prompts/ship.md"] = "---\nscope: none\n---\nShip" }
    editor.command "Mistral ship"
    assert.equal(2, #asked)
    asked[2].answer(3)
    assert.equal(2, #server:requests())
    assert.truthy(wire.said():find("was not run; nothing was sent", 1, true), wire.said())
  end)

  it("of a project is not read through a link that leads out of it", function()
    repo:write { ["../elsewhere/out.md"] = "a", [".mistral/prompts/in.md"] = "---\nscope: none\n---\na" }
    repo:sh "ln -s ../../../elsewhere/out.md .mistral/prompts/out.md"
    editor.command "Mistral out"
    assert.truthy(wire.said():find("is a link that leads out of its folder", 1, true), wire.said())

    repo:sh "mv .mistral/prompts ../elsewhere/moved && ln -s ../../elsewhere/moved .mistral/prompts"
    for _, name in ipairs(command.candidates("Mistral ", door.session())) do
      assert.is_true(name ~= "in" and name ~= "out", name)
    end
  end)

  it("opens a chat, changes lines, and is shown by a preview", function()
    repo:write { ["../own/talk.md"] = "---\noutput: chat\n---\nTalk about:\n\n{{code}}",
      ["../own/swap.md"] = "---\noutput: replace\n---\nrename a to x" }
    local buffer = open_code()
    editor.command "1,1Mistral preview talk"
    wait_for(function() return editor.call("bufnr", "mistral://preview") ~= -1 end, wire.said)
    assert.truthy(text_of("mistral://preview"):find("Talk about:\n\n@range", 1, true))
    editor.command "close"
    server:fault { kind = "say", text = "Fine." }
    editor.command "1,1Mistral talk"
    wire.await "chat"
    assert.truthy(sent():find("Talk about:\n\n@range.*local a = 1\n"), sent())
    editor.command "close"

    host.go(buffer)
    editor.command "1,1Mistral swap"
    wait_for(function() return editor.eval "&filetype" == "diff" end, wire.said)
    assert.truthy(table.concat(host.lines(host.buffer(), 1, -1), "\n"):find("+local x = 1", 1, true))
  end)
end)
