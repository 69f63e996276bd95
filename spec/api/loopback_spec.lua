-- The client through the real module, over TLS and HTTP/2, against the loopback server.
local client = require "mistral.api.client"
local lfs = require "lfs"
local loopback = require "spec.support.loopback"
local wait_for = require "spec.support.wait"

local CANARY = "test-key-canary-5d41402abc4b2a76"
local FIM = { model = "codestral-latest", prompt = "local function add(a, b)\n  return ",
  suffix = "\nend\n" }

local server, one

local function chat(fields)
  local params = { model = "mistral-medium-latest",
    messages = { { role = "user", content = "Say something." } } }
  for name, value in pairs(fields or {}) do
    params[name] = value
  end
  return params
end

local function connect(options)
  local all = { api_key = CANARY, base_url = server.url, ca_file = server.ca_file }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  if one then one:close() end
  one = assert(client.new(all))
  return one
end

-- Callbacks that count, and a wait for the end they hear.
local function listen(extra)
  local heard = { text = "", deltas = 0, ends = 0, retries = {} }
  local callbacks = {
    on_delta = function(delta)
      heard.text, heard.deltas = heard.text .. delta.text, heard.deltas + 1
    end,
    on_done = function(reply) heard.ends, heard.reply = heard.ends + 1, reply end,
    on_error = function(err) heard.ends, heard.err = heard.ends + 1, err end,
    on_retry = function(retry) heard.retries[#heard.retries + 1] = retry end,
  }
  for name, value in pairs(extra or {}) do
    callbacks[name] = value
  end
  return callbacks, heard
end

local function step()
  one.pump.transport:wait(20)
  one:drain()
end

local function await(heard)
  wait_for(function() return heard.ends > 0 end, "the request did not end", 10, step)
  return heard
end

local function streamed(params, extra)
  local callbacks, heard = listen(extra)
  one:chat(params or chat(), callbacks)
  return await(heard)
end

local function assert_no_key(value)
  if type(value) == "table" then
    for key, item in pairs(value) do
      assert_no_key(key)
      assert_no_key(item)
    end
  elseif type(value) == "string" then
    assert.is_nil(value:find(CANARY, 1, true), value)
  end
end

describe("the client against a server", function()
  setup(function() server = loopback.start() end)
  teardown(function() server:stop() end)
  before_each(function()
    server:reset()
    connect()
  end)
  after_each(function()
    one:close()
    one = nil
  end)

  describe("in its three forms", function()
    it("waits for a chat", function()
      local reply, err = one:chat(chat())

      assert.is_nil(err)
      assert.truthy(#reply.text > 0)
      assert.equal("stop", reply.finish_reason)
      assert.truthy(reply.usage.total_tokens > 0)
      assert.equal("2", reply.http)
      assert.is_string(reply.request_id)
    end)

    it("loops over a stream whose deltas make up the reply", function()
      local stream, texts = one:stream(chat()), {}
      for delta in stream do
        texts[#texts + 1] = delta.text
      end

      assert.is_nil(stream.err)
      assert.truthy(#texts > 1)
      assert.equal(stream.reply.text, table.concat(texts))
      assert.truthy(stream.reply.usage.completion_tokens > 0)
    end)

    it("hands a stream to callbacks, and ends once", function()
      local heard = streamed()
      one:drain()

      assert.equal(1, heard.ends)
      assert.equal(heard.reply.text, heard.text)
    end)

    it("says the same streamed and whole", function()
      assert.equal(one:chat(chat()).text, streamed().text)
    end)

    it("completes in the middle, on the same connection", function()
      local reply = assert(one:fim(FIM))
      local callbacks, heard = listen()
      one:fim(FIM, callbacks)
      await(heard)

      assert.truthy(#reply.text > 0)
      assert.equal(reply.text, heard.text)
      assert.equal(1, server:stats().connections)
      assert.is_true(heard.reply.reused)
    end)

    it("lists models, each once", function()
      local list = assert(one:models())
      local seen = {}

      for _, model in ipairs(list) do
        assert.is_nil(seen[model.id])
        seen[model.id] = true
        for _, alias in ipairs(model.aliases) do
          assert.is_nil(seen[alias])
          seen[alias] = true
        end
      end
      assert.is_true(seen["codestral-latest"])
    end)

    it("has the connection ready when it was warmed", function()
      one:warm()
      assert.is_true(server:wait { at_least = { tls = 1 } })

      local reply = assert(one:fim(FIM))

      assert.is_true(reply.reused)
      assert.equal(1, server:stats().connections)
    end)
  end)

  describe("hears of errors", function()
    local named = {
      unauthorized = "unauthorized", unauthorized_detail = "unauthorized",
      authentication = "unauthorized", forbidden = "forbidden", no_route = "not_found",
      order = "invalid_request", function_call = "invalid_request", context = "context_too_long",
      context_422 = "context_too_long", invalid_model = "unknown_model",
      unprocessable = "invalid_request", rate_limited = "rate_limited", capacity = "overloaded",
      no_allowance = "quota", month_spent = "quota", internal = "server", bad_gateway = "server",
      unavailable = "overloaded", gateway_timeout = "server", timeout = "timeout",
      too_early = "overloaded",
    }
    for name, code in pairs(named) do
      it(("%s as %s"):format(name, code), function()
        server:fault { kind = "status", name = name }

        local heard = streamed(nil, { retry = 0 })

        assert.equal(code, heard.err.code, tostring(heard.err))
        assert.is_number(heard.err.status)
        assert.equal(1, heard.ends)
        assert_no_key(heard.err)
      end)
    end

    local shapes = {
      "error", "detail_object", "detail", "detail_both", "gateway", "detail_text", "azure",
      "azure_nested", "html", "text", "broken_json", "empty",
    }
    for _, shape in ipairs(shapes) do
      it("in the shape " .. shape, function()
        server:fault { kind = "status", status = 422, shape = shape, message = "what is wrong" }

        local _, err = one:chat(chat())

        assert.equal("invalid_request", err.code)
        assert.equal(422, err.status)
        assert.truthy(#tostring(err) < 800)
        assert.is_nil(tostring(err):find "table: ")
      end)
    end

    it("that repeat the key, without repeating it", function()
      for _, shape in ipairs(shapes) do
        server:fault { kind = "status", status = 400, shape = shape,
          message = "you sent " .. CANARY .. ", Bearer " .. CANARY }

        local _, err = one:chat(chat())

        assert_no_key(err)
        assert_no_key(tostring(err))
      end
    end)

    it("a key that is refused", function()
      connect { api_key = "wrong-key-canary" }

      local _, err = one:chat(chat())

      assert.equal("unauthorized", err.code)
      assert.is_nil(tostring(err):find("wrong-key", 1, true))
    end)

    it("a key that is missing", function()
      connect { api_key = function() return "" end }

      local _, err = one:chat(chat())

      assert.equal("no_key", err.code)
    end)

    it("a redirect, which is not followed", function()
      server:fault { kind = "redirect", location = "https://elsewhere.invalid/v1" }

      local _, err = one:chat(chat())

      assert.equal("redirect", err.code)
      assert.equal(1, server:stats().requests)
    end)

    it("a certificate for another name, and one from nobody known", function()
      for _, url in ipairs { server.url_wrong_host, server.url_untrusted } do
        connect { base_url = url }

        local _, err = one:chat(chat(), { retry = 0 }):wait()

        assert.equal("tls", err.code)
      end
      assert.equal(0, server:stats().requests)
    end)

    it("a server that never speaks", function()
      connect { base_url = server.url_stalled }

      local limits = { timeout = { connect_ms = 200, head_ms = 200 }, retry = 0 }
      local _, err = one:chat(chat(), limits):wait()

      assert.equal("timeout", err.code)
    end)

    it("that come only after the first words, and keeps those", function()
      for _, fault in ipairs {
        { kind = "cut", after_bytes = 900 },
        { kind = "error_frame", after_text = 10 },
        { kind = "finish_error", after_text = 10 },
        { kind = "no_done", finish = false },
        { kind = "reset", after_bytes = 900 },
      } do
        server:fault(fault)

        local heard = streamed()

        assert.equal(1, heard.ends)
        assert.truthy(heard.err, fault.kind)
        assert.truthy(#heard.text > 0, fault.kind)
        assert.equal(heard.text, heard.err.reply.text)
        assert.same({}, heard.retries)
      end
    end)

    it("garbage, a page of HTML, a giant and an empty answer", function()
      local expected = {
        [{ kind = "garbage", where = "event" }] = { broken = true },
        [{ kind = "garbage", where = "body" }] = { broken = true, network = true },
        [{ kind = "not_stream" }] = { broken = true },
        [{ kind = "giant_event", bytes = 17 * 1024 * 1024 }] = { too_large = true },
        [{ kind = "bomb" }] = { too_large = true },
      }
      for fault, codes in pairs(expected) do
        server:fault(fault)

        local heard = streamed(nil, { retry = 0 })

        assert.equal(1, heard.ends)
        assert.truthy(codes[heard.err and heard.err.code],
          fault.kind .. " ended as " .. tostring(heard.err and heard.err.code or heard.reply))
      end
    end)
  end)

  describe("tries again", function()
    it("what is worth it, and says so", function()
      server:fault { kind = "status", name = "unavailable" }

      local heard = streamed()

      assert.truthy(heard.reply, tostring(heard.err))
      assert.equal(1, #heard.retries)
      assert.equal("overloaded", heard.retries[1].code)
      assert.equal(503, heard.retries[1].status)
      assert.equal(2, heard.reply.attempts)
      assert.equal(2, server:stats().requests)
    end)

    it("an answer that failed before its first word", function()
      server:fault { kind = "finish_error" }

      local heard = streamed()

      assert.truthy(heard.reply, tostring(heard.err))
      assert.equal("server", heard.retries[1].code)
      assert.equal(heard.text, heard.reply.text)
    end)

    it("not what would fail again", function()
      server:fault { kind = "status", name = "no_allowance", times = 0 }

      local heard = streamed()

      assert.equal("quota", heard.err.code)
      assert.same({}, heard.retries)
      assert.equal(1, server:stats().requests)
    end)
  end)

  describe("reads", function()
    it("a stream in single bytes and a compressed one as any other", function()
      local plain = streamed().text
      for _, fault in ipairs { { kind = "trickle" }, { kind = "compressed" } } do
        server:fault(fault)

        assert.equal(plain, streamed().text, fault.kind)
      end
    end)

    it("a stream without its [DONE]", function()
      server:fault { kind = "no_done" }

      local heard = streamed()

      assert.equal("stop", heard.reply.finish_reason)
    end)

    local function replay(events)
      server:fault {
        kind = "replay", content_type = "text/event-stream", pieces = 7,
        body = "data: " .. table.concat(events, "\n\ndata: ") .. "\n\ndata: [DONE]\n\n",
      }
      return streamed()
    end

    local function chunk(delta, reason)
      return ('{"id":"c","model":"m","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}'):format(
        delta, reason and '"' .. reason .. '"' or "null")
    end

    it("tool calls from fragments", function()
      local heard = replay {
        chunk '{"role":"assistant","content":""}',
        chunk '{"tool_calls":[{"id":"abcdefghi","function":{"name":"look","arguments":""},"index":0}]}',
        chunk '{"tool_calls":[{"id":"null","function":{"name":"","arguments":"{\\"p\\":"},"index":0}]}',
        chunk '{"tool_calls":[{"function":{"arguments":"1}"},"index":0}]}',
        chunk('{"content":""}', "tool_calls"),
      }

      assert.same({ { id = "abcdefghi", type = "function",
        ["function"] = { name = "look", arguments = '{"p":1}' } } }, heard.reply.tool_calls)
      assert.equal("tool_calls", heard.reply.finish_reason)
    end)

    it("thinking apart from text", function()
      local heard = replay {
        chunk '{"content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]}',
        chunk '{"content":[{"type":"text","text":"so"}]}',
        chunk('{"content":"!"}', "stop"),
      }

      assert.equal("hm", heard.reply.thinking)
      assert.equal("so!", heard.reply.text)
    end)
  end)

  describe("cancels", function()
    it("in the middle of a stream: the server sees it, the connection stays", function()
      server:pace(50)
      local callbacks, heard = listen()
      local request = one:chat(chat(), callbacks)
      wait_for(function() return heard.deltas > 0 end, "no delta came", 10, step)

      request:cancel()
      await(heard)

      assert.equal("cancelled", heard.err.code)
      assert.equal(heard.text, heard.err.reply.text)
      assert.is_true(server:wait { at_least = { resets = 1 }, equal = { open_streams = 0 } })
      server:pace(0)
      assert.truthy(one:chat(chat()))
      assert.equal(1, server:stats().connections)
    end)

    it("everything that runs when it is closed, each once", function()
      server:pace(20)
      local all = {}
      for index = 1, 5 do
        local callbacks
        callbacks, all[index] = listen()
        one:chat(chat(), callbacks)
      end
      wait_for(function() return all[1].deltas > 0 end, "no delta came", 10, step)

      one:close()

      for index = 1, 5 do
        assert.equal(1, all[index].ends)
        assert.equal("cancelled", all[index].err.code)
      end
    end)
  end)

  describe("keeps the key", function()
    it("out of the address and the body, and sends it as it is", function()
      streamed()

      local request = server:requests()[1]
      assert.is_true(request.authorization)
      assert_no_key(request.path)
      assert_no_key(request.body)
    end)

    -- The files that hold the key; a file that goes away meanwhile holds nothing.
    local function holders(folder, wanted, list)
      for name in lfs.dir(folder) do
        local path = folder .. "/" .. name
        local mode = lfs.symlinkattributes(path, "mode")
        if mode == "directory" and not name:find "^%.%.?$" then
          if not wanted or name:find "^%d+$" then holders(path, wanted, list) end
        elseif mode == "file" and (not wanted or wanted[name]) then
          local file = io.open(path, "rb")
          local text = file and file:read "*a" or ""
          if file then file:close() end
          if text:find(CANARY, 1, true) then list[#list + 1] = path end
        end
      end
      return list
    end

    it("out of command lines, environments and temporary files, also after failures", function()
      if not lfs.attributes("/proc/self/cmdline") then return end
      local temporary = os.getenv "TMPDIR" or server.directory
      local function look()
        assert.same({}, holders("/proc", { cmdline = true, environ = true }, {}))
        assert.same({}, holders(temporary, nil, {}))
      end
      server:pace(50)
      local callbacks, heard = listen()
      local request = one:chat(chat(), callbacks)
      wait_for(function() return heard.deltas > 0 end, "no delta came", 10, step)
      look()

      request:cancel()
      await(heard)
      server:fault { kind = "status", name = "unauthorized" }
      streamed()

      look()
    end)

    it("from a server that is not asked over TLS and is not this machine", function()
      connect { base_url = "http://192.0.2.1/v1" }

      local _, err = one:chat(chat(), { retry = 0 }):wait()

      assert.equal("insecure", err.code)
      assert_no_key(err)
    end)

    it("but uses plain http on this machine", function()
      connect { base_url = server.url_http }

      assert.truthy(one:chat(chat()))
    end)
  end)

  it("sends just what the service's closed schemas take", function()
    local reply, err = one:chat(chat {
      temperature = 0.1, top_p = 0.9, max_tokens = 200, stop = { "zzz" }, random_seed = 1,
      presence_penalty = 0, frequency_penalty = 0, n = 1, safe_prompt = false,
      parallel_tool_calls = true, metadata = { a = "b" }, prompt_cache_key = "k",
      response_format = { type = "text" }, tool_choice = "auto",
      tools = { { type = "function", ["function"] = { name = "f", parameters = {} } } },
    })

    assert.is_nil(err, tostring(err))
    assert.truthy(reply)
  end)

  it("is refused here for whatever the server refuses", function()
    local bad = {
      chat { seed = 1 }, chat { stream_options = {} }, chat { tools = {} },
      chat { messages = { { role = "assistant", content = "x" } } },
      chat { messages = { { role = "user", content = "x", name = "me" } } },
    }
    for _, params in ipairs(bad) do
      local _, err = one:chat(params)

      assert.equal("refused", err.code)
    end
    assert.equal(0, server:stats().requests)
  end)
end)
