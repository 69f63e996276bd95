--- Lists cut so that each part fits a command line.
local M = {}

local MOST = 400
local MOST_BYTES = 48 * 1024

--- Parts of a list, in order.
---@generic T
---@param list T[]
---@param size fun(item: T): integer bytes that it takes
---@param most? integer items of a part
---@return T[][]
function M.of(list, size, most)
  local batches, batch, bytes = {}, nil, 0
  for _, item in ipairs(list) do
    bytes = bytes + size(item)
    if not batch or #batch == (most or MOST) or bytes > MOST_BYTES then
      batch, bytes = {}, size(item)
      batches[#batches + 1] = batch
    end
    batch[#batch + 1] = item
  end
  return batches
end

--- Both halves of a list.
---@generic T
---@param list T[]
---@return T[]
---@return T[]
function M.halves(list)
  local first, second, middle = {}, {}, math.ceil(#list / 2)
  for index, item in ipairs(list) do
    local half = index <= middle and first or second
    half[#half + 1] = item
  end
  return first, second
end

return M
