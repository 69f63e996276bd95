local exchange = require "spec.core.exchange"

-- Of this run alone: another run on the machine looks for its own.
local CANARY = ("test-key-CANARY%d%d"):format(os.time(), math.floor(require("system").gettime() * 1e6) % 1e6)

---What a shell command prints.
local function output_of(command)
  local pipe = assert(io.popen(command .. " 2>/dev/null"))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

---Where the canary is, in every command line and environment that this user may read, and in the
---folder for temporary files. The shell lists the processes before grep is one of them, and has its
---own command line without the whole pattern.
local function traces()
  local pattern = CANARY:sub(1, 9) .. "'" .. "'" .. CANARY:sub(10)
  return output_of(
    ("grep -l -a -F '%s' /proc/[0-9]*/cmdline; "):format(pattern)
      .. ("for p in $(pgrep -P $$ -P %s); do grep -l -a -F '%s' /proc/$p/environ; done; "):format(
        output_of("echo $PPID"):match "%d+",
        pattern
      )
      .. ('grep -r -l -a -F \'%s\' "${TMPDIR:-/tmp}" "$HOME"'):format(pattern)
  )
end

describe("a key", function()
  local server, transport

  setup(function() server = exchange.server() end)
  before_each(function()
    server:reset()
    transport = exchange.transport(server)
  end)
  after_each(function()
    server:pace(0)
    exchange.close(transport)
  end)

  local function with_key(changes)
    local r = exchange.chat(server, changes)
    r.headers.authorization = "Bearer " .. CANARY
    return r
  end

  it("would be found in a command line", function()
    local pipe = io.popen(("sh -c 'echo ready; read line' %s 2>/dev/null"):format(CANARY), "w")

    assert.truthy(traces():find("/cmdline", 1, true))
    pipe:write "\n"
    pipe:close()
  end)

  it("is in no command line, environment or file during a request", function()
    server:pace(20)
    local id = transport:submit(with_key())
    exchange.until_kind(transport, id, "data")

    assert.equal("", traces())
    assert.is_true(server:requests()[1].authorization)
    transport:cancel(id)
    exchange.collect(transport, { id })
  end)

  it("is in no event of a failed request", function()
    local list = {
      with_key { base = "https://127.0.0.1:1/v1", retry = 1 },
      with_key { base = "https://nowhere.invalid/v1", retry = 0 },
      with_key { base = server.url_untrusted, retry = 0 },
      with_key { base = "http://example.com/v1" },
      with_key { base = "nonsense" },
      with_key { head_ms = 100, retry = 0 },
    }
    server:fault { kind = "silence", head = true }
    for _, r in ipairs(list) do
      local done, events = exchange.run(transport, r)
      assert.equal("failed", done.outcome)
      for _, event in ipairs(events) do
        for key, value in pairs(event) do
          assert.is_nil(tostring(value):find("CANARY", 1, true), key)
        end
      end
    end
    assert.equal("", traces())
  end)

  ---No event of these requests says the canary, and each of them fails.
  local function silent(list)
    for i, r in ipairs(list) do
      local done, events = exchange.run(transport, r)
      assert.equal("failed", done.outcome, tostring(i))
      for _, event in ipairs(events) do
        for key, value in pairs(event) do
          assert.is_nil(tostring(value):find("CANARY", 1, true), key)
        end
      end
    end
    assert.equal("", traces())
  end

  describe("beside files", function()
    local folder

    before_each(function() folder = output_of("mktemp -d"):match "%S+" end)
    after_each(function() os.execute("rm -rf " .. folder) end)

    ---@param more? table
    local function upload(more)
      os.execute(("truncate -s 64M %s/big"):format(folder))
      local r = exchange.upload(server, folder .. "/big", more)
      r.headers.authorization = "Bearer " .. CANARY
      r.parts[3] = { name = "visibility", value = CANARY }
      return r
    end

    local function download(more)
      local r = with_key(more)
      r.url = (more and more.base or server.url) .. "/models"
      r.method, r.body, r.stream, r.sink = "GET", nil, nil, folder .. "/answer"
      return r
    end

    it("is in no command line, environment or file during an upload and a download", function()
      server:fault { kind = "upload_stall", after_bytes = 100000 }
      server:fault { kind = "silence", after_bytes = 300, path = "/models" }
      local ids = { transport:submit(upload()), transport:submit(download()) }
      assert.is_true(server:wait { at_least = { faults = 2 } })

      assert.equal("", traces())
      assert.truthy(output_of("ls -a " .. folder):find(".part", 1, true))
      for _, id in ipairs(ids) do
        transport:cancel(id)
      end
      exchange.collect(transport, ids)
      assert.equal("", traces())
    end)

    it("is in no event of an upload or a download that fails", function()
      local missing, full = upload { retry = 0 }, download { retry = 0 }
      missing.parts[2].file = folder .. "/missing"
      full.sink = folder .. "/missing/answer"
      silent { missing, full, upload { base = "https://127.0.0.1:1/v1", retry = 0 } }
      server:fault { kind = "upload_cut", after_bytes = 100000 }
      silent { upload { retry = 0 } }
      server:fault { kind = "cut", after_bytes = 300 }
      silent { download { retry = 0 } }
    end)
  end)

  describe("that signs", function()
    local function signed(more)
      local r = {
        url = server.url:gsub("/v1$", "") .. "/sagemaker/endpoints/one/invocations",
        body = "{}",
        retry = 0,
        sigv4 = { region = "eu-west-3", service = "sagemaker", access_key = "AKIDTEST", secret_key = CANARY },
      }
      r.sigv4.session_token = CANARY .. "-token"
      for key, value in pairs(more or {}) do
        r[key] = value
      end
      return r
    end

    it("is in no command line, environment or file, and in no header", function()
      server:fault { kind = "silence", head = true }
      local id = transport:submit(signed())
      assert.is_true(server:wait { at_least = { faults = 1 } })

      assert.equal("", traces())
      local headers = server:requests()[1].headers
      assert.is_true(headers.authorization)
      for name, value in pairs(headers) do
        assert.is_nil(tostring(value):find("CANARY", 1, true), name)
      end
      transport:cancel(id)
      exchange.collect(transport, { id })
    end)

    it("is in no event of a failed request", function()
      silent {
        signed(),
        signed { url = "https://127.0.0.1:1/" },
        signed { url = "https://nowhere.invalid/" },
        signed { url = "http://192.0.2.1/", allow_http = true },
        signed { url = server.url_untrusted },
      }
    end)
  end)

  it("does not go to another host by redirect", function()
    server:fault { kind = "redirect", location = server.url_http .. "/models", status = 307 }
    local done = exchange.run(transport, with_key())

    assert.equal("redirect", done.code)
    assert.equal(1, server:stats().requests)
  end)

  it("does not go over plain http to another machine", function()
    local urls = {
      "http://example.com/",
      "http://192.0.2.1/",
      "http://[2001:db8::1]/",
      "http://127.0.0.1.example.com/",
    }
    for _, url in ipairs(urls) do
      for _, name in ipairs { "Authorization", "api-key", "X-Api-Key" } do
        local done = exchange.run(transport, { url = url, headers = { [name] = CANARY }, allow_http = true })
        assert.equal("insecure", done.code)
        assert.equal(0, transport:stats().requests)
      end
    end
  end)

  it("may go over plain http to this machine", function()
    assert.equal("done", exchange.run(transport, exchange.models(server, { base = server.url_http })).outcome)
    local localhost = server.url_http:gsub("127%.0%.0%.1", "localhost")
    assert.equal("done", exchange.run(transport, exchange.models(server, { base = localhost })).outcome)
  end)

  it("is not taken from the address", function()
    local done = exchange.run(transport, { url = "https://user:secret@127.0.0.1/" })

    assert.equal("bad_url", done.code)
  end)
end)

