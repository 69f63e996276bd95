local models = require "mistral.api.endpoint.models"
local json = require "mistral.json"

local function card(id, aliases, fields)
  local one = { id = id, object = "model", aliases = aliases or {} }
  for name, value in pairs(fields or {}) do
    one[name] = value
  end
  return one
end

local function told(cards)
  local list = {}
  for index, model in ipairs(models.merge(cards)) do
    list[index] = model.id .. ": " .. table.concat(model.aliases, " ")
  end
  return list
end

describe("the list of models", function()
  it("has each model once, under the name that does not move", function()
    assert.same({
      "codestral-2508: codestral-latest mistral-code-latest",
      "mistral-medium-2604: mistral-medium mistral-medium-latest",
    }, told {
      card("mistral-medium-latest", { "mistral-medium", "mistral-medium-2604" }),
      card("codestral-latest", { "mistral-code-latest", "codestral-2508" }),
      card("mistral-medium-2604", { "mistral-medium-latest", "mistral-medium" }),
      card("mistral-medium", { "mistral-medium-2604", "mistral-medium-latest" }),
      card("codestral-2508", { "codestral-latest", "mistral-code-latest" }),
      card("mistral-code-latest", { "codestral-2508", "codestral-latest" }),
    })
  end)

  it("joins names that only a later entry connects", function()
    assert.same({ "c-2501: a b" }, told {
      card "a", card "b", card("c-2501", { "a", "b" }),
    })
  end)

  it("costs no more than its length, whatever it connects", function()
    local cards, started = {}, os.clock()
    for index = 1, 20000 do
      cards[2 * index - 1] = card("m" .. index)
      cards[2 * index] = card("m" .. index, { "all" })
    end

    local list = models.merge(cards)

    assert.equal(1, #list)
    assert.equal(20000, #list[1].aliases)
    assert.truthy(os.clock() - started < 3)
  end)

  it("takes the service's own word for the name", function()
    assert.same({ "x-base: x-2501 x-latest" }, told {
      card("x-latest", { "x-2501", "x-base" }, { name = "x-base" }),
    })
  end)

  it("is the same whatever order names come in", function()
    local cards = {
      card("m-latest", { "m-2512", "m" }), card("m", { "m-latest", "m-2512" }),
      card("m-2512", { "m", "m-latest" }), card "solo",
    }
    local expected = told(cards)
    for _ = 1, #cards do
      table.insert(cards, 1, table.remove(cards))
      assert.same(expected, told(cards))
    end
  end)

  it("keeps what is asked for later, and nothing of the wrong kind", function()
    local list = models.merge {
      card("m-2501", {}, {
        max_context_length = 256000, capabilities = { completion_fim = true, vision = json.null, audio = 1 },
        deprecation = "2026-01-01T00:00:00Z", deprecation_replacement_model = "m-2601",
        default_model_temperature = 0.3, description = 5, aliases = json.null,
      }),
      "nonsense", { id = 5 }, {},
    }

    assert.same({ {
      id = "m-2501", aliases = {}, max_context_length = 256000,
      capabilities = { completion_fim = true }, deprecation = "2026-01-01T00:00:00Z",
      deprecation_replacement_model = "m-2601", default_model_temperature = 0.3,
    } }, list)
  end)
end)
