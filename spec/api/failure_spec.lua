local errors = require "mistral.errors"
local failure = require "mistral.api.failure"
local json = require "mistral.json"
local http_date = require "mistral.api.http_date"
local redact = require "mistral.redact"

local KEY = "canary-key-1234567890"
local function scrub(said) return redact.text(said, KEY) end

-- status, body, headers, the code it means, and a piece of what the user reads
local ANSWERS = {
  { 400, [[{"object":"error","message":"Expected last role User","type":
    "invalid_request_message_order","param":null,"code":"3230","raw_status_code":400}]],
    nil, "invalid_request", "Expected last role User" },
  { 400, [[{"object":"error","message":"Not the same number","type":"invalid_function_call",
    "param":null,"code":"3280"}]], nil, "invalid_request", "Not the same number" },
  { 400, [[{"object":"error","message":"Prompt contains 9 tokens and 0 draft tokens, too large for
    model with 4 maximum context length","type":"invalid_request_invalid_args","code":"3051"}]],
    nil, "context_too_long", "Prompt contains 9 tokens" },
  { 400, [[{"object":"error","message":"Invalid model: x","type":"invalid_model","code":"1500"}]],
    nil, "unknown_model", "Invalid model: x" },
  { 422, [[{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","seed"],
    "msg":"Extra inputs are not permitted","input":1}]},"type":"invalid_request_error",
    "param":null,"code":null}]], nil, "invalid_request", "seed: Extra inputs are not permitted" },
  { 422, [[{"detail":[{"loc":["body","messages",0,"role"],"msg":"Field required","type":"missing"},
    {"loc":["body","y"],"msg":"bad","type":"z"}]}]],
    nil, "invalid_request", "messages.0.role: Field required; y: bad" },
  { 422, [[{"object":"Error","detail":[{"msg":"a"}],"message":[{"msg":"b"}],"type":"t",
    "code":3001}]], nil, "invalid_request", "(422): a" },
  { 422, [[{"object":"error","message":"too much","type":"model_context_exceeded"}]],
    nil, "context_too_long", "too much" },
  { 422, "", nil, "invalid_request", "refused the request (422)" },
  { 401, [[{"message":"Unauthorized","request_id":"abc"}]], nil, "unauthorized", "Unauthorized" },
  { 401, [[{"detail":"Unauthorized"}]], nil, "unauthorized", "Unauthorized" },
  { 403, [[{"object":"error","message":"no access"}]], nil, "forbidden", "no access" },
  { 404, [[{"message":"no Route matched with those values","request_id":"r"}]],
    nil, "not_found", "no Route matched" },
  { 404, [[{"message":"The model x does not exist"}]], nil, "unknown_model", "does not exist" },
  { 402, "{}", nil, "quota", "(402)" },
  { 408, "", nil, "timeout", "(408)" },
  { 413, "", nil, "context_too_long", "(413)" },
  { 429, [[{"object":"error","message":"Rate limit exceeded","type":"rate_limited","code":"1300"}]],
    { ["retry-after"] = "7" }, "rate_limited", "Rate limit exceeded" },
  { 429, [[{"type":"service_tier_capacity_exceeded","code":"3505","message":"busy"}]],
    nil, "overloaded", "busy" },
  { 429, "{}", { ["x-ratelimit-limit-req-minute"] = "0" }, "quota", "no allowance" },
  { 429, "{}", { ["x-ratelimit-remaining-tokens-month"] = "0" }, "quota", "no allowance" },
  { 429, "{}", { ["x-ratelimit-limit-req-minute"] = "60" }, "rate_limited", "too many" },
  { 500, [[{"object":"error","message":"oops"}]], nil, "server", "oops" },
  { 502, "<html><head><title>502 Bad Gateway</title></head><body>..", nil, "server",
    "502 Bad Gateway" },
  { 503, "upstream connect error or disconnect", nil, "overloaded", "upstream connect error" },
  { 504, "", nil, "server", "(504)" },
  { 422, [[{"error":{"code":"Invalid input","message":
    "{\"detail\":[{\"loc\":[\"body\",\"n\"],\"msg\":\"no\"}]}","status":422}}]],
    nil, "invalid_request", "n: no" },
  { 400, [[{"error":{"message":"wrapped","type":"invalid_model"}}]], nil, "unknown_model",
    "wrapped" },
  { 401, [=[[{"error":{"code":401,"message":"no token","status":"UNAUTHENTICATED"}}]]=], nil,
    "unauthorized", "no token" },
  { 400, [["only a string"]], nil, "invalid_request", "only a string" },
  { 400, "[]", nil, "invalid_request", "(400)" },
  { 400, "null", nil, "invalid_request", "(400)" },
  { 418, "{\"message\":null}", nil, "invalid_request", "(418)" },
}

