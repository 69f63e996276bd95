--- File names as git prints them: as they are, or in double quotes with C's escapes when they hold a
--- quote, a backslash or a control character.
local M = {}

local ESCAPES = {
  a = "\a", b = "\b", t = "\t", n = "\n", v = "\v", f = "\f", r = "\r",
  ['"'] = '"', ["\\"] = "\\",
}

-- The byte or bytes for what stands behind the backslash at `at`, and where the text goes on.
local function escape(text, at)
  local octal = text:match("^[0-3][0-7][0-7]", at + 1)
  if octal then return string.char(tonumber(octal, 8)), at + 4 end
  return ESCAPES[text:sub(at + 1, at + 1)], at + 2
end

--- The quoted name that begins at `at`.
---@param text string
---@param at integer where its first quote stands
---@return string? name nil when it is not well formed
---@return integer? after the byte behind its last quote
function M.read(text, at)
  local out, from = {}, at + 1
  while true do
    local stop = text:find('["\\]', from)
    if not stop then return nil end
    out[#out + 1] = text:sub(from, stop - 1)
    if text:sub(stop, stop) == '"' then return table.concat(out), stop + 1 end
    local byte, after = escape(text, stop)
    if not byte then return nil end
    out[#out + 1], from = byte, after
  end
end

--- A name that is the whole of a text, quoted or not.
---@param text string
---@return string? name nil when it is quoted and not well formed
function M.name(text)
  if text:sub(1, 1) ~= '"' then return text end
  local name, after = M.read(text, 1)
  return after == #text + 1 and name or nil
end

local LETTERS = {}
for letter, char in pairs(ESCAPES) do
  LETTERS[char] = "\\" .. letter
end

local function escaped(char)
  return LETTERS[char] or ("\\%03o"):format(char:byte())
end

--- A name as git would print it.
---@param name string
---@return string
function M.write(name)
  local out, changed = name:gsub('[%c"\\\127]', escaped)
  return changed > 0 and '"' .. out .. '"' or name
end

return M
