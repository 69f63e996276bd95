--- Finds the lines a quote speaks of. A quote that is not there, or that fits several places
--- equally well, gets no place: nothing is ever put on a guessed line.
local text = require("mistral.lines")

local M = {}

local SHORTEST_SUBSTRING = 3 -- bytes; a shorter one is found by chance

--- Lines of code with what is needed to search them; the indexes are made at first use.
---@class mistral.review.Text
---@field first integer row of the first line
---@field lines string[] as made by text.code_lines
---@field private indexes table<string, table>
---@field private flats table<string, table>

---@param lines string[] as made by text.code_lines
---@param first? integer row of the first line, 1 when left out
---@return mistral.review.Text
function M.text(lines, first)
  return { first = first or 1, lines = lines, indexes = {}, flats = {} }
end

--- Two ways to look at a line: as it is, and with white space made alike.
local VIEWS = {
  exact = function(line) return line end,
  normal = text.normal_line,
}

--- All lines in one view, and for each distinct line the list of indexes where it stands.
local function index_of(code, view)
  local index = code.indexes[view]
  if not index then
    index = { lines = {}, at = {} }
    for i, line in ipairs(code.lines) do
      local seen = VIEWS[view](line)
      index.lines[i] = seen
      local at = index.at[seen]
      if at then
        at[#at + 1] = i
      else
        index.at[seen] = { i }
      end
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
local function whole_line_places(code, view, quote)
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

--- The one line where the quote begins as part of the text: line, number of places (0, 1, or 2 for
--- more than one).
local function substring_place(code, view, quote)
  local wanted = table.concat(quote, "\n")
  if #wanted < SHORTEST_SUBSTRING then
    return nil, 0
  end
  local flat = flat_of(code, view)
  local found, offset = nil, 0
  while true do
    offset = flat.text:find(wanted, offset + 1, true)
    if not offset then
      return found, found and 1 or 0
    end
    local line = line_at(flat, offset)
    if found and found ~= line then
      return nil, 2
    end
    found = line
  end
end

--- The model's line may choose among equal places, if it names exactly one of them; the text it was
--- told about counts, and the choice holds now if as many such places are left.
local function choose(places, row, quote, sent)
  local then_places = row and whole_line_places(sent, "exact", quote) or {}
  if #then_places ~= #places then
    return nil
  end
  for i, place in ipairs(then_places) do
    if place + sent.first - 1 == row then
      return places[i]
    end
  end
end

local function is_blank(line)
  return not line:find("%S")
end

--- The quote's lines as the code's were made, without blank lines around them.
local function quote_lines(quote)
  local lines = text.code_lines(text.split_lines(quote))
  while lines[1] and is_blank(lines[1]) do
    table.remove(lines, 1)
  end
  while lines[1] and is_blank(lines[#lines]) do
    table.remove(lines)
  end
  return lines
end

--- The same without the line numbers of the prompt, in case the model copied those too.
local function without_numbers(lines)
  local out = {}
  for i, line in ipairs(lines) do
    local rest = line:match("^%s*%d+|(.*)$")
    if not rest then
      return nil
    end
    out[i] = rest:gsub("^ ", "", 1)
  end
  return out
end

local function normal_lines(lines)
  local out = {}
  for i, line in ipairs(lines) do
    out[i] = text.normal_line(line)
  end
  return out
end

--- First and last line of the quote in `now`, or nil and why there is none.
local function locate(quote, row, sent, now)
  local places = whole_line_places(now, "exact", quote)
  if #places > 1 then
    local chosen = choose(places, row, quote, sent)
    return chosen, chosen and "exact" or "ambiguous"
  elseif #places == 1 then
    return places[1], "exact"
  end
  local normal = normal_lines(quote)
  places = whole_line_places(now, "normal", normal)
  if #places > 0 then
    return #places == 1 and places[1] or nil, #places == 1 and "normal" or "ambiguous"
  end
  for view, wanted in pairs({ exact = quote, normal = normal }) do
    local line, count = substring_place(now, view, wanted)
    if count > 0 then
      return line, line and "substring" or "ambiguous"
    end
  end
  return nil, "missing"
end

--- First and last row of the quote, and how it was found; or nil, nil and "empty", "missing" or
--- "ambiguous".
---@param quote string what the model quoted
---@param row? integer the row the model named, as numbered in `sent`
---@param sent mistral.review.Text what the model was told
---@param now? mistral.review.Text what the buffer holds now, if it changed
---@return integer|nil first, integer|nil last, string how
function M.find(quote, row, sent, now)
  now = now or sent
  local lines = quote_lines(quote)
  if not lines[1] then
    return nil, nil, "empty"
  end
  local at, how = locate(lines, row, sent, now)
  local bare = how == "missing" and without_numbers(lines)
  if bare then
    lines = bare
    at, how = locate(lines, row, sent, now)
  end
  if not at then
    return nil, nil, how
  end
  local first = at + now.first - 1
  return first, first + #lines - 1, how
end

return M
