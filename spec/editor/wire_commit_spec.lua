-- :Mistral commit in a real editor, with a real repository, against the loopback server.
local editor = require "spec.editor.support.editor"
local repository = require "spec.git.support.repository"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local MESSAGE = "core: count from two\n\nOne was too few.\n"

describe("in a real editor, a draft of a commit message", function()
  local server, host, repo, folder

  before_each(function()
    server = wire.start()
    host = require("mistral.host").get()
    repo = repository.new()
    repo:commit({ ["a.lua"] = "return 1\n" }, "core: count from one")
    repo:write { ["a.lua"] = "return 2\n", [".env"] = "PASSWORD=hunter2\n" }
    repo:sh "git add -A && (echo; git status | sed 's/^/# /') >.git/COMMIT_EDITMSG"
    folder = editor.call("getcwd")
    editor.command("cd " .. repo.top)
  end)
  after_each(function()
    wire.stop()
    editor.command("cd " .. folder)
    repo:remove()
  end)

  local function say(text) server:fault { kind = "say", text = text } end

  local function lines_of(buffer) return host.lines(buffer, 1, -1) end

  local function edit_message()
    editor.command "silent edit .git/COMMIT_EDITMSG | setlocal filetype=gitcommit noswapfile"
    return host.buffer()
  end

  local function last_body()
    local asked = server:requests()
    return asked[#asked].body
  end

  it("is put above the comments, in one undo step", function()
    say(MESSAGE)
    local buffer = edit_message()
    local before = lines_of(buffer)
    editor.command "Mistral commit say why"
    wire.await "commit"

    assert.same({ "core: count from two", "", "One was too few.", "" }, host.lines(buffer, 1, 4))
    assert.equal(before[2], lines_of(buffer)[5])
    assert.equal("", wire.ghost(buffer))
    assert.truthy(last_body():find("Above all: say why", 1, true))
    assert.falsy(last_body():find("hunter2", 1, true))
    assert.truthy(wire.said():find("nothing of .env is sent", 1, true), wire.said())
    editor.command "silent undo"
    assert.same(before, lines_of(buffer))
  end)

  it("is shown as it comes, and what was typed meanwhile stays below it", function()
    server:fault { kind = "say", text = MESSAGE }
    server:pace(40)
    local buffer = edit_message()
    editor.command "Mistral commit"
    wait_for(function() return wire.ghost(buffer):find("^core: ") end, wire.said)
    editor.call("setline", 1, "my own words")
    wire.await "commit"

    assert.same({ "core: count from two", "", "One was too few.", "", "my own words" },
      host.lines(buffer, 1, 5))
  end)

  it("is asked for without the secrets in the diff, and says so", function()
    repo:write { ["b.lua"] = 'local token = "ghp_' .. "16C7e42F292c6912E7710c838347Ae178B4a" .. '"\n' }
    repo:sh "git add b.lua"
    editor.open({ "x" }, "lua")
    editor.command "Mistral commit"
    wire.await "commit"

    assert.falsy(last_body():find("ghp_16C7", 1, true))
    assert.truthy(last_body():find("+local token", 1, true))
    assert.truthy(wire.said():find("1 secret was left out of what this draft sends", 1, true))
  end)

  it("comes into a window below without a message, and leaves the cursor", function()
    say(MESSAGE)
    local buffer = editor.open({ "x" }, "lua")
    editor.command "Mistral commit"
    wire.await "commit"

    assert.equal(buffer, host.buffer())
    local shown = editor.call("bufnr", "mistral://commit")
    assert.same({ "core: count from two", "", "One was too few." }, lines_of(shown))
    assert.equal("gitcommit", editor.call("getbufvar", shown, "&filetype"))
  end)

  it("ends when its buffer is gone", function()
    server:fault { kind = "say", text = MESSAGE }
    server:pace(50)
    local buffer = edit_message()
    editor.command "Mistral commit"
    wait_for(function() return wire.ghost(buffer) ~= "" end, wire.said)
    editor.command "enew | silent bwipeout! #"
    wire.await "commit"

    assert.truthy(wire.said():find("was stopped: its buffer is gone", 1, true), wire.said())
  end)

  it("is shown by a preview first", function()
    editor.open({ "x" }, "lua")
    editor.command "Mistral preview commit say why"
    wait_for(function() return editor.call("bufnr", "mistral://preview") > 0 end, wire.said)
    local shown = table.concat(lines_of(editor.call("bufnr", "mistral://preview")), "\n")

    assert.truthy(shown:find("+return 2", 1, true), shown)
    assert.truthy(shown:find("Above all: say why", 1, true), shown)
    assert.equal(0, #server:requests())
  end)
end)
