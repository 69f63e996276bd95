--- Finds the lines that a fix replaces. They have to stand there exactly, near what the finding
--- quotes, and only once; otherwise there is no fix.
local lines = require("mistral.lines")
local sources = require("mistral.review.source")

local M = {}

local NEAR = 12 -- lines around the quote in which a fix may lie
local MOST_LINES = 400 -- that a fix replaces
local MOST_MATCHES = 64

-- The text between two rows, and where each of its lines begins.
local function stretch(source, first, last)
  local raw, starts, offset = {}, {}, 1
  for row = first, last do
    local line = source.raw[row - source.first + 1]:gsub("\r$", "")
    raw[#raw + 1] = line
    starts[#starts + 1] = offset
    offset = offset + #line + 1
  end
  return table.concat(raw, "\n"), starts, raw
end

-- Index of the line in which a byte lies.
local function line_of(starts, offset)
  local found = 1
  for i, start in ipairs(starts) do
    if start <= offset then
      found = i
    end
  end
  return found
end

local WORD = "[%w_\128-\255]"

local function cuts_word(before, wanted, after)
  return before:find(WORD .. "$") and wanted:find("^" .. WORD)
    or after:find("^" .. WORD) and wanted:find(WORD .. "$")
end

-- The lines in which a match lies, what else is in them, and how well it fits: 1 for whole lines, 2 for
-- lines but for the blanks around them, 3 for a part of them; nil for one that tears a word apart.
local function match_at(flat, wanted, from, starts, raw)
  local to = from + #wanted - 1
  local i, j = line_of(starts, from), line_of(starts, to)
  local match = {
    i = i, j = j, before = flat:sub(starts[i], from - 1),
    after = flat:sub(to + 1, starts[j] + #raw[j] - 1),
  }
  if match.before .. match.after == "" then
    match.fit = 1
  elseif not (match.before .. match.after):find("%S") then
    match.fit = 2
  elseif not cuts_word(match.before, wanted, match.after) then
    match.fit = 3
  end
  return match
end

-- Where `wanted` stands best, when it does so once.
local function only_match(flat, wanted, starts, raw)
  local best, count, from = nil, 0, 0
  repeat
    from = flat:find(wanted, from + 1, true)
    local match = from and match_at(flat, wanted, from, starts, raw)
    if match and match.fit and (not best or match.fit <= best.fit) then
      best, match.rival = match, best and best.fit == match.fit
    end
    count = count + 1
  until not from or count > MOST_MATCHES
  return count <= MOST_MATCHES and best and not best.rival and best or nil
end

-- Of part of some lines, what a fix of the whole lines is. A model that leaves out the blanks before
-- the first line of both means that they stay.
local function whole_lines(match, replacement)
  local before, after = match.before, match.after
  if match.fit < 3 and replacement == "" then
    return ""
  elseif not before:find("%S") and replacement:sub(1, #before) == before then
    before = ""
  end
  return before .. replacement .. after
end

local function within(source, row)
  return math.max(source.first, math.min(row, source.first + #source.raw - 1))
end

-- A line that could not be sent as it is cannot be what the model means to replace.
local function sent_as_it_is(source, first, last)
  for row = first, last do
    if not sources.sent_as_it_is(source.raw[row - source.first + 1]) then
      return false
    end
  end
  return true
end

local function locate(source, existing, replacement, first, last)
  local flat, starts, raw = stretch(source, first, last)
  local match = only_match(flat, existing, starts, raw)
  if not match then
    return nil
  end
  local from, to = first + match.i - 1, first + match.j - 1
  if not sent_as_it_is(source, from, to) then
    return nil
  end
  return {
    existing = table.concat(raw, "\n", match.i, match.j),
    replacement = whole_lines(match, replacement), first = from, last = to,
  }
end

-- How many line ends a text begins and ends with.
local function line_ends(code)
  local _, leading = code:find("^\n*")
  local trailing = 0
  while code:byte(#code - trailing) == 10 do
    trailing = trailing + 1
  end
  return leading, trailing
end

-- Blank lines around both mean nothing, and neither does the end of the last line.
local function bare(existing, replacement)
  local above, below = line_ends(existing)
  local more_above, more_below = line_ends(replacement)
  return existing:sub(1 + above, -1 - below), replacement:sub(
    1 + math.min(above, more_above), -1 - math.min(math.max(1, below), more_below))
end

--- The fix as whole lines with their place, or nil when they are not there, not near, or not the only
--- ones.
---@param fix mistral.Fix as the model wrote it
---@param first integer rows of what the finding quotes
---@param last integer
---@param source mistral.review.Source
---@return mistral.Fix?
function M.locate(fix, first, last, source)
  local existing, replacement = bare(fix.existing, fix.replacement)
  local count = #lines.split_lines(existing)
  if count > MOST_LINES then
    return nil
  end
  local reach = NEAR + count
  local found = locate(source, existing, replacement, first, last)
    or locate(source, existing, replacement, within(source, first - reach),
      within(source, last + reach))
  return found and found.existing ~= found.replacement and found or nil
end

return M
