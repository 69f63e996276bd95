--- Text from elsewhere, made safe: valid UTF-8, and nothing in it a terminal would obey.
local M = {}

local REPLACEMENT = "\239\191\189" -- U+FFFD

-- By lead byte: how many bytes follow, and the range of the first of them. The narrow ranges are
-- what keeps out overlong forms, surrogates and anything past U+10FFFF.
local FOLLOW, LOW, HIGH = {}, {}, {}

local function lead(first, last, follow, low, high)
  for byte = first, last do
    FOLLOW[byte], LOW[byte], HIGH[byte] = follow, low or 0x80, high or 0xBF
  end
end

lead(0xC2, 0xDF, 1)
lead(0xE0, 0xE0, 2, 0xA0)
lead(0xE1, 0xEC, 2)
lead(0xED, 0xED, 2, nil, 0x9F)
lead(0xEE, 0xEF, 2)
lead(0xF0, 0xF0, 3, 0x90)
lead(0xF1, 0xF3, 3)
lead(0xF4, 0xF4, 3, nil, 0x8F)

-- Bytes of the sequence at `at` that belong together, and whether they are a whole character.
local function sequence(text, at)
  local first, second, third, fourth = text:byte(at, at + 3)
  local follow = FOLLOW[first]
  if not follow or not second or second < LOW[first] or second > HIGH[first] then
    return 1, false
  end
  if follow == 1 then return 2, true end
  if not third or third < 0x80 or third > 0xBF then return 2, false end
  if follow == 2 then return 3, true end
  if not fourth or fourth < 0x80 or fourth > 0xBF then return 3, false end
  return 4, true
end

-- The first byte from `at` on that is not ASCII. Anchored, since that is one tight loop: four times
-- as fast as a search, and this runs over every file that is sent.
local function beyond_ascii(text, at)
  local found = text:match("^[^\128-\255]*()", at)
  return found <= #text and found or nil
end

-- Where the first byte that is not valid UTF-8 stands, from `at` on; nil when there is none.
local function first_bad(text, at)
  at = beyond_ascii(text, at)
  while at do
    local size, whole = sequence(text, at)
    if not whole then return at, size end
    at = at + size
    local byte = text:byte(at)
    if not byte then return nil end
    if byte < 0x80 then at = beyond_ascii(text, at) end
  end
end

--- The same text as valid UTF-8: each broken sequence becomes one U+FFFD.
---@param text string
---@return string
function M.valid(text)
  local bad, size = first_bad(text, 1)
  if not bad then return text end
  local out, from = {}, 1
  while bad do
    out[#out + 1] = text:sub(from, bad - 1)
    out[#out + 1] = REPLACEMENT
    from = bad + size
    bad, size = first_bad(text, from)
  end
  out[#out + 1] = text:sub(from)
  return table.concat(out)
end

local function control(char)
  return ("\\x%02x"):format(char:byte())
end

local function c1_control(char)
  return ("<U+%04X>"):format(char:byte(2))
end

-- Characters that reorder or hide what stands beside them: U+200B-200F, 202A-202E, 2060-206F, FEFF.
local function format_control(char)
  local first, second, third = char:byte(1, 3)
  local code = (first - 0xE0) * 4096 + (second - 0x80) * 64 + (third - 0x80)
  local hidden = code >= 0x200B and code <= 0x200F or code >= 0x202A and code <= 0x202E
    or code >= 0x2060 and code <= 0x206F or code == 0xFEFF
  return hidden and ("<U+%04X>"):format(code) or nil
end

--- Cut at most `limit` bytes, never inside a character; an ellipsis says that it was cut.
---@param text string valid UTF-8
---@param limit integer
---@return string
function M.clip(text, limit)
  if #text <= limit then return text end
  local cut = limit - 3
  while cut > 0 and text:byte(cut + 1) >= 0x80 and text:byte(cut + 1) <= 0xBF do
    cut = cut - 1
  end
  return text:sub(1, cut) .. "..."
end

--- One line that is safe to show: white space runs become one blank, control characters are shown
--- as what they are, and the length is bounded.
---@param text string
---@param limit? integer most bytes, 500 unless told
---@return string
function M.line(text, limit)
  limit = limit or 500
  -- Escaping makes text longer, never shorter, so this much of it is always enough.
  text = M.valid(text:sub(1, limit + 1024))
  text = text:gsub("[ \t\r\n]+", " "):gsub("^ ", ""):gsub(" $", "")
  text = text:gsub("[%c\127]", control):gsub("\194[\128-\159]", c1_control)
  text = text:gsub("\226[\128\129][\128-\191]", format_control)
  text = text:gsub("\239\187\191", format_control)
  return M.clip(text, limit)
end

--- A value as text, whatever it is. Its metatable is somebody's: it may raise, or give anything.
---@param value any
---@return string
function M.of(value)
  local told, words = pcall(tostring, value)
  return told and type(words) == "string" and words or "it failed"
end

--- How many single-character edits turn one text into the other.
---@param a string
---@param b string
---@return integer
function M.distance(a, b)
  local row = {}
  for j = 0, #b do
    row[j] = j
  end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local substitution = diagonal + (a:byte(i) == b:byte(j) and 0 or 1)
      diagonal = row[j]
      row[j] = math.min(substitution, row[j] + 1, row[j - 1] + 1)
    end
  end
  return row[#b]
end

--- The known name most like this one, if any is like it at all.
---@param name string
---@param known table<string, any> by name
---@return string?
function M.nearest(name, known)
  local best, best_distance
  for candidate in pairs(known) do
    local far = M.distance(name, candidate)
    local closer = not best or far < best_distance or far == best_distance and candidate < best
    if closer then best, best_distance = candidate, far end
  end
  if best and best_distance <= math.max(1, math.floor(#name / 3)) then return best end
end

return M
