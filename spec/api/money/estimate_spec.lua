local books = require "spec.api.money.books"
local estimate = require "mistral.money.estimate"

local function prompt(params)
  return estimate.prompt(params)
end

local function user(content)
  return { messages = { { role = "user", content = content } } }
end

describe("an estimate", function()
  it("brackets what a tokenizer counts", function()
    -- Counted with the service's published Tekken vocabulary.
    local texts = {
      { "The quick brown fox jumps over the lazy dog.", 10 },
      { "for (int i = 0; i < n; i++) { sum += values[i]; }", 21 },
      { "local function read(path) return io.open(path, 'rb') end", 14 },
    }
    for _, one in ipairs(texts) do
      local weighed = prompt { prompt = one[1] }
      assert.truthy(estimate.low(weighed) <= one[2], one[1])
      assert.truthy(estimate.high(weighed) >= one[2], one[1])
    end
  end)

  it("never calls too long what may be one token a run", function()
    assert.equal(0, estimate.low(prompt { prompt = (" "):rep(10000) }))
    assert.equal(1, estimate.low(prompt { prompt = ("-"):rep(10000) }))
    assert.equal(1, estimate.low(prompt { prompt = ("internationalization"):rep(500) }))
    assert.equal(2, estimate.low(prompt { prompt = "\208\152\209\129\208\186 123" }))
  end)

  it("counts of a call what reaches the model, and not how it is written down", function()
    local call = { id = "abc12defg", type = "function", index = 0,
      ["function"] = { name = "look", arguments = "{}" } }
    local weighed = prompt {
      messages = { { role = "assistant", tool_calls = { call, call } } },
    }

    assert.equal(4, estimate.low(weighed)) -- twice `look` and `{}`
  end)

  it("sees every part of a prompt", function()
    local base = estimate.high(prompt(user "hello"))
    local text = ("x"):rep(200)
    local parts = {
      { messages = { { role = "user", content = { { type = "text", text = text } } } } },
      { messages = { { role = "user", content = "hello" }, { role = "assistant", tool_calls = {
        { id = "a", ["function"] = { name = "f", arguments = text } } } } } },
      { messages = { { role = "user", content = "hello" } }, tools = { { type = "function",
        ["function"] = { name = "f", parameters = { properties = { [text] = {} } } } } } },
      { prompt = "a", suffix = text }, { input = { "a", text } }, { input = text },
      { messages = { { role = "assistant", content = { { type = "thinking",
        thinking = { { type = "text", text = text } } } } } } },
    }
    for _, params in ipairs(parts) do
      assert.truthy(estimate.high(prompt(params)) >= 100)
    end
    assert.truthy(base < 20)
  end)

  it("counts an image as an image, and not as its bytes", function()
    local image = { type = "image_url", image_url = "data:image/png;base64," .. ("A"):rep(1e6) }
    local weighed = prompt(user { image, image })

    assert.truthy(estimate.high(weighed) > 8000 and estimate.high(weighed) < 10000)
    assert.truthy(estimate.low(weighed) < 100)
  end)

  it("is not confused by what is no prompt", function()
    for _, params in ipairs { {}, user(5), user { 5, {}, { type = 5 } }, { messages = "x" },
      { messages = { 5, {} } }, { input = 5 }, { tools = { 1, true } } } do
      assert.truthy(estimate.high(prompt(params)) < 20)
    end
    local knot = {}
    knot[1] = knot
    assert.truthy(estimate.high(prompt { tools = knot }) < 20)
  end)

  it("counts the pages that are asked for", function()
    local function pages(said)
      local params = { document = {}, pages = said }
      return estimate.counts(params, prompt(params)).pages
    end

    assert.equal(6, pages "0-5")
    assert.equal(4, pages "0-2,7")
    assert.equal(3, pages { 0, 1, 2 })
    assert.equal(estimate.PAGES, pages(nil))
  end)

  it("costs little, however long the prompt is", function()
    local calls, account = {}, books.account { ledger = false }
    local text = ("local x = 1\n"):rep(1e6)
    for index = 1, 2000 do
      calls[index] = books.call({ prompt = text, model = "unheard-of" })
    end
    local started = os.clock()
    for _, call in ipairs(calls) do
      account:admit(call, books.SITE)
    end
    assert.truthy(os.clock() - started < 1) -- reading the text would take a minute
  end)
end)
