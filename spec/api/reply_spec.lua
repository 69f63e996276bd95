local errors = require "mistral.errors"
local json = require "mistral.json"
local subject = require "spec.api.support.subject"

local SCHEMA = {
  type = "object", required = { "findings" },
  properties = { findings = { type = "array", items = {
    type = "object", properties = { line = { type = "integer" } },
  } } },
}

local FORMAT = { type = "json_schema", json_schema = { name = "review", schema = SCHEMA } }

local function answer(text, finish_reason)
  return json.encode { model = "m", choices = { { index = 0, finish_reason = finish_reason or "stop",
    message = { role = "assistant", content = text } } } }
end

-- The reply to a request with these fields, answered with this text.
local function asked(fields, text, finish_reason)
  local one, transport = subject.client()
  transport.script = { function(t) t:body(answer(text, finish_reason)) end }
  local reply = assert(one:chat(subject.chat(fields)))
  one:close()
  return reply
end

describe("reply:json", function()
  it("reads the answer's JSON", function()
    assert.same({ a = 1 }, (asked({}, '{"a":1}'):json()))
    assert.same({ a = 1 }, (asked({}, 'Here you are:\n```json\n{"a":1}\n```'):json()))
  end)

  it("checks it against the schema of the request, and names the place", function()
    local good = asked({ response_format = FORMAT }, '{"findings":[{"line":3}]}')
    local bad = asked({ response_format = FORMAT }, '{"findings":[{"line":3},{"line":"4"}]}')

    assert.same({ findings = { { line = 3 } } }, (good:json()))
    local value, err = bad:json()
    assert.is_nil(value)
    assert.equal("mismatch", err.code)
    assert.equal("the answer is not what its schema says: findings[2].line: should be an integer, "
      .. "got a string", err.message)
    assert.equal('{"findings":[{"line":3},{"line":"4"}]}', bad.text)
  end)

  it("takes another schema", function()
    local _, err = asked({}, '{"a":1}'):json { required = { "b" } }

    assert.truthy(err.message:find("b: is missing", 1, true))
  end)

  it("says that there is none, and when the answer was cut off", function()
    local _, none = asked({}, "Sorry."):json()
    local _, cut = asked({}, '{"a":', "length"):json()

    assert.equal("there is no JSON in the answer", none.message)
    assert.equal("the answer was cut off before its JSON was whole", cut.message)
  end)

  it("can be joined to text, as an error can", function()
    assert.equal("said: Hello!", "said: " .. asked({}, "Hello") .. "!")
    assert.equal("oh: no", "oh: " .. errors.new("cancelled", "no"))
  end)

  it("raises on what is no schema, and behind a dot", function()
    local reply = asked({}, "1")

    assert.error_matches(function() reply.json() end, "reply:json is called with a colon")
    assert.error_matches(function() reply:json "object" end, "takes a JSON Schema, got a string")
  end)

  it("is in a streamed reply, in each of several answers, and in what a cancelled one left",
    function()
      local one, transport = subject.client()
      local callbacks, heard = subject.listener()
      one:chat(subject.chat { response_format = FORMAT, n = 2 }, callbacks)
      transport:head()
      transport:event('{"choices":[{"index":0,"delta":{"content":"{\\"findings\\":[]}"},'
        .. '"finish_reason":"stop"},{"index":1,"delta":{"content":"{}"},"finish_reason":"stop"}]}')
      transport:event "[DONE]"
      transport:done()
      one:drain()

      local reply = heard.ends[1].reply
      assert.same({ findings = {} }, (reply:json()))
      assert.same({ findings = {} }, (reply.choices[1]:json()))
      local _, err = reply.choices[2]:json()
      assert.truthy(err.message:find("findings: is missing", 1, true))

      local running = one:chat(subject.chat(), callbacks)
      transport:head()
      transport:delta '{"content":"[1]"}'
      one:drain()
      running:cancel()
      one:drain()
      assert.same({ 1 }, (heard.ends[2].err.reply:json()))
      one:close()
    end)

  it("is not among the facts of the reply", function()
    local reply = asked({}, "hello")

    for name in pairs(reply) do
      assert.not_equal("json", name)
    end
    assert.equal("hello", tostring(reply))
  end)
end)
