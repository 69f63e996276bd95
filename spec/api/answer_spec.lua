local answers = require "mistral.api.reader.answer"
local json = require "mistral.json"

-- Feeds deltas (JSON text) as the chunks of one stream; the reply and what was handed on.
local function stream(deltas, limit)
  local answer, heard = answers.new(limit), {}
  local kept = true
  for _, delta in ipairs(deltas) do
    local text = delta:sub(1, 2) == "{!" and "{" .. delta:sub(3)
      or ('{"id":"c","model":"m","choices":[{"index":0,"delta":%s}]}'):format(delta)
    kept = answer:feed(assert(json.decode(text)), function(d) heard[#heard + 1] = d end)
  end
  return answer:reply(), heard, kept, answer
end

describe("text", function()
  it("is put together from content that is text, null, absent or a list", function()
    local reply, heard = stream {
      '{"role":"assistant","content":""}', '{"content":"a"}', '{"content":null}', "{}",
      '{"content":[{"type":"text","text":"b"},{"type":"text","text":"c"}]}', '{"content":"d"}',
    }

    assert.equal("abcd", reply.text)
    assert.equal(3, #heard)
    assert.equal("bc", heard[2].text)
    assert.is_nil(reply.thinking)
    assert.is_nil(reply.tool_calls)
    assert.same({ role = "assistant", content = "abcd" }, reply.message)
  end)

  it("skips chunks of kinds it does not know, wherever they stand", function()
    local reply = stream {
      '{"content":[{"type":"reference","reference_ids":[1]},{"type":"text","text":"a"},7,null,'
        .. '{"type":"tool_file","x":{}},{"no":"type"},"loose"]}',
      '{"content":{"odd":true}}', '{"content":5}', '{"content":[]}',
    }

    assert.equal("a", reply.text)
  end)

  it("survives chunks without choices, and choices that are nonsense", function()
    local reply = stream {
      '{!"choices":[]}', '{!"choices":null}', "{!\"p\":\"xyz\"}", '{!"choices":[5,null,{}]}',
      '{!"choices":[{"index":-3,"delta":{"content":"x"}}]}',
      '{!"choices":[{"index":99999,"delta":{"content":"x"}}]}',
      '{!"choices":[{"delta":null}]}', '{"content":"ok"}',
    }

    assert.equal("ok", reply.text)
  end)

  it("stops growing at its limit", function()
    local half = '{"content":"' .. ("x"):rep(600) .. '"}'

    local _, heard, kept = stream({ half, half }, 1000)

    assert.is_false(kept)
    assert.equal(1, #heard)
  end)

  local call = '{"tool_calls":[{"index":%d,"id":"%s","function":{"name":"%s","arguments":"%s"}}]}'
  local growing = {
    ["pieces of one byte"] = function() return '{"content":"x"}' end,
    ["thinking in single bytes"] = function()
      return '{"content":[{"type":"thinking","thinking":[{"type":"text","text":"x"}]}]}'
    end,
    ["calls with long names"] = function(n) return call:format(n, "id" .. n, ("n"):rep(500), "") end,
    ["calls with long ids"] = function(n) return call:format(0, n .. ("i"):rep(500), "f", "") end,
    ["arguments in single bytes"] = function() return call:format(0, "a", "f", "x") end,
  }
  for what, delta in pairs(growing) do
    it("takes no more memory than its limit for " .. what, function()
      local limit = 256 * 1024
      local answer, kept, n = answers.new(limit), true, 0
      collectgarbage()
      local before = collectgarbage "count"

      while kept and n < 100000 do
        n = n + 1
        local chunk = ('{"choices":[{"index":0,"delta":%s}]}'):format(delta(n))
        kept = answer:feed(json.decode(chunk), function() end)
      end
      collectgarbage()

      assert.is_false(kept)
      assert.truthy((collectgarbage "count" - before) * 1024 < 2 * limit)
      answer:reply()
    end)
  end
end)

describe("thinking", function()
  it("is kept apart from text, through the change from one to the other", function()
    local reply, heard = stream {
      '{"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"}]}]}',
      '{"content":[{"type":"thinking","thinking":[]}]}',
      '{"content":[{"type":"thinking","thinking":[{"type":"text","text":"m"}],"signature":"sig"},'
        .. '{"type":"text","text":"a"}]}',
      '{"content":"b"}',
    }

    assert.equal("hm", reply.thinking)
    assert.equal("ab", reply.text)
    assert.equal("m", heard[2].thinking)
    assert.equal("a", heard[2].text)
  end)

  it("goes back in one chunk, with its signature, before the text", function()
    local reply = stream {
      '{"content":[{"type":"thinking","thinking":[{"type":"text","text":"h"}],"signature":"sig"}]}',
      '{"content":[{"type":"thinking","thinking":"m"}]}', '{"content":"a"}',
    }

    assert.same({
      role = "assistant",
      content = {
        { type = "thinking", thinking = { { type = "text", text = "hm" } }, signature = "sig" },
        { type = "text", text = "a" },
      },
    }, reply.message)
  end)

  it("is heard where other servers put it", function()
    local reply = stream { '{"reasoning_content":"x"}', '{"reasoning":"y","content":null}' }

    assert.equal("xy", reply.thinking)
  end)
end)

describe("tool calls", function()
  local function made(reply)
    local list = {}
    for index, call in ipairs(reply.tool_calls or {}) do
      list[index] = ("%s %s(%s)"):format(
        tostring(call.id), call["function"].name, call["function"].arguments)
    end
    return list
  end

  it("come whole", function()
    local reply, heard = stream { '{"content":"","tool_calls":[{"id":"abcdefghi","function":'
      .. '{"name":"f","arguments":"{\\"x\\":1}"},"index":0}]}' }

    assert.same({ 'abcdefghi f({"x":1})' }, made(reply))
    assert.same({ { index = 1, id = "abcdefghi", name = "f", arguments = '{"x":1}' } },
      heard[1].tool_calls)
    assert.equal(reply.tool_calls, reply.message.tool_calls)
  end)

  it("come in fragments that forget id and name", function()
    local reply = stream {
      '{"tool_calls":[{"id":"abcdefghi","function":{"name":"f","arguments":""},"index":0}]}',
      '{"tool_calls":[{"function":{"name":"","arguments":"{\\"x\\""},"index":0}]}',
      '{"tool_calls":[{"id":"null","function":{"name":"","arguments":":"},"index":0}]}',
      '{"content":""}',
      '{"tool_calls":[{"id":null,"function":{"name":null,"arguments":"1}"},"index":0}]}',
    }

    assert.same({ 'abcdefghi f({"x":1})' }, made(reply))
  end)

  it("come side by side", function()
    local reply = stream {
      '{"tool_calls":[{"id":"aaaaaaaaa","function":{"name":"f","arguments":"1"},"index":0},'
        .. '{"id":"bbbbbbbbb","function":{"name":"g","arguments":"2"},"index":1}]}',
      '{"tool_calls":[{"function":{"arguments":"4"},"index":1},'
        .. '{"function":{"arguments":"3"},"index":0}]}',
    }

    assert.same({ "aaaaaaaaa f(13)", "bbbbbbbbb g(24)" }, made(reply))
  end)

  it("are told apart by a new id where all are numbered 0", function()
    local reply = stream {
      '{"tool_calls":[{"id":"aaaaaaaaa","function":{"name":"f","arguments":"1"},"index":0}]}',
      '{"tool_calls":[{"id":"bbbbbbbbb","function":{"name":"g","arguments":""},"index":0}]}',
      '{"tool_calls":[{"function":{"arguments":"2"},"index":0}]}',
    }

    assert.same({ "aaaaaaaaa f(1)", "bbbbbbbbb g(2)" }, made(reply))
  end)

  it("of a whole message are as many as it lists, though all have the same index and no id", function()
    local reply = stream { '{!"choices":[{"index":0,"finish_reason":"tool_calls","message":'
      .. '{"content":"","tool_calls":['
      .. '{"id":"null","index":0,"function":{"name":"f","arguments":"{\\"x\\":1}"}},'
      .. '{"id":"null","index":0,"function":{"name":"f","arguments":"{\\"x\\":2}"}}]}}]}' }

    assert.same({ 'nil f({"x":1})', 'nil f({"x":2})' }, made(reply))
  end)

  it("may have arguments that are an object, or none", function()
    local reply = stream {
      '{"tool_calls":[{"id":"aaaaaaaaa","function":{"name":"f","arguments":{"b":2,"a":1}}}]}',
      '{"tool_calls":[{"id":"bbbbbbbbb","function":{"name":"g"},"index":1}]}',
      '{"tool_calls":[{"id":"ccccccccc","function":{"arguments":"1"},"index":2}]}',
      '{"tool_calls":[5,null,{"index":"x"}]}', '{"tool_calls":null}',
    }

    assert.same({ 'aaaaaaaaa f({"a":1,"b":2})', "bbbbbbbbb g({})" }, made(reply))
  end)
end)

describe("the end of an answer", function()
  it("is told by its reason, with the usage beside it or after it", function()
    local beside = { '{"content":"a"}', '{!"choices":[{"index":0,"delta":{"content":"b"},'
      .. '"finish_reason":"stop"}],"usage":{"total_tokens":3}}' }
    local after = { '{"content":"ab"}',
      '{!"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}',
      '{!"choices":[],"usage":{"total_tokens":3}}' }

    for _, chunks in ipairs { beside, after } do
      local reply, heard, _, answer = stream(chunks)
      assert.equal("ab", reply.text)
      assert.equal("stop", reply.finish_reason)
      assert.equal(3, reply.usage.total_tokens)
      assert.equal(3, heard[#heard].usage.total_tokens)
      assert.is_true(answer:is_finished())
    end
  end)

  it("has not come while a choice is open", function()
    local _, _, _, none = stream {}
    local _, _, _, open = stream { '{"content":"a"}' }

    assert.is_false(none:is_finished())
    assert.is_false(open:is_finished())
  end)

  it("keeps several answers apart", function()
    local reply, heard = stream {
      '{!"choices":[{"index":1,"delta":{"content":"b"}},{"index":0,"delta":{"content":"a"}}]}',
      '{!"choices":[{"index":0,"delta":{},"finish_reason":"stop"},'
        .. '{"index":1,"delta":{"content":"B"},"finish_reason":"length"}]}',
    }

    assert.equal("a", reply.text)
    assert.equal("bB", reply.choices[2].text)
    assert.equal("length", reply.choices[2].finish_reason)
    assert.equal(2, heard[1].index)
  end)

  it("has a usage without nulls, which would be true", function()
    local reply = stream { '{!"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}],"usage":'
      .. '{"total_tokens":3,"prompt_audio_seconds":null,"details":{"cached":null,"list":[1,null,2]}}}' }

    assert.same({ total_tokens = 3, details = { list = { 1, 2 } } }, reply.usage)
  end)

  it("comes whole in a message", function()
    local reply = stream { '{!"id":"c","model":"m","choices":[{"index":0,"message":{"role":'
      .. '"assistant","content":"hi","tool_calls":null},"finish_reason":"length"}],"usage":{}}' }

    assert.equal("hi", reply.text)
    assert.equal("length", reply.finish_reason)
    assert.equal("m", reply.model)
    assert.equal("c", reply.id)
  end)
end)
