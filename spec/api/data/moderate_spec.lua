local live = require "spec.api.support.live"
local subject = require "spec.api.support.subject"

local MODEL = "mistral-moderation-2603"
local CLASSIFIER = "ft:classifier:ministral-3b:loopback:20260101:1a2b3c4d"

local function user(content) return { role = "user", content = content } end

describe("moderation", function()
  local it_is, one

  before_each(function()
    it_is = live.new()
    one = it_is.one
  end)
  after_each(function() it_is:close() end)

  it("judges one text", function()
    local reply = assert(one:moderate { model = MODEL, input = "how to kill a process" })

    assert.is_true(reply.flagged)
    assert.is_true(reply.results[1].categories.violence_and_threats)
    assert.is_true(reply.results[1].category_scores.violence_and_threats > 0.5)
    assert.equal(MODEL, reply.model)
  end)

  it("judges several, each by itself", function()
    local reply = assert(one:moderate { model = MODEL, input = { "hello", "my passport" } })

    assert.is_false(reply.results[1].flagged)
    assert.is_true(reply.results[2].flagged)
    assert.is_true(reply.results[2].categories.pii)
  end)

  it("judges a conversation, called messages or input, and a list of them", function()
    local talk = { user "kill", { role = "assistant", content = "my passport" } }
    for _, params in ipairs { { messages = talk }, { input = talk } } do
      params.model = MODEL
      local reply = assert(one:moderate(params))
      assert.equal(1, #reply.results)
      assert.is_true(reply.results[1].categories.pii)
    end
    local reply = assert(one:moderate { model = MODEL, input = { { user "a" }, talk } })
    assert.equal(2, #reply.results)
    assert.same({ "POST /v1/chat/moderations", "POST /v1/chat/moderations",
      "POST /v1/chat/moderations" }, it_is:heard())
  end)

  it("comes to callbacks", function()
    local callbacks, heard = live.listener()
    one:moderate({ model = MODEL, input = "x" }, callbacks)
    it_is:await(function() return heard.ends > 0 end)

    assert.is_false(heard.reply.flagged)
  end)

  it("has classifiers beside it", function()
    local text = assert(one:classify { model = CLASSIFIER, input = { "great", "bad" } })
    local talk = assert(one:classify { model = CLASSIFIER, messages = { user "great" } })

    assert.equal(0.9, text.results[1].sentiment.scores.positive)
    assert.equal(0.1, text.results[2].sentiment.scores.positive)
    assert.equal(0.9, talk.results[1].sentiment.scores.positive)
  end)
end)

describe("moderation is refused here", function()
  local refused = {
    { {}, "`input` is missing" },
    { { input = {} }, "`input` is empty" },
    { { messages = {} }, "there is nothing to judge" },
    { { messages = { user "x" }, input = "x" }, "either `input` or `messages`" },
    { { messages = { { role = "user" } } }, "`input[1].content` is missing" },
    { { messages = { { role = "robot", content = "x" } } }, "`input[1].role` should be" },
    { { input = { { user "x" }, 5 } }, "`input[2]` should be a list of messages" },
    { { input = "x", texts = 1 }, "`texts` is not a field" },
  }
  for index, case in ipairs(refused) do
    it(index .. ": " .. case[2], function()
      local one, transport = subject.client()
      case[1].model = "m"
      local reply, err = one:moderate(case[1])

      assert.is_nil(reply)
      assert.equal("refused", err.code)
      assert.truthy(err.message:find(case[2], 1, true), err.message)
      assert.is_nil(transport.submitted)
      one:close()
    end)
  end
end)

describe("a judgement that makes no sense", function()
  local GOOD = '{"categories":{"pii":false},"category_scores":{"pii":0.1}}'
  local bad = {
    ["no results"] = '{"id":"x"}',
    ["too few"] = '{"results":[]}',
    ["too many"] = ('{"results":[%s,%s]}'):format(GOOD, GOOD),
    ["a result that is no table"] = '{"results":[5]}',
    ["no categories"] = '{"results":[{"category_scores":{}}]}',
    ["a category that is no boolean"] =
      '{"results":[{"categories":{"pii":1},"category_scores":{"pii":0.1}}]}',
    ["a score that is no number"] =
      '{"results":[{"categories":{"pii":true},"category_scores":{"pii":"high"}}]}',
    ["not JSON"] = "oops",
  }
  for what, body in pairs(bad) do
    it("is broken: " .. what, function()
      local one, transport = subject.client()
      transport.script = { function(t) t:body(body) end }
      local reply, err = one:moderate { model = "m", input = "a" }

      assert.is_nil(reply)
      assert.equal("broken", err.code, tostring(err))
      one:close()
    end)
  end

  it("is broken: a target without scores", function()
    local one, transport = subject.client()
    transport.script = { function(t) t:body '{"results":[{"mood":{"scores":{"good":"yes"}}}]}' end }
    local reply, err = one:classify { model = "m", input = "a" }

    assert.is_nil(reply)
    assert.equal("broken", err.code)
    one:close()
  end)
end)
