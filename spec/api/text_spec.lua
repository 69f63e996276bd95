local redact = require "mistral.redact"
local text = require "mistral.text"

describe("text.line", function()
  local cases = {
    { "folds white space into one blank", "  a\r\n\tb  ", "a b" },
    { "shows control characters as such", "a\27[31mb\0c\127", "a\\x1b[31mb\\x00c\\x7f" },
    { "shows C1 controls as such", "a\194\155b", "a<U+009B>b" },
    { "shows what reverses the line as such", "a\226\128\174b", "a<U+202E>b" },
    { "shows what hides as such", "\239\187\191a\226\128\139b\226\129\160",
      "<U+FEFF>a<U+200B>b<U+2060>" },
    { "leaves other marks of that block alone", "a\226\128\148b\226\128\166",
      "a\226\128\148b\226\128\166" },
    { "replaces broken UTF-8", "a\255b", "a\239\191\189b" },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      assert.equal(case[3], text.line(case[2]))
    end)
  end

  it("bounds the length and never cuts a character", function()
    for limit = 8, 20 do
      local line = text.line(("é漢😀"):rep(1000), limit)

      assert.is_true(#line <= limit)
      assert.equal(line, text.valid(line))
      assert.equal("...", line:sub(-3))
    end
  end)
end)

describe("redact", function()
  it("removes every occurrence of the key", function()
    assert.equal("x [key] y [key]", redact.text("x s3cr%t y s3cr%t", "s3cr%t"))
  end)

  it("removes what follows Bearer or api-key, known or not", function()
    assert.equal("Authorization: Bearer [key], next",
      redact.text("Authorization: Bearer abc.def, next"))
    assert.equal('api-key: [key]"', redact.text('api-key: abc"'))
  end)

  it("does not tear text apart for a key too short to be one", function()
    assert.equal("banana", redact.text("banana", "a"))
    assert.equal("banana", redact.text("banana", ""))
    assert.equal("banana", redact.text("banana", nil))
  end)
end)
