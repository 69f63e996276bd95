-- What is remembered of reviews, in the folder of our state.
local remember = require "mistral.review.remember"
local state = require "mistral.state"

local count = 0

describe("remember", function()
  local top

  before_each(function()
    count = count + 1
    top = ("/tmp/repository %d with a blank"):format(count)
  end)

  local function anchor()
    return { lines = { "gets(x);" }, above = "", below = "", among = 1, alike = 1, normal = 1, nth = 1 }
  end

  local function finding(fields)
    local whole = {
      path = "src/main.c", quote = "gets(x);", severity = "error", category = "bug", title = "T",
      detail = "", first = 3, last = 3, anchor = anchor(), fingerprint = "f00",
    }
    for name, value in pairs(fields or {}) do whole[name] = value end
    return whole
  end

  local function save(title, findings, keep)
    return assert(remember.save(top, { title = title, when = 1700000000, findings = findings }, keep or 3))
  end

  it("keeps what was dismissed, for its repository only", function()
    assert(remember.dismiss(top, { "aa", "bb" }))

    assert.same({ aa = true, bb = true }, remember.dismissed(top))
    assert.same({}, remember.dismissed(top .. "/other"))
  end)

  it("forgets what is taken back", function()
    assert(remember.dismiss(top, { "aa", "bb" }))
    assert(remember.dismiss(top, { "aa" }, true))

    assert.same({ bb = true }, remember.dismissed(top))
  end)

  it("keeps the last reviews, newest first", function()
    for i = 1, 5 do save("review " .. i, { finding() }) end

    local titles = {}
    for i, entry in ipairs(remember.list(top)) do titles[i] = entry.title end
    assert.same({ "review 5", "review 4", "review 3" }, titles)
    assert.equal("review 4", remember.load(top, remember.list(top)[2].slot).title)
  end)

  it("gives back a finding with what it is looked for by", function()
    save("one", { finding { fix = { existing = "gets(x);", replacement = "", first = 3, last = 3 },
      fix_anchor = anchor() } })

    local got = remember.load(top, remember.list(top)[1].slot).findings[1]

    assert.same(anchor(), got.anchor)
    assert.equal("gets(x);", got.fix.existing)
    assert.same({ 3, 3, "f00" }, { got.first, got.last, got.fingerprint })
  end)

  it("takes repositories with very long names", function()
    top = "/" .. ("long/"):rep(200)
    save("deep", { finding() })

    assert.equal("deep", remember.list(top)[1].title)
  end)

  local BAD = {
    ["a path that leads outside"] = finding { path = "../../etc/passwd" },
    ["an absolute path"] = finding { path = "/etc/passwd" },
    ["a path through a dot"] = finding { path = "src/./main.c" },
    ["no title"] = finding { title = 7 },
    ["no table"] = "finding",
    ["a severity that there is not"] = finding { severity = "grave" },
    ["a confidence that is no number"] = finding { confidence = "sure" },
    ["a scenario that is no text"] = finding { scenario = { 1 } },
    ["a fingerprint that is no text"] = finding { fingerprint = 7 },
    ["a number that is none"] = finding { id = "x" },
  }
  for what, bad in pairs(BAD) do
    it("drops a finding with " .. what, function()
      save("one", { bad, finding() })

      assert.equal(1, #remember.load(top, remember.list(top)[1].slot).findings)
    end)
  end

  local NOWHERE = {
    ["whose anchor is none"] = finding { anchor = { lines = { 1 } } },
    ["on row 0"] = finding { first = 0 },
    ["that ends before it begins"] = finding { first = 3, last = 2 },
  }
  for what, lost in pairs(NOWHERE) do
    it("gives no place to a finding " .. what, function()
      save("one", { lost })

      local got = remember.load(top, remember.list(top)[1].slot).findings[1]
      assert.same({}, { got.first, got.anchor })
    end)
  end

  it("takes no review of a time that has no date", function()
    assert(remember.save(top, { title = "far", when = 2 ^ 51, findings = { finding() } }, 3))

    assert.same({}, remember.list(top))
  end)

  for _, text in ipairs { "", "{", "[]", '{"version":9}', '{"version":1,"reviews":[1,{}]}' } do
    it(("takes an index that says %q for none"):format(text), function()
      save("one", { finding() })
      assert(state.write(state.path("reviews", top, "index.json"), text))

      assert.same({}, remember.list(top))
    end)
  end

  it("gives nothing for a review that is not there", function()
    assert.is_nil(remember.load(top, 4))
  end)
end)
