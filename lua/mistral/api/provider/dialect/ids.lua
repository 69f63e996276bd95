--- Tool call ids of other servers, made into such as the service takes: nine letters and digits. The
--- same id always becomes the same one, so a call and its answer stay together; and a conversation
--- that was held with one provider can go on with another.
local M = {}

local DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
local PRIME = 4294967291 -- times 62 or 257 it is still an exact number in every Lua

local function hash(text, factor)
  local value = factor
  for index = 1, #text do
    value = (value * factor + text:byte(index)) % PRIME
  end
  return value
end

local function digits(value, count)
  local out = {}
  for index = 1, count do
    local digit = value % 62 + 1
    out[index] = DIGITS:sub(digit, digit)
    value = math.floor(value / 62)
  end
  return table.concat(out)
end

--- An id that the service takes. One that it would take as it is stays so.
---@param id any
---@return any
function M.fit(id)
  if type(id) ~= "string" or id == "" or id == "null" then return id end
  if #id == 9 and id:find("^%w+$") then return id end
  return digits(hash(id, 257), 5) .. digits(hash(id, 131), 4)
end

--- The same for all calls of a message or delta, in place.
---@param piece any
function M.fit_calls(piece)
  local calls = type(piece) == "table" and piece.tool_calls
  for _, call in ipairs(type(calls) == "table" and calls or {}) do
    if type(call) == "table" then call.id = M.fit(call.id) end
  end
end

return M
