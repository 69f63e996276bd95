--- Cuts text into pieces the way a model's tokens come: short, irregular, and never inside a
--- character. The same text is always cut the same way.

local M = {}

local AVERAGE_BYTES = 4

--- A small generator of its own, so that neither host nor order of requests changes the cuts.
local function generator(text)
  local state = #text % 65521 + 1
  return function(limit)
    state = (state * 1103 + 12345) % 65521
    return state % limit + 1
  end
end

local function is_continuation(byte)
  return byte and byte >= 0x80 and byte < 0xC0
end

--- The end of the piece that starts at `start` and would like to be `length` bytes.
local function cut_point(text, start, length)
  local stop = math.min(start + length - 1, #text)
  while is_continuation(text:byte(stop + 1)) do stop = stop + 1 end
  return stop
end

---@param text string
---@return string[] pieces
function M.split(text)
  local next_length = generator(text)
  local pieces, start = {}, 1
  while start <= #text do
    local stop = cut_point(text, start, next_length(7))
    pieces[#pieces + 1] = text:sub(start, stop)
    start = stop + 1
  end
  return pieces
end

--- About how many tokens so many bytes of text are.
---@return integer
function M.count_bytes(size)
  return math.ceil(size / AVERAGE_BYTES)
end

--- About how many tokens a text is.
---@return integer
function M.count(text)
  return M.count_bytes(#text)
end

--- The text up to the first of the stop strings, and whether there was one.
---@param stops? string|string[]
---@return string text, boolean stopped
function M.until_stop(text, stops)
  if type(stops) == "string" then stops = { stops } end
  local first
  for _, stop in ipairs(type(stops) == "table" and stops or {}) do
    local at = stop ~= "" and text:find(stop, 1, true)
    if at and (not first or at < first) then first = at end
  end
  return first and text:sub(1, first - 1) or text, first ~= nil
end

return M
