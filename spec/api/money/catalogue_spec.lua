local books = require "spec.api.money.books"
local catalogue = require "mistral.money.catalogue"
local known = require "mistral.money.known"

describe("the catalogue", function()
  it("knows a model by each of its names", function()
    local card = catalogue.find "mistral-medium-2604"

    assert.equal("mistral-medium-3-5", card.id)
    assert.equal(card, catalogue.find "mistral-medium-latest")
    assert.equal(262144, card.context)
    assert.equal(7.5, card.price.output)
    assert.is_nil(catalogue.find "no-such-model")
  end)

  it("has no name twice", function()
    local seen = {}
    for _, model in ipairs(catalogue.list()) do
      for _, name in ipairs { model.id, (table.unpack or unpack)(model.aliases) } do
        assert.is_nil(seen[name], name)
        seen[name] = true
      end
    end
  end)

  it("says since when a name is retired and what replaces it, from that day on", function()
    assert.is_nil(catalogue.retired("open-mistral-7b", "2025-03-29"))
    assert.same({ since = "2025-03-30", replacement = "ministral-8b-latest" },
      catalogue.retired("open-mistral-7b", "2025-03-30"))
    assert.equal("2026-05-31", catalogue.retired("pixtral-large-latest", "2026-11-22").since)
    assert.equal("mistral-small-latest",
      catalogue.retired("open-mixtral-8x7b", "2026-11-22").replacement)
    assert.is_nil(catalogue.retired("mistral-large-latest", "2026-11-22"))
  end)

  it("replaces no model by one that is retired or unknown", function()
    for _, model in ipairs { "open-mistral-7b", "open-mixtral-8x7b", "pixtral-large-latest",
      "mistral-ocr-2505", "devstral-latest", "codestral-2405", "mistral-moderation-2411" } do
      local replacement = catalogue.retired(model, "2026-11-22").replacement
      assert.is_table(catalogue.find(replacement), replacement)
      assert.is_nil(catalogue.retired(replacement, "2026-11-22"), replacement)
    end
  end)

  it("lists models as the service's list does, and gives its own tables to nobody", function()
    local list = catalogue.list()
    list[1].price.input, list[1].aliases[1] = 99, "changed"

    assert.equal("codestral-2508", list[1].id)
    assert.is_true(list[1].capabilities.completion_fim)
    assert.equal(256000, list[1].max_context_length)
    assert.equal(0.3, catalogue.find("codestral-2508").price.input)
    assert.equal("codestral-latest", catalogue.list()[1].aliases[1])
  end)
end)

describe("what a model can do", function()
  it("is what the catalogue says, for the service's own models alone", function()
    assert.is_true(known.new("mistral"):can("mistral-medium-latest", "vision"))
    assert.is_false(known.new("mistral"):can("codestral-latest", "vision"))
    assert.is_nil(known.new("mistral"):can("no-such-model", "vision"))
    assert.is_nil(known.new("ollama"):can("codestral-latest", "vision"))
  end)

  it("is what the server's list says, once that has been seen", function()
    local models = known.new("compatible")
    models:learn {
      { id = "a", capabilities = { vision = true } }, { id = "b", capabilities = {} }, { id = "c" },
    }

    assert.is_true(models:can("a", "vision"))
    assert.is_false(models:can("b", "vision"))
    assert.is_nil(models:can("c", "vision"))
  end)
end)

describe("asking for a retired model", function()
  it("is refused with the date and what replaces it", function()
    local account = books.account()

    local err = account:admit(books.call { model = "pixtral-large-latest" }, books.SITE)

    assert.equal("unknown_model", err.code)
    assert.equal("the model pixtral-large-latest is retired since 2026-05-31; "
      .. "mistral-medium-latest replaces it", err.message)
    assert.equal("2026-05-31", err.since)
    assert.equal("mistral-medium-latest", err.replacement)
  end)

  it("names the way to a server of one's own that has it", function()
    local account = books.account()
    local site = { base = "http://127.0.0.1:8000/v1", host = "127.0.0.1", service = false }

    local err = account:admit(books.call { model = "open-mistral-7b" }, site)

    assert.truthy(err.hint:find('provider = "compatible"', 1, true))
  end)

  it("is let through before its day, and where it is not the service's to retire", function()
    local account, at = books.account()
    at.now = 1735689600 -- 2025-01-01
    assert.is_nil(account:admit(books.call { model = "open-mistral-7b" }, books.SITE))
    assert.same({ "the model open-mistral-7b goes away on 2025-03-30; "
      .. "ministral-8b-latest replaces it" }, at.notices)

    local other = books.account { provider = "ollama" }
    assert.is_nil(other:admit(books.call { model = "open-mistral-7b" }, books.SITE))
  end)

  it("is said once where the service still answers", function()
    local account, at = books.account()

    assert.is_nil(account:admit(books.call { model = "devstral-latest" }, books.SITE))
    assert.is_nil(account:admit(books.call { model = "devstral-latest" }, books.SITE))

    assert.same({ "the model devstral-latest may stop answering: it is retired since 2026-07-31; "
      .. "mistral-medium-latest replaces it" }, at.notices)
  end)
end)

