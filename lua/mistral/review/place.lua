--- Finds the lines a quote speaks of. A quote that is not there, or that fits several places
--- equally well, gets no place: nothing is ever put on a guessed line.
local quotes = require("mistral.review.quote")
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

--- The lines where the quote begins as part of the text, up to `MOST` of them.
local function substring_places(code, view, quote)
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

local function normal_lines(quote)
  local out = {}
  for i, line in ipairs(quote) do
    out[i] = text.normal_line(line)
  end
  return out
end

-- Finding ---------------------------------------------------------------------------------------

--- The one of several places that was shown to the model, where only some were.
local function only_shown(places, height, now, shown)
  if not shown or #places < 2 then
    return places
  end
  local out = {}
  for _, place in ipairs(places) do
    local first = place + now.first - 1
    if shown(first, first + height - 1) then
      out[#out + 1] = place
    end
  end
  return #out > 0 and out or places
end

--- First line of the quote in `now`, or nil, and how it was found, or why not.
local function locate(quote, row, sent, now, shown)
  local places = whole_line_places(now, "exact", quote)
  if #places > 1 then
    local chosen = choose(places, row, quote, sent)
    if chosen then
      return chosen, "exact"
    end
    places = only_shown(places, #quote, now, shown)
  end
  if #places > 0 then
    return #places == 1 and places[1] or nil, #places == 1 and "exact" or "ambiguous"
  end
  local normal = normal_lines(quote)
  for _, try in ipairs({
    { whole_line_places, "normal", normal, "normal" },
    { substring_places, "exact", quote, "substring" },
    { substring_places, "normal", normal, "substring" },
  }) do
    places = only_shown(try[1](now, try[2], try[3]), #quote, now, shown)
    if #places > 0 then
      return #places == 1 and places[1] or nil, #places == 1 and try[4] or "ambiguous"
    end
  end
  return nil, "missing"
end

--- First and last row of the quote, how it was found, and the quote as it was found; or nil, nil and
--- "empty", "missing" or "ambiguous".
---@param quote string what the model quoted
---@param row? integer the row the model named, as numbered in `sent`
---@param sent mistral.review.Text what the model was told of
---@param now? mistral.review.Text what the buffer holds now, if it changed
---@param shown? fun(first: integer, last: integer): boolean whether the model has seen these rows
---@return integer|nil first, integer|nil last, string how, string|nil quote
function M.find(quote, row, sent, now, shown)
  now = now or sent
  local lines = quotes.lines(quote)
  if not lines[1] then
    return nil, nil, "empty"
  end
  for _, way in ipairs(quotes.ways) do
    local meant = way(lines)
    if meant and meant[1] then
      local at, how = locate(meant, row, sent, now, shown)
      if at then
        local first = at + now.first - 1
        return first, first + #meant - 1, how, table.concat(meant, "\n")
      elseif how == "ambiguous" then
        return nil, nil, how
      end
    end
  end
  return nil, nil, "missing"
end

return M
