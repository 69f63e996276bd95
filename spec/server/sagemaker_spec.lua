--- The stand-in for SageMaker, asked by the curl command, whose signatures are another's work.
local cjson = require "cjson"
local curl = require "spec.server.curl"
local loopback = require "spec.support.loopback"

local SIGN = "--aws-sigv4 aws:amz:%s:%s --user '%s:%s'"
local KEY, SECRET = "AKIDTEST", "test-secret/0123456789+abcdefghijklmnop"
local BODY = { model = "mistralai/Codestral-22B-v0.1",
  messages = { { role = "user", content = "Say something about loops." } } }

describe("the loopback server's sagemaker", function()
  local server = loopback.start()
  local root = server.url:gsub("/v1$", "")
  teardown(function() server:stop() end)

  local function signed(changes)
    local with = { region = "eu-west-3", service = "sagemaker", key = KEY, secret = SECRET }
    for name, value in pairs(changes or {}) do with[name] = value end
    return SIGN:format(with.region, with.service, with.key, with.secret) .. (with.more or "")
  end

  local function ask(changes, body, path, http)
    return curl.request(server, { url = root, key = false, args = signed(changes), http = http,
      path = path or "/sagemaker/endpoints/my-endpoint/invocations", body = body or BODY })
  end

  it("takes what curl signed, over either version of HTTP", function()
    assert.equal(200, ask().status)
    assert.equal(200, ask(nil, nil, nil, "1.1").status)
  end)

  it("takes borrowed credentials with their token", function()
    local borrowed = { key = "ASIATEST", secret = "test-secret/9876543210+abcdefghijklmnop",
      more = " -H 'X-Amz-Security-Token: test-session-token=='" }

    assert.equal(200, ask(borrowed).status)
    borrowed.more = nil
    assert.truthy(ask(borrowed).body:find "security token included")
  end)

  local refused = {
    { "another secret", { secret = "wrong" }, "does not match" },
    { "a key nobody has", { key = "AKIANOBODY" }, "security token included" },
    { "another region", { region = "us-east-1" }, "scoped to another region" },
    { "another service", { service = "bedrock" }, "scoped to another region" },
  }
  for _, case in ipairs(refused) do
    it("refuses " .. case[1], function()
      local answer = ask(case[2])

      assert.equal(403, answer.status)
      assert.truthy(answer.body:find(case[3]), answer.body)
    end)
  end

  it("refuses what is not signed, or no longer what was signed", function()
    local function status_of(args)
      local answer = curl.request(server, { url = root, key = false, body = BODY, args = args,
        path = "/sagemaker/endpoints/my-endpoint/invocations" })
      return answer.status, answer.body
    end
    local _, unsigned = status_of(nil)
    local _, bearer = status_of "-H 'Authorization: Bearer test-key-1'"

    assert.truthy(unsigned:find "Missing Authentication Token")
    assert.truthy(bearer:find "Missing Authentication Token")
  end)

  it("does not know another endpoint, and tells what the container said", function()
    local unknown = ask(nil, nil, "/sagemaker/endpoints/missing/invocations")
    local refusal = ask(nil, { model = "m", messages = BODY.messages, random_seed = 1 })

    assert.same({ 400, "Endpoint missing of account 123456789012 not found." },
      { unknown.status, unknown.json.Message })
    assert.same({ 424, 400 }, { refusal.status, refusal.json.OriginalStatusCode })
    assert.truthy(refusal.json.Message:find "random_seed")
  end)

  it("streams in frames that cut the lines", function()
    local body = cjson.decode(cjson.encode(BODY))
    body.stream = true
    local answer = ask(nil, body, "/sagemaker/endpoints/my-endpoint/invocations-response-stream")
    local wrong = ask(nil, body)

    assert.equal("application/vnd.amazon.eventstream", answer.headers["content-type"])
    assert.is_true(select(2, answer.body:gsub("PayloadPart", "")) > 3)
    assert.equal(424, wrong.status)
  end)
end)
