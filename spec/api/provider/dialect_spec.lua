--- The parts that several dialects are made of.
local endpoint = require "mistral.api.endpoint"
local ids = require "mistral.api.provider.dialect.ids"
local json = require "mistral.json"
local lines = require "mistral.api.provider.dialect.lines"
local openai = require "mistral.api.provider.dialect.openai"
local ollama = require "mistral.api.provider.ollama.ask"
local read = require "mistral.api.provider.ollama.read"

describe("a foreign tool call id", function()
  it("becomes nine letters and digits, always the same ones", function()
    local id = ids.fit "chatcmpl-tool-8f14e45fceea167a5a36dedd4bea2543"

    assert.truthy(id:find("^" .. ("%w"):rep(9) .. "$"))
    assert.equal(id, ids.fit "chatcmpl-tool-8f14e45fceea167a5a36dedd4bea2543")
  end)

  it("that the service would take stays as it is", function()
    assert.equal("a1B2c3D4e", ids.fit "a1B2c3D4e")
    assert.is_nil(ids.fit(nil))
    assert.equal("null", ids.fit "null")
  end)

  it("meets no other", function()
    local seen = {}
    for index = 1, 20000 do
      local id = ids.fit("call_" .. index)
      assert.is_nil(seen[id], "two became " .. id)
      seen[id] = true
    end
  end)
end)

describe("lines", function()
  local TEXT = '{"a":1}\n{"b":"\195\164"}\r\n\n{"c":3}'
  local WANTED = { '{"a":1}', '{"b":"\195\164"}', "", '{"c":3}' }

  for _, size in ipairs { 1, 2, 3, 5, 100 } do
    it(("are the same in pieces of %d"):format(size), function()
      local cutter, got = lines.new(), {}
      for start = 1, #TEXT, size do
        for _, line in ipairs(cutter:feed(TEXT:sub(start, start + size - 1))) do
          got[#got + 1] = line
        end
      end
      got[#got + 1] = cutter:rest()

      assert.same(WANTED, got)
    end)
  end

  it("may be as long as allowed, and no longer", function()
    local cutter = lines.new(10)

    assert.same({ ("x"):rep(10) }, cutter:feed(("x"):rep(10) .. "\n"))
    assert.same({}, cutter:feed(("x"):rep(6)))
    assert.is_nil(cutter:feed(("x"):rep(5)))
  end)
end)

describe("an answer in lines", function()
  local function reader(limit)
    return read.chat { streamed = true, limit = limit, scrub = tostring, emit = function() end }
  end

  it("has no line that grows without end", function()
    local one = reader(1000)
    local err
    for _ = 1, 200 do err = err or one:raw(("x"):rep(10)) end

    assert.equal("too_large", err.code)
  end)

  it("may have its last line without an end", function()
    local one = reader()
    assert.is_nil(one:raw '{"message":{"content":"a"},"done":true,"done_reason":"stop"}')

    assert.equal("a", one:finish({}).text)
  end)

  it("is no answer when it is something else", function()
    assert.equal("broken", reader():raw("<html>\n").code)
  end)
end)

describe("the common dialect", function()
  local function body(params, streamed)
    local all = { model = "m", messages = { { role = "user", content = "x" } } }
    for name, value in pairs(params) do all[name] = value end
    return openai.chat(assert(endpoint.call("chat", all, streamed or false)))
  end

  it("has its own names", function()
    local out = body { random_seed = 7, max_tokens = 3, tool_choice = "any", tools = { {
      type = "function", ["function"] = { name = "f", parameters = {} } } },
      metadata = { a = 1 }, prompt_cache_key = "k" }

    assert.same({ 7, 3, "required" }, { out.seed, out.max_tokens, out.tool_choice })
    assert.same({}, { out.random_seed, out.metadata, out.prompt_cache_key })
  end)

  it("asks for usage in a stream, and only there", function()
    assert.same({ include_usage = true }, body({}, true).stream_options)
    assert.is_nil(body({}).stream_options)
  end)

  it("has plainer messages", function()
    local messages = body { messages = {
      { role = "user", content = { { type = "text", text = "a" },
        { type = "image_url", image_url = "data:image/png;base64,AA" } } },
      { role = "assistant", content = { { type = "thinking", thinking = {
        { type = "text", text = "hm" } } }, { type = "text", text = "b" } },
        tool_calls = { { id = "abcdefghi", index = 0,
          ["function"] = { name = "f", arguments = { x = 1 } } } } },
      { role = "tool", content = "c", tool_call_id = "abcdefghi", name = "f" },
    } }.messages

    assert.same({ url = "data:image/png;base64,AA" }, messages[1].content[2].image_url)
    assert.equal("b", messages[2].content)
    assert.same({ id = "abcdefghi", type = "function",
      ["function"] = { name = "f", arguments = '{"x":1}' } }, messages[2].tool_calls[1])
    assert.same({ role = "tool", content = "c", tool_call_id = "abcdefghi" }, messages[3])
  end)
end)

describe("ollama's dialect", function()
  local function body(params)
    local all = { model = "m", messages = { { role = "user", content = "x" } } }
    for name, value in pairs(params) do all[name] = value end
    return ollama.chat(assert(endpoint.call("chat", all, false)))
  end

  it("puts the settings into their own table, under its names", function()
    local out = body { max_tokens = 5, random_seed = 1, temperature = 0.5, top_p = 0.9, stop = "x" }

    assert.same({ num_predict = 5, seed = 1, temperature = 0.5, top_p = 0.9, stop = { "x" } },
      out.options)
    assert.is_false(out.stream)
  end)

  it("asks for a form and for thought in its own words", function()
    local schema = { type = "object", properties = { a = { type = "string" } } }

    assert.equal("json", body({ response_format = { type = "json_object" } }).format)
    assert.same(schema, body({ response_format = { type = "json_schema",
      json_schema = { name = "n", schema = schema } } }).format)
    assert.is_false(body({ reasoning_effort = "none" }).think)
    assert.equal("high", body({ reasoning_effort = "xhigh" }).think)
  end)

  it("names the tool whose answer it is, and has arguments that are objects", function()
    local messages = body { messages = {
      { role = "user", content = { { type = "text", text = "a" },
        { type = "image_url", image_url = { url = "data:image/png;base64,QUJD" } } } },
      { role = "assistant", content = "", tool_calls = { { id = "abcdefghi",
        ["function"] = { name = "look", arguments = '{"x":1}' } } } },
      { role = "tool", content = "c", tool_call_id = "abcdefghi" },
    } }.messages

    assert.same({ "QUJD" }, messages[1].images)
    assert.same({ x = 1 }, messages[2].tool_calls[1]["function"].arguments)
    assert.equal("look", messages[3].tool_name)
  end)

  it("keeps arguments without fields an object", function()
    local messages = body { messages = {
      { role = "user", content = "a" },
      { role = "assistant", content = "", tool_calls = { { id = "abcdefghi",
        ["function"] = { name = "look", arguments = "{}" } } } },
      { role = "tool", content = "c", tool_call_id = "abcdefghi" },
    } }.messages

    assert.equal('{"arguments":{},"name":"look"}', (json.encode(messages[2].tool_calls[1]
      ["function"]):gsub('{"name":"look","arguments":{}}', '{"arguments":{},"name":"look"}')))
  end)

  it("leaves the tools out when none may be called", function()
    local tool = { type = "function", ["function"] = { name = "f", parameters = {} } }

    assert.is_nil(body({ tools = { tool }, tool_choice = "none" }).tools)
    assert.equal("f", body({ tools = { tool } }).tools[1]["function"].name)
  end)
end)
