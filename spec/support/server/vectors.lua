--- Embeddings that mean something: a text is the sum of its words' vectors, so texts that share
--- words are near each other. The same text always gives the same numbers, and each number is one
--- that four bytes can hold.

local base64 = require "base64"

local M = {}

-- Lua 5.1 and LuaJIT have it from compat53, which lua-http needs anyway.
local pack = rawget(string, "pack") or require("compat53.string").pack

local MAX_WORDS = 256
local STEPS = 4096
local PIECE = 128

local function seed_of(word)
  local state = 7
  for index = 1, #word do state = (state * 131 + word:byte(index)) % 65521 end
  return state + 1
end

local function add_word(sums, word)
  local state = seed_of(word)
  for index = 1, #sums do
    state = (state * 75 + 74) % 65537
    sums[index] = sums[index] + (state % 2 == 0 and 1 or -1)
  end
end

--- Numbers from -1 to 1.
---@param text string
---@param dimensions integer
---@return number[]
function M.floats(text, dimensions)
  local sums, words = {}, 0
  for index = 1, dimensions do sums[index] = 0 end
  for word in text:lower():gmatch("[%w\128-\255]+") do
    if words == MAX_WORDS then break end
    words = words + 1
    add_word(sums, word)
  end
  for index = 1, dimensions do
    sums[index] = math.floor(sums[index] / (2 * words + 1) * STEPS + 0.5) / STEPS
  end
  return sums
end

--- Eight signs in each number.
local function bits(floats, offset)
  local out = {}
  for first = 1, #floats, 8 do
    local byte = 0
    for index = first, first + 7 do
      byte = byte * 2 + ((floats[index] or 0) > 0 and 1 or 0)
    end
    out[#out + 1] = byte - offset
  end
  return out
end

local function scaled(floats, offset)
  local out = {}
  for index, value in ipairs(floats) do
    out[index] = math.max(-128, math.min(127, math.floor(value * 127 + 0.5))) + offset
  end
  return out
end

local FORMS = {
  float = { "<f", function(floats) return floats end },
  int8 = { "b", function(floats) return scaled(floats, 0) end },
  uint8 = { "B", function(floats) return scaled(floats, 128) end },
  binary = { "b", function(floats) return bits(floats, 128) end },
  ubinary = { "B", function(floats) return bits(floats, 0) end },
}

--- The numbers as asked for: a list, or their bytes in base64.
---@param dtype "float"|"int8"|"uint8"|"binary"|"ubinary"
---@param encoding "float"|"base64"
---@return number[]|string
function M.embedding(text, dimensions, dtype, encoding)
  local form = FORMS[dtype]
  local values = form[2](M.floats(text, dimensions))
  if encoding == "float" then return values end
  local pieces = {}
  for first = 1, #values, PIECE do
    local last = math.min(first + PIECE - 1, #values)
    local layout = "<" .. form[1]:gsub("<", ""):rep(last - first + 1)
    pieces[#pieces + 1] = pack(layout, unpack(values, first, last))
  end
  return base64.encode(table.concat(pieces))
end

return M
