---A stop at any moment: quick, clean, and with an end for every request.
local at_best = require "spec.support.at_best"
local exchange = require "spec.core.exchange"
local leaks = require "spec.support.leaks"
local system = require "system"
local wait_for = require "spec.support.wait"
local output_of = require "spec.support.output"

local LIMIT_S = 0.3

-- For a Lua built with a sanitizer: what a killed resolver holds is no leak of ours, and TSan would
-- wait a second for it.
local SANITIZERS = "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 TSAN_OPTIONS=atexit_sleep_ms=0"

describe("close", function()
  local server

  setup(function() server = exchange.server() end)
  before_each(function() server:reset() end)
  after_each(function() server:pace(0) end)

  ---Brings a request to some state, closes, checks the ends and gives the time.
  local function close_once(prepare)
    server:reset()
    local transport = exchange.transport(server)
    local ids = prepare(transport)
    local before = system.monotime()
    local left = exchange.close(transport)
    local took = system.monotime() - before

    local ends = {}
    for _, event in ipairs(left) do
      if event.kind == "end" then
        assert.is_nil(ends[event.id])
        ends[event.id] = event.outcome
      end
    end
    for _, id in ipairs(ids) do
      assert.equal("cancelled", ends[id])
    end
    assert.same({}, transport:drain())
    return took
  end

  local function close_after(prepare)
    assert.is_true(at_best(LIMIT_S, function() return close_once(prepare) end) < LIMIT_S)
  end

  it("at once after the start", function()
    close_after(function() return {} end)
  end)

  it("right after a submit", function()
    close_after(function(transport) return { transport:submit(exchange.chat(server)) } end)
  end)

  it("in the middle of a stream", function()
    close_after(function(transport)
      server:pace(20)
      local id = transport:submit(exchange.chat(server))
      exchange.until_kind(transport, id, "data")
      return { id }
    end)
  end)

  it("in the middle of a handshake", function()
    close_after(function(transport)
      local id = transport:submit(exchange.chat(server, { base = server.url_stalled }))
      assert.is_true(server:wait { at_least = { stalled = 1 } })
      return { id }
    end)
  end)

  it("while a retry waits", function()
    close_after(function(transport)
      server:fault { kind = "status", status = 503, retry_after = 30 }
      local id = transport:submit(exchange.chat(server))
      exchange.until_kind(transport, id, "retry")
      return { id }
    end)
  end)

  it("while requests wait in their lane", function()
    close_after(function(transport)
      server:pace(20)
      local ids = {}
      for i = 1, 20 do
        ids[i] = transport:submit(exchange.chat(server, { lane_limit = 2 }))
      end
      return ids
    end)
  end)

  ---Whether anything under that folder is open in this process.
  local function is_open(folder)
    for _, target in pairs(leaks.snapshot().descriptors) do
      if target:find(folder, 1, true) then
        return true
      end
    end
    return false
  end

  for _, door in ipairs { "url", "url_h1" } do
    it("in the middle of an upload and a download, through " .. door, function()
      local folder = output_of("mktemp -d"):match "%S+"
      os.execute(("truncate -s 64M %s/big"):format(folder))
      close_after(function(transport)
        server:fault { kind = "upload_stall", after_bytes = 100000 }
        server:fault { kind = "silence", after_bytes = 300, path = "/models" }
        local base = server[door]
        local ids = {
          transport:submit(exchange.upload(server, folder .. "/big", { base = base, progress = true })),
          transport:submit(exchange.models(server, { base = base, sink = folder .. "/answer" })),
        }
        assert.is_true(server:wait { at_least = { faults = 2 } })
        assert.is_true(is_open(folder))
        return ids
      end)

      assert.is_false(is_open(folder))
      assert.equal("big\n", output_of("ls -A " .. folder))
      os.execute("rm -rf " .. folder)
    end)
  end

  it("while the mailbox is full", function()
    local took = at_best(LIMIT_S, function()
      server:fault { kind = "replay", body = ("y"):rep(4 * 1024 * 1024), content_type = "text/plain" }
      local transport = exchange.transport(server, { mailbox_bytes = 1024 })
      local id = transport:submit(exchange.models(server))
      assert.is_true(transport:wait(10000))
      local before = system.monotime()
      local left = exchange.close(transport)
      local now = system.monotime()

      assert.equal("end", left[#left].kind)
      assert.equal(id, left[#left].id)
      return now - before
    end)

    assert.is_true(took < LIMIT_S, took)
  end)

  it("leaves no thread and no descriptor", function()
    local function count(folder) return tonumber(output_of("ls /proc/$PPID/" .. folder .. " | wc -l")) end
    collectgarbage() -- what earlier tests let go of is not to go in the middle of this one
    collectgarbage()
    local threads, descriptors = count "task", count "fd"
    for _ = 1, 20 do
      exchange.with(server, nil, function(transport)
        transport:listen()
        transport:submit(exchange.chat(server))
      end)
    end

    -- A pipe of the spec's own may be let go of late, or early.
    wait_for(function() return count "task" <= threads end, "a thread is left", 3)
    wait_for(function() return count "fd" <= descriptors end, "a descriptor is left", 3, collectgarbage)
  end)

  it("is done by the collector when nobody else does it", function()
    local native = require "mistral.native"
    for _ = 1, 10 do
      native.transport({ ca_file = server.ca_file }):submit(exchange.chat(server))
    end
    collectgarbage()
    collectgarbage()
  end)
end)

describe("a process", function()
  local server, folder

  setup(function()
    server = exchange.server()
    folder = output_of("mktemp -d"):match "%S+"
    local made = output_of(("gcc -shared -fPIC -o %s/slow_dns.so spec/core/slow_dns.c -ldl"):format(folder))
    assert.equal("", made)
  end)
  teardown(function() output_of("rm -rf " .. folder) end)
  before_each(function() server:reset() end)
  after_each(function() server:pace(0) end)

  ---Runs a Lua script that starts a request to `url` and ends as `ending` says; the exit status and
  ---the seconds it took from "ready".
  local function run_once(url, ready, ending)
    local path = folder .. "/script.lua"
    local file = assert(io.open(path, "w"))
    file:write(
      ([[
      package.path = %q
      package.cpath = %q
      local system = require "system"
      local transport = require("mistral.native").transport { ca_file = %q }
      transport:submit { url = %q, stream = true, body = "{}", headers = { authorization = "Bearer test-key" } }
      %s
      io.write(system.monotime(), "\n")
      io.stdout:flush()
      %s
    ]]):format(package.path, package.cpath, server.ca_file, url, ready, ending)
    )
    file:close()
    local lua = output_of("readlink /proc/$PPID/exe"):match "%S+"
    local said = output_of(
      ("%s LD_PRELOAD=%s/slow_dns.so %s %s; echo status $?"):format(SANITIZERS, folder, lua, path)
    )
    local now = system.monotime()
    assert.equal("0", said:match "status (%d+)", said)
    return now - tonumber(said:match "^(%S+)")
  end

  local function run(url, ready, ending)
    return at_best(LIMIT_S, function() return run_once(url, ready, ending) end)
  end

  -- A resolver's thread can be in no state that shows from outside but being there.
  local RESOLVING = [[
    local function threads()
      local pipe = io.popen("ls /proc/$PPID/task | wc -l")
      local n = tonumber(pipe:read("*l"))
      pipe:close()
      return n
    end
    while threads() < 3 do transport:wait(5) end]]
  local STREAMING = "while not transport:wait(100) do end"

  local function slow_url() return (server.url:gsub("127%.0%.0%.1", "name.slow.test")) end

  it("that closes in a DNS wait is gone within 300 ms", function()
    assert.is_true(run(slow_url(), RESOLVING, "transport:close()") < LIMIT_S)
  end)

  it("that ends without closing in a DNS wait is gone within 300 ms", function()
    assert.is_true(run(slow_url(), RESOLVING, "") < LIMIT_S)
  end)

  it("that calls exit in a DNS wait is gone within 300 ms", function()
    assert.is_true(run(slow_url(), RESOLVING, "os.exit(0)") < LIMIT_S)
  end)

  it("that cancels in a DNS wait hears of it at once", function()
    local ending = [[
      transport:cancel(1)
      assert(transport:wait(10000))
      assert(transport:drain()[1].outcome == "cancelled")
      os.exit(0)]]
    assert.is_true(run(slow_url(), RESOLVING, ending) < 2 * LIMIT_S)
  end)

  it("that calls exit in the middle of a stream is gone within 300 ms", function()
    server:pace(20)
    assert.is_true(run(server.url .. "/models", STREAMING, "os.exit(0)") < LIMIT_S)
  end)

  it("that calls exit in the middle of a download leaves no half of it", function()
    server:fault { kind = "silence", after_bytes = 300, times = 0 }
    local answer = folder .. "/answer"
    local ready = ([[transport:submit { url = %q, sink = %q, headers = { authorization = "Bearer test-key" } }
      local function part() return io.popen("ls -A %s | grep part"):read "*a" ~= "" end
      while not part() do transport:wait(5) end]]):format(server.url .. "/models", answer, folder)
    assert.is_true(run(server.url_stalled, ready, "os.exit(0)") < LIMIT_S)

    assert.equal("", output_of(("ls -A %s | grep -e part -e answer"):format(folder)))
  end)

  it("that calls exit in a handshake is gone within 300 ms", function()
    assert.is_true(run(server.url_stalled, "transport:wait(20)", "os.exit(0)") < LIMIT_S)
  end)
end)
