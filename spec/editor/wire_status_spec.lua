-- What a user is told of what runs, in a real editor, against the loopback server.
local config = require "mistral.config"
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
local mistral = require "mistral"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

describe("what runs", function()
  local server, host

  before_each(function()
    server = wire.start()
    host = require("mistral.host").get()
    editor.command("let g:heard = []")
    editor.command("augroup spec | augroup END")
    editor.command("autocmd spec User Mistral* call add(g:heard, [expand('<amatch>'), "
      .. "copy(g:mistral_event)])")
  end)
  after_each(function()
    editor.command("autocmd! spec")
    editor.command("unlet g:heard")
    wire.stop()
  end)

  local function explain()
    editor.open({ "int add(int a, int b) {", "  return a + b;", "}" }, "c")
    editor.command("Mistral explain")
  end

  local function text_of(name)
    return table.concat(host.lines(editor.call("bufnr", name), 1, -1), "\n")
  end

  it("is in the status line while it runs, and not before or after", function()
    assert.equal("", editor.eval("MistralStatus()"))
    server:fault { kind = "silence", head = true }
    explain()
    local said
    wait_for(function()
      said = mistral.statusline()
      return said and said:find("mistral explain mistral%-%S+ %d+s ")
    end, function() return tostring(said) end)
    assert.equal(editor.eval("MistralStatus()"):match("^%S+ %S+ %S+"), said:match("^%S+ %S+ %S+"))

    editor.command("Mistral stop")
    wire.await("explain")

    assert.is_nil(mistral.statusline())
    assert.equal("", editor.eval("MistralStatus()"))
  end)

  it("is told by events with counts, and nothing of what is said", function()
    explain()
    wire.await("explain")

    local heard = editor.eval("g:heard")
    assert.same({ "MistralStarted", "MistralFinished", "MistralExplain" },
      { heard[1][1], heard[#heard - 1][1], heard[#heard][1] })
    local last = heard[#heard][2]
    assert.same({ "explain", "done" }, { last.kind, last.state })
    assert.is_true(last.tokens > 0 and last.tokens_in > 0 and last.cost > 0)
    local all = editor.eval("string(g:heard)")
    assert.falsy(all:find("return a", 1, true))
    assert.falsy(all:find(server.key, 1, true))
  end)

  it("is in the log when it has ended, with the reason when it failed", function()
    explain()
    wire.await("explain")
    config.setup { api_key = "wrong-key-0123456789" }
    explain()
    wire.await("explain")
    editor.command("Mistral log")

    local log = text_of("mistral://log")
    local lines = {}
    for line in log:gmatch("[^\n]+") do lines[#lines + 1] = line end
    assert.truthy(lines[1]:find("^time"), log)
    assert.truthy(lines[2]:find("explain.*401 unauthorized"), log)
    assert.truthy((lines[3] .. lines[4]):gsub(" +", " "):find("check the key: :Mistral health", 1, true), log)
    assert.truthy(lines[5]:find("explain +mistral%S+ +200 done +%d+%.%d%ds +%d+%.%d%ds +%d+ +%d+ +0%.0%d+ +1"),
      log)
    assert.falsy(log:find("return a", 1, true))
    assert.falsy(log:find("wrong-key", 1, true))
  end)

  it("is in the usage of the month", function()
    explain()
    wire.await("explain")
    config.setup { budget = { month = 5 } }
    editor.command("Mistral usage")
    wait_for(function() return text_of("mistral://usage"):find("^Usage on") end, function()
      return text_of("mistral://usage")
    end)

    local said = text_of("mistral://usage")
    assert.truthy(said:find("this month +%d+%.%d+ USD of 5%.00 USD spent"), said)
    assert.truthy(said:find("\nToday: %d+ requests?, "), said)
    assert.equal(0, #door.session():running())
  end)
end)
