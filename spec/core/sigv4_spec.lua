---Requests signed for Amazon, checked by a server that knows the rules from Amazon's documents.
local at_best = require "spec.support.at_best"
local exchange = require "spec.core.exchange"

local ACCESS, SECRET = "AKIDTEST", "test-secret/0123456789+abcdefghijklmnop"
local WITH_TOKEN = {
  access_key = "ASIATEST",
  secret_key = "test-secret/9876543210+abcdefghijklmnop",
  session_token = "test-session-token==",
}
local BODY = '{"model":"mistral-small-latest","messages":[{"role":"user","content":"hi"}]}'

describe("a signed request", function()
  local server, transport

  setup(function() server = exchange.server() end)
  before_each(function()
    server:reset()
    transport = exchange.transport(server)
  end)
  after_each(function() exchange.close(transport) end)

  ---@param signer? table over the keys that are good
  ---@param changes? table
  local function signed(signer, changes)
    changes = changes or {}
    local sigv4 = { region = "eu-west-3", service = "sagemaker", access_key = ACCESS, secret_key = SECRET }
    for key, value in pairs(signer or {}) do
      sigv4[key] = value
    end
    local base = (changes.base or server.url):gsub("/v1$", "")
    local r = {
      url = base .. "/sagemaker/endpoints/my-endpoint/invocations",
      headers = { ["content-type"] = "application/json" },
      body = BODY,
      sigv4 = sigv4,
    }
    for key, value in pairs(changes) do
      r[key] = value
    end
    r.base = nil
    return r
  end

  for _, door in ipairs { "url", "url_h1", "url_http" } do
    it("is taken for what it is, through " .. door, function()
      local done = exchange.run(transport, signed(nil, { base = server[door] }))
      assert.equal("done", done.outcome, done.body)

      done = exchange.run(transport, signed(WITH_TOKEN, { base = server[door] }))
      assert.equal("done", done.outcome, done.body)
    end)

    it("is signed with its body, whatever is in it, through " .. door, function()
      local function send(body)
        local done = exchange.run(transport, signed(nil, { base = server[door], body = body }))
        -- No JSON, but signed well.
        assert.is_not.equal(403, done.status, done.body)
        return done.total_ms
      end
      send ""
      send "\0\1\255\r\n"
      local took = at_best(900, function() return send(("x\0"):rep(1000000)) end)
      assert.is_true(took < 900, "waited for leave to send: " .. took)
    end)
  end

  it("is refused with another secret, key, token, region or service", function()
    for _, wrong in ipairs {
      { secret_key = SECRET .. "x" },
      { access_key = "AKIDOTHER" },
      { session_token = "x" },
      { region = "us-east-1" },
      { service = "bedrock" },
      { access_key = WITH_TOKEN.access_key, secret_key = WITH_TOKEN.secret_key },
    } do
      assert.equal(403, exchange.run(transport, signed(wrong)).status)
    end
  end)

  it("is signed with all the headers it is given", function()
    local done = exchange.run(
      transport,
      signed(nil, {
        headers = {
          ["Content-Type"] = "application/json",
          ["Accept"] = "application/vnd.amazon.eventstream",
          ["X-Amzn-SageMaker-Custom-Attributes"] = "c000b4f9-df62-4c85-a0bf-7c525f9104a4",
          ["X-Blanks"] = "  a   b  ",
          ["X-Amz-Target"] = "Some.Thing, with: marks",
        },
      })
    )

    assert.equal("done", done.outcome, done.body)
  end)

  it("without a body is signed, too", function()
    local r = signed()
    r.body = nil
    assert.equal(404, exchange.run(transport, r).status)
    r.method = "DELETE"
    assert.equal(404, exchange.run(transport, r).status)
  end)

  it("is signed anew when it is tried again", function()
    server:fault { kind = "status", status = 503, retry_after = 1 }
    local done = exchange.run(transport, signed())

    assert.equal("done", done.outcome, done.body)
    local records = server:requests()
    assert.is_not.equal(records[1].headers["x-amz-date"], records[2].headers["x-amz-date"])
    assert.is_not.equal(records[1].authorization_sha256, records[2].authorization_sha256)
  end)

  it("never goes over plain http to another machine", function()
    local done = exchange.run(transport, signed(nil, { url = "http://192.0.2.1/x", allow_http = true }))

    assert.equal("insecure", done.code)
    assert.equal(0, transport:stats().requests)
  end)

  local function refused(r, words)
    local ok, message = pcall(transport.submit, transport, r)
    assert.is_false(ok)
    assert.truthy(message:find(words, 1, true), message)
    assert.is_nil(message:find("sekret", 1, true), message)
  end

  it("has to have all that it takes", function()
    for _, key in ipairs { "region", "service", "access_key", "secret_key" } do
      local r = signed()
      r.sigv4[key] = nil
      refused(r, ("submit: sigv4: %s should be one line of text"):format(key))
      r.sigv4[key] = "sekret\r\nx: y"
      refused(r, ("submit: sigv4: %s should be one line of text"):format(key))
    end
    refused(signed { session_token = "sekret\n" }, "submit: sigv4: session_token should be one line of text")
    refused(signed { secret_key = 1 }, "submit: sigv4: secret_key should be a string, got number")
    refused(signed { region = "a:b" }, "submit: sigv4: region and service should be names")
    refused(signed(nil, { sigv4 = "sekret" }), "submit: sigv4 should be a table, got string")
  end)

  it("has nothing that would be signed wrong", function()
    for _, path in ipairs { "?b=1", "/a%20b", "/a:b", "/#x", "/é" } do
      refused(signed(nil, { url = "https://example.com" .. path }), "submit: sigv4: the url should have no query")
    end
    refused(signed(nil, { headers = { Authorization = "sekret" } }), "no authorization header besides it")
    refused(signed(nil, { headers = { accept = " " } }), "a header should not be empty")
    local form = signed(nil, { parts = { { name = "a", value = "sekret" } } })
    form.body = nil
    refused(form, "submit: sigv4: a form cannot be signed")
  end)
end)
