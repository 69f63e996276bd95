local finding = require "mistral.review.finding"

describe("a finding", function()
  local whole = {
    path = "src/a.c", line = 12, quote = "x = 1", severity = "error", category = "bug", title = "T",
    detail = "D", scenario = "S", confidence = 0.75,
    fix = { existing = "x = 1", replacement = "x = 2\n\ty = 3" },
  }

  it("keeps what is right", function()
    assert.same(whole, finding.check(whole))
  end)

  it("needs a title and nothing else", function()
    local bare = {
      severity = "info", category = "", title = "T", detail = "", scenario = "", quote = "",
      confidence = 0.5,
    }

    assert.same(bare, finding.check({ title = " T\n " }))
  end)

  it("is none without a title", function()
    for _, object in ipairs({ {}, { title = "" }, { title = 7 }, { title = " \n" }, "x", 5 }) do
      assert.is_nil(finding.check(object))
    end
    assert.is_nil(finding.check(nil))
  end)

  it("takes only known words, in any case", function()
    local odd = finding.check({ title = "T", severity = "FATAL", category = {} })
    local upper = finding.check({ title = "T", severity = "Warning", category = "Security" })

    assert.same({ "info", "" }, { odd.severity, odd.category })
    assert.same({ "warning", "security" }, { upper.severity, upper.category })
  end)

  it("takes only a line number that can be one", function()
    for _, line in ipairs({ 0, -1, 1.5, 2 ^ 40, 1 / 0, "3", true }) do
      assert.is_nil(finding.check({ title = "T", line = line }).line)
    end
  end)

  it("shows control characters instead of obeying them", function()
    local odd = finding.check({ title = "a\27[31mb\nc", detail = "1\n2\0\r\n\226\128\1743" })

    assert.equal("a\\x1b[31mb c", odd.title)
    assert.equal("1\n2\\x00\n<U+202E>3", odd.detail)
  end)

  it("takes a confidence in any dress, and holds one without for middling", function()
    local cases = {
      { 0, 0 }, { 1, 1 }, { "0.8", 0.8 }, { 80, 0.8 }, { 1000, 1 }, { -1, 0.5 }, { 0 / 0, 0.5 },
      { {}, 0.5 }, { "high", 0.5 }, { true, 0.5 },
    }
    for _, case in ipairs(cases) do
      assert.equal(case[2], finding.check({ title = "T", confidence = case[1] }).confidence)
    end
  end)

  it("has no fix that changes nothing, that is no text, or that a terminal would obey", function()
    local ok = { existing = "a", replacement = "b" }
    local cases = {
      {}, { existing = "a" }, { existing = "", replacement = "b" },
      { existing = " \n", replacement = "b" }, { existing = "a", replacement = "a" },
      { existing = "a", replacement = 5 }, { existing = "a", replacement = "\27[2J" },
      { existing = "a\0", replacement = "b" }, { existing = "a", replacement = "\255" },
      { existing = "a", replacement = ("x"):rep(20000) }, "a", 7, true,
    }
    for _, fix in ipairs(cases) do
      assert.is_nil(finding.check({ title = "T", fix = fix }).fix)
    end
    assert.same(ok, finding.check({ title = "T", fix = ok }).fix)
    assert.same({ existing = "a\nb", replacement = "" },
      finding.check({ title = "T", fix = { existing = "a\r\nb", replacement = "" } }).fix)
  end)

  it("bounds every text and leaves it valid UTF-8", function()
    local long = ("é"):rep(10000)
    local odd = finding.check({ title = long, detail = long, quote = long })

    assert.is_true(#odd.title <= 200)
    assert.is_true(#odd.detail <= 4000)
    assert.equal("", odd.quote)
    assert.falsy(odd.title:find("\195%.") or odd.detail:find("\195%."))
  end)

  it("calls its scenario one, unless that does", function()
    assert.equal("When: The list is empty.", finding.when({ scenario = "The list is empty." }))
    assert.equal("When: Whenever.", finding.when({ scenario = "Whenever." }))
    assert.equal("When n is 0.", finding.when({ scenario = "When n is 0." }))
    assert.equal("", finding.when({ scenario = "" }))
  end)

  it("is counted by severity", function()
    local list = {
      { severity = "hint" }, { severity = "error" }, { severity = "error" }, { severity = "info" },
      { severity = "info" },
    }

    assert.equal("2 errors, 2 info, 1 hint", finding.count(list))
    assert.equal("", finding.count({}))
  end)
end)
