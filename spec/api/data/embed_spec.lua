local live = require "spec.api.support.live"
local subject = require "spec.api.support.subject"

describe("embeddings", function()
  local it_is, one

  before_each(function()
    it_is = live.new()
    one = it_is.one
  end)
  after_each(function() it_is:close() end)

  local function texts(count, of)
    local list = {}
    for index = 1, count do list[index] = of and of(index) or "text number " .. index end
    return list
  end

  it("of one text are one vector", function()
    local reply, err = one:embed { model = "mistral-embed", input = "hello world" }

    assert.is_nil(err)
    assert.equal(1024, #reply.embedding)
    assert.equal(reply.embedding, reply.embeddings[1])
    assert.equal(3, reply.usage.prompt_tokens)
  end)

  it("of more texts than one request takes come in their order, with the usage of all", function()
    local list = texts(300)
    local reply, err = one:embed { model = "mistral-embed", input = list }

    assert.is_nil(err)
    assert.equal(300, #reply.embeddings)
    assert.equal(3, it_is.server:stats().requests)
    local total = 0
    for index, text in ipairs(list) do
      total = total + math.ceil(#text / 4)
      if index % 97 == 0 then
        local alone = one:embed { model = "mistral-embed", input = text }
        assert.same(alone.embedding, reply.embeddings[index])
      end
    end
    assert.equal(total, reply.usage.prompt_tokens)
    assert.is_nil(reply.embedding)
  end)

  it("of long texts are cut by tokens, too", function()
    local long = texts(6, function(index) return (index .. " word "):rep(2000) end)
    local reply = assert(one:embed { model = "mistral-embed", input = long })

    assert.equal(6, #reply.embeddings)
    assert.is_true(it_is.server:stats().requests > 1)
  end)

  it("go again in halves where the service counts more tokens than were expected", function()
    it_is.server:fault { kind = "status", status = 400, type = "invalid_request_prompt", code = "3210",
      message = "Too many tokens overall", shape = "error" }
    local reply = assert(one:embed { model = "mistral-embed", input = texts(101) })

    assert.equal(101, #reply.embeddings)
    assert.equal(3, it_is.server:stats().requests)
  end)

  it("are the same from base64 as from numbers", function()
    local function ask(dtype, format)
      return assert(one:embed { model = "mistral-embed", input = { "a b c", "d" },
        output_dtype = dtype, encoding_format = format }).embeddings
    end
    for _, dtype in ipairs { "float", "int8", "uint8", "binary", "ubinary" } do
      assert.same(ask(dtype, "float"), ask(dtype, "base64"), dtype)
    end
  end)

  it("take a dimension where the model does, and tell where it does not", function()
    local short = assert(one:embed { model = "codestral-embed", input = "x", output_dimension = 64 })
    local none, err = one:embed { model = "mistral-embed", input = "x", output_dimension = 64 }

    assert.equal(64, #short.embedding)
    assert.is_nil(none)
    assert.equal("invalid_request", err.code)
  end)

  it("say which texts the service refused", function()
    local list = texts(200)
    list[150] = ("x"):rep(40000)
    local reply, err = one:embed { model = "mistral-embed", input = list }

    assert.is_nil(reply)
    assert.truthy(err.message:find("^input 150 of 200: "), err.message)
    assert.equal(400, err.status)
  end)

  it("come to callbacks once, and not after a cancel", function()
    local callbacks, heard = live.listener()
    local request = one:embed({ model = "mistral-embed", input = texts(200) }, callbacks)
    assert.equal(0, heard.ends)
    it_is:await(function() return heard.ends > 0 end)
    assert.equal(200, #heard.reply.embeddings)
    assert.is_true(request.ended)

    it_is.server:fault { kind = "silence", head = true, times = 0 }
    callbacks, heard = live.listener()
    request = one:embed({ model = "mistral-embed", input = texts(200) }, callbacks)
    assert.is_true(it_is.server:wait { at_least = { open_streams = 2 } })
    request:cancel()
    it_is:await(function() return heard.ends > 0 end)
    assert.equal("cancelled", heard.err.code)
    assert.is_true(it_is.server:wait { equal = { open_streams = 0 } })
  end)
end)

describe("embeddings are refused here", function()
  local refused = {
    { { input = {} }, "`input` is empty" },
    { { input = "" }, "`input` is empty" },
    { {}, "`input` is missing" },
    { { inputs = "a" }, "`inputs` is not a field the service knows: use `input`" },
    { { input = { "a", nil, "c" } }, "`input` has holes" },
    { { input = { "a", 5 } }, "`input[2]` should be a string, got 5" },
    { { input = "a", dimensions = 5 }, "use `output_dimension`" },
    { { input = "a", output_dtype = "double" }, "`output_dtype` should be one of" },
    { { input = "a", encoding_fornat = "base64" }, "did you mean `encoding_format`?" },
  }
  for _, case in ipairs(refused) do
    it(case[2], function()
      local one, transport = subject.client()
      case[1].model = "m"
      local reply, err = one:embed(case[1])

      assert.is_nil(reply)
      assert.equal("refused", err.code)
      assert.truthy(err.message:find(case[2], 1, true), err.message)
      assert.is_nil(transport.submitted)
      one:close()
    end)
  end

  it("with a sentence, where the form is wrong", function()
    local one = subject.client()
    assert.has_error(function() one:embed "text" end)
    assert.has_error(function() one:embed({ model = "m", input = "x" }, { on_delta = print }) end)
    one:close()
  end)
end)

describe("embeddings that make no sense", function()
  local function item(index, vector)
    return ('{"object":"embedding","index":%s,"embedding":%s}'):format(index, vector or "[1,2]")
  end
  local function answer(...)
    return '{"id":"e","object":"list","model":"m","data":[' .. table.concat({ ... }, ",") .. "]}"
  end
  local bad = {
    ["no JSON"] = "<html>",
    ["a number"] = "5",
    ["no data"] = '{"id":"x"}',
    ["data that is no list"] = '{"data":5}',
    ["too few"] = answer(item(0)),
    ["too many"] = answer(item(0), item(1), item(2)),
    ["an index twice"] = answer(item(0), item(0)),
    ["no index"] = answer('{"embedding":[1]}', item(1)),
    ["an index below"] = answer(item(-1), item(1)),
    ["an index beyond"] = answer(item(0), item(2)),
    ["half an index"] = answer(item(0), item(0.5)),
    ["a vector of texts"] = answer(item(0), item(1, '["a","b"]')),
    ["an empty vector"] = answer(item(0, "[]"), item(1, "[]")),
    ["no vector"] = answer(item(0, "null"), item(1)),
    ["vectors of two lengths"] = answer(item(0), item(1, "[1]")),
    ["base64 that is none"] = answer(item(0, '"!!!"'), item(1)),
    ["base64 of five bytes"] = answer(item(0, '"AAAAAAA="'), item(1, '"AAAAAAA="')),
    ["an item that is no table"] = answer("7", item(1)),
  }
  for what, body in pairs(bad) do
    it("are broken: " .. what, function()
      local one, transport = subject.client()
      transport.script = { function(t) t:body(body) end }
      local reply, err = one:embed { model = "m", input = { "a", "b" } }

      assert.is_nil(reply)
      assert.equal("broken", err.code, tostring(err))
      one:close()
    end)
  end

  it("are put right where only their order is wrong", function()
    local one, transport = subject.client()
    transport.script = { function(t) t:body(answer(item(1, "[3,4]"), item(0))) end }
    local reply = assert(one:embed { model = "m", input = { "a", "b" } })

    assert.same({ { 1, 2 }, { 3, 4 } }, reply.embeddings)
    one:close()
  end)
end)
