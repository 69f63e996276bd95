local json = require "mistral.json"
local messages = require "mistral.api.endpoint.messages"
local mistral = require "mistral"
local subject = require "spec.api.support.subject"

local function body(message, finish_reason, usage)
  message.role = "assistant"
  return json.encode {
    model = "m", usage = usage,
    choices = { { index = 0, finish_reason = finish_reason or "stop", message = message } },
  }
end

local function says(content, usage)
  return function(t) t:body(body({ content = content }, "stop", usage)) end
end

local function calls(id, name)
  return function(t)
    t:body(body({ content = "", tool_calls = { { id = id, type = "function",
      ["function"] = { name = name, arguments = "{}" } } } }, "tool_calls"))
  end
end

local function fails(status, text)
  return function(t)
    t:fail { status = status, code = "http", body = text, headers = {} }
  end
end

local function sent(transport, id)
  return json.decode(transport.sent[id or transport.last_id].body)
end

local function roles(list)
  local names = {}
  for index, message in ipairs(list) do names[index] = message.role end
  return table.concat(names, " ")
end

local TOOL = { name = "look", call = function() return "seen" end }

local one, transport

local function talk(fields, script)
  one, transport = subject.client()
  transport.script = script or {}
  local all = { model = "m" }
  for name, value in pairs(fields or {}) do all[name] = value end
  return one:conversation(all)
end

