--- Finds the lines a quote speaks of. A quote that is not there, or that fits several places
--- equally well, gets no place: nothing is ever put on a guessed line.
local follow = require("mistral.review.follow")
local lookup = require("mistral.review.lookup")
local quotes = require("mistral.review.quote")
local text = require("mistral.lines")

local M = {}

--- The model's line may choose among equal places, if it names exactly one of them.
local function choose(places, row, sent)
  for _, place in ipairs(places) do
    if place + sent.first - 1 == row then
      return place
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
local function only_shown(places, height, sent, shown)
  if not shown or #places < 2 then
    return places
  end
  local out = {}
  for _, place in ipairs(places) do
    local first = place + sent.first - 1
    if shown(first, first + height - 1) then
      out[#out + 1] = place
    end
  end
  return #out > 0 and out or places
end

--- First line of the quote, or nil, and how it was found, or why not.
local function locate(quote, row, sent, shown)
  local places = only_shown(lookup.places(sent, "exact", quote), #quote, sent, shown)
  if #places > 0 then
    local place = #places == 1 and places[1] or choose(places, row, sent)
    return place, place and "exact" or "ambiguous"
  end
  local normal = normal_lines(quote)
  for _, try in ipairs({
    { lookup.places, "normal", normal, "normal" },
    { lookup.within, "exact", quote, "substring" },
    { lookup.within, "normal", normal, "substring" },
  }) do
    places = only_shown(try[1](sent, try[2], try[3]), #quote, sent, shown)
    if #places > 0 then
      return #places == 1 and places[1] or nil, #places == 1 and try[4] or "ambiguous"
    end
  end
  return nil, "missing"
end

local function find(quote, row, sent, shown)
  local lines = quotes.lines(quote)
  if not lines[1] then
    return nil, nil, "empty"
  end
  for _, way in ipairs(quotes.ways) do
    local meant = way(lines)
    if meant and meant[1] then
      local at, how = locate(meant, row, sent, shown)
      if at then
        local first = at + sent.first - 1
        return first, first + #meant - 1, how, table.concat(meant, "\n")
      elseif how == "ambiguous" then
        return nil, nil, how
      end
    end
  end
  return nil, nil, "missing"
end

--- First and last row of the quote, how it was found, and the quote as it was found; or nil, nil and
--- "empty", "missing" or "ambiguous". In a text that has changed since, the lines on which it stood
--- then are followed: "stale" when they are not there any more.
---@param quote string what the model quoted
---@param row? integer the row the model named, as numbered in `sent`
---@param sent mistral.review.Text what the model was told of
---@param now? mistral.review.Text what the buffer holds now, if it changed
---@param shown? fun(first: integer, last: integer): boolean whether the model has seen these rows
---@return integer|nil first, integer|nil last, string how, string|nil quote
function M.find(quote, row, sent, now, shown)
  local first, last, how, found = find(quote, row, sent, shown)
  if not first or not now or now == sent then
    return first, last, how, found
  end
  first, last = follow.find(follow.anchor(first, last, sent), now)
  return first, last, first and how or "stale", first and found
end

M.text = lookup.text

return M
