local at_best = require "spec.support.at_best"
local exchange = require "spec.core.exchange"
local leaks = require "spec.support.leaks"
local lfs = require "lfs"

---What each fault comes to: the outcome, and the code when it failed. `base` picks another port,
---`only` the protocols where the fault can happen.
local faults = {
  { name = "a status of 400", arm = { kind = "status", status = 400 }, code = "http" },
  { name = "a status of 401", arm = { kind = "status", name = "unauthorized" }, code = "http" },
  { name = "a status of 422", arm = { kind = "status", name = "unprocessable" }, code = "http" },
  { name = "a status of 500", arm = { kind = "status", status = 500 }, code = "http" },
  { name = "an error in HTML", arm = { kind = "status", status = 502, shape = "html" }, code = "http" },
  { name = "an error without a body", arm = { kind = "status", status = 422, shape = "empty" }, code = "http" },
  { name = "a redirect", arm = { kind = "redirect", location = "https://example.com/" }, code = "redirect" },
  { name = "an end before the head", arm = { kind = "cut", head = true }, code = "reset" },
  { name = "an end after 100 bytes", arm = { kind = "cut", after_bytes = 100 }, code = "reset" },
  { name = "a TCP reset", arm = { kind = "cut", after_bytes = 100, tcp_reset = true }, code = "reset" },
  { name = "a reset stream", arm = { kind = "reset", after_bytes = 100 }, code = "reset", only = "2" },
  { name = "a reset before the head", arm = { kind = "reset", head = true }, code = "reset", only = "2" },
  { name = "silence before the head", arm = { kind = "silence", head = true }, code = "timeout_head" },
  { name = "silence in the middle", arm = { kind = "silence", after_bytes = 100 }, code = "timeout_idle" },
  { name = "one byte at a time", arm = { kind = "trickle", bytes = 1 }, outcome = "done" },
  { name = "garbage in an event", arm = { kind = "garbage", where = "event" }, outcome = "done" },
  { name = "garbage for a body", arm = { kind = "garbage", where = "body" }, outcome = "done" },
  { name = "garbage for frames", arm = { kind = "garbage", where = "frames" } },
  { name = "an event of 8 MiB", arm = { kind = "giant_event", bytes = 8 * 1024 * 1024 }, outcome = "done" },
  { name = "an event of 17 MiB", arm = { kind = "giant_event", bytes = 17 * 1024 * 1024 }, code = "too_large" },
  { name = "headers without end", arm = { kind = "endless_headers" } },
  { name = "a length that lies", arm = { kind = "lying_length" }, only = "1.1" },
  { name = "text instead of events", arm = { kind = "not_stream" }, outcome = "done" },
  { name = "a compressed stream", arm = { kind = "compressed" }, outcome = "done" },
  { name = "a compressed bomb", arm = { kind = "bomb", bytes = 256 * 1024 * 1024 }, code = "too_large" },
  { name = "a stream without its end", arm = { kind = "no_done", finish = false }, outcome = "done" },
  { name = "GOAWAY before the request is looked at", arm = { kind = "goaway" }, code = "reset", only = "2" },
  { name = "GOAWAY in the middle", arm = { kind = "goaway", after_bytes = 100 }, outcome = "done", only = "2" },
}

-- Silence is to run into its own limit soon, and nothing else into any.
local function limited(fault, changes)
  changes.retry = 0
  changes.head_ms = fault.code == "timeout_head" and 400 or 10000
  changes.idle_ms = fault.code == "timeout_idle" and 400 or 10000
  return changes
end

