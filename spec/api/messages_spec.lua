local json = require "mistral.json"
local messages = require "mistral.api.endpoint.messages"

local function user(content) return { role = "user", content = content or "u" } end
local function system() return { role = "system", content = "s" } end
local function said(fields)
  local message = { role = "assistant", content = "a" }
  for name, value in pairs(fields or {}) do
    message[name] = value
  end
  return message
end
local function call(id, arguments)
  local called = { name = "f", arguments = arguments or "{}" }
  return { id = id, type = "function", ["function"] = called }
end
local function calls(...)
  return { role = "assistant", content = "", tool_calls = { ... } }
end
local function result(id) return { role = "tool", content = "r", tool_call_id = id, name = "f" } end

local A, B = "aaaaaaaaa", "bbbbbbbbb"

describe("messages in an order the service takes", function()
  local good = {
    { "a question", { user() } },
    { "rules and a question", { system(), system(), user() } },
    { "rules late", { user(), system(), user() } },
    { "a conversation", { user(), said(), user() } },
    { "a prefix at the end", { user(), said { prefix = true } } },
    { "questions in a row", { user(), user() } },
    { "a tool's result at the end", { user(), calls(call(A)), result(A) } },
    { "two calls answered in any order",
      { user(), calls(call(A), call(B)), result(B), result(A), said(), user() } },
    { "the same id in a later message",
      { user(), calls(call(A)), result(A), calls(call(A)), result(A) } },
    { "arguments as a table", { user(), calls(call(A, { x = 1 })), result(A) } },
    { "null content beside calls",
      { user(), { role = "assistant", content = json.null, tool_calls = { call(A) } },
        result(A) } },
    { "null where the service takes null", { user(json.null), calls(call(A)),
      { role = "tool", content = json.null, tool_call_id = A, name = json.null } } },
    { "content in chunks", { user { { type = "text", text = "x" },
      { type = "image_url", image_url = "https://example.invalid/a.png" } } } },
    { "thinking that goes back", { user(), { role = "assistant", content = {
      { type = "thinking", thinking = { { type = "text", text = "hm" } } },
      { type = "text", text = "so" } } }, user() } },
  }
  for _, case in ipairs(good) do
    it("are taken: " .. case[1], function()
      assert.is_nil(messages.check(case[2], "messages"))
    end)
  end
end)

local function holding(...)
  return { user { ... } }
end

local UUID = "b5b3a1a0-0f7e-4d53-9a8e-3f6a2c1d0e9f"

describe("a chunk", function()
  local good = {
    { type = "text", text = "" },
    { type = "image_url", image_url = { url = "https://example.invalid/a.png", detail = "low" } },
    { type = "document_url", document_url = "https://example.invalid/a.pdf", document_name = "a" },
    { type = "reference", reference_ids = { 1, "b" } },
    { type = "file", file_id = UUID },
    { type = "thinking", thinking = { { type = "text", text = "hm" },
      { type = "tool_reference", tool = "web_search", title = "t" },
      { type = "reference", reference_ids = { 1 } } }, signature = "s", closed = true },
    { type = "input_audio", input_audio = "UklGRg==" },
  }
  for _, chunk in ipairs(good) do
    it("is taken with all its fields: " .. chunk.type, function()
      assert.is_nil(messages.check(holding(chunk), "messages"))
    end)
  end

  local bad = {
    { { type = "video" }, "`messages[1].content[1].type` should be one of text, image_url" },
    { { text = "x" }, "`messages[1].content[1].type` is missing" },
    { { type = "text" }, "`messages[1].content[1].text` is missing" },
    { { type = "text", text = "x", cache = true }, "`messages[1].content[1].cache` is not a field" },
    { { type = "image_url", image_url = "" }, "`messages[1].content[1].image_url` should be an addr" },
    { { type = "image_url", image_url = { url = "x", detail = "max" } }, "one of low, auto, high" },
    { { type = "image_url", image_url = "x", detail = "low" }, "goes into `image_url`, beside `url`" },
    { { type = "document_url", document_url = "x", name = "y" }, "use `document_name`" },
    { { type = "reference", reference_ids = { {} } }, "`messages[1].content[1].reference_ids[1]`" },
    { { type = "file", file_id = "file-1" }, "the id of an uploaded file (a UUID)" },
    { { type = "thinking", thinking = "hm" }, "`messages[1].content[1].thinking` should be a list" },
    { { type = "thinking", thinking = { { type = "image_url" } } },
      "`messages[1].content[1].thinking[1].type` should be one of text, tool_reference" },
    { { type = "input_audio", input_audio = {} }, "`messages[1].content[1].input_audio` should be" },
  }
  for index, case in ipairs(bad) do
    it(("%d is refused by its field: %s"):format(index, case[2]), function()
      local reason = messages.check(holding(case[1]), "messages")

      assert.truthy((reason or "taken"):find(case[2], 1, true), reason)
    end)
  end

  it("that is a picture is refused in a system message", function()
    local reason = messages.check({
      { role = "system", content = { { type = "image_url", image_url = "https://a.invalid/" } } },
      user(),
    }, "messages")

    assert.truthy(reason:find("`messages[1].content[1].type` should be one of text, thinking", 1, true))
  end)

  it("that is a picture may come eight times in all the messages, and not nine times", function()
    local picture = { type = "image_url", image_url = "https://example.invalid/a.png" }
    local four = { picture, picture, picture, picture }
    local eight = { user(four), said(), user(four) }
    local nine = { user(four), said(), user(four), said(), user { picture } }

    assert.is_nil(messages.check(eight, "messages"))
    assert.equal("`messages` holds 9 images; 8 is the most in one request",
      messages.check(nine, "messages"))
  end)
end)

