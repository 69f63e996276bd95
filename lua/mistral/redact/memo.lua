--- Remembers what was said of a string: the newest some hundred, and not much longer.
local M = {}

--- A memory of two generations: once the young one is full, the old one is dropped. Nothing is
--- counted or sorted on the way, so a question costs two look-ups.
---@param most integer entries of one generation
---@param most_bytes? integer of one generation's keys
---@return fun(key: string, make: fun(key: string): any): any ask, fun() forget
function M.new(most, most_bytes)
  local young, old, count, bytes = {}, {}, 0, 0
  local function keep(key, value)
    if count >= most or most_bytes and bytes + #key > most_bytes then
      young, old, count, bytes = {}, young, 0, 0
    end
    young[key], count, bytes = value, count + 1, bytes + #key
  end
  local function ask(key, make)
    local value = young[key]
    if value ~= nil then return value end
    value = old[key]
    if value == nil then value = make(key) end
    keep(key, value)
    return value
  end
  return ask, function() young, old, count, bytes = {}, {}, 0, 0 end
end

return M
