---Amazon's frames as they come over the wire: decoded on the worker, and ended when damaged.
local exchange = require "spec.core.exchange"
local frames = require "spec.core.eventstream_frames"
local memory = require "spec.support.memory"

local TYPE = "application/vnd.amazon.eventstream"
local MIB = 1024 * 1024

describe("a stream of frames", function()
  local server, transport

  setup(function() server = exchange.server() end)
  before_each(function()
    server:reset()
    transport = exchange.transport(server)
  end)
  after_each(function() exchange.close(transport) end)

  ---Arms the server to answer with these bytes.
  local function arm(body, changes)
    local fault = { kind = "replay", body = body, content_type = TYPE }
    for key, value in pairs(changes or {}) do
      fault[key] = value
    end
    server:fault(fault)
  end

  local function ask(changes) return exchange.run(transport, exchange.chat(server, changes)) end

  ---What the data events said, without what every event has.
  local function said(events)
    local list = {}
    for _, event in ipairs(events) do
      if event.kind == "data" then
        list[#list + 1] = { type = event.type, message_type = event.message_type, data = event.data }
      end
    end
    return list
  end

  local function part(data) return { type = "PayloadPart", message_type = "event", data = data } end

  for _, version in ipairs { "h2", "h1" } do
    local function over(changes)
      changes = changes or {}
      changes.base = version == "h1" and server.url_h1 or nil
      return ask(changes)
    end

    it("comes as its frames, one data event each: " .. version, function()
      local headers = frames.string(":message-type", "exception") .. frames.string(":exception-type", "ModelError")
      local exception = frames.frame(headers, "{}")
      arm(frames.event("PayloadPart", "data: {\"a\":") .. frames.event("PayloadPart", "1}\n\n") .. exception)

      local done, events = over()

      assert.equal("done", done.outcome)
      assert.same({
        part "data: {\"a\":",
        part "1}\n\n",
        { type = "ModelError", message_type = "exception", data = "{}" },
      }, said(events))
    end)

    it("may come in any pieces: " .. version, function()
      arm(frames.event("PayloadPart", "one") .. frames.event("PayloadPart", "two"), { pieces = 60, pause_ms = 1 })

      local done, events = over()

      assert.equal("done", done.outcome)
      assert.same({ part "one", part "two" }, said(events))
    end)

    it("that stops in the middle of a frame has failed: " .. version, function()
      local whole = frames.event("PayloadPart", "one")
      for _, cut in ipairs { 1, 11, 12, #whole - 1 } do
        arm(whole .. whole:sub(1, cut))

        local done, events = over()

        assert.same({ "failed", "protocol" }, { done.outcome, done.code })
        assert.truthy(done.message:find("in the middle of a frame", 1, true), done.message)
        assert.same({ part "one" }, said(events))
      end
    end)
  end

  it("ends with the damaged frame, after the good ones", function()
    local good, bad = frames.event("PayloadPart", "good"), frames.event("PayloadPart", "evil")
    for _, at in ipairs { 1, 9, 20, #bad - 6, #bad } do
      local byte = string.char((bad:byte(at) + 1) % 256)
      arm(good .. bad:sub(1, at - 1) .. byte .. bad:sub(at + 1) .. good)

      local done, events = ask()

      assert.same({ "failed", "protocol" }, { done.outcome, done.code })
      assert.truthy(done.message:find("damaged", 1, true), done.message)
      assert.same({ part "good" }, said(events))
    end
  end)

  it("ends with a frame whose headers make no sense", function()
    arm(frames.frame(frames.header("name", 10, ""), "payload"))

    local done, events = ask()

    assert.same({ "failed", "protocol" }, { done.outcome, done.code })
    assert.same({}, said(events))
  end)

  it("is asked once, since part of it was heard", function()
    arm(frames.event("PayloadPart", "one"):sub(1, -2), { times = 0 })

    local done, events = ask { retry = 3 }

    assert.equal(1, done.attempts)
    assert.equal(0, exchange.count(events, "retry"))
  end)

  it("may have a frame of the size that is allowed, and none that is larger", function()
    local body = frames.frame("", ("x"):rep(1000))
    arm(body, { times = 2 })

    assert.equal("done", ask({ event_bytes = #body }).outcome)
    assert.equal("too_large", ask({ event_bytes = #body - 1 }).code)
  end)

  it("takes no memory for what a frame only promises", function()
    local prelude = frames.number(16 * MIB, 4) .. frames.number(0, 4)
    arm(prelude .. frames.number(frames.crc(prelude), 4) .. "x", { times = 20 })
    local before = memory.resident()

    for _ = 1, 20 do
      assert.equal("protocol", ask().code)
    end

    assert.is_true(memory.resident() - before < 16 * MIB)
  end)

  it("waits on the wire while its reader is slow, and loses nothing", function()
    arm(frames.event("PayloadPart", ("x"):rep(8000)):rep(64), { repeats = 30 })

    exchange.with(server, { mailbox_bytes = 64 * 1024 }, function(small)
      local before, most = memory.resident(), 0
      small:submit(exchange.chat(server, { base = server.url_h1 }))
      local count, done = 0, nil
      while not done do
        assert.is_true(small:wait(10000))
        for _, event in ipairs(small:drain(16)) do
          count = count + (event.kind == "data" and #event.data == 8000 and 1 or 0)
          done = event.kind == "end" and event or done
        end
        if count % 128 < 16 then
          collectgarbage()
          most = math.max(most, memory.resident() - before)
        end
      end

      assert.equal("done", done.outcome)
      assert.equal(64 * 30, count)
      assert.is_true(most < 8 * MIB, ("it took %.1f MiB"):format(most / MIB))
    end)
  end)

  it("is bytes like any other where no stream was asked for", function()
    local body = frames.event("PayloadPart", "one")
    arm(body)

    local done, events = ask { stream = false }

    assert.equal("done", done.outcome)
    assert.equal(body, exchange.data(events))
  end)

  it("can be cancelled in the middle of a frame", function()
    local whole = frames.event("PayloadPart", "one")
    arm(whole .. whole:sub(1, 20), { pieces = 2, pause_ms = 60000 })
    local id = assert(transport:submit(exchange.chat(server)))
    exchange.until_kind(transport, id, "head")

    transport:cancel(id)

    assert.equal("cancelled", exchange.collect(transport, { id })[id].done.outcome)
  end)
end)