describe("a conversation", function()
  after_each(function()
    if one then one:close() end
    one = nil
  end)

  it("remembers what was said until one of its tools closed the client", function()
    for _ = 1, 20 do -- a client's requests are in no order
      local ended
      local it_is = talk { tools = { { name = "close", call = function() one:close() end } } }
      it_is:ask("hello", { on_error = function(err) ended = err end })
      calls("aaaaaaaaa", "close")(transport)
      one:drain()

      assert.equal("cancelled", ended.code)
      assert.equal("user assistant tool", roles(ended.messages))
      assert.equal("user assistant tool", roles(it_is.messages))
      assert.is_nil(messages.check(it_is.messages, "messages"))
    end
  end)

  it("remembers what was said, with the system's words first", function()
    local it_is = talk({ system = "be brief", temperature = 0.1 }, {
      says("hello", { total_tokens = 3 }), says("bye", { total_tokens = 4 }),
    })

    local first = assert(it_is:ask "hi")
    local second = assert(it_is:ask "and now?")

    assert.equal("hello", first.text)
    assert.equal("bye", second.text)
    assert.equal("system user assistant user", roles(sent(transport).messages))
    assert.equal("be brief", sent(transport).messages[1].content)
    assert.equal(0.1, sent(transport).temperature)
    assert.equal("user assistant user assistant", roles(it_is.messages))
    assert.equal(it_is.messages, second.messages)
    assert.equal(7, it_is.usage.total_tokens)
  end)

  it("takes parts, and keeps them as they were sent", function()
    local it_is = talk({}, { says "a wren" })

    it_is:ask { { type = "text", text = "?" }, mistral.image "https://example.invalid/a.png" }

    assert.same({ type = "image_url", image_url = "https://example.invalid/a.png" },
      it_is.messages[1].content[2])
  end)

  it("has the forms of a request: callbacks, and a loop", function()
    local function streams(t)
      t:head()
      t:delta '{"content":"he"}'
      t:delta('{"content":"llo"}', "stop")
      t:event "[DONE]"
      t:done()
    end
    local it_is = talk({}, { streams, streams })
    local callbacks, heard = subject.listener()

    local asked = it_is:ask("hi", callbacks)
    assert.is_false(asked.ended)
    asked:wait()
    local texts = {}
    local stream = it_is:stream "again"
    for delta in stream do texts[#texts + 1] = delta.text end

    assert.equal("hello", table.concat(heard.texts))
    assert.equal("hello", heard.ends[1].reply.text)
    assert.equal("hello", table.concat(texts))
    assert.equal(4, #stream.reply.messages)
  end)

  it("calls tools, and keeps what they gave", function()
    local events = {}
    local it_is = talk({ tools = { TOOL } }, { calls("call_1", "look"), says "there", says "ok" })

    it_is:ask("where?", { on_tool = function(event) events[#events + 1] = event end }):wait()
    assert(it_is:ask "sure?")

    assert.equal("seen", events[1].result)
    assert.equal("user assistant tool assistant user", roles(sent(transport).messages))
    assert.is_nil(messages.check(sent(transport).messages, "messages"))
  end)

  it("withdraws a question that fails, so that it can be asked again", function()
    local it_is = talk({ system = "s" }, { says "one", fails(500), says "two" })
    it_is:ask "first"

    local reply, err = it_is:ask("second", { retry = 0 }):wait()
    assert.is_nil(reply)
    assert.equal("server", err.code)
    assert.equal("user assistant", roles(it_is.messages))
    it_is:ask "second"

    assert.equal("system user assistant user", roles(sent(transport).messages))
    assert.equal("second", sent(transport).messages[4].content)
  end)

  it("keeps a question whose tools have run before it failed", function()
    local it_is = talk({ tools = { TOOL } }, { calls("aaaaaaaaa", "look"), fails(400), says "so" })

    local _, err = it_is:ask "where?"
    assert.equal("user assistant tool", roles(it_is.messages))
    assert.equal(it_is.messages, err.messages)
    assert(it_is:ask "go on")

    assert.equal("user assistant tool assistant user", roles(sent(transport).messages))
    assert.is_nil(messages.check(sent(transport).messages, "messages"))
  end)

  it("keeps the text that had come when it is stopped, and withdraws what had none", function()
    local it_is = talk()
    local callbacks, heard = subject.listener()

    local asked = it_is:ask("hi", callbacks)
    transport:head()
    transport:delta '{"content":"I wo"}'
    one:drain()
    asked:cancel()
    one:drain()
    local another = it_is:ask("and?", callbacks)
    another:cancel()
    one:drain()

    assert.equal("cancelled", heard.ends[1].err.code)
    assert.equal("cancelled", heard.ends[2].err.code)
    assert.same({ { role = "user", content = "hi" }, { role = "assistant", content = "I wo" } },
      it_is.messages)
  end)

  it("answers one question at a time", function()
    local it_is = talk()
    local callbacks, heard = subject.listener(false)

    local first = it_is:ask("one", callbacks)
    it_is:ask("two", callbacks)
    one:drain()

    assert.equal("refused", heard.ends[1].err.code)
    assert.equal("this conversation still waits for an answer", heard.ends[1].err.message)
    first:cancel()
    one:drain()
    assert.equal(1, transport.last_id)
  end)

  it("may be asked again from the callback that heard its answer", function()
    local it_is = talk({}, { says "one", says "two" })
    local last
    it_is:ask("a", { on_done = function()
      last = it_is:ask("b", { on_done = function() end })
    end }):wait()
    last:wait()

    assert.equal("user assistant user assistant", roles(it_is.messages))
  end)

  it("loses nothing that is added, or set, while it waits for an answer", function()
    local it_is = talk { system = "brief" }

    it_is:ask("first", {})
    it_is:add { role = "user", content = "and by the way" }
    it_is.system = nil
    says "answer" (transport)
    one:drain()

    assert.equal("user assistant user", roles(it_is.messages))
    assert.equal("and by the way", it_is.messages[3].content)
  end)

  it("makes what was said elsewhere fit", function()
    local it_is = talk({ messages = {
      { role = "user", content = "hi" }, { role = "assistant", content = "" },
      { role = "assistant", tool_calls = { { id = "call_1",
        ["function"] = { name = "look", arguments = "{}" } } } },
    } }, { says "ok" })
    it_is:add { role = "user", content = "note this" }

    assert(it_is:ask "well?")

    assert.equal("user assistant tool assistant user user", roles(sent(transport).messages))
    assert.is_nil(messages.check(sent(transport).messages, "messages"))
  end)

  it("leaves out the oldest turns when the model cannot hold all, and forgets nothing", function()
    local long = ("word "):rep(800) -- some 1140 tokens
    local it_is = talk({ system = "rules", context = 5000, max_tokens = 1000 })
    for index = 1, 6 do
      it_is:add { role = "user", content = index .. long }
      it_is:add { role = "assistant", content = "yes" }
    end
    transport.script = { says "ok" }

    local reply = assert(it_is:ask "now?")

    local list = sent(transport).messages
    assert.equal("system user assistant user assistant user assistant user", roles(list))
    assert.equal("rules", list[1].content)
    assert.equal("4", list[2].content:sub(1, 1))
    assert.equal("now?", list[8].content)
    assert.equal(6, reply.left_out)
    assert.equal(14, #it_is.messages)
  end)

  it("knows what the service's models hold", function()
    local it_is = talk({ model = "voxtral-small-latest" }, { says "ok" })
    for _ = 1, 30 do
      it_is:add { role = "user", content = ("word "):rep(1000) } -- some 1430 tokens
      it_is:add { role = "assistant", content = "yes" }
    end

    local reply = assert(it_is:ask "now?")

    assert.truthy(reply.left_out >= 20, reply.left_out)
    assert.equal(61 - reply.left_out, #sent(transport).messages)
  end)

  it("keeps the open calls of the last turn, however long it is", function()
    local big = { name = "look", call = function() return ("word "):rep(4000) end }
    local it_is = talk({ context = 3000, tools = { big }, messages = {
      { role = "user", content = ("old "):rep(2000) }, { role = "assistant", content = "a" },
    } }, { calls("aaaaaaaaa", "look"), says "ok" })

    local reply, err = it_is:ask "look"

    -- The client itself refuses what the model can certainly not hold, if it knows the model.
    assert.is_nil(err)
    assert.equal("user assistant tool", roles(sent(transport).messages))
    assert.equal(2, reply.left_out)
  end)

  it("sends less when the service says that it was too much", function()
    local too_long = fails(400, '{"object":"error","message":"Prompt contains 9000 tokens, too large '
      .. 'for model with 8000 maximum context length","type":"invalid_request_invalid_args",'
      .. '"code":"3051"}')
    local it_is = talk({}, { too_long, too_long, says "ok" })
    for index = 1, 8 do
      it_is:add { role = "user", content = index .. ("word "):rep(200) }
      it_is:add { role = "assistant", content = "yes" }
    end

    local reply = assert(it_is:ask "now?")

    assert.equal(3, transport.last_id)
    assert.equal(17, #sent(transport, 1).messages)
    assert.truthy(#sent(transport, 2).messages < 17)
    assert.truthy(#sent(transport, 3).messages < #sent(transport, 2).messages)
    assert.equal(17 - #sent(transport, 3).messages, reply.left_out)
    assert.equal(18, #it_is.messages)
  end)

  it("refuses what cannot be said, and stays as it was", function()
    local it_is = talk()

    local _, nothing = it_is:ask ""
    local _, missing = it_is:ask { mistral.image "/nowhere/a.png" }

    assert.equal("ask: there is nothing to say", nothing.message)
    assert.truthy(missing.message:find("there is no such file", 1, true))
    assert.same({}, it_is.messages)
    assert.equal(0, transport.last_id)
  end)

  it("reads no file that is made to hold keys, with tools or without", function()
    local it_is = talk()

    local _, asked = it_is:ask { mistral.document "/nowhere/.env" }
    local _, ran = one:run(subject.chat { messages = {
      { role = "user", content = mistral.document "/nowhere/id_rsa" },
    } })

    assert.equal("refused", asked.code)
    assert.truthy(asked.message:find("files of that name hold keys", 1, true), asked.message)
    assert.truthy(ran.message:find("files of that name hold keys", 1, true), ran.message)
    assert.same({}, it_is.messages)
  end)

  it("raises on what only a mistake in the calling code can be", function()
    local it_is = talk()

    assert.error_matches(function() it_is:ask(3) end, "takes a text or a list of parts")
    assert.error_matches(function() it_is:ask("x", { on_dlta = print }) end, "conversation:ask has no")
    for _, name in ipairs { "ask", "stream", "add", "save" } do
      assert.error_matches(function() it_is[name] "x" end,
        "conversation:" .. name .. " is called with a colon")
    end
    assert.error_matches(function() it_is:add "x" end, "conversation:add takes a message")
    assert.error_matches(function() one:conversation { system = 3 } end, "`system` should not be a")
    assert.error_matches(function() one:conversation { tools = { { name = "f" } } } end,
      "`tools%[1%]%.call` is missing")
  end)

  it("raises at once on a field that there is not", function()
    talk()
    local function wrong(field, sentence)
      local made, problem = pcall(one.conversation, one, { model = "m", [field] = 5 })
      assert.is_false(made)
      assert.truthy(problem:find(sentence, 1, true), problem)
    end

    wrong("sytem", "client:conversation: `sytem` is not a field the service knows; did you mean `system`?")
    wrong("max_turn", "did you mean `max_turns`?")
    wrong("temprature", "did you mean `temperature`?")
    wrong("seed", "the service calls it `random_seed`")
    wrong("extra", "`extra` is not a field the service knows")
    assert.is_table(one:conversation { context = 5, max_result_bytes = 5, max_turns = 5,
      reasoning_effort = "low" })
  end)

  it("takes no message in which nothing is said", function()
    local it_is = talk()

    for _, role in ipairs { "system", "user", "tool", "assistant" } do
      assert.error_matches(function() it_is:add { role = role } end,
        "conversation:add: the " .. role .. "'s message has no `content`")
    end
    assert.error_matches(function() it_is:add { role = "user", content = 5 } end, "has no `content`")
    assert.same({}, it_is.messages)
    it_is:add { role = "user", content = { { type = "text", text = "a" } } }
    it_is:add { role = "assistant", tool_calls = { { id = "abcdefghi", type = "function",
      ["function"] = { name = "f", arguments = "{}" } } } }
    assert.equal(2, #it_is.messages)
  end)
end)

describe("a conversation on disk", function()
  local path

  before_each(function() path = os.tmpname() end)
  after_each(function()
    os.remove(path)
    if one then one:close() end
    one = nil
  end)

  local function write(content)
    local file = assert(io.open(path, "wb"))
    file:write(content)
    file:close()
  end

  local function read()
    local file = assert(io.open(path, "rb"))
    local content = file:read "*a"
    file:close()
    return content
  end

  it("goes on where it was", function()
    local it_is = talk({
      system = "be brief", temperature = 0.1, context = 9000, max_turns = 3, tools = { TOOL },
    }, { says "hello" })
    it_is:ask "hi"
    assert(it_is:save(path))
    one:close()

    local loaded = assert(mistral.conversation(path))
    local again = talk(loaded, { says "still here" })
    assert(again:ask "and now?")

    assert.equal("system user assistant user", roles(sent(transport).messages))
    assert.equal(0.1, sent(transport).temperature)
    assert.equal("be brief", again.system)
  end)

  it("goes on with its tools when they are given again", function()
    local it_is = talk({ tools = { TOOL }, tool_choice = "any", parallel_tool_calls = false },
      { says "hello" })
    it_is:ask "hi"
    assert(it_is:save(path))
    one:close()

    local loaded = assert(mistral.conversation(path))
    loaded.tools = { TOOL }
    assert(talk(loaded, { says "still here" }):ask "and now?")

    assert.equal("any", sent(transport).tool_choice)
    assert.is_false(sent(transport).parallel_tool_calls)
  end)

  it("is for its owner alone, holds no key, and replaces what was there in one step", function()
    local it_is = talk({}, { says "hello" })
    it_is:ask "hi"
    write "something else"

    assert(it_is:save(path))

    local stat = require("mistral.native").stat(path)
    assert.equal(6 * 64, stat.mode)
    assert.is_nil(read():find(subject.KEY, 1, true))
    local left = io.popen("ls -a '" .. path .. "'*")
    assert.equal(path .. "\n", left:read "*a")
    left:close()
  end)

  it("that cannot be written says so, and leaves what was there", function()
    local it_is = talk({}, { says "hello" })
    it_is:ask "hi"

    local saved, err = it_is:save "/proc/none/talk.json"

    assert.is_nil(saved)
    assert.equal("file", err.code)
    it_is.fields.metadata = { f = print }
    write "before"
    local _, other = it_is:save(path)
    assert.truthy(other.message:find("no way to write a function", 1, true))
    assert.equal("before", read())
  end)

  local function conversation(fields)
    return json.encode { kind = "mistral.conversation", version = 1, conversation = fields }
  end

  local bad = {
    { "it is no saved conversation", "hello" },
    { "it is no saved conversation", "[1,2]" },
    { "it is no saved conversation", '{"kind":"other","version":1}' },
    { "it is of version 2; this one reads version 1", '{"kind":"mistral.conversation","version":2}' },
    { "it holds no messages", '{"kind":"mistral.conversation","version":1,"conversation":{}}' },
    { "its `context` is not a whole number", conversation { messages = json.array {}, context = "x" } },
    { "`messages[1].role` should be system, user, assistant or tool",
      conversation { messages = { { role = "robot", content = "x" } } } },
    { "it holds no messages", conversation { messages = { a = 1 } } },
    { "it holds tools", conversation { messages = json.array {}, tools = { { type = "function",
      ["function"] = { name = "f", parameters = { type = "object" } } } } } },
    { "`messages[1]` should not be null", conversation { messages = { json.null } } },
    { "`messages[2].tool_calls[1]` should be an object", conversation { messages = {
      { role = "user", content = "x" }, { role = "assistant", tool_calls = { 1, json.null } } } } },
    { "`messages[1]` should be a table", conversation { messages = { "x" } } },
    { "`messages[1].content[1].type` should be one of",
      conversation { messages = { { role = "user", content = { { type = "program" } } } } } },
    { "`run` is not a field the service knows", conversation { messages = json.array {}, run = "rm" } },
    { "`temperature` should be at most 1.5",
      conversation { messages = json.array {}, temperature = 9 } },
    { "`messages[1].content` should be a string or a list",
      conversation { messages = json.array {}, system = 4 } },
    { "it is not a conversation that can be sent",
      conversation { messages = { { role = "assistant", tool_calls = { 3 } } } } },
  }
  for index, case in ipairs(bad) do
    it(("%d from elsewhere is refused in one sentence: %s"):format(index, case[1]), function()
      write(case[2])

      local loaded, err = mistral.conversation(path)

      assert.is_nil(loaded)
      assert.equal("file", err.code)
      assert.truthy(err.message:find(case[1], 1, true), err.message)
      assert.is_nil(tostring(err):find "\n")
    end)
  end

  it("that is not there says so", function()
    local _, missing = mistral.conversation(path .. ".none")
    local _, folder = mistral.conversation "/tmp"

    assert.equal("file", missing.code)
    assert.equal(path .. ".none: there is no such file or folder", missing.message)
    assert.truthy(folder.message:find("it is not an ordinary file", 1, true))
  end)
end)