describe("a request ends once through", function()
  local server, transport

  setup(function() server = exchange.server() end)
  before_each(function()
    server:reset()
    transport = exchange.transport(server)
  end)
  after_each(function() exchange.close(transport) end)

  local function check(fault, version, base)
    it(("%s over HTTP/%s"):format(fault.name, version), function()
      server:fault(fault.arm)
      local r = exchange.chat(server, limited(fault, { base = base() }))
      local done = exchange.run(transport, r)

      if fault.outcome then
        assert.equal(fault.outcome, done.outcome, tostring(done.code) .. " " .. tostring(done.message))
      elseif fault.code then
        assert.equal(fault.code, done.code)
      else
        assert.equal("failed", done.outcome)
      end
      if done.outcome == "failed" then
        assert.truthy(#done.message > 10)
      end
      assert.is_false(transport:wait(0))
      assert.equal("done", exchange.run(transport, exchange.models(server, { base = base() })).outcome)
    end)
  end

  for _, fault in ipairs(faults) do
    if fault.only ~= "1.1" then
      check(fault, "2", function() return server.url end)
    end
    if fault.only ~= "2" then
      check(fault, "1.1", function() return server.url_h1 end)
    end
  end

  -- What is said of events says nothing of files.
  local of_events = { giant_event = true, garbage = true, no_done = true, bomb = true, not_stream = true }

  ---The same for an upload and a download: one end, no descriptor, and no half of a file.
  local function check_files(fault, version, base)
    local folder

    local function left(what, path)
      for _, target in pairs(leaks.snapshot().descriptors) do
        assert.is_nil(target:find(folder, 1, true), what)
      end
      for name in lfs.dir(folder) do
        assert.is_true(name == "." or name == ".." or name == path, what .. " left " .. name)
      end
    end

    local function run(what, r, path)
      server:reset()
      server:fault(fault.arm)
      local done = exchange.run(transport, r)
      assert.equal(fault.code or done.code, done.code, what)
      assert.equal(fault.outcome or done.outcome, done.outcome, what .. ": " .. tostring(done.message))
      left(what, (path or done.outcome == "done") and "file" or nil)
      assert.is_false(transport:wait(0))
      os.remove(folder .. "/file")
    end

    it(("%s over HTTP/%s, up and down"):format(fault.name, version), function()
      local pipe = io.popen "mktemp -d"
      folder = pipe:read "*l"
      pipe:close()
      local changes = limited(fault, { base = base() })
      local down = exchange.models(server, changes)
      down.sink = folder .. "/file"
      run("download", down)
      os.execute(("truncate -s 1M %s/file"):format(folder))
      run("upload", exchange.upload(server, folder .. "/file", changes), true)
      assert.equal("done", exchange.run(transport, exchange.models(server, { base = base() })).outcome)
      os.execute("rm -rf " .. folder)
    end)
  end

  for _, fault in ipairs(faults) do
    if not of_events[fault.arm.kind] and fault.only ~= "1.1" then
      check_files(fault, "2", function() return server.url end)
    end
    if not of_events[fault.arm.kind] and fault.only ~= "2" then
      check_files(fault, "1.1", function() return server.url_h1 end)
    end
  end

  it("a refused connection", function()
    local done = exchange.run(transport, { url = "https://127.0.0.1:1/", retry = 0 })
    assert.equal("connect", done.code)
  end)

  it("a name that does not exist", function()
    local done = exchange.run(transport, { url = "https://nowhere.invalid/", retry = 0 })
    assert.equal("resolve", done.code)
  end)

  it("a handshake that never ends", function()
    local r = exchange.models(server, { base = server.url_stalled, connect_ms = 300, retry = 0 })
    assert.equal("timeout_connect", exchange.run(transport, r).code)
  end)

  it("a limit on the whole request", function()
    server:pace(5)
    local done = exchange.run(transport, exchange.chat(server, { total_ms = 400 }))
    assert.equal("timeout_total", done.code)
  end)

  it("an address that is none", function()
    for _, url in ipairs { "", "x", "ftp://example.com/", "file:///etc/passwd", "https://a b/", "https://" } do
      local done = exchange.run(transport, { url = url, retry = 0 })
      assert.equal("bad_url", done.code, url)
    end
  end)
end)

describe("a connection that died while idle", function()
  local server

  setup(function() server = exchange.server() end)
  before_each(function() server:reset() end)

  it("costs one silent retry on a fresh one", function()
    exchange.with(server, nil, function(transport)
      exchange.run(transport, exchange.models(server))
      assert.equal(1, server:fault({ kind = "dead_idle" }).frozen)
      local done, events = exchange.run(transport, exchange.models(server, { reuse_head_ms = 300 }))

      assert.equal("done", done.outcome)
      assert.is_false(done.reused)
      assert.equal(1, done.attempts)
      assert.equal(0, exchange.count(events, "retry"))
      -- and nobody runs into the dead one again
      assert.is_true(at_best(300, function()
        local again = exchange.run(transport, exchange.models(server))
        assert.is_true(again.reused)
        return again.total_ms
      end) < 300)
    end)
  end)

  it("that says GOAWAY to the next request is replaced without a word", function()
    exchange.with(server, nil, function(transport)
      exchange.run(transport, exchange.models(server))
      server:fault { kind = "goaway" }
      local done, events = exchange.run(transport, exchange.chat(server))

      assert.equal("done", done.outcome)
      assert.equal(0, exchange.count(events, "retry"))
    end)
  end)

  it("does not shorten the limit on a fresh connection", function()
    exchange.with(server, nil, function(transport)
      server:fault { kind = "silence", head = true, for_ms = 500 }
      local done = exchange.run(transport, exchange.models(server, { reuse_head_ms = 100, retry = 0 }))

      assert.equal("done", done.outcome)
      assert.equal(1, server:stats().requests)
    end)
  end)

  it("that the server closed is replaced without a word", function()
    exchange.with(server, nil, function(transport)
      exchange.run(transport, exchange.models(server))
      server:close_idle()
      local done, events = exchange.run(transport, exchange.chat(server))

      assert.equal("done", done.outcome)
      assert.equal(0, exchange.count(events, "retry"))
    end)
  end)
end)
