-- What users of the editor are told to do about errors.
local advice = require "mistral.editor.advice"
local errors = require "mistral.errors"
local fake = require "mistral.host.fake"
local sessions = require "mistral.editor.session"

describe("advice about an error", function()
  it("is there for each that is said, and speaks of no calls", function()
    local ALONE = { refused = true, unavailable = true, file = true } -- their message says it
    for code, known in pairs(errors.codes) do
      local hint = advice(errors.new(code, "it went wrong"))
      if known.level ~= "silent" and not ALONE[code] then
        assert.truthy(hint, code)
        assert.is_true(#hint <= 150, code .. ": " .. hint)
        for _, word in ipairs { "client:models", "`messages`", "response_format", "max_turns", "max_tokens" } do
          assert.falsy(hint:find(word, 1, true), code .. ": " .. hint)
        end
      end
    end
  end)

  it("is the error's own where that knows more", function()
    local err = errors.new("unknown_model", "gone", { hint = "medium replaces it" })
    assert.equal("medium replaces it", advice(err))
  end)

  it("tells a wrong name, a proxy and a missing file from a network that is away", function()
    local function network(detail) return advice(errors.new("network", "x", { detail = detail })) end
    assert.truthy(network("resolve"):find("base_url", 1, true))
    assert.truthy(network("proxy"):find("HTTPS_PROXY", 1, true))
    assert.equal(errors.codes.network.hint, network("connect"))
    assert.truthy(advice(errors.new("tls", "error setting certificate file: /x")):find("ca_file", 1, true))
  end)

  it("ends the sentence, and stays when that is too wide", function()
    local host, tail = fake.new(), nil
    local session = sessions.new(host, {})
    local notify = host.notify
    function host.notify(message, level, kept)
      tail = kept
      notify(message, level)
    end

    session:fail(errors.new("context_too_long", "the request is too long"), " (2 findings came)")

    assert.equal("mistral: the request is too long; give a smaller range (2 findings came)",
      host.notes[1].message)
    assert.equal("; give a smaller range (2 findings came)", tail)
    session:close()
  end)
end)
