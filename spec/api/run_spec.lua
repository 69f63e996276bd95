local json = require "mistral.json"
local messages = require "mistral.api.endpoint.messages"
local subject = require "spec.api.support.subject"

local function body(message, finish_reason, usage)
  message.role = "assistant"
  return json.encode {
    model = "m", usage = usage,
    choices = { { index = 0, finish_reason = finish_reason or "stop", message = message } },
  }
end

-- A turn in which the model says this.
local function says(content, usage)
  return function(t) t:body(body({ content = content }, "stop", usage)) end
end

local function call(id, name, arguments)
  return { id = id, type = "function", ["function"] = { name = name, arguments = arguments } }
end

-- A turn in which the model calls these tools.
local function calls(...)
  local list = { ... }
  return function(t)
    t:body(body({ content = "", tool_calls = list }, "tool_calls", { total_tokens = 10 }))
  end
end

local ADD = {
  name = "add", description = "adds",
  parameters = {
    type = "object", required = { "a", "b" },
    properties = { a = { type = "integer" }, b = { type = "integer" } },
  },
  call = function(given) return given.a + given.b end,
}

local function tool(name, fn)
  return { name = name, call = fn }
end

-- What the model was sent in the last turn.
local function sent(transport)
  return json.decode(transport.submitted.body)
end

