local history = require "mistral.api.work.history"
local json = require "mistral.json"
local messages = require "mistral.api.endpoint.messages"

local function user(content) return { role = "user", content = content or "u" } end
local function said(content) return { role = "assistant", content = content or "a" } end
local function call(id, arguments)
  return { id = id, type = "function", ["function"] = { name = "f", arguments = arguments or "{}" } }
end
local function calling(...) return { role = "assistant", content = "", tool_calls = { ... } } end
local function result(id, content) return { role = "tool", content = content or "r", tool_call_id = id } end

-- Roles in order, as a sentence.
local function roles(list)
  local names = {}
  for index, message in ipairs(list) do names[index] = message.role end
  return table.concat(names, " ")
end

local A, B = "aaaaaaaaa", "bbbbbbbbb"

describe("a history that is made to fit", function()
  local cases = {
    { "stays when it is in order", { user(), calling(call(A)), result(A), said(), user() },
      "user assistant tool assistant user" },
    { "has a word between a tool and the user", { user(), calling(call(A)), result(A), user() },
      "user assistant tool assistant user" },
    { "has a result for every call", { user(), calling(call(A), call(B)), result(B), user() },
      "user assistant tool tool assistant user" },
    { "has a result for calls at its end", { user(), calling(call(A)) }, "user assistant tool" },
    { "has no empty turns", { user(), said "", user "", said(json.null), user {}, user() },
      "user user" },
    { "has no empty turn between a tool and the user",
      { user(), calling(call(A)), result(A), said "", user() },
      "user assistant tool assistant user" },
    { "has ids that fit, in calls and in results",
      { user(), calling(call "call_1", call "call_2"), result "call_2", result "call_1" },
      "user assistant tool tool" },
    { "has ids where there were none", { user(), calling(call(nil), call "null"), result(nil),
      result(nil) }, "user assistant tool tool" },
    { "has one id for each of two calls with the same", { user(), calling(call "x", call "x"),
      result "x", result "x" }, "user assistant tool tool" },
    { "has arguments that are JSON", { user(), calling(call(A, "{oops"), call(B, { x = 1 })) },
      "user assistant tool tool" },
    { "has content in an empty result", { user(), calling(call(A)), result(A, "") },
      "user assistant tool" },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      local fitted = history.fit(case[2])

      assert.equal(case[3], roles(fitted))
      assert.is_nil(messages.check(fitted, "messages"))
      assert.same(fitted, history.fit(fitted))
    end)
  end

  it("leaves what it was given as it was", function()
    local given = { user(), calling(call "call_1", call("call_2", "{oops")), result "call_1", user() }
    local before = json.encode(given)

    history.fit(given)

    assert.equal(before, json.encode(given))
  end)

  it("gives each result to its call", function()
    local fitted = history.fit {
      user(), calling(call "one", call "two"), result("two", "2"), result("one", "1"),
    }

    assert.equal(fitted[2].tool_calls[1].id, fitted[4].tool_call_id)
    assert.equal("1", fitted[4].content)
    assert.equal(fitted[2].tool_calls[2].id, fitted[3].tool_call_id)
  end)

  it("has its thinking in one chunk, with the signature", function()
    local function thinking(text, signature)
      return { type = "thinking", thinking = { { type = "text", text = text } }, signature = signature }
    end
    local fitted = history.fit { user(), said {
      thinking "a", { type = "text", text = "x" }, thinking("b", "sig"), { type = "text", text = "y" },
    }, user() }

    assert.same({
      { type = "thinking", signature = "sig",
        thinking = { { type = "text", text = "a" }, { type = "text", text = "b" } } },
      { type = "text", text = "x" }, { type = "text", text = "y" },
    }, fitted[2].content)
  end)

  it("leaves a result that answers nothing for the check to name", function()
    local fitted = history.fit { user(), said(), result(A) }

    assert.truthy(messages.check(fitted, "messages"):find("was not made before it", 1, true))
  end)

  it("joins a prefix and the answer that goes on from it", function()
    local function joined(answer)
      local list = { user(), { role = "assistant", content = "Once", prefix = true } }
      history.append(list, { role = "assistant", content = answer })
      return list
    end

    assert.same({ user(), said "Once upon" }, joined " upon")
    assert.same({ user(), said "Once upon" }, joined "Once upon")
  end)
end)
