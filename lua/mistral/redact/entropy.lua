--- Whether a string looks as if dice had made it: a key that no name and no prefix gives away.
--- Hashes and UUIDs look that way too and are no secrets, so what is hexadecimal never counts.
local M = {}

local SHORTEST, LONGEST = 20, 160

-- By byte: 1 lower case, 2 upper case, 3 digit.
local CLASS = {}
for byte = 0, 255 do
  local char = string.char(byte)
  CLASS[byte] = char:find("%l") and 1 or char:find("%u") and 2 or char:find("%d") and 3 or 0
end

---@class mistral.redact.Shape
---@field lower integer
---@field upper integer
---@field digit integer
---@field other integer
---@field changes number share of neighbours within a word that are of another class
---@field distinct integer how many different characters
---@field longest integer letters and digits in a row, at most
---@field words integer letters in runs of three or more lower-case ones
---@field groups integer numbers

-- One pass over the bytes.
local function shape_of(value)
  local counts = { [0] = 0, 0, 0, 0 }
  local seen, distinct, changes, pairs_seen = {}, 0, 0, 0
  local before, row, longest, lowers, words, groups = 0, 0, 0, 0, 0, 0
  for at = 1, #value do
    local byte = value:byte(at)
    local class = CLASS[byte]
    counts[class] = counts[class] + 1
    if not seen[byte] then seen[byte], distinct = true, distinct + 1 end
    if class ~= 0 and before ~= 0 then
      pairs_seen = pairs_seen + 1
      if class ~= before then changes = changes + 1 end
    end
    row = class ~= 0 and row + 1 or 0
    if row > longest then longest = row end
    lowers = class == 1 and lowers + 1 or 0
    if lowers == 3 then words = words + 3 elseif lowers > 3 then words = words + 1 end
    if class == 3 and before ~= 3 then groups = groups + 1 end
    before = class
  end
  return {
    lower = counts[1], upper = counts[2], digit = counts[3], other = counts[0],
    changes = pairs_seen > 0 and changes / pairs_seen or 0,
    distinct = distinct, longest = longest, words = words, groups = groups,
  }
end
M.shape_of = shape_of

local ALPHABET = {}
local letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
for at = 1, #letters do
  ALPHABET[letters:byte(at)] = at - 1
end
ALPHABET[("-"):byte()], ALPHABET[("_"):byte()] = 62, 63

--- Whether base64 of ordinary text: a test vector, a name, a bit of JSON.
---@param value string
---@return boolean
function M.is_encoded_text(value)
  local readable, bytes = 0, 0
  for at = 1, #value - 3, 4 do
    local a, b, c, d = value:byte(at, at + 3)
    a, b, c, d = ALPHABET[a], ALPHABET[b], ALPHABET[c], ALPHABET[d]
    if not (a and b and c and d) then break end
    local whole = ((a * 64 + b) * 64 + c) * 64 + d
    local high, middle = math.floor(whole / 65536), math.floor(whole / 256) % 256
    for _, byte in ipairs { high, middle, whole % 256 } do
      bytes = bytes + 1
      if byte >= 32 and byte < 127 or byte == 10 or byte == 13 or byte == 9 then
        readable = readable + 1
      end
    end
  end
  return bytes >= 9 and readable / bytes > 0.9
end

local function is_hex(value)
  return not value:find("[^%x-]")
end

-- Three kinds of characters in one long part, changing often, no words to read. A name with one
-- number in it (glMultiTexCoord4sARB) has words as well.
local function is_mixed(value, shape)
  local words = shape.words / #value
  return shape.lower >= 2 and shape.upper >= 2 and shape.digit >= 1
    and shape.changes >= 0.34 and shape.distinct >= 13
    and words <= (shape.groups >= 2 and 0.34 or 0.2)
end

-- Lower case and digits only says less, so more of it is wanted.
local function is_plain(value, shape)
  return #value >= 28 and shape.other == 0 and shape.upper == 0
    and shape.digit >= 0.12 * #value and shape.digit <= 0.6 * #value
    and shape.changes >= 0.28 and shape.distinct >= 16 and shape.words <= 0.4 * #value
end

--- Whether the value looks random enough to be a secret without a name.
---@param value string of token characters, without the `=` that pad base64
---@return boolean
function M.is_secret(value)
  if #value < SHORTEST or #value > LONGEST or is_hex(value) or not value:find("%d") then
    return false
  end
  local shape = shape_of(value)
  if shape.longest < 12 or shape.other > 0.2 * #value then return false end
  if not (is_mixed(value, shape) or is_plain(value, shape)) then return false end
  return not M.is_encoded_text(value)
end

return M
