--- Ids of tool calls that the service takes: nine letters and digits. Other services, and some
--- models, write longer ones, none at all, or the same one twice; each gets an id that fits, always
--- the same for the same call.
local M = {}

local FITS = "^" .. ("%w"):rep(9) .. "$"
local ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
local BASE = #ALPHABET

-- Two sums, each below 2^32, in numbers that are exact in every Lua.
local function sums(source)
  local one, two = 5381, 2166136261
  for index = 1, #source do
    local byte = source:byte(index)
    one = (one * 65599 + byte) % 4294967291
    two = (two * 69069 + byte + 1) % 4294967279
  end
  return one, two
end

local function digits(sum, count)
  local out = {}
  for place = 1, count do
    local digit = sum % BASE
    out[place] = ALPHABET:sub(digit + 1, digit + 1)
    sum = math.floor(sum / BASE)
  end
  return table.concat(out)
end

local function hashed(source)
  local one, two = sums(source)
  return digits(one, 5) .. digits(two, 4)
end

local function is_fit(id)
  return type(id) == "string" and id:find(FITS) ~= nil
end

-- The first that is free, so that no two calls of a message get the same.
local function made(source, taken)
  local id, again = hashed(source), 0
  while taken[id] do
    again = again + 1
    id = hashed(source .. "#" .. again)
  end
  return id
end

local function source_of(call, index)
  if type(call.id) == "string" and call.id ~= "" and call.id ~= "null" then return call.id end
  local called = type(call["function"]) == "table" and call["function"] or {}
  return ("%d %s %s"):format(index, tostring(called.name), tostring(called.arguments))
end

--- An id that fits for each call of one message, in order. Those that fit already stay.
---@param calls mistral.ToolCall[]
---@return string[]
function M.fit(calls)
  local ids, taken = {}, {}
  for index, call in ipairs(calls) do
    if is_fit(call.id) and not taken[call.id] then
      ids[index], taken[call.id] = call.id, true
    end
  end
  for index, call in ipairs(calls) do
    if not ids[index] then
      ids[index] = made(source_of(call, index), taken)
      taken[ids[index]] = true
    end
  end
  return ids
end

return M
