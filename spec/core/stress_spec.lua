---Many requests, random faults, random cancels: one end each, and nothing left.
local exchange = require "spec.core.exchange"
local leaks = require "spec.support.leaks"
local lfs = require "lfs"
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
  { kind = "upload_cut", after_bytes = 50000, path = "/files" },
  { kind = "upload_reset", after_bytes = 50000, path = "/files" },
  { kind = "upload_refuse", after_bytes = 50000, path = "/files" },
}

---A generator of our own, so that a failing seed can be run again in any Lua.
local function random_from(seed)
  local state = seed
  return function(n)
    state = (state * 16807) % 2147483647
    return state % n + 1
  end
end

---A chat, an upload or a download, to and from that folder.
local function any_request(server, random, folder, changes)
  local kind = random(6)
  changes.progress = random(2) == 1
  if kind == 1 then
    return exchange.upload(server, folder .. "/big", changes)
  elseif kind == 2 then
    changes.sink = folder .. "/answer" .. random(5)
    return exchange.models(server, changes)
  end
  changes.tokens, changes.lane_tokens = random(1000), 100000000
  return exchange.chat(server, changes)
end

local function storm(server, transport, seed, count, folder)
  local random = random_from(seed)
  local ends, live, submitted, ended = {}, {}, 0, 0
  local function submit()
    local r = any_request(server, random, folder, {
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
  local server, folder

  setup(function() server = exchange.server() end)
  before_each(function()
    server:reset()
    local pipe = io.popen "mktemp -d"
    folder = pipe:read "*l"
    pipe:close()
    os.execute(("truncate -s 300K %s/big"):format(folder))
  end)
  after_each(function() os.execute("rm -rf " .. folder) end)

  for seed = 1, 4 do
    it("ends each request once, seed " .. seed, function()
      for i, fault in ipairs(FAULTS) do
        fault.times = i % 3 + 1
        server:fault(fault)
      end
      server:pace(2000)
      exchange.with(server, seed % 2 == 0 and { mailbox_bytes = 20000 } or nil, function(transport)
        storm(server, transport, seed, 200, folder)

        assert.equal(0, transport:stats().in_flight)
      end)
      server:pace(0)
      assert.is_true(server:wait { equal = { open_streams = 0 } })
      for name in lfs.dir(folder) do
        assert.is_nil(name:find("part", 1, true), name)
      end
      for _, target in pairs(leaks.snapshot().descriptors) do
        assert.is_nil(target:find(folder, 1, true), target)
      end
    end)
  end
end)
