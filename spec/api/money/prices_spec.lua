local prices = require "mistral.money.prices"

local function cost(usage, model, options)
  local amount = prices.cost(usage, model or "mistral-medium-latest", options)
  return amount and math.floor(amount * 1e9 + 0.5) / 1e9
end

describe("the cost of an answer", function()
  it("is the tokens in and out at the model's price", function()
    assert.equal(1.5 + 7.5, cost { prompt_tokens = 1e6, completion_tokens = 1e6 })
    assert.equal(0.00309, cost({ prompt_tokens = 9000, completion_tokens = 2900 },
      "mistral-small-latest"))
  end)

  it("has cached tokens at a tenth, wherever an answer says them", function()
    local shapes = {
      { prompt_tokens_details = { cached_tokens = 6e5 } }, { num_cached_tokens = 6e5 },
      { prompt_token_details = { cached_tokens = 6e5 } },
    }
    for _, usage in ipairs(shapes) do
      usage.prompt_tokens, usage.completion_tokens = 1e6, 0
      assert.equal(0.69, cost(usage))
    end
  end)

  it("is half for a batch", function()
    assert.equal(0.75, cost({ prompt_tokens = 1e6 }, nil, { batch = true }))
  end)

  it("counts pages and minutes", function()
    assert.equal(0.04, cost({ pages_processed = 10, doc_size_bytes = 5 }, "mistral-ocr-latest"))
    assert.equal(0.006, cost({ prompt_audio_seconds = 120, prompt_tokens = 5,
      completion_tokens = 9 }, "voxtral-mini-latest"))
    assert.equal(0.104, cost({ prompt_audio_seconds = 60, prompt_tokens = 1e6,
      completion_tokens = 0 }, "voxtral-small-latest"))
  end)

  it("is unknown, and not nothing, where the price or the counts are", function()
    assert.is_nil(cost({ prompt_tokens = 5 }, "no-such-model"))
    assert.is_nil(cost({}, "mistral-medium-latest"))
    assert.is_nil(cost(nil, "mistral-medium-latest"))
    assert.is_nil(cost({ prompt_tokens = 5 }, "mistral-ocr-latest"))
    assert.is_nil(cost({ prompt_tokens = 5 }, "voxtral-mini-latest"))
    assert.is_nil(cost({ prompt_tokens = 5 }, "mistral-medium-latest", { listed = false }))
  end)

  it("is nothing for what is free", function()
    assert.equal(0, cost({ prompt_tokens = 100 }, "mistral-moderation-2603"))
    assert.equal(0, cost({}, "mistral-moderation-2603"))
  end)

  it("is what the caller's prices say, where they say one", function()
    local own = { prices = { ["mistral-medium-latest"] = { input = 2, output = 4, cached = 1 },
      ["*"] = { input = 0, output = 0 } } }

    assert.equal(7, cost({ prompt_tokens = 2e6, completion_tokens = 1e6, num_cached_tokens = 1e6 },
      nil, own))
    assert.equal(0, cost({ prompt_tokens = 2e6, completion_tokens = 1e6 }, "my-own", own))
  end)

  it("ignores counts that cannot be", function()
    for _, bad in ipairs { -1, 0 / 0, math.huge, 1e30, "12", {}, true } do
      assert.is_nil(cost { prompt_tokens = bad, completion_tokens = 5 })
      assert.equal(1.5, cost { prompt_tokens = 1e6, completion_tokens = bad })
      assert.equal(1.5, cost { prompt_tokens = 1e6, num_cached_tokens = bad })
    end
    assert.equal(0.15, cost { prompt_tokens = 1e6, num_cached_tokens = 5e6 })
    for _, bad in ipairs { 5, "usage", true } do
      assert.is_nil(cost(bad))
    end
  end)
end)

describe("prices that somebody wrote", function()
  it("are refused by name where they make no sense", function()
    assert.is_nil(prices.problem { m = { input = 1, cached = 0.1, output = 2 }, ["*"] = {} })
    assert.equal('`prices["m"]` should be a table, got a number', prices.problem { m = 5 })
    assert.equal('`prices["m"]` has no `in`: it may say input, cached, output, page and minute',
      prices.problem { m = { ["in"] = 5 } })
    assert.equal('`prices["m"].input` should be a number of US dollars',
      prices.problem { m = { input = -5 } })
    assert.equal("the keys of `prices` should be names of models", prices.problem { {} })
  end)
end)
