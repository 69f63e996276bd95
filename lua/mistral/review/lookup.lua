--- A text in which lines and parts of lines are looked up often; each index is made at its first use.
local text = require("mistral.lines")

local M = {}

local SHORTEST_SUBSTRING = 3 -- bytes; a shorter one is found by chance
local MOST = 64 -- places that are told apart

--- Lines of code with what is needed to search them; the indexes are made at first use.
---@class mistral.review.Text
---@field first integer row of the first line
---@field lines string[] as made by text.code_lines
---@field private breathe? fun()
---@field private indexes table<string, table>
---@field private flats table<string, table>

---@param lines string[] as made by text.code_lines
---@param first? integer row of the first line, 1 when left out
---@param breathe? fun() called now and then while a long text is looked through
---@return mistral.review.Text
function M.text(lines, first, breathe)
  return { first = first or 1, lines = lines, breathe = breathe, indexes = {}, flats = {} }
end

local BREATH = 128 -- lines

local function breathe(code, i)
  if code.breathe and i % BREATH == 0 then
    code.breathe()
  end
end

--- Two ways to look at a line: as it is, and with white space made alike.
M.views = {
  exact = function(line) return line end,
  normal = text.normal_line,
}

--- All lines in one view, and for each distinct line the list of indexes where it stands.
local function index_of(code, view)
  local index = code.indexes[view]
  if not index then
    index = { lines = {}, at = {} }
    for i, line in ipairs(code.lines) do
      local seen = M.views[view](line)
      index.lines[i] = seen
      local at = index.at[seen]
      if at then
        at[#at + 1] = i
      else
        index.at[seen] = { i }
      end
      breathe(code, i)
    end
    code.indexes[view] = index
  end
  return index
end

--- All lines in one view as one string, and the offset at which each begins.
local function flat_of(code, view)
  local flat = code.flats[view]
  if not flat then
    flat = { starts = {} }
    local offset, lines = 1, index_of(code, view).lines
    for i, line in ipairs(lines) do
      flat.starts[i] = offset
      offset = offset + #line + 1
      breathe(code, i)
    end
    flat.text = table.concat(lines, "\n")
    code.flats[view] = flat
  end
  return flat
end

--- The line in which a byte of the flat text lies.
local function line_at(flat, offset)
  local low, high = 1, #flat.starts
  while low < high do
    local middle = math.floor((low + high + 1) / 2)
    if flat.starts[middle] <= offset then
      low = middle
    else
      high = middle - 1
    end
  end
  return low
end

--- Which line of the quote stands at the fewest places; nil when one of them stands nowhere.
local function rarest(index, quote)
  local best
  for i, line in ipairs(quote) do
    local at = index.at[line]
    if not at then
      return nil
    end
    if not best or #at < #index.at[quote[best]] then
      best = i
    end
  end
  return best
end

local function stands_at(lines, quote, first)
  for i, line in ipairs(quote) do
    if lines[first + i - 1] ~= line then
      return false
    end
  end
  return true
end

--- Every line where all lines of the quote stand one below the other.
---@param code mistral.review.Text
---@param view "exact"|"normal"
---@param quote string[] in that view
---@return integer[] indexes, the first is 1
function M.places(code, view, quote)
  local index = index_of(code, view)
  local anchor = rarest(index, quote)
  local places = {}
  if anchor then
    for _, at in ipairs(index.at[quote[anchor]]) do
      local first = at - anchor + 1
      if first >= 1 and stands_at(index.lines, quote, first) then
        places[#places + 1] = first
      end
    end
  end
  return places
end

--- The lines where the quote begins as part of the text, up to `MOST` of them.
---@param code mistral.review.Text
---@param view "exact"|"normal"
---@param quote string[] in that view
---@return integer[] indexes
function M.within(code, view, quote)
  local wanted = table.concat(quote, "\n")
  local places = {}
  if #wanted < SHORTEST_SUBSTRING then
    return places
  end
  local flat, offset = flat_of(code, view), 0
  while #places < MOST do
    offset = flat.text:find(wanted, offset + 1, true)
    if not offset then
      break
    end
    local line = line_at(flat, offset)
    if places[#places] ~= line then
      places[#places + 1] = line
    end
  end
  return places
end

return M
