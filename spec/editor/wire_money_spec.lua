-- Ledger, budget and notices in a real editor.
local config = require "mistral.config"
local editor = require "spec.editor.support.editor"
local json = require "mistral.json"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local function ledger()
  local path = ("%s/mistral/ledger-%s.jsonl"):format(os.getenv "XDG_STATE_HOME", os.date "!%Y-%m")
  local lines, file = {}, io.open(path)
  for line in file and file:lines() or function() end do
    lines[#lines + 1] = json.decode(line)
  end
  if file then file:close() end
  os.remove(path)
  return lines
end

local function explain()
  editor.open({ "int x = 1;" }, "c")
  editor.command("Mistral explain")
  wire.await("explain")
end

describe("money in the editor", function()
  local server
  before_each(function()
    server = wire.start()
    ledger()
  end)
  after_each(wire.stop)

  it("is in the ledger, unless that is switched off", function()
    explain()
    local lines = ledger()
    assert.equal(1, #lines)
    assert.equal("chat", lines[1].kind)
    assert.equal("done", lines[1].outcome)
    assert.truthy(lines[1].cost > 0)

    config.setup { ledger = false }
    explain()
    assert.same({}, ledger())
    assert.equal(2, server:stats().requests)
  end)

  it("stops a command at the budget, from the next one on, and says why", function()
    explain()
    config.setup { budget = { day = 1, unit = "tokens" } }
    explain()

    assert.equal(1, server:stats().requests)
    assert.truthy(wire.said():find("error: [^\n]*today's budget is 1 tokens"), wire.said())
  end)

  it("is told by :Mistral health", function()
    explain()
    config.setup { budget = { month = 5 }, review = { model = "pixtral-large-latest" } }
    editor.command("Mistral health")

    local buffer = editor.call("bufnr", "mistral://health")
    local host, text = require("mistral.host").get(), nil
    wait_for(function()
      text = table.concat(host.lines(buffer, 1, -1), "\n")
      return text:find("ledger: /")
    end, function() return text end)
    assert.truthy(text:find("this month: 1 requests, 0%.%d%d USD; ledger: /"), text)
    assert.truthy(text:find("budget: 5 usd a month", 1, true))
    assert.truthy(text:find("WARNING model for review: the model pixtral-large-latest is "
      .. "retired since 2026-05-31; mistral-medium-latest replaces it", 1, true), text)
  end)

  it("warns when a model goes away", function()
    config.setup { explain = { model = "devstral-latest" } }
    explain()

    wait_for(function() return wire.said():find("devstral-latest may stop answering", 1, true) end,
      wire.said)
    assert.truthy(wire.said():find("warn: [^\n]*devstral"))
  end)
end)