describe("a proxy's password", function()
  it("is in no message about a proxy that cannot be used", function()
    local server = exchange.server()
    local proxies = {
      "bogus://user:sekret@127.0.0.1:1",
      "http://user:sekret@[bad",
      "http://user:sekret@127.0.0.1:1",
    }
    for _, proxy in ipairs(proxies) do
      exchange.with(server, { proxy = proxy }, function(transport)
        local done = exchange.run(transport, exchange.models(server, { retry = 0 }))
        assert.equal("failed", done.outcome)
        assert.is_nil(done.message:find("sekret", 1, true), done.message)
      end)
    end
  end)
end)

describe("plain http to another machine", function()
  it("is refused unless asked for", function()
    exchange.with(exchange.server(), nil, function(transport)
      assert.equal("insecure", exchange.run(transport, { url = "http://192.0.2.1/", retry = 0 }).code)
      local r = { url = "http://192.0.2.1/", allow_http = true, connect_ms = 100, retry = 0 }
      assert.is_not.equal("insecure", exchange.run(transport, r).code)
    end)
  end)
end)

describe("a certificate", function()
  local server

  setup(function() server = exchange.server() end)

  it("for another name is refused", function()
    exchange.with(server, nil, function(transport)
      local done = exchange.run(transport, exchange.models(server, { base = server.url_wrong_host }))
      assert.equal("tls", done.code)
      assert.equal(1, done.attempts)
    end)
  end)

  it("of an unknown authority is refused", function()
    exchange.with(server, nil, function(transport)
      assert.equal("tls", exchange.run(transport, exchange.models(server, { base = server.url_untrusted })).code)
    end)
  end)

  it("of our own authority is refused without its file", function()
    exchange.with(server, { ca_file = "/dev/null" }, function(transport)
      assert.equal("tls", exchange.run(transport, exchange.models(server)).code)
    end)
  end)
end)
