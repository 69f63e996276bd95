--- Base64, both ways, in time linear to the length.

local M = {}

local LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

local letter_of, value_of = {}, {}
for value = 0, 63 do
  local letter = LETTERS:sub(value + 1, value + 1)
  letter_of[value], value_of[letter] = letter, value
end

local function three(a, b, c)
  local bits = a * 65536 + (b or 0) * 256 + (c or 0)
  return letter_of[math.floor(bits / 262144)] .. letter_of[math.floor(bits / 4096) % 64]
    .. (b and letter_of[math.floor(bits / 64) % 64] or "=") .. (c and letter_of[bits % 64] or "=")
end

---@param bytes string
---@return string
function M.encode(bytes)
  local out = {}
  for at = 1, #bytes, 3 do out[#out + 1] = three(bytes:byte(at, at + 2)) end
  return table.concat(out)
end

local function four(a, b, c, d)
  local bits = value_of[a] * 262144 + value_of[b] * 4096 + (value_of[c] or 0) * 64
    + (value_of[d] or 0)
  local bytes = string.char(math.floor(bits / 65536), math.floor(bits / 256) % 256, bits % 256)
  return bytes:sub(1, c == "=" and 1 or d == "=" and 2 or 3)
end

---@param text string
---@return string? bytes nil when it is no base64
function M.decode(text)
  if #text % 4 ~= 0 or not text:find("^[%w+/]*=?=?$") then return nil end
  local out = {}
  for a, b, c, d in text:gmatch("(.)(.)(.)(.)") do out[#out + 1] = four(a, b, c, d) end
  return table.concat(out)
end

return M
