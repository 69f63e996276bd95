---Many requests, random faults, random cancels: one end each, and nothing left.
local exchange = require "spec.core.exchange"
local wait_for = require "spec.support.wait"

local FAULTS = {
  { kind = "status", status = 503, retry_after = 0 },
  { kind = "status", status = 400 },
  { kind = "status", status = 429, retry_after = 0 },
  { kind = "reset", after_bytes = 300 },
  { kind = "reset", head = true },
  { kind = "cut", after_bytes = 700 },
  { kind = "silence", after_bytes = 300 },
  { kind = "silence", head = true },
  { kind = "garbage", where = "event" },
  { kind = "trickle", bytes = 40 },
  { kind = "giant_event", bytes = 300000 },
  { kind = "no_done", finish = false },
  { kind = "not_stream" },
  { kind = "redirect", location = "https://example.com/" },
}

---A generator of our own, so that a failing seed can be run again in any Lua.
local function random_from(seed)
  local state = seed
  return function(n)
    state = (state * 16807) % 2147483647
    return state % n + 1
  end
end

local function storm(server, transport, seed, count)
  local random = random_from(seed)
  local ends, live, submitted, ended = {}, {}, 0, 0
  local function submit()
    local r = exchange.chat(server, {
      base = random(4) == 1 and server.url_h1 or server.url,
      head_ms = 300,
      idle_ms = 300,
      reuse_head_ms = random(2) == 1 and 200 or 0,
      lane_limit = 200,
      priority = random(5) - 3,
      event_bytes = 200000,
    })
    live[#live + 1] = transport:submit(r)
    submitted = submitted + 1
  end
  local function hear(event)
    assert.is_nil(ends[event.id], "an event after the end")
    if event.kind == "end" then
      ends[event.id] = event.outcome
      ended = ended + 1
    end
  end
  while submitted < count do
    for _ = 1, random(20) do
      submit()
    end
    for _ = 1, random(6) do
      transport:cancel(live[random(#live)])
    end
    for _, event in ipairs(transport:drain(random(50))) do
      hear(event)
    end
  end
  wait_for(
    function()
      for _, event in ipairs(transport:drain(random(200))) do
        hear(event)
      end
      return ended == submitted
    end,
    function() return ("seed %d: %d of %d ended"):format(seed, ended, submitted) end,
    40,
    function() transport:wait(20) end
  )
  return ends
end

describe("a storm of 200 requests with random faults and cancels", function()
  local server

  setup(function() server = exchange.server() end)
  before_each(function() server:reset() end)

  for seed = 1, 4 do
    it("ends each request once, seed " .. seed, function()
      for i, fault in ipairs(FAULTS) do
        fault.times = i % 3 + 1
        server:fault(fault)
      end
      server:pace(2000)
      exchange.with(server, seed % 2 == 0 and { mailbox_bytes = 20000 } or nil, function(transport)
        storm(server, transport, seed, 200)

        assert.equal(0, transport:stats().in_flight)
      end)
      server:pace(0)
      assert.is_true(server:wait { equal = { open_streams = 0 } })
    end)
  end
end)
