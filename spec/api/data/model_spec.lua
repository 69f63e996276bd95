local live = require "spec.api.support.live"
local subject = require "spec.api.support.subject"

describe("one model", function()
  it("is told by any of its names", function()
    local it_is = live.new()
    local model = assert(it_is.one:model { model = "codestral-latest" })
    local none, err = it_is.one:model { model = "ft:a/b c" }

    assert.equal("codestral-2508", model.id)
    assert.is_true(model.capabilities.completion_fim)
    assert.is_nil(none)
    assert.equal("unknown_model", err.code)
    assert.equal("GET /v1/models/ft%3Aa%2Fb%20c", it_is:heard()[2])
    it_is:close()
  end)

  it("is refused or broken in one sentence", function()
    local one, transport = subject.client()
    local _, refused = one:model { id = "x" }
    transport.script = { function(t) t:body '{"object":"model"}' end }
    local _, broken = one:model { model = "x" }

    assert.equal("refused", refused.code)
    assert.equal("broken", broken.code)
    one:close()
  end)
end)

describe("the list of models", function()
  local function ask(fail, options)
    local one, transport = subject.client(options)
    transport.script = { fail }
    local list, err = one:models()
    one:close()
    return list, err
  end

  it("is the one from here where nobody answers, and says so", function()
    local list = assert(ask(function(t) t:fail { code = "resolve", message = "no such host" } end))

    assert.equal("network", list.offline.code)
    assert.is_true(#list > 10)
    local found = {}
    for _, model in ipairs(list) do found[model.id] = model end
    assert.is_true(found["codestral-2508"].capabilities.completion_fim)
  end)

  it("is an error where somebody did", function()
    local list, err = ask(function(t)
      t:fail { code = "http", status = 401, body = '{"detail":"Unauthorized"}' }
    end)
    assert.is_nil(list)
    assert.equal("unauthorized", err.code)
  end)

  it("is an error of another provider's server, whose models nobody knows here", function()
    local list, err = ask(function(t) t:fail { code = "connect", message = "refused" } end,
      { provider = "compatible", base_url = "http://127.0.0.1:1/v1" })
    assert.is_nil(list)
    assert.equal("network", err.code)
  end)
end)
