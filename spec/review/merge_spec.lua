local merge = require "mistral.review.merge"

local function finding(fields)
  local whole = {
    path = "a.c", title = "The buffer is too small", category = "bug", severity = "warning",
    confidence = 0.5, first = 10, last = 12, quote = "x", piece = 1,
  }
  for name, value in pairs(fields or {}) do whole[name] = value end
  return whole
end

local function fates(...)
  local merger, out = merge.new(5), {}
  for i, fields in ipairs { ... } do out[i] = merger:add(finding(fields)) end
  return out, merger
end

describe("merging findings", function()
  it("keeps one of those that say the same of the same place", function()
    local out, merger = fates({},
      { first = 12, last = 13, piece = 2, title = "the buffer is far too small" },
      { first = 10, last = 10, piece = 3, title = "Overflow" })

    assert.same({ "new", "merged", "merged" }, out)
    assert.same({ 1, 2 }, { #merger.findings, merger.merged })
  end)

  it("keeps the graver, the surer, and a fix", function()
    local fix = { existing = "a", replacement = "b" }
    local _, merger = fates({ severity = "hint" },
      { severity = "error", confidence = 0.9, fix = fix, piece = 2 },
      { severity = "info", confidence = 0.1, piece = 3 })

    local kept = merger.findings[1]
    assert.same({ "error", 0.9, fix }, { kept.severity, kept.confidence, kept.fix })
  end)

  it("keeps two things that one answer says of one place", function()
    assert.same({ "new", "new" }, (fates({}, { title = "Nobody frees it" })))
    assert.same({ "new", "merged" }, (fates({}, {})))
  end)

  it("keeps what is elsewhere, of another kind, or in another file", function()
    assert.same({ "new", "new", "new", "new" }, (fates({},
      { first = 13, last = 14, piece = 2 },
      { title = "Loop never ends", category = "performance", piece = 2 },
      { path = "b.c", piece = 2 })))
  end)

  it("keeps apart what has no place and another quote", function()
    local none = { first = false, last = false }
    local function placeless(quote)
      local one = finding(none)
      one.first, one.last, one.quote = nil, nil, quote
      return one
    end
    local merger = merge.new(5)

    assert.equal("new", merger:add(placeless "x"))
    assert.equal("merged", merger:add(placeless "x"))
    assert.equal("new", merger:add(placeless "y"))
    assert.equal("new", merger:add(finding()))
  end)

  it("takes no more than so many of a file, and a thousand of all, and counts the rest", function()
    local merger = merge.new(5)
    for i = 1, 7 do merger:add(finding { first = i * 20, last = i * 20 }) end
    assert.same({ 5, 2 }, { #merger.findings, merger.capped })

    for i = 1, 2000 do merger:add(finding { path = "f" .. i }) end

    assert.same({ 1000, 1007 }, { #merger.findings, merger.capped })
  end)

  it("numbers what it keeps", function()
    local _, merger = fates({}, {}, { path = "b.c" })

    assert.same({ 1, 2 }, { merger.findings[1].id, merger.findings[2].id })
  end)

  it("finds titles alike by their words", function()
    assert.is_true(merge.alike("The result of malloc is not checked", "malloc: result not checked"))
    assert.is_false(merge.alike("The result of malloc is not checked", "The loop never ends"))
    assert.is_true(merge.alike("a", "a"))
    assert.is_false(merge.alike("a", "b"))
  end)
end)
