local address = require "mistral.api.address"
local config = require "mistral.config"
local fake = require "spec.api.support.fake_transport"
local mistral = require "mistral"

describe("mistral", function()
  before_each(config.reset)
  after_each(config.reset)

  it("has a version", function()
    assert.truthy(mistral.version:find "^%d+%.%d+%.%d+$")
  end)

  it("raises one sentence on an option it does not know", function()
    local done, problem = pcall(mistral.setup, { base_ulr = "x" })

    assert.is_false(done)
    assert.truthy(problem:find("unknown option `base_ulr`; did you mean `base_url`?", 1, true))
  end)

  it("says that a client is not made with a colon", function()
    assert.error_matches(function() mistral:client {} end, "is called with a dot, not with a colon")
  end)

  it("gives clients the connection that setup described, unless they say otherwise", function()
    mistral.setup { base_url = "https://llm.example/v1", api_key = "from-setup" }
    assert.equal("https://llm.example/v1", mistral.options().base_url)

    local function sent(options)
      options.transport = fake.new()
      local client = assert(mistral.client(options))
      client:models({}, {})
      client:close()
      return options.transport.submitted
    end
    local plain = sent {}
    local other = sent { base_url = "https://other.example/v1", api_key_command = { "echo", "mine" } }

    assert.equal("https://llm.example/v1/models", plain.url)
    assert.equal("Bearer from-setup", plain.headers.Authorization)
    assert.equal("https://other.example/v1/models", other.url)
    assert.equal("Bearer mine", other.headers.Authorization)
  end)
end)

describe("a client of another provider than setup's", function()
  before_each(config.reset)
  after_each(config.reset)

  it("gets neither its key nor its address, but the way through the network", function()
    mistral.setup { base_url = "https://llm.example/v1", api_key = "from-setup", ca_file = "ca.pem" }
    local transport = fake.new()
    local client = assert(mistral.client { provider = "ollama", transport = transport })
    client:models({}, {})
    client:close()

    assert.equal("http://127.0.0.1:11434/api/tags", transport.submitted.url)
    assert.is_nil(transport.submitted.headers.Authorization)
  end)

  it("is setup's own when it is named anew", function()
    mistral.setup { provider = "azure", endpoint = "https://r.services.ai.azure.com",
      api_key = "from-setup" }
    local transport = fake.new()
    local client = assert(mistral.client { provider = "azure", transport = transport })
    client:models({}, {})
    client:close()

    assert.equal("https://r.services.ai.azure.com/openai/v1/models", transport.submitted.url)
    assert.equal("from-setup", transport.submitted.headers["api-key"])
  end)
end)

describe("mistral where there is no editor", function()
  local editor = rawget(_G, "vim")
  after_each(function() rawset(_G, "vim", editor) end)

  -- A thread of Neovim's has a `vim` without buffers.
  for what, global in pairs { ["a plain Lua"] = false, ["a thread"] = { uv = {} } } do
    it("looks for none of its settings in " .. what, function()
      rawset(_G, "vim", global or nil)

      assert.equal("mistral", mistral.options().provider)

      assert.is_nil(package.loaded["mistral.host.nvim"])
      assert.is_nil(package.loaded["mistral.host.vim"])
    end)
  end
end)

describe("what belongs to no single request", function()
  local stderr, editor = io.stderr, rawget(_G, "vim")
  local written
  before_each(function()
    config.reset()
    rawset(_G, "vim", nil)
    written = {}
    rawset(io, "stderr", { write = function(_, ...) written[#written + 1] = table.concat { ... } end })
  end)
  after_each(function()
    rawset(io, "stderr", stderr)
    rawset(_G, "vim", editor)
  end)

  local function notice(on_notice)
    local client = assert(mistral.client { transport = fake.new(), on_notice = on_notice })
    client.notice "the month is nearly spent"
    client:close()
  end

  it("is told a script on standard error, since nobody else would hear it", function()
    notice(nil)

    assert.same({ "mistral: the month is nearly spent\n" }, written)
  end)

  it("is told whoever was named instead, or nobody", function()
    local heard = {}
    notice(function(sentence) heard[#heard + 1] = sentence end)
    notice(false)

    assert.same({ "the month is nearly spent" }, heard)
    assert.same({}, written)
  end)
end)

describe("base_url", function()
  local hosts = {
    { "https://api.mistral.ai/v1", "api.mistral.ai", loopback = false, service = true },
    { "https://API.eu.Mistral.ai:443/v1/", "api.eu.mistral.ai", loopback = false, service = true },
    { "https://mistral.ai.evil.example/v1", "mistral.ai.evil.example", loopback = false,
      service = false },
    { "https://notmistral.ai/v1", "notmistral.ai", loopback = false, service = false },
    { "http://localhost:11434/v1", "localhost", loopback = true, service = false },
    { "http://127.8.9.1:1/v1", "127.8.9.1", loopback = true, service = false },
    { "http://127.0.0.1.evil.example/v1", "127.0.0.1.evil.example", loopback = false,
      service = false },
    { "http://[::1]:8080", "[::1]", loopback = true, service = false },
  }
  for _, case in ipairs(hosts) do
    it("is understood: " .. case[1], function()
      local where = assert(address.parse(case[1]))

      assert.equal(case[2], where.host)
      assert.equal(case.loopback, where.loopback)
      assert.equal(case.service, where.service)
      assert.is_nil(where.base:find "/$")
    end)
  end
end)

describe("the environment's proxy", function()
  local function proxy(url, environment)
    return address.proxy(assert(address.parse(url)), function(name) return environment[name] end)
  end

  it("is used for its scheme, with its exceptions", function()
    local environment = { https_proxy = "http://p:1", http_proxy = "http://q:2", NO_PROXY = "a,b" }

    assert.same({ "http://p:1", "a,b", "https_proxy" }, { proxy("https://x.example/v1", environment) })
    assert.same({ "http://q:2", "a,b", "http_proxy" }, { proxy("http://x.example/v1", environment) })
  end)

  it("gives way to the options', which are used for this machine, too", function()
    local function way(url, options)
      return address.way(options, assert(address.parse(url)), function(name)
        return ({ https_proxy = "http://p:1", no_proxy = "a" })[name]
      end)
    end

    assert.same({ proxy = "http://q:2", source = "option proxy" },
      way("https://127.0.0.1:1/v1", { proxy = "http://q:2", no_proxy = "" }))
    assert.same({ proxy = "http://p:1", no_proxy = "a", source = "https_proxy" },
      way("https://x.example/v1", { proxy = "" }))
    assert.same({ proxy = "http://p:1", no_proxy = "b", source = "https_proxy" },
      way("https://x.example/v1", { no_proxy = "b" }))
    assert.same({}, way("https://127.0.0.1:1/v1", {}))
  end)

  it("is never used for this machine, nor HTTP_PROXY, which a web server may have set", function()
    assert.is_nil(proxy("https://127.0.0.1:1/v1", { https_proxy = "http://p:1" }))
    assert.is_nil(proxy("http://x.example/v1", { HTTP_PROXY = "http://p:1" }))
    assert.is_nil(proxy("https://x.example/v1", { https_proxy = "" }))
  end)
end)
