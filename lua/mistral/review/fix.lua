--- Finds the lines that a fix replaces. They have to stand there exactly, near what the finding
--- quotes, and only once; otherwise there is no fix.
local lines = require("mistral.lines")
local sources = require("mistral.review.source")

local M = {}

local NEAR = 12 -- lines around the quote in which a fix may lie

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

-- Where `wanted` stands, when it does so once.
local function only_place(flat, wanted)
  local from, to = flat:find(wanted, 1, true)
  if not from or flat:find(wanted, from + 1, true) then
    return nil
  end
  return from, to
end

-- Of part of some lines, what a fix of the whole lines is. A model that leaves out the blanks before
-- the first line of both means that they stay.
local function whole_lines(flat, starts, raw, from, to, replacement)
  local i, j = line_of(starts, from), line_of(starts, to)
  local before = flat:sub(starts[i], from - 1)
  local after = flat:sub(to + 1, starts[j] + #raw[j] - 1)
  if before ~= "" and not before:find("%S") and replacement:sub(1, #before) == before then
    before = ""
  end
  return i, j, before .. replacement .. after
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
  local from, to = only_place(flat, existing)
  if not from then
    return nil
  end
  local i, j, new = whole_lines(flat, starts, raw, from, to, replacement)
  if not sent_as_it_is(source, first + i - 1, first + j - 1) then
    return nil
  end
  return {
    existing = table.concat(raw, "\n", i, j), replacement = new,
    first = first + i - 1, last = first + j - 1,
  }
end

--- The fix as whole lines with their place, or nil when they are not there, not near, or not the only
--- ones.
---@param fix mistral.Fix as the model wrote it
---@param first integer rows of what the finding quotes
---@param last integer
---@param source mistral.review.Source
---@return mistral.Fix?
function M.locate(fix, first, last, source)
  local existing = fix.existing:gsub("\n+$", "")
  local replacement = fix.replacement:gsub("\n$", "")
  existing = existing:gsub("^\n+", "")
  local reach = NEAR + #lines.split_lines(existing)
  local found = locate(source, existing, replacement, first, last)
    or locate(source, existing, replacement, within(source, first - reach),
      within(source, last + reach))
  return found and found.existing ~= found.replacement and found or nil
end

return M
