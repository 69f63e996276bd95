-- Where two texts differ, by lines.
local diff = require "mistral.diff"

local function lines_of(text)
  local lines = {}
  for line in text:gmatch "%S+" do lines[#lines + 1] = line end
  return lines
end

local function patched(old, new, hunks)
  local out, at = {}, 1
  for _, hunk in ipairs(hunks) do
    for row = at, hunk.first - 1 do out[#out + 1] = old[row] end
    for row = hunk.new_first, hunk.new_first + hunk.new_count - 1 do out[#out + 1] = new[row] end
    at = hunk.first + hunk.count
  end
  for row = at, #old do out[#out + 1] = old[row] end
  return out
end

describe("the difference of two texts", function()
  local CASES = {
    { "nothing in common", "a b", "c d", { { 1, 2, 1, 2 } } },
    { "nothing before", "", "a b", { { 1, 0, 1, 2 } } },
    { "nothing left", "a b", "", { { 1, 2, 1, 0 } } },
    { "the same", "a b c", "a b c", {} },
    { "nothing at all", "", "", {} },
    { "a line changed", "a b c", "a x c", { { 2, 1, 2, 1 } } },
    { "lines added at the top", "a b", "x y a b", { { 1, 0, 1, 2 } } },
    { "lines added at the end", "a b", "a b x", { { 3, 0, 3, 1 } } },
    { "lines removed within", "a b c d", "a d", { { 2, 2, 2, 0 } } },
    { "two changes apart", "a b c d e", "a x c y e", { { 2, 1, 2, 1 }, { 4, 1, 4, 1 } } },
    { "a line moved", "a b c d", "b c d a", { { 1, 1, 1, 0 }, { 5, 0, 4, 1 } } },
    { "only lines that repeat", "} } x }", "} x } }", { { 2, 1, 2, 0 }, { 4, 0, 3, 1 } } },
    { "a copy put in behind", "f { } g { }", "f { } f { } g { }", { { 4, 0, 4, 3 } } },
  }
  for _, case in ipairs(CASES) do
    it("has the fewest hunks: " .. case[1], function()
      local found = {}
      for i, hunk in ipairs(diff.hunks(lines_of(case[2]), lines_of(case[3]))) do
        found[i] = { hunk.first, hunk.count, hunk.new_first, hunk.new_count }
      end
      assert.same(case[4], found)
    end)
  end

  it("turns one text into the other, whatever they are, with common lines between hunks", function()
    math.randomseed(11)
    local function random_lines(letters)
      local lines = {}
      for i = 1, math.random(0, 14) do lines[i] = tostring(math.random(letters)) end
      return lines
    end
    for _ = 1, 2000 do
      local letters = math.random(12)
      local old, new = random_lines(letters), random_lines(letters)

      local hunks, behind = diff.hunks(old, new), 0

      assert.same(new, patched(old, new, hunks))
      for _, hunk in ipairs(hunks) do
        assert.truthy(hunk.first > behind and hunk.count + hunk.new_count > 0)
        behind = hunk.first + hunk.count
      end
    end
  end)

  it("keeps a large text with small changes in small hunks", function()
    local old, new = {}, {}
    for row = 1, 5000 do
      old[row] = "line " .. row
      new[row] = row % 100 == 0 and "changed " .. row or old[row]
    end

    assert.equal(50, #diff.hunks(old, new))
  end)

  it("is not tempted by a large text that has only repeated lines", function()
    local old, new = {}, {}
    math.randomseed(3)
    for row = 1, 20000 do
      old[row], new[row] = "l" .. math.random(50), "l" .. math.random(50)
    end
    local began = os.clock()

    local hunks = diff.hunks(old, new)

    assert.same(new, patched(old, new, hunks))
    assert.truthy(#hunks < 10 and os.clock() - began < 1, "it took its time over accidents")
  end)
end)
