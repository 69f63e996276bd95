local tables = require "mistral.tables"

describe("tables made from others", function()
  it("leave what is given as it is", function()
    local inner = {}
    local given, fields = { a = 1, inner = inner, "x" }, { a = 2, b = false }

    assert.same({ a = 2, b = false, inner = {}, "x" }, tables.with(given, fields))
    local copy = tables.copy(given)
    copy.a, copy[2] = 3, "y"

    assert.same({ a = 1, inner = {}, "x" }, given)
    assert.same({ a = 2, b = false }, fields)
    assert.equal(inner, copy.inner)
  end)

  it("sum counts up, however deep, and keep the last of anything else", function()
    local sum, first = {}, { tokens = 1, details = { cached = 2 }, tier = "a" }

    tables.add(sum, first)
    tables.add(sum, { tokens = 2, details = { cached = 3, audio = 1 }, tier = "b" })

    assert.same({ tokens = 3, details = { cached = 5, audio = 1 }, tier = "b" }, sum)
    assert.same({ tokens = 1, details = { cached = 2 }, tier = "a" }, first)
  end)

  it("take a count in place of what is none", function()
    assert.same({ tokens = 2, details = { cached = 1 } },
      tables.add({ tokens = "many", details = 5 }, { tokens = 2, details = { cached = 1 } }))
  end)
end)
