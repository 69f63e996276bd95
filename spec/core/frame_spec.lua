local exchange = require "spec.core.exchange"
local system = require "system"
local wait_for = require "spec.support.wait"

local TOKENS_PER_S = 5000
local FRAMES_PER_S = 62.5

---Waits for mail and takes it until the request has ended.
---@return integer wakes, integer data events, number seconds
local function follow(transport, id)
  local wakes, data, ended, began = 0, 0, false, nil
  wait_for(
    function()
      for _, event in ipairs(transport:drain()) do
        data = data + (event.kind == "data" and 1 or 0)
        began = began or event.kind == "data" and system.monotime() or nil
        ended = ended or event.kind == "end" and event.id == id
      end
      return ended
    end,
    "the stream did not end",
    20,
    function() wakes = wakes + (transport:wait(1000) and 1 or 0) end
  )
  return wakes, data, system.monotime() - began
end

describe("a fast stream", function()
  it("wakes whoever waits once per frame, not once per token", function()
    local server = exchange.server()
    server:pace(TOKENS_PER_S)
    server:fault { kind = "say", text = ("word "):rep(3000) }
    exchange.with(server, nil, function(transport)
      local id = transport:submit(exchange.chat(server))

      local wakes, data, seconds = follow(transport, id)

      assert.is_true(data > 3000, data .. " events came")
      -- Head, first data and end come on their own.
      local most = 3 + math.ceil(seconds * FRAMES_PER_S)
      assert.is_true(wakes <= most, ("%d wakes in %.2f s"):format(wakes, seconds))
    end)
  end)
end)
