--- Middle values: one slow run on a busy machine must not speak for the rest.

local M = {}

---@param values number[]
---@param share number 0.5 is the median
---@return number
function M.quantile(values, share)
  local sorted = {}
  for i, value in ipairs(values) do
    sorted[i] = value
  end
  table.sort(sorted)
  local place = 1 + (#sorted - 1) * share
  local low = math.floor(place)
  local high = math.min(low + 1, #sorted)
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low)
end

---@param values number[]
---@return number
function M.median(values)
  return M.quantile(values, 0.5)
end

---@param values number[]
---@return number
function M.p95(values)
  return M.quantile(values, 0.95)
end

--- One field of each item, in order.
---@param list table[]
---@param field string
---@return number[]
function M.column(list, field)
  local values = {}
  for i, item in ipairs(list) do
    values[i] = item[field]
  end
  return values
end

---@param values number[]
---@return number
function M.sum(values)
  local total = 0
  for _, value in ipairs(values) do
    total = total + value
  end
  return total
end

return M
