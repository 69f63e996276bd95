--- Ids of tool calls that the service takes: nine letters and digits. Other services, and some
--- models, write longer ones, none at all, or the same one twice; each gets an id that fits, always
--- the same for the same call.
local ids_of = require "mistral.api.provider.dialect.ids"

local M = {}

local FITS = "^" .. ("%w"):rep(9) .. "$"

local function is_fit(id)
  return type(id) == "string" and id:find(FITS) ~= nil
end

-- The first that is free, so that no two calls of a message get the same. `tried` is how often each
-- source was, or ten thousand calls of one id would take the square of that.
local function made(source, taken, tried)
  local id, again = ids_of.fit(source), tried[source] or 0
  while taken[id] do
    again = again + 1
    id = ids_of.fit(source .. "#" .. again)
  end
  tried[source] = again
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
  local ids, taken, tried = {}, {}, {}
  for index, call in ipairs(calls) do
    if is_fit(call.id) and not taken[call.id] then
      ids[index], taken[call.id] = call.id, true
    end
  end
  for index, call in ipairs(calls) do
    if not ids[index] then
      ids[index] = made(source_of(call, index), taken, tried)
      taken[ids[index]] = true
    end
  end
  return ids
end

return M
