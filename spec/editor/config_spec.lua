local config = require "mistral.config"

describe("config", function()
  before_each(config.reset)
  after_each(config.reset)

  it("has a default of the right type for every key", function()
    local options = assert(config.merge(config.defaults(), config.defaults()))

    assert.same(config.defaults(), options)
  end)

  it("lays what is given over the defaults and leaves both as they were", function()
    local given = { review = { model = "codestral-latest" }, api_key_command = { "pass", "k" } }

    local options = assert(config.merge(config.defaults(), given))
    options.api_key_command[1] = "changed"

    assert.equal("codestral-latest", options.review.model)
    assert.equal(20, options.review.max_findings)
    assert.equal("pass", given.api_key_command[1])
    assert.same({}, config.defaults().api_key_command)
  end)

  local wrong = {
    { { revew = { model = "m" } }, "unknown option `revew`; did you mean `review`?" },
    { { review = { modle = "m" } }, "unknown option `review.modle`; did you mean `review.model`?" },
    { { base_ulr = "x" }, "unknown option `base_ulr`; did you mean `base_url`?" },
    { { ["review.model"] = 1 }, "option `review.model` should be a string, got number" },
    { { review = "fast" }, "option `review` should be a table, got string" },
    { { complete = { max_tokens = "9" } },
      "option `complete.max_tokens` should be a whole number, got string" },
    { { complete = { max_tokens = 0 } },
      "option `complete.max_tokens` should be at least 1, got 0" },
    { { complete = { max_tokens = 1.5 } },
      "option `complete.max_tokens` should be a whole number, got number" },
    { { explain = { focus = 2 } }, "option `explain.focus` should be true or false, got number" },
    { { explain = { position = "up" } },
      'option `explain.position` should be "right" or "below", got "up"' },
    { { api_key_command = "pass k" },
      "option `api_key_command` should be a list of strings, got string" },
    { { api_key_command = { cmd = "x" } },
      "option `api_key_command` should be a list of strings, got table" },
  }
  for _, case in ipairs(wrong) do
    it("refuses: " .. case[2], function()
      local options, message = config.merge(config.defaults(), case[1])

      assert.is_nil(options)
      assert.equal(case[2], message)
    end)
  end

  it("says what is wrong with options that are no table", function()
    assert.equal("options should be a table, got string", select(2, config.merge({}, "x")))
    assert.equal("options should be a table, got string", select(2, config.setup("x")))
  end)

  it("takes Vim's 0 and 1 for booleans", function()
    local options = assert(config.merge(config.defaults(), { explain = { focus = 1 } }))

    assert.is_true(options.explain.focus)
  end)

  it("keeps what an earlier setup said", function()
    assert(config.setup({ review = { model = "one" } }))
    assert(config.setup({ explain = { model = "two" } }))

    assert.equal("one", config.get().review.model)
    assert.equal("two", config.get().explain.model)
  end)

  it("lets setup win over the editor's global variable, whichever came first", function()
    assert(config.setup({ review = { model = "setup" } }))
    assert(config.globals({ review = { model = "global" }, max_bytes = 7 }))

    assert.equal("setup", config.get().review.model)
    assert.equal(7, config.get().max_bytes)
  end)

  it("changes nothing when one of the options is wrong", function()
    assert.is_nil(config.setup({ max_bytes = 5, review = { model = 5 } }))

    assert.same(config.defaults(), config.get())
  end)

  it("documents every option once, within the width of a help file", function()
    local help = require("mistral.config.help").table()

    for _, key in ipairs(config.schema) do
      assert.truthy(help:find("*mistral-" .. key.path .. "*", 1, true), key.path)
      assert.truthy(key.help:match("%.$"), key.path)
    end
    for line in help:gmatch("[^\n]+") do
      assert.is_true(#line <= 78, line)
    end
  end)
end)
