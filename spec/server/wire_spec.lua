local at_best = require "spec.support.at_best"
local cjson = require "cjson"
local curl = require "spec.server.curl"
local loopback = require "spec.support.loopback"
local streams = require "spec.server.streams"

local LONG_TEXT = ("one two three four five six seven eight nine ten. "):rep(200)

describe("the loopback server's wire", function()
  local server = loopback.start()

  before_each(function() server:reset() end)

  teardown(function() server:stop() end)

  local function shell(command)
    local pipe = assert(io.popen(command))
    local text = pipe:read "*a"
    pipe:close()
    return text
  end

  --- Two chats side by side on one connection; the first gives up after `seconds`.
  local function two_chats(seconds)
    return shell(([[
      f=$(mktemp -d); printf %%s '%s' >$f/body
      curl -sS --noproxy '*' -Z --http2 --cacert %s --max-time %s -o $f/1 --data-binary @$f/body \
        -H 'content-type: application/json' -H 'authorization: Bearer %s' %s/chat/completions \
        --next -sS --http2 --cacert %s -o $f/2 --data-binary @$f/body \
        -H 'content-type: application/json' -H 'authorization: Bearer %s' %s/chat/completions 2>&1
      grep -c DONE $f/1 $f/2; rm -rf $f]]):format(cjson.encode(curl.chat_body()), server.ca_file,
      seconds, server.key, server.url, server.ca_file, server.key, server.url))
  end

  it("sees the reset of one stream at once, and goes on with the other", function()
    local took = at_best(600, function()
      server:reset()
      server:fault { kind = "say", text = LONG_TEXT, times = 2 }
      server:pace(2000)
      local before = server:now()

      two_chats(0.3)

      local stats = server:stats()
      assert.equal(1, stats.resets)
      assert.equal(1, stats.ended.done)
      assert.equal(1, stats.connections)
      assert.is_true(stats.last_reset_ms > before and stats.last_reset_ms < stats.now_ms)
      local stopped = server:requests()[1]
      if stopped.state ~= "reset" then stopped = server:requests()[2] end
      assert.is_true(stopped.last_byte_ms <= stopped.reset_ms)
      return stopped.reset_ms - stopped.started_ms
    end)

    assert.is_true(took < 600, took)
  end)

  it("takes the end of an HTTP/1.1 connection for a reset", function()
    server:fault { kind = "say", text = LONG_TEXT }
    server:pace(200)

    local answer = curl.chat(server, nil, { url = server.url_h1, seconds = 0.3 })

    assert.equal(28, answer.exit)
    assert.is_true((server:wait { at_least = { resets = 1 }, equal = { open_connections = 0 } }))
    assert.equal("reset", server:requests()[1].state)
  end)

  it("answers 200 requests at once over one connection", function()
    server:pace(500)

    local answers = streams.ask(server, 200, cjson.encode(curl.chat_body()))

    local finished = 0
    for _, answer in ipairs(answers) do
      if answer:find("data: [DONE]", 1, true) then finished = finished + 1 end
    end
    assert.equal(200, finished)
    assert.equal(1, server:stats().connections)
    assert.equal(200, server:stats().ended.done)
  end)

  it("answers 200 requests at once from curl", function()
    server:pace(500)

    local result = curl.many(server, 200, curl.chat_body())

    assert.equal(200, result.finished, result.errors)
    assert.equal(200, server:stats().ended.done)
  end)

  it("keeps a pace of 5000 tokens per second", function()
    server:fault { kind = "say", text = LONG_TEXT }
    server:pace(5000)

    local answer = curl.chat(server)

    local record = server:requests()[1]
    local tokens = cjson.decode(answer.events[#answer.events - 1]).usage.completion_tokens
    local rate = tokens / (record.ended_ms - record.first_byte_ms) * 1000
    assert.is_true(tokens > 2000)
    assert.is_true(rate > 4500 and rate < 5500, "rate was " .. rate)
    assert.equal(LONG_TEXT, answer.text)
  end)

  it("cuts text into small and irregular pieces, never inside a character", function()
    local text = ("größer als 世界 "):rep(20)
    server:fault { kind = "say", text = text }

    local answer = curl.chat(server)

    local sizes = {}
    for index = 2, #answer.events - 2 do
      local piece = cjson.decode(answer.events[index]).choices[1].delta.content
      sizes[#piece] = true
      assert.is_true(#piece >= 1 and #piece <= 9)
      assert.is_nil(piece:find("^[\128-\191]"))
    end
    assert.is_true(sizes[2] and sizes[4] and sizes[6] or false)
    assert.equal(text, answer.text)
  end)

  it("waits before the first token when told to, with the head already sent", function()
    server:pace(0, 150)

    local took = at_best(100, function()
      curl.chat(server)
      local records = server:requests()
      local record = records[#records]
      assert.is_true(record.first_byte_ms - record.head_ms >= 149)
      return record.head_ms - record.started_ms
    end)

    assert.is_true(took < 100, took)
  end)

  it("keeps a connection for the next request", function()
    local body = cjson.encode(curl.chat_body { stream = false })
    local one = ("-sS --http2 --cacert %s -o /dev/null -H 'content-type: application/json' "
      .. "-H 'authorization: Bearer %s' -d '%s' %s/chat/completions"):format(server.ca_file,
      server.key, body, server.url)

    shell("curl --noproxy '*' " .. one .. " --next " .. one .. " 2>&1")

    assert.equal(1, server:stats().connections)
    assert.equal(2, server:stats().requests)
    assert.equal(3, server:requests()[2].stream)
  end)

  --- Keeps curl's connection open between two requests by a slow third server: the stalled port.
  local function request_pause_request(seconds)
    local one = ("-sS --cacert %s -o /dev/null --max-time 1 -w '%%{http_code} %%{num_connects}\\n' "
      .. "-H 'authorization: Bearer %s' %s/models"):format(server.ca_file, server.key, server.url)
    local pause = ("-sS -k -o /dev/null --max-time %s %s"):format(seconds, server.url_stalled)
    return ("curl --noproxy '*' %s --next %s --next %s 2>/dev/null"):format(one, pause, one)
  end

  it("lets idle connections go dead while new ones work", function()
    local pipe = io.popen(request_pause_request(0.4))
    assert.is_true((server:wait { at_least = { done = 1, stalled = 1 } }))

    local frozen = server:fault { kind = "dead_idle" }.frozen

    assert.equal(1, frozen)
    assert.equal(200, curl.request(server, { path = "/models" }).status)
    local text = pipe:read "*a"
    pipe:close()
    assert.truthy(text:find("200 1\n000 0\n", 1, true), text)
    assert.equal(2, server:stats().requests)
    assert.is_true((server:wait { equal = { open_connections = 0 } }))
  end)

  it("closes idle connections when asked to, with GOAWAY", function()
    local pipe = io.popen(request_pause_request(0.4))
    assert.is_true((server:wait { at_least = { done = 1, stalled = 1 } }))

    assert.equal(1, server:close_idle())

    local text = pipe:read "*a"
    pipe:close()
    assert.truthy(text:find("200 1\n200 1\n", 1, true), text)
    assert.equal(2, server:stats().connections)
  end)

  it("waits for the client's window, and counts that it did", function()
    server:fault { kind = "giant_event", bytes = 1024 * 1024 }

    local answers = streams.ask(server, 1, cjson.encode(curl.chat_body()))

    assert.equal(1024 * 1024, #answers[1]:match("xxx+"))
    assert.is_true(server:stats().flow_waits > 0)
    assert.is_true(server:requests()[1].flow_waited)
  end)

  it("keeps no key, only a hash of it", function()
    curl.chat(server, nil, { key = "test-key-canary-4711" })

    local text = shell("curl -s --noproxy '*' " .. server.control .. "/requests")
    local record = server:requests()[1]
    assert.is_nil(text:find("canary", 1, true))
    assert.is_true(record.authorization)
    assert.is_true(record.headers.authorization)
    assert.equal(shell("printf test-key-canary-4711 | sha256sum"):match("%x+"),
      record.authorization_sha256)
  end)

  it("ends when its starter is gone", function()
    local own = loopback.start { fresh = true }

    own:stop()

    assert.truthy(shell(("kill -0 %d 2>&1"):format(own.pid)):find "[Nn]o such process")
  end)

  it("ends when its starter is killed, though a child of that one still holds the pipe", function()
    local starter = shell([[
      exec 2>/dev/null
      d=$(mktemp -d)
      lua5.4 -e 'package.path="./?.lua;"..package.path
        local server = require("spec.support.loopback").start { fresh = true }
        os.execute("sleep 30 & echo $! > '$d'/sleeper")
        local file = io.open("'$d'/pid", "w")
        file:write(string.format("%d", server.pid))
        file:close()
        io.popen("kill -9 $PPID"):read()
        os.execute("sleep 5")'
      cat $d/pid; kill $(cat $d/sleeper); rm -rf $d]])
    local pid = tonumber(starter:match("%d+"))

    assert.is_number(pid)
    assert.truthy(shell(("n=0; while kill -0 %d 2>/dev/null && [ $n -lt 200 ]; do sleep 0.02; "
      .. "n=$((n+1)); done; kill -0 %d 2>&1"):format(pid, pid)):find "[Nn]o such process")
  end)
end)
