--- Where two texts differ, by whole lines: the lines that stand once in both and in the same order
--- are taken for the same (patience), and what lies between two of those is compared by its fewest
--- edits (Myers), as long as they are few. The same in every editor and in scripts.
local M = {}

-- A stretch that differs in more lines than this, with no line in common that stands once in each,
-- is one hunk: whatever smaller ones there may be are accidents. It keeps the work linear, too.
local MOST_EDITS = 64

local DEEPEST = 40 -- stretches within stretches; each level looks at every line once

---@class mistral.diff.Hunk lines of the old text, and those of the new one in their place
---@field first integer number of the first old line, or of the one before which lines are added
---@field count integer old lines; 0: lines are only added
---@field new_first integer the same in the new text
---@field new_count integer new lines; 0: lines are only removed

---@class mistral.diff.Stretch lines `a` to `a_last` of the old text, `b` to `b_last` of the new one
---@field a integer
---@field a_last integer
---@field b integer
---@field b_last integer

---@class mistral.diff.Search
---@field old integer[] the lines as numbers: equal lines have equal ones
---@field new integer[]
---@field hunks mistral.diff.Hunk[]

local function numbered(texts)
  local ids, last, out = {}, 0, {}
  for i, lines in ipairs(texts) do
    out[i] = {}
    for at, line in ipairs(lines) do
      if not ids[line] then
        last = last + 1
        ids[line] = last
      end
      out[i][at] = ids[line]
    end
  end
  return out[1], out[2]
end

--- Without the lines that are the same at both ends.
local function trimmed(search, stretch)
  local a, a_last, b, b_last = stretch.a, stretch.a_last, stretch.b, stretch.b_last
  local old, new = search.old, search.new
  while a <= a_last and b <= b_last and old[a] == new[b] do
    a, b = a + 1, b + 1
  end
  while a <= a_last and b <= b_last and old[a_last] == new[b_last] do
    a_last, b_last = a_last - 1, b_last - 1
  end
  return { a = a, a_last = a_last, b = b, b_last = b_last }
end

local function add_hunk(search, a, a_last, b, b_last)
  local hunks = search.hunks
  local last = hunks[#hunks]
  if last and last.first + last.count == a and last.new_first + last.new_count == b then
    last.count, last.new_count = a_last - last.first + 1, b_last - last.new_first + 1
  else
    hunks[#hunks + 1] = {
      first = a, count = a_last - a + 1, new_first = b, new_count = b_last - b + 1,
    }
  end
end

-- Patience ---------------------------------------------------------------------------------------

--- Where each line stands that stands once in these; false where it stands more often.
local function once(lines, first, last)
  local at = {}
  for i = first, last do
    local line = lines[i]
    at[line] = at[line] == nil and i
  end
  return at
end

--- The lines that stand once in both, in the order of the old text.
local function common(search, stretch)
  local in_old = once(search.old, stretch.a, stretch.a_last)
  local in_new = once(search.new, stretch.b, stretch.b_last)
  local pairs_found = {}
  for a = stretch.a, stretch.a_last do
    local line = search.old[a]
    if in_old[line] and in_new[line] then
      pairs_found[#pairs_found + 1] = { a = a, b = in_new[line] }
    end
  end
  return pairs_found
end

--- The first pile whose top is not below `b`.
local function pile_for(piles, b)
  local low, high = 1, #piles + 1
  while low < high do
    local middle = math.floor((low + high) / 2)
    if piles[middle].b < b then
      low = middle + 1
    else
      high = middle
    end
  end
  return low
end

--- The longest part of the list that is in the order of the new text, too.
local function in_order(list)
  local piles = {}
  for _, pair in ipairs(list) do
    local at = pile_for(piles, pair.b)
    pair.before, piles[at] = piles[at - 1], pair
  end
  local out, pair = {}, piles[#piles]
  while pair do
    table.insert(out, pair)
    pair = pair.before
  end
  return out -- the last comes first
end

-- Fewest edits -------------------------------------------------------------------------------------

--- How far down each diagonal so many edits lead; nil when the end is not reached within MOST_EDITS.
local function trace(search, stretch)
  local old, new = search.old, search.new
  local rows, columns = stretch.a_last - stretch.a + 1, stretch.b_last - stretch.b + 1
  local reach, steps = { [1] = 0 }, {}
  for edits = 0, math.min(MOST_EDITS, rows + columns) do
    local before = {}
    for k = -edits, edits, 2 do
      local down = k == -edits or k ~= edits and reach[k - 1] < reach[k + 1]
      local x = down and reach[k + 1] or reach[k - 1] + 1
      before[k] = down
      while x < rows and x - k < columns and old[stretch.a + x] == new[stretch.b + x - k] do
        x = x + 1
      end
      reach[k] = x
      if x >= rows and x - k >= columns then
        steps[edits] = before
        return steps, edits
      end
    end
    steps[edits] = before
  end
end

--- The edits on the way that the trace took, first to last: true for an added line.
local function way_back(steps, edits, rows, columns)
  local way, k = {}, rows - columns
  for n = edits, 1, -1 do
    local down = steps[n][k]
    way[n] = down
    k = down and k + 1 or k - 1
  end
  return way
end

local function add_fewest(search, stretch)
  local rows, columns = stretch.a_last - stretch.a + 1, stretch.b_last - stretch.b + 1
  local steps, edits = trace(search, stretch)
  if not steps then
    return add_hunk(search, stretch.a, stretch.a_last, stretch.b, stretch.b_last)
  end
  local a, b = stretch.a, stretch.b
  local function follow()
    while a <= stretch.a_last and b <= stretch.b_last and search.old[a] == search.new[b] do
      a, b = a + 1, b + 1
    end
  end
  for _, added in ipairs(way_back(steps, edits, rows, columns)) do
    follow()
    add_hunk(search, a, added and a - 1 or a, b, added and b or b - 1)
    a, b = added and a or a + 1, added and b + 1 or b
  end
end

-- Both ---------------------------------------------------------------------------------------------

local compare

--- Compares what lies before, between and behind the pairs.
local function between(search, stretch, anchors, depth)
  local a, b = stretch.a, stretch.b
  for i = #anchors, 1, -1 do
    local pair = anchors[i]
    compare(search, { a = a, a_last = pair.a - 1, b = b, b_last = pair.b - 1 }, depth)
    a, b = pair.a + 1, pair.b + 1
  end
  compare(search, { a = a, a_last = stretch.a_last, b = b, b_last = stretch.b_last }, depth)
end

function compare(search, whole, depth)
  local stretch = trimmed(search, whole)
  local removes, adds = stretch.a <= stretch.a_last, stretch.b <= stretch.b_last
  if not (removes and adds) then
    if removes or adds then
      add_hunk(search, stretch.a, stretch.a_last, stretch.b, stretch.b_last)
    end
    return
  end
  local anchors = depth < DEEPEST and in_order(common(search, stretch)) or {}
  if anchors[1] then
    return between(search, stretch, anchors, depth + 1)
  end
  add_fewest(search, stretch)
end

--- Where the texts differ, from the top down; nothing when they are the same.
---@param old string[]
---@param new string[]
---@return mistral.diff.Hunk[]
function M.hunks(old, new)
  local search = { hunks = {} }
  search.old, search.new = numbered({ old, new })
  compare(search, { a = 1, a_last = #old, b = 1, b_last = #new }, 0)
  return search.hunks
end

return M