local function result_of(transport, place)
  local list = sent(transport).messages
  return list[#list - (place or 0)].content
end

-- Run these turns with these tools, and hand back the last request as well.
local function run(script, tools, fields, callbacks)
  local one, transport = subject.client()
  transport.script = script
  local params = subject.chat(fields)
  params.tools = tools
  local reply, err
  if callbacks then
    reply, err = one:run(params, callbacks):wait()
  else
    reply, err = one:run(params)
  end
  one:close()
  return reply, err, transport
end

local A, B = "aaaaaaaaa", "bbbbbbbbb"

describe("client:run", function()
  it("carries out what the model asks for, and ends with its answer", function()
    local reply, err, transport = run({
      calls(call(A, "add", '{"a":2,"b":3}')), says("five", { total_tokens = 7 }),
    }, { ADD })

    assert.is_nil(err)
    assert.equal("five", reply.text)
    assert.equal(2, reply.turns)
    assert.equal(17, reply.usage.total_tokens)
    assert.equal("5", result_of(transport))
    assert.same({
      type = "function",
      ["function"] = { name = "add", description = "adds", parameters = ADD.parameters },
    }, sent(transport).tools[1])
    assert.equal(4, #reply.messages)
    assert.is_nil(messages.check({ reply.messages[1], reply.messages[2], reply.messages[3],
      reply.messages[4], { role = "user", content = "and?" } }, "messages"))
  end)

  it("carries out several calls of one turn in order, and arguments that are an object", function()
    local order = {}
    local function note(given) order[#order + 1] = given.n return "ok" .. given.n end
    local _, _, transport = run({
      calls(call(A, "note", { n = 1 }), call(B, "note", '{"n":2}')), says "done",
    }, { tool("note", note) })

    assert.same({ 1, 2 }, order)
    assert.equal("ok2", result_of(transport))
    assert.equal("ok1", result_of(transport, 1))
  end)

  it("takes tools as the service writes them, and the service's own beside them", function()
    local _, err, transport = run({ calls(call(A, "add", '{"a":2,"b":3}')), says "five" }, {
      { type = "function", call = ADD.call,
        ["function"] = { name = "add", description = "adds", parameters = ADD.parameters } },
      { type = "web_search" },
    })

    assert.is_nil(err)
    assert.equal("5", result_of(transport))
    assert.is_nil(sent(transport).tools[1].call)
    assert.equal("web_search", sent(transport).tools[2].type)
  end)

  it("puts together calls that come in fragments, and streams through all turns", function()
    local texts = {}
    local reply = run({
      function(t)
        t:head()
        t:delta '{"content":"let me see"}'
        t:delta '{"tool_calls":[{"id":"aaaaaaaaa","index":0,"function":{"name":"add","arguments":""}}]}'
        t:delta '{"tool_calls":[{"index":0,"id":"null","function":{"name":"","arguments":"{\\"a\\":1,"}}]}'
        t:delta('{"tool_calls":[{"index":0,"function":{"name":"","arguments":"\\"b\\":2}"}}]}', "tool_calls")
        t:event "[DONE]"
        t:done()
      end,
      function(t)
        t:head()
        t:delta('{"content":"three"}', "stop")
        t:event "[DONE]"
        t:done()
      end,
    }, { ADD }, nil, { on_delta = function(delta) texts[#texts + 1] = delta.text end })

    assert.equal("three", reply.text)
    assert.equal("let me seethree", table.concat(texts))
    assert.equal("3", reply.messages[3].content)
  end)

  it("is a loop, too, when streamed with tools", function()
    local one, transport = subject.client()
    transport.script = {
      function(t)
        t:head()
        t:delta('{"tool_calls":[{"id":"aaaaaaaaa","function":{"name":"add","arguments":"{}"}}]}',
          "tool_calls")
        t:event "[DONE]"
        t:done()
      end,
      function(t)
        t:head()
        t:delta('{"content":"so"}', "stop")
        t:event "[DONE]"
        t:done()
      end,
    }
    local texts = {}
    local params = subject.chat()
    params.tools = { ADD }

    local stream = one:stream(params)
    for delta in stream do texts[#texts + 1] = delta.text end

    assert.equal("so", table.concat(texts))
    assert.equal(4, #stream.reply.messages)
    one:close()
  end)

  it("raises in a tool that loops over the stream of its own run, and the run goes on", function()
    local one, transport = subject.client()
    transport.script = {
      function(t)
        t:head()
        t:delta('{"tool_calls":[{"id":"aaaaaaaaa","function":{"name":"own","arguments":"{}"}}]}',
          "tool_calls")
        t:done()
      end,
      function(t)
        t:head()
        t:delta('{"content":"so"}', "stop")
        t:done()
      end,
    }
    local stream, problem
    local params = subject.chat()
    params.tools = { tool("own", function()
      problem = select(2, pcall(function() for _ in stream do end end)) -- luacheck: ignore 542
    end) }

    stream = one:stream(params)
    local texts = {}
    for delta in stream do texts[#texts + 1] = delta.text end

    assert.truthy(problem:find("the loop over this stream would never end", 1, true), problem)
    assert.equal("so", stream.reply.text)
    assert.equal("so", table.concat(texts))
    one:close()
  end)

  local told = {
    { "arguments that are no JSON", call(A, "add", '{"a":'), "the arguments are not JSON" },
    { "arguments that are a list", call(A, "add", '"x"'), "the arguments are not a JSON object" },
    { "arguments that are a list of some", call(A, "bad", "[1]"), "the arguments are not a JSON obj" },
    { "arguments that do not fit", call(A, "add", '{"a":"x","b":1}'),
      "the arguments do not fit: a: should be an integer, got a string" },
    { "an unknown tool", call(A, "sub", "{}"), "there is no tool sub; there are: add, bad, odd" },
    { "a tool that raises", call(A, "bad", "{}"), "the disk is full" },
    { "a tool whose error has two places", call(A, "odd", '{"how":"places"}'), "deep down" },
    { "a tool whose error only looks like a place", call(A, "odd", '{"how":"address"}'),
      "example.invalid:80: refused" },
    { "a tool that gives nil and a reason", call(A, "odd", '{"how":"nil"}'), "no such city" },
    { "a tool that yields", call(A, "odd", '{"how":"yield"}'), "the tool did not end" },
    { "a tool that raises a table", call(A, "odd", '{"how":"table"}'), "as a table" },
    { "a tool that raises nothing", call(A, "odd", '{"how":"nothing"}'), "it failed" },
    { "a tool that raises what cannot be told", call(A, "odd", '{"how":"mute"}'), "it failed" },
    { "a tool whose error is locked", call(A, "odd", '{"how":"locked"}'), "table: " },
    { "a result that raises when it is read", call(A, "odd", '{"how":"strict"}'), "no such field" },
    { "a result that JSON cannot say", call(A, "odd", '{"how":"function"}'), "no way to write a func" },
  }
  local ODD = {
    ["nil"] = function() return nil, "no such city" end,
    yield = function() coroutine.yield() end,
    places = function() error "/srv/me/a.lua:3: deep down" end,
    address = function() error "example.invalid:80: refused" end,
    table = function() error { message = "as a table" } end,
    nothing = function() error() end,
    mute = function() error(setmetatable({}, { __tostring = function() error "mine" end })) end,
    locked = function() error(setmetatable({}, { __metatable = true })) end,
    strict = function()
      return setmetatable({}, { __index = function() error "no such field" end })
    end,
    ["function"] = function() return { print } end,
  }
  for _, case in ipairs(told) do
    it("tells the model of " .. case[1] .. ", and goes on", function()
      local events = {}
      local reply, err, transport = run({ calls(case[2]), says "sorry" }, {
        ADD, tool("bad", function() error "the disk is full" end),
        tool("odd", function(given) return ODD[given.how]() end),
      }, nil, { on_tool = function(event) events[#events + 1] = event end })

      assert.is_nil(err)
      assert.equal("sorry", reply.text)
      local content = json.decode(result_of(transport))
      assert.is_nil(content.error:find(".lua:", 1, true))
      assert.truthy(content.error:find(case[3], 1, true), content.error)
      assert.equal(content.error, events[1].error)
      assert.equal(A, events[1].id)
    end)
  end

  it("tells the model no path and no traceback, and its author both", function()
    local event
    local _, _, transport = run({ calls(call(A, "bad", "{}")), says "sorry" },
      { tool("bad", function() error "the disk is full" end) }, nil,
      { on_tool = function(one) event = one end })

    assert.equal('{"error":"the disk is full"}', result_of(transport))
    assert.truthy(event.trace:find("run_spec.lua:%d+: the disk is full"))
  end)

  local results = {
    { "a string as it is", "plain", "plain" }, { "a table", { a = { 1 } }, '{"a":[1]}' },
    { "a number", 1.5, "1.5" }, { "false", false, "false" }, { "nil", nil, "null" },
  }
  for _, case in ipairs(results) do
    it("gives the model " .. case[1], function()
      local _, _, transport = run({ calls(call(A, "f", "{}")), says "ok" },
        { tool("f", function() return case[2] end) })

      assert.equal(case[3], result_of(transport))
    end)
  end

  it("cuts a result that is too large, and says so", function()
    local _, _, transport = run({ calls(call(A, "f", "{}")), says "ok" },
      { tool("f", function() return ("é"):rep(500) end) }, { max_result_bytes = 100 })

    assert.truthy(#result_of(transport) < 140)
    assert.equal(("é"):rep(48) .. "...\n[cut: 1000 bytes in all]", result_of(transport))
  end)

  it("hands a tool the call's id, name and turn", function()
    local seen
    run({ calls(call(A, "f", "{}")), says "ok" },
      { tool("f", function(_, info) seen = info end) })

    assert.same({ id = A, name = "f", turn = 1 }, seen)
  end)

  it("forces a choice of tool in the first turn only", function()
    for wanted, later in pairs { any = "auto", required = "auto", none = "none" } do
      local _, _, transport = run({ calls(call(A, "add", '{"a":1,"b":1}')), says "two" }, { ADD },
        { tool_choice = wanted })

      assert.equal(wanted, json.decode(transport.sent[1].body).tool_choice)
      assert.equal(later, json.decode(transport.sent[2].body).tool_choice)
    end
  end)

  it("makes ids fit, and answers each call under its own", function()
    local _, err, transport = run({
      calls(call("call_1", "add", '{"a":1,"b":1}'), call("call_2", "add", '{"a":2,"b":2}')),
      says "ok",
    }, { ADD })

    assert.is_nil(err)
    local list = sent(transport).messages
    assert.equal(list[2].tool_calls[1].id, list[3].tool_call_id)
    assert.equal(list[2].tool_calls[2].id, list[4].tool_call_id)
    assert.is_nil(messages.check(list, "messages"))
  end)

  it("takes up a conversation from elsewhere", function()
    local _, err, transport = run({ says "ok" }, { ADD }, { messages = {
      { role = "user", content = "1 + 1?" },
      { role = "assistant", tool_calls = { call("call_abc", "add", "{}") } },
      { role = "user", content = "well?" },
    } })

    assert.is_nil(err)
    assert.is_nil(messages.check(sent(transport).messages, "messages"))
  end)

  it("hands a tool the secrets that were hidden from the model, and hides what it gives", function()
    local secret, given = "ghp_" .. ("aB3dE5fG7h"):rep(4):sub(1, 36), nil
    local function asks_for_it(t)
      local placeholder = json.decode(t.submitted.body).messages[1].content:match "^use (.+)$"
      calls(call(A, "use", json.encode { key = placeholder }))(t)
    end
    local reply, _, transport = run({ asks_for_it, says "done" }, { tool("use", function(arguments)
      given = arguments.key
      return "used " .. given
    end) }, { messages = { { role = "user", content = "use " .. secret } } })

    assert.equal(secret, given)
    assert.equal("used " .. secret, reply.messages[3].content)
    for id = 1, 2 do
      assert.is_nil(transport.sent[id].body:find(secret, 1, true))
    end
  end)

  it("stops after so many turns, with all that was said", function()
    local again = calls(call(A, "add", '{"a":1,"b":1}'))
    local reply, err = run({ again, again, again }, { ADD }, { max_turns = 3 })

    assert.is_nil(reply)
    assert.equal("turns", err.code)
    assert.equal(7, #err.messages)
    assert.equal(30, err.usage.total_tokens)
    assert.is_nil(messages.check(err.messages, "messages"))
  end)

  it("keeps a valid history when a later turn fails", function()
    local reply, err = run({
      calls(call(A, "add", '{"a":1,"b":1}')), function(t) t:fail { status = 400, code = "http" } end,
    }, { ADD })

    assert.is_nil(reply)
    assert.equal(3, #err.messages)
    assert.is_nil(messages.check(err.messages, "messages"))
  end)

  it("cancelled between calls, answers each that is open and starts nothing more", function()
    local one, transport = subject.client()
    transport.script = { calls(call(A, "stop", "{}"), call(B, "stop", "{}")) }
    local running, called = nil, 0
    local callbacks, heard = subject.listener(false)
    local params = subject.chat()
    params.tools = { tool("stop", function()
      called = called + 1
      running:cancel()
    end) }

    running = one:run(params, callbacks)
    running:wait()

    assert.equal(1, called)
    assert.equal(1, transport.last_id)
    assert.equal(1, #heard.ends)
    local err = heard.ends[1].err
    assert.equal("cancelled", err.code)
    assert.equal('{"error":"cancelled before it had a result"}', err.messages[4].content)
    assert.is_nil(messages.check(err.messages, "messages"))
    one:close()
  end)

  it("cancelled while the model speaks, ends once with what it had said", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    local params = subject.chat()
    params.tools = { ADD }

    local running = one:run(params, callbacks)
    transport:head()
    transport:delta '{"content":"I th"}'
    one:drain()
    running:cancel()
    one:drain()

    assert.equal(1, #heard.ends)
    assert.equal("cancelled", heard.ends[1].err.code)
    assert.equal("I th", heard.ends[1].err.reply.text)
    assert.equal(1, #heard.ends[1].err.messages)
    one:close()
  end)

  it("is not heard of after its end when a tool closes the client", function()
    local one, transport = subject.client()
    local heard = {}
    local params = subject.chat()
    params.tools = { tool("close", function() one:close() end) }

    one:run(params, {
      on_tool = function() heard[#heard + 1] = "tool" end,
      on_error = function(err) heard[#heard + 1] = err.code end,
    })
    calls(call(A, "close", "{}"))(transport)
    one:drain()

    assert.same({ "cancelled" }, heard)
  end)

  it("closed by one of its tools, ends with what had been said, fit to be sent again", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener(false)
    local params = subject.chat()
    params.tools = { ADD, tool("close", function() one:close() end) }

    one:run(params, callbacks)
    calls(call(A, "add", '{"a":1,"b":1}'), call(B, "close", "{}"))(transport)
    one:drain()

    local err = heard.ends[1].err
    assert.equal("cancelled", err.code)
    assert.equal("2", err.messages[3].content)
    assert.equal('{"error":"cancelled before it had a result"}', err.messages[4].content)
    assert.is_nil(messages.check(err.messages, "messages"))
    assert.equal(10, err.usage.total_tokens)
  end)

  it("goes on though a callback raises", function()
    local one, transport = subject.client { report = function() end }
    transport.script = { calls(call(A, "add", '{"a":1,"b":1}')), says "two" }
    local params = subject.chat()
    params.tools = { ADD }

    local reply = one:run(params, { on_tool = function() error "mine" end }):wait()

    assert.equal("two", reply.text)
    one:close()
  end)

  it("raises on what only a mistake in the calling code can be", function()
    local one = subject.client()
    local function wrong(fields, callbacks)
      local params = subject.chat(fields)
      local ran, problem = pcall(one.run, one, params, callbacks)
      assert.is_false(ran)
      return problem
    end
    local function says_of(tools, piece)
      assert.truthy(wrong({ tools = tools }):find(piece, 1, true))
    end

    says_of({ { name = "f" } }, "`tools[1].call` is missing")
    says_of({ { call = print } }, "`tools[1].name` is missing")
    says_of({ { type = "function", ["function"] = { name = "f", parameters = {} } } },
      "`tools[1].call` is missing")
    says_of({ { name = "f", call = 3 } }, "`tools[1].call` should be a function, got a number")
    says_of({ { name = "f", call = print, params = {} } }, "`tools[1]` has no field `params`")
    says_of({ tool("f", print), tool("f", print) }, "`tools[2]` is the second named f")
    says_of("x", "`tools` should be a list")
    assert.truthy(wrong({ messages = { subject.chat().messages[1], nil, "x" } }):find("has holes"))
    assert.truthy(wrong({ messages = { 5 } }):find("`messages[1]` should be a table", 1, true))
    assert.truthy(wrong({ max_turns = 0 }):find("`max_turns` should be a whole number", 1, true))
    assert.truthy(wrong({}, { on_tools = print }):find("client:run has no `on_tools`", 1, true))
    assert.error_matches(function() one:chat(subject.chat(), { on_tool = print }) end, "no `on_tool`")
    one:close()
  end)

  it("ends with what the service would refuse before anything is sent", function()
    local reply, err, transport = run({}, { { name = "a b", call = print } })

    assert.is_nil(reply)
    assert.equal("refused", err.code)
    assert.equal(0, transport.last_id)
  end)
end)
