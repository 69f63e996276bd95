--- Writes gzip without a library: enough of it to compress an answer as it streams, and to build a
--- body that is small on the wire and enormous when unpacked.

local bit = require "http.bit"

local M = {}

local HEADER = "\31\139\8\0\0\0\0\0\0\3"
local ZERO_RUN = 258
local ZERO_GROUP = 8 * ZERO_RUN

local crc_table = {}
for index = 0, 255 do
  local crc = index
  for _ = 1, 8 do
    local odd = crc % 2 == 1
    crc = math.floor(crc / 2)
    if odd then crc = bit.bxor(crc, 0xEDB88320) % 2 ^ 32 end
  end
  crc_table[index] = crc
end

local function crc_step(crc, byte)
  return bit.bxor(crc_table[bit.bxor(crc, byte) % 256], math.floor(crc / 256)) % 2 ^ 32
end

local function crc_of(crc, text)
  for index = 1, #text do crc = crc_step(crc, text:byte(index)) end
  return crc
end

--- CRC-32, as gzip and others have it.
---@param text string
---@return integer
function M.crc32(text)
  return bit.bxor(crc_of(0xFFFFFFFF, text), 0xFFFFFFFF) % 2 ^ 32
end

local function little_endian(number)
  local bytes = {}
  for index = 1, 4 do
    bytes[index] = string.char(number % 256)
    number = math.floor(number / 256)
  end
  return table.concat(bytes)
end

--- Collects bits, lowest first, into bytes.
local function bit_writer()
  local out, byte, filled = {}, 0, 0
  local self = {}
  function self.put(value, count)
    for _ = 1, count do
      byte = byte + (value % 2) * 2 ^ filled
      value, filled = math.floor(value / 2), filled + 1
      if filled == 8 then out[#out + 1], byte, filled = string.char(byte), 0, 0 end
    end
  end
  --- Huffman codes go highest bit first.
  function self.code(value, count)
    for shift = count - 1, 0, -1 do self.put(math.floor(value / 2 ^ shift) % 2, 1) end
  end
  function self.align()
    if filled > 0 then self.put(0, 8 - filled) end
  end
  function self.text()
    return table.concat(out)
  end
  return self
end

local function literal(bits, byte)
  if byte < 144 then bits.code(0x30 + byte, 8) else bits.code(0x190 + byte - 144, 9) end
end

--- One block of the fixed Huffman code, then an empty stored block, so that it ends on a byte.
local function block(text)
  local bits = bit_writer()
  bits.put(2, 3)
  for index = 1, #text do literal(bits, text:byte(index)) end
  bits.code(0, 7)
  bits.put(0, 3)
  bits.align()
  return bits.text() .. "\0\0\255\255"
end

--- A stream of its own: feed gives compressed bytes that can be unpacked at once.
---@return {feed: fun(text): string, finish: fun(): string}
function M.stream()
  local crc, length, started = 2 ^ 32 - 1, 0, false
  local self = {}
  function self.feed(text)
    crc, length = crc_of(crc, text), length + #text
    local head = started and "" or HEADER
    started = true
    return head .. block(text)
  end
  function self.finish()
    local head = started and "" or HEADER
    return head .. "\3\0" .. little_endian((2 ^ 32 - 1) - crc) .. little_endian(length % 2 ^ 32)
  end
  return self
end

--- "258 more of the same", `times` over.
local function zero_runs(bits, times)
  for _ = 1, times do
    bits.code(0xC5, 8)
    bits.code(0, 5)
  end
  return bits
end

--- About `bytes` zero bytes, at 1/158 of their size. The checksum at the end is wrong: nobody
--- should get that far.
---@return string
function M.zeros(bytes)
  local start = bit_writer()
  start.put(3, 3)
  literal(start, 0)
  zero_runs(start, 1)
  local group = zero_runs(bit_writer(), 8).text()
  return HEADER .. start.text() .. group:rep(math.ceil(bytes / ZERO_GROUP))
    .. ("\0"):rep(9)
end

return M
