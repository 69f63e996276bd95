-- Redaction of texts that nobody would write: it never raises, loses nothing, and does not take its
-- time, which is the editor's.
local made = require "spec.api.redact.corpus.made"
local secrets = require "mistral.redact.secrets"

local function assert_comes_back(text)
  local safe, hidden = secrets.new():hide { content = text }
  if not hidden then return assert.equal(text, safe.content) end
  assert.is_true(text == hidden.restore(safe.content), "it does not come back as it was")
end

-- The same numbers in every Lua.
local function dice(seed)
  return function(most)
    seed = (seed * 16807) % 2147483647
    return math.floor(seed / 7) % most + 1
  end
end

local SCRAPS = {
  "password", "=", '"', "'", "\\", "\n", "://", "@", ":", "-----BEGIN RSA PRIVATE KEY-----", "eyJ",
  "-----END", "token", "REDACTED_PASSWORD_1", "ghp_", "\0", "\255", "=====", " -u a:", "{{", "%", "[",
  "secret: ", "sig=", "Private-Lines: 3\n", "  ", "value", ">", "api_key", "\\n", "(", "a1B2c3D4e5F6g7H8i9J0",
}

describe("any text", function()
  for part, rounds in pairs { tuned = 2, held_out = 2 } do
    it("comes back as it was: the corpus, " .. part, function()
      for _, file in ipairs(made.files(require("spec.api.redact.corpus." .. part), rounds)) do
        assert_comes_back(file.text)
      end
    end)
  end

  it("comes back as it was: the corpus with scraps thrown into it", function()
    local roll = dice(42)
    for _, file in ipairs(made.files(require "spec.api.redact.corpus.tuned", 2)) do
      local text = file.text
      for _ = 1, 20 do
        local at = roll(#text)
        text = text:sub(1, at) .. SCRAPS[roll(#SCRAPS)] .. text:sub(at + roll(8))
      end
      assert_comes_back(text)
    end
  end)

  it("comes back as it was: nothing but scraps", function()
    local roll = dice(4711)
    for _ = 1, 300 do
      local parts = {}
      for index = 1, 60 do parts[index] = SCRAPS[roll(#SCRAPS)] end
      assert_comes_back(table.concat(parts))
    end
  end)
end)

-- Each of these would take minutes if the work for one byte grew with the text.
describe("half a megabyte", function()
  local UNITS = {
    "://a", "passw", "password=", 'password="', "api_key: ", "1=", "-----BEGIN A-----\n", "=", "token ",
    "-----BEGIN RSA PRIVATE KEY-----\n", "eyJ", "eyJ.", "ghp_", " -u a:", " -p ", "Private-Lines: 9\n", "\\",
    "secret => ", "AKIA", "://a:b@", "sig=", "SG.", "1234:AA", "REDACTED_", "a/b+c1", "key key ", "'\"",
  }
  for _, unit in ipairs(UNITS) do
    it(("of %q is no trouble"):format(unit), function()
      assert_comes_back((unit):rep(math.floor(500000 / #unit)))
    end)
  end
end)
