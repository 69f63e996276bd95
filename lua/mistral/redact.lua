--- Taking secrets out of text that a person or a log will see.
local M = {}

local MASK = "[key]"

-- Shorter than this it is no secret, and hiding it would tear ordinary words apart.
local SHORTEST = 4

local function plain(text, secret, mask)
  local out, from = {}, 1
  local first, last = text:find(secret, from, true)
  while first do
    out[#out + 1] = text:sub(from, first - 1) .. mask
    from = last + 1
    first, last = text:find(secret, from, true)
  end
  return table.concat(out) .. text:sub(from)
end

--- The text without the key, and without whatever follows `Bearer` or an api-key header's name.
---@param text string
---@param key? string
---@return string
function M.text(text, key)
  if key and #key >= SHORTEST then text = plain(text, key, MASK) end
  text = text:gsub("([Bb]earer%s+)[^%s\"',;]+", "%1" .. MASK)
  text = text:gsub("([Aa][Pp][Ii]%-[Kk][Ee][Yy]%s*:%s*)[^%s\"',;]+", "%1" .. MASK)
  return text
end

return M
