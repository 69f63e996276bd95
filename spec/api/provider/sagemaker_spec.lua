--- SageMaker: signed requests, and a stream of events in Amazon's frames.
local elsewhere = require "spec.api.support.elsewhere"
local frames = require "spec.core.eventstream_frames"
local json = require "mistral.json"

local FIM = { model = "m", prompt = "local t = { 1, 2", suffix = "\n" }
local SECRET = "test-secret/0123456789+abcdefghijklmnop"
local BORROWED = { access_key = "ASIATEST", session_token = "test-session-token==",
  secret_key = "test-secret/9876543210+abcdefghijklmnop" }

local function chat(fields)
  local params = { model = "m", messages = { { role = "user", content = "Say something." } } }
  for name, value in pairs(fields or {}) do params[name] = value end
  return params
end

local function both_forms(what, test)
  for _, streamed in ipairs { false, true } do
    it(what .. (streamed and ", streamed" or ", whole"), function() test(streamed) end)
  end
end

describe("sagemaker", function()
  local there = elsewhere.new { provider = "sagemaker", path = "/sagemaker", region = "eu-west-3",
    endpoint = "my-endpoint", access_key = "AKIDTEST", secret_key = SECRET }
  teardown(function() there.server:stop() end)
  before_each(function() there.server:reset() end)
  after_each(function() there:close() end)

  both_forms("chats with a signature that fits", function(streamed)
    local reply, err, deltas = there:ask(there:client(), "chat",
      chat { random_seed = 3, reasoning_effort = "high" }, streamed)

    assert.is_nil(err)
    assert.truthy(#reply.text > 0 and #reply.thinking > 0 and reply.usage.total_tokens > 0)
    assert.equal(streamed, deltas > 1)
    assert.is_true(there:last().authorization)
  end)

  both_forms("signs over HTTP/1.1 as well, and with borrowed credentials", function(streamed)
    local one = there:client { access_key = BORROWED.access_key, plain = true,
      secret_key = BORROWED.secret_key, session_token = BORROWED.session_token }
    local _, err = there:ask(one, "chat", chat(), streamed)

    assert.is_nil(err)
  end)

  both_forms("completes by the raw prompt", function(streamed)
    local reply, err = there:ask(there:client(), "fim", FIM, streamed)

    assert.is_nil(err)
    assert.equal(" }", reply.text)
  end)

  it("is refused with another secret, and says so without it", function()
    local _, err = there:ask(there:client { secret_key = "test-secret-wrong" }, "chat", chat())

    assert.same({ "forbidden", 403 }, { err.code, err.status })
    assert.truthy(err.message:find "does not match the signature")
    assert.truthy(err.hint:find "check the credentials")
    assert.is_nil(tostring(err):find("test-secret-wrong", 1, true))
  end)

  it("does not repeat what Amazon repeats of a signature", function()
    there.server:fault { kind = "status", status = 403, body = json.encode { message =
      "The Canonical String for this request should have been 'x-amz-security-token:"
      .. BORROWED.session_token .. "', signed with " .. BORROWED.secret_key } }
    local _, err = there:ask(there:client { access_key = BORROWED.access_key,
      secret_key = BORROWED.secret_key, session_token = BORROWED.session_token }, "chat", chat())

    assert.truthy(err.message:find "Canonical String")
    for _, secret in ipairs { BORROWED.session_token, BORROWED.secret_key } do
      assert.is_nil(tostring(err):find(secret, 1, true))
    end
  end)

  it("tells what the container said, whole and in the stream", function()
    local one = there:client()
    local _, refused = there:ask(one, "chat", chat(), false, { extra = { safe_prompt = true } })
    there.server:fault { kind = "error_frame", after_text = 10, code = 500, message = "out of memory" }
    local _, broken = there:ask(one, "chat", chat(), true)
    local _, missing = there:ask(there:client { endpoint = "missing" }, "chat", chat())

    assert.same({ "invalid_request", 424 }, { refused.code, refused.status })
    assert.truthy(refused.message:find "safe_prompt" and refused.hint:find "CloudWatch")
    assert.truthy(broken.message:find "out of memory")
    assert.truthy(#broken.reply.text > 0)
    assert.truthy(missing.message:find "Endpoint missing of account")
  end)

  describe("hears of", function()
    local function replay(body)
      there.server:fault { kind = "replay", body = body, pieces = 5,
        content_type = "application/vnd.amazon.eventstream" }
      local _, err = there:ask(there:client(), "chat", chat(), true, { retry = 0 })
      return err
    end
    local function exception(kind, payload)
      return frames.frame(frames.string(":exception-type", kind)
        .. frames.string(":content-type", "application/json")
        .. frames.string(":message-type", "exception"), payload)
    end
    local function part(text) return frames.event("PayloadPart", text) end
    local SAID = 'data: {"choices":[{"index":0,"delta":{"content":"so "}}]}\n\n'

    it("the stream's failure, behind what was said", function()
      local err = replay(part(SAID) .. exception("ModelStreamError",
        json.encode { ErrorCode = "ModelInvocationTimeExceeded", Message = "took too long" }))

      assert.equal("server", err.code)
      assert.truthy(err.message:find "took too long")
      assert.equal("so ", err.reply.text)
      assert.truthy(err.detail:find "ModelStreamError")
    end)

    it("a failure of Amazon's own", function()
      local err = replay(exception("InternalStreamFailure", '{"Message":"try again"}'))

      assert.equal("server", err.code)
      assert.truthy(err.message:find "try again")
    end)

    it("a container that answers a stream with one error", function()
      local err = replay(part('{"object":"error","message":"no such ') .. part 'model","code":404}')

      assert.truthy(err.message:find "no such model")
    end)

    it("an end too soon", function()
      assert.equal("broken", replay(part(SAID)).code)
    end)

    it("a damaged frame", function()
      local frame = part(SAID)
      local err = replay(frame:sub(1, -2) .. (frame:sub(-1) == "x" and "y" or "x"))

      assert.equal("broken", err.code)
    end)
  end)
end)
