--- Follows lines through a text that changes: they are where they stand whole, and where equal ones
--- stand elsewhere, where their neighbours stand with them. Otherwise they are nowhere.
local lookup = require("mistral.review.lookup")

local M = {}

---@class mistral.review.Anchor plain data, fit to be kept
---@field lines string[] as made by lines.code_lines
---@field above string the line before them, or ""
---@field below string the line behind them, or ""
---@field among integer how many places had such lines
---@field alike integer how many of these had such neighbours
---@field normal integer how many places had them but for white space

local function neighbours(code, first, count)
  return code.lines[first - 1] or "", code.lines[first + count] or ""
end

-- Those of the places that have these neighbours.
local function between(code, places, anchor)
  local out = {}
  for _, place in ipairs(places) do
    local above, below = neighbours(code, place, #anchor.lines)
    if above == anchor.above and below == anchor.below then
      out[#out + 1] = place
    end
  end
  return out
end

local function normal(anchor)
  local out = {}
  for i, line in ipairs(anchor.lines) do
    out[i] = lookup.views.normal(line)
  end
  return out
end

--- What tells these rows apart from all others.
---@param first integer
---@param last integer
---@param code mistral.review.Text
---@return mistral.review.Anchor
function M.anchor(first, last, code)
  local anchor = { lines = {} }
  for row = first, last do
    anchor.lines[#anchor.lines + 1] = code.lines[row - code.first + 1]
  end
  anchor.above, anchor.below = neighbours(code, first - code.first + 1, #anchor.lines)
  local places = lookup.places(code, "exact", anchor.lines)
  anchor.among = #places
  anchor.alike = #places > 1 and #between(code, places, anchor) or 1
  anchor.normal = #lookup.places(code, "normal", normal(anchor))
  return anchor
end

-- The place, if there is no doubt which it is.
local function place_of(anchor, code)
  local places = lookup.places(code, "exact", anchor.lines)
  if #places == 1 and anchor.among == 1 then
    return places[1]
  elseif #places > 0 then
    local same = between(code, places, anchor)
    return #same == 1 and anchor.alike == 1 and same[1] or nil
  elseif anchor.normal == 1 then
    -- Indented anew, say.
    places = lookup.places(code, "normal", normal(anchor))
    return #places == 1 and places[1] or nil
  end
end

--- First and last row where they stand now; nil when they are gone, changed, or not to be told apart.
---@param anchor mistral.review.Anchor
---@param code mistral.review.Text
---@return integer|nil first, integer|nil last
function M.find(anchor, code)
  local place = place_of(anchor, code)
  if not place then
    return nil
  end
  local first = place + code.first - 1
  return first, first + #anchor.lines - 1
end

return M
