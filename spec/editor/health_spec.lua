-- What :Mistral health says, and when.
local fake = require "mistral.host.fake"
local health = require "mistral.editor.health"
local sessions = require "mistral.editor.session"
local state = require "mistral.state"

describe(":Mistral health", function()
  local host, session, folder, turns, clock

  before_each(function()
    host, folder, clock = fake.new(), state.folder, os.clock
    session, turns = sessions.new(host, {}), 0
    local schedule = host.schedule
    host.schedule = function(fn)
      turns = turns + 1
      schedule(fn)
    end
    local path = os.tmpname()
    os.remove(path)
    assert(state.write(path .. "/" .. os.date "!ledger-%Y-%m.jsonl", (('{"time":"%s","kind":"chat",'
      .. '"cost":0.0001,"note":"%s"}\n'):format(os.date "!%Y-%m-%dT%H:%M:%SZ", ("x"):rep(90))):rep(9000)))
    state.folder = function() return path end
    local now = 0
    rawset(os, "clock", function() -- a slow machine's
      now = now + 0.005
      return now
    end)
  end)
  after_each(function()
    state.folder = folder
    rawset(os, "clock", clock)
    session:close()
  end)

  local function said()
    return table.concat(host.lines(host.buffer(), 1, -1), "\n")
  end

  it("does not wait until the ledger is read, which may be long", function()
    health.start(session, false)

    assert.truthy(said():find("model for review", 1, true))
    for _, use in ipairs { "explain", "chat", "edit", "commit", "complete" } do
      assert.truthy(said():find("model for " .. use, 1, true), said())
    end
    assert.falsy(said():find("ledger: /", 1, true))
    host.advance(0)
    assert.truthy(turns > 3, turns)
    assert.truthy(said():find("this month: 9000 requests, 0.90 USD; ledger: /", 1, true), said())
  end)

  it("reads no further when its window is gone", function()
    health.start(session, false)
    host.unload(host.buffer())
    host.advance(0)

    assert.equal(1, turns)
  end)
end)