describe("an answer with a failing status", function()
  for index, case in ipairs(ANSWERS) do
    local status, body, headers, code, said = case[1], case[2], case[3], case[4], case[5]

    it(("%d: %d means %s"):format(index, status, code), function()
      local answer = { status = status, body = body, headers = headers or {} }

      local err = failure.from_answer(answer, scrub)

      assert.equal(code, err.code)
      assert.equal(status, err.status)
      assert.truthy(tostring(err):find(said, 1, true), tostring(err))
      assert.truthy(errors.is(err))
      assert.truthy(#tostring(err) < 800)
    end)
  end

  it("says when to come back and how the service calls the request", function()
    local headers = { ["retry-after"] = "7", ["mistral-correlation-id"] = "id-1" }

    local err = failure.from_answer({ status = 429, body = "", headers = headers }, scrub)

    assert.equal(7, err.retry_after)
    assert.truthy(tostring(err):find("; the service asks to wait 7 s: try again then", 1, true))
    assert.equal("id-1", err.request_id)
  end)

  it("reads when to come back from a date as well, and from nothing else", function()
    local function wait(value)
      local answer = { status = 429, body = "", headers = { ["retry-after"] = value } }
      return failure.from_answer(answer, scrub).retry_after
    end

    local soon = wait(os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() + 90))

    assert.truthy(soon >= 85 and soon <= 90, soon)
    assert.equal(0, wait "Sun, 06 Nov 1994 08:49:37 GMT")
    assert.equal(1.5, wait " 1.5 ")
    assert.is_nil(wait "soon")
    assert.is_nil(wait "-5")
    assert.is_nil(wait(nil))
  end)

  it("takes the request's name from the body where no header has it", function()
    local err = failure.from_answer({ status = 401, body = '{"request_id":"r-2"}' }, scrub)

    assert.equal("r-2", err.request_id)
  end)

  it("holds no key, however the server repeats it", function()
    local bodies = {
      '{"message":"bad key %s"}', "%s", '{"detail":[{"loc":["%s"],"msg":"%s"}]}',
      '{"error":{"type":"%s","message":"%s"},"request_id":"%s"}', '{"type":"%s","code":"%s"}',
      "<title>%s</title>", ("x"):rep(480) .. "%s",
    }
    for _, shape in ipairs(bodies) do
      local err = failure.from_answer({ status = 401, body = (shape:gsub("%%s", KEY)) }, scrub)
      for _, value in pairs(err) do
        assert.is_nil(tostring(value):find(KEY:sub(1, 10), 1, true), tostring(value))
      end
    end
  end)

  it("shows control characters as such and keeps within bounds", function()
    local body = '{"message":"\\u001b[2Jevil ' .. ("\\u0007x"):rep(9000) .. '"}'

    local err = failure.from_answer({ status = 500, body = body }, scrub)

    assert.is_nil(err.message:find("%c"))
    assert.truthy(err.message:find("\\x1b[2Jevil", 1, true))
    assert.truthy(#err.message < 700)
  end)

  it("costs no more than its length, whatever it is made of", function()
    local blanks = (" "):rep(100000)
    local started = os.clock()

    local page = failure.from_answer({ status = 502, body = "<title>" .. blanks }, scrub)
    local late = failure.from_answer({
      status = 429, body = "", headers = { ["retry-after"] = "1" .. blanks .. "1" },
    }, scrub)

    assert.truthy(os.clock() - started < 1)
    assert.equal("the service failed (502)", page.message)
    assert.is_nil(late.retry_after)
  end)

  it("gives up on a message nested without end", function()
    local body = ('{"message":'):rep(300) .. '"deep"' .. ("}"):rep(300)

    assert.equal("server", failure.from_answer({ status = 500, body = body }, scrub).code)
  end)
end)

describe("an error within a stream", function()
  it("has a status of HTTP, or none", function()
    for _, status in ipairs { "422.5", "1e300", "-1", '"503 Busy"', "[]" } do
      local frame = json.decode('{"error":{"message":"no","status":' .. status .. "}}")

      local err = failure.from_frame(frame, {}, scrub)

      assert.is_nil(err.status)
      assert.truthy(err.message:find("no", 1, true))
    end
  end)
end)

describe("a date of HTTP", function()
  local dates = {
    ["Thu, 01 Jan 1970 00:00:00 GMT"] = 0,
    ["Sun, 06 Nov 1994 08:49:37 GMT"] = 784111777,
    ["Tue, 29 Feb 2000 23:59:59 GMT"] = 951868799,
    ["Wed, 01 Mar 2000 00:00:00 GMT"] = 951868800,
    ["Fri, 31 Dec 2100 00:00:00 GMT"] = 4133894400,
  }
  for date, seconds in pairs(dates) do
    it("is understood: " .. date, function()
      assert.equal(seconds, http_date.parse(date))
    end)
  end

  for _, text in ipairs { "", "06 Nov 1994", "Sun, 06 Foo 1994 08:49:37 GMT", "1994-11-06" } do
    it(("is not: %q"):format(text), function()
      assert.is_nil(http_date.parse(text))
    end)
  end
end)

describe("a transfer that failed", function()
  local codes = {
    bad_url = "refused", insecure = "insecure", resolve = "network", connect = "network",
    tls = "tls", proxy = "network", timeout_connect = "timeout", timeout_head = "timeout",
    timeout_idle = "timeout", timeout_total = "timeout", reset = "network", protocol = "broken",
    too_large = "too_large", redirect = "redirect", memory = "internal", file = "file", unheard_of = "network",
  }
  for code, meaning in pairs(codes) do
    it(("with %s means %s"):format(code, meaning), function()
      local err = failure.from_end({ code = code, message = "" }, scrub)

      assert.equal(meaning, err.code)
      assert.equal(code, err.detail)
      assert.truthy(#err.message > 0)
    end)
  end

  it("is told in the transport's words, without the key", function()
    local err = failure.from_end({ code = "tls", message = "no match for " .. KEY }, scrub)

    assert.equal("no match for [key]", err.message)
  end)

  it("does not blame the network when its time ran out before its turn", function()
    local ended = { code = "timeout_total", message = "it waited 3.0 s for its turn" }
    local slow = failure.from_end(ended, scrub)
    ended.waited_ms = 3000
    local late = failure.from_end(ended, scrub)

    assert.match("network", slow.hint)
    assert.equal("it waited 3.0 s for its turn; allow more time in timeout.total_ms, "
      .. "or send fewer requests at once", tostring(late))
  end)

  it("is told in our words where a limit of ours ended it", function()
    local err = failure.from_end({ code = "too_large",
      message = "the answer passed a size limit: Failure writing output to destination" }, scrub)

    assert.equal("the answer is larger than allowed; ask for less at once", tostring(err))
  end)
end)

describe("errors", function()
  it("say how loudly they are said, each of them", function()
    local levels = { error = true, warn = true, info = true, silent = true }
    for code, known in pairs(errors.codes) do
      assert.truthy(levels[known.level], code)
      assert.equal(known.level, errors.level(errors.new(code, "x")))
    end
    assert.equal("silent", errors.level(errors.new("cancelled", "x")))
    assert.equal("error", errors.level { code = "never heard of" })
  end)

  it("print what happened and what to do", function()
    local err = errors.new("rate_limited", "too many.")

    assert.equal("too many; wait a moment, then try again", tostring(err))
    assert.equal("it is so", tostring(errors.new("refused", "it is so")))
  end)

  it("refuse a code that is in no table", function()
    assert.has_error(function() errors.new("nonsense", "x") end, "no such error code: nonsense")
  end)
end)
