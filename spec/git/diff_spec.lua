local diff = require "mistral.git.diff"
local quoted = require "mistral.git.quoted"

local function parse(lines, limits)
  limits = limits or {}
  return diff.parse(table.concat(lines, "\n") .. "\n", {
    max_bytes = limits.max_bytes or 1e6, max_rows = limits.max_rows or 1e6, breathe = limits.breathe or function() end,
  })
end

local HEAD = { "diff --git a/x b/x", "index 1..2 100644", "--- a/x", "+++ b/x" }

local function section(...)
  local lines = {}
  for _, line in ipairs(HEAD) do lines[#lines + 1] = line end
  for _, line in ipairs { ... } do lines[#lines + 1] = line end
  return lines
end

describe("a unified diff", function()
  it("tells a removed line that looks like a header by the hunk's counts", function()
    local found = assert(parse(section("@@ -1,2 +1,1 @@", "--- a/y", " z")))

    assert.same({ { kind = "-", text = "-- a/y" }, { kind = " ", text = "z" } }, found[1].hunks[1].lines)
    assert.equal("x", found[1].path)
  end)

  it("has several hunks, of one line or none on a side", function()
    local found = assert(parse(section("@@ -1 +0,0 @@ fn", "-a", "@@ -9,0 +9 @@", "+b",
      "\\ No newline at end of file")))

    assert.equal(2, #found[1].hunks)
    assert.same({ 1, 1, 0, 0 }, {
      found[1].hunks[1].old_first, found[1].hunks[1].old_count, found[1].hunks[1].new_first,
      found[1].hunks[1].new_count,
    })
    assert.is_true(found[1].no_newline)
  end)

  it("is refused where its counts and its lines disagree", function()
    for _, lines in ipairs {
      { "@@ -1,2 +1,2 @@", " a" },
      { "@@ -1,2 +1,2 @@", " a", "diff --git a/y b/y" },
      { "@@ -1,1 +1,1 @@", "-a", "-b", "+c" },
      { "@@ -1,1 +1,1 @@", "-a", "?b" },
      { "@@ -1,999999999999 +1,1 @@", "+a" },
      { "@@ -x +1 @@", "+a" },
      { "@@ -1 +1", "+a" },
    } do
      local found, row = parse(section((table.unpack or unpack)(lines)))
      assert.is_nil(found)
      assert.is_true(row >= #HEAD)
    end
  end)

  it("passes over what is not of a file", function()
    local found = assert(parse { "warning: x", "* Unmerged path y", "diff --cc y", "@@@ -1 -1 +1,5 @@@", "++a" })

    assert.same({}, found)
  end)

  it("reads an empty line for an empty row on both sides", function()
    local found = assert(parse(section("@@ -1,2 +1,2 @@", "", "-a", "+b")))

    assert.same({ kind = " ", text = "" }, found[1].hunks[1].lines[1])
  end)

  it("breathes every few hundred lines, and keeps no more rows than it may", function()
    local lines, breaths = section "@@ -0,0 +1,5000 @@", 0
    for index = 1, 5000 do lines[#lines + 1] = "+" .. index end

    local found = assert(parse(lines, { max_rows = 4999, breathe = function() breaths = breaths + 1 end }))

    assert.same({ "rows", 0, 0, 5000 }, { found[1].over, #found[1].hunks, found[1].rows, found[1].added })
    assert.is_true(breaths >= 19)
  end)

  it("never raises, whatever the bytes", function()
    local random = 7
    local function next_random(limit)
      random = (random * 16807) % 2147483647
      return random % limit + 1
    end
    local text = table.concat(section("rename from \"a\\tb\"", "@@ -1,2 +1,2 @@", " a", "-b", "+c"), "\n") .. "\n"
    for _ = 1, 2000 do
      local at = next_random(#text)
      local hurt = text:sub(1, at - 1) .. string.char(next_random(256) - 1) .. text:sub(at + next_random(9) - 1)
      local found, row = diff.parse(hurt, { max_bytes = 1e6, max_rows = 1e6, breathe = function() end })
      assert.is_true(type(found) == "table" or type(row) == "number")
    end
  end)

  it("takes time by its length alone", function()
    local function seconds(count)
      local lines = section(("@@ -1,%d +1,%d @@"):format(count, count))
      for index = 1, count do lines[#lines + 1] = " line " .. index end
      local text = table.concat(lines, "\n") .. "\n"
      local began = os.clock()
      assert(diff.parse(text, { max_bytes = 1e9, max_rows = 1e9, breathe = function() end }))
      return os.clock() - began
    end
    seconds(2000)

    assert.is_true(seconds(40000) < 20 * math.max(seconds(4000), 0.002))
  end)
end)

describe("a quoted name", function()
  it("is read as it was written, whatever its bytes", function()
    for byte = 1, 255 do
      local name = "a" .. string.char(byte) .. "7b"
      assert.equal(name, quoted.name(quoted.write(name)))
    end
    assert.equal("\1\255é", quoted.name '"\\001\\377\\303\\251"')
  end)

  it("is nothing when it is broken", function()
    for _, name in ipairs { '"', '"a', '"a\\"', '"a"b', '"\\q"', '"\\47"', '"\\', '"\\477"' } do
      assert.is_nil(quoted.name(name), name)
    end
  end)
end)