describe("the header that tells of a model's end", function()
  local function heard(account, model, date)
    account:heard(books.call { model = model }, { ["x-model-deprecation-timestamp"] = date })
  end

  it("is told once for each model", function()
    local account, at = books.account()

    heard(account, "a", "2027-01-01T00:00:00Z")
    heard(account, "a", "2027-01-01T00:00:00Z")
    heard(account, "b", "2027-02-01T00:00:00Z")

    assert.same({
      "the service says that the model a goes away on 2027-01-01T00:00:00Z",
      "the service says that the model b goes away on 2027-02-01T00:00:00Z",
    }, at.notices)
  end)

  it("is not repeated when it is no date", function()
    local account, at = books.account()

    heard(account, "a", "canary-0123456789abcdef")

    assert.same({ "the service says that the model a goes away" }, at.notices)
  end)

  it("comes with what the list of models said", function()
    local account, at = books.account()
    account:learn { { id = "m-2501", aliases = { "m-latest" }, capabilities = {},
      deprecation = "2027-03-01T12:00:00Z", deprecation_replacement_model = "m-2701" } }

    assert.is_nil(account:admit(books.call { model = "m-latest" }, books.SITE))

    assert.same({ "the model m-latest goes away on 2027-03-01; m-2701 replaces it" },
      at.notices)
  end)
end)

describe("a list of models that a server made up", function()
  it("is remembered within bounds, and repeated only where it makes sense", function()
    local account, at = books.account()
    local list = {}
    for index = 1, 20000 do
      list[index] = { id = "m" .. index, aliases = {}, deprecation = "\27[31mtoday",
        deprecation_replacement_model = ("x"):rep(1000) }
    end
    list[1].deprecation = "2027-01-01T00:00:00Z"

    account:learn(list)
    account:admit(books.call { model = "m1" }, books.SITE)
    account:admit(books.call { model = "m2" }, books.SITE)

    assert.same({ "the model m1 goes away on 2027-01-01" }, at.notices)
    local count = 0
    for _ in pairs(account.known.seen) do count = count + 1 end
    assert.truthy(count <= 5000)
  end)
end)

describe("the guard of the context", function()
  local function long(bytes)
    return { { role = "user", content = ("word "):rep(bytes / 5) } }
  end

  it("refuses an answer that cannot fit, with the numbers", function()
    local account = books.account()

    local err = account:admit(books.call { max_tokens = 262144 }, books.SITE)

    assert.equal("context_too_long", err.code)
    assert.equal("mistral-small-latest has 262144 tokens for prompt and answer: this prompt takes "
      .. "at least 1, and max_tokens is 262144", err.message)
  end)

  it("counts the prompt where that decides", function()
    local account = books.account()

    local err = account:admit(books.call { messages = long(1350000) }, books.SITE)

    assert.equal("context_too_long", err.code)
    assert.truthy(err.message:find("takes at least 270000", 1, true))
  end)

  it("lets through whatever may fit", function()
    local account = books.account()

    assert.is_nil(account:admit(books.call { max_tokens = 262143 }, books.SITE))
    assert.is_nil(account:admit(books.call { messages = long(1300000) }, books.SITE))
    assert.is_nil(account:admit(books.call { model = "unheard-of", max_tokens = 1e9 }, books.SITE))
    local blanks = { { role = "user", content = (" "):rep(4000000) } }
    assert.is_nil(account:admit(books.call { messages = blanks, max_tokens = 200000 }, books.SITE))
  end)

  it("takes the context that the service has said over its own", function()
    local account = books.account()
    account:learn { { id = "mistral-small-2603", aliases = { "mistral-small-latest" },
      max_context_length = 1000 } }

    local err = account:admit(books.call { max_tokens = 1000 }, books.SITE)

    assert.equal("context_too_long", err.code)
    assert.is_nil(account:admit(books.call { max_tokens = 990 }, books.SITE))
  end)
end)