describe("messages that the service would refuse", function()
  local bad = {
    { { said(), user() }, "`messages[1]`: a conversation begins with system or user" },
    { { system() }, "last message should be from user or tool" },
    { { user(), said() }, "with prefix=true; this one is from assistant" },
    { { user(), said { prefix = true }, user() }, "`messages[2].prefix`: only the last message" },
    { { user(), result(A) }, "tool cannot follow user; a tool message answers" },
    { { user(), calls(call(A)), result(A), user() },
      "user cannot follow tool; put an assistant message between them" },
    { { user(), said(), system(), user() }, "system cannot follow assistant" },
    { { user(), calls(call(A)), said(), user() }, "the tool call aaaaaaaaa has no answer" },
    { { user(), calls(call(A), call(B)), result(A) }, "the tool call bbbbbbbbb has no answer" },
    { { user(), calls(call(A)), result(B) }, "bbbbbbbbb, which was not made before it" },
    { { user(), calls(call(A)), result(A), result(A) }, "answers the tool call aaaaaaaaa again" },
    { { user(), calls(call(A), call(A)), result(A) }, "has the id aaaaaaaaa twice" },
    { { user(), calls(call "call_1"), result(A) }, "nine letters and digits" },
    { { user(), calls(call "null"), result(A) }, "nine letters and digits" },
    { { user(), { role = "assistant", content = "" }, user() }, "neither content nor tool calls" },
    { { user(), { role = "assistant" }, user() }, "neither content nor tool calls" },
    { { user(), said { tool_calls = {} }, user() }, "`messages[2].tool_calls` is empty" },
    { { { role = "user", content = "x", name = "me" } }, "only a tool message has a name" },
    { { user(), said { reasoning_content = "x" }, user() }, "as a chunk of type thinking" },
    { { user(), said { metadata = {} }, user() }, "`messages[2].metadata`" },
    { { { role = "developer", content = "x" } }, "say system, not developer" },
    { { { role = "robot", content = "x" } }, "should be system, user, assistant or tool" },
    { { { content = "x" } }, "`messages[1].role`" },
    { { "hello" }, "`messages[1]` should be a table, got a string" },
    { { { role = "user" } }, "`messages[1].content` is missing" },
    { { user {} }, "`messages[1].content` is an empty list" },
    { { user { { type = "txt", text = "x" } } }, "`messages[1].content[1].type` should be one of" },
    { { user(), { role = "assistant", content = "", tool_calls = {
      { id = A, ["function"] = { name = "f", arguments = "{}" }, _index = 0 } } }, result(A) },
      "`messages[2].tool_calls[1]._index` is not a field" },
  }
  for index, case in ipairs(bad) do
    it(("%d are refused with the reason: %s"):format(index, case[2]), function()
      local reason = messages.check(case[1], "messages")

      assert.truthy(reason and reason:find(case[2], 1, true), reason)
    end)
  end
end)
