--- Tables that are made from others. What is given stays as it is.
local M = {}

--- The same table once more; what is in it is shared. A metatable is not taken along.
---@generic T: table
---@param from T
---@return T
function M.copy(from)
  local out = {}
  for name, value in pairs(from) do
    out[name] = value
  end
  return out
end

--- A table with these fields over its own.
---@param from table
---@param fields table
---@return table
function M.with(from, fields)
  local out = M.copy(from)
  for name, value in pairs(fields) do
    out[name] = value
  end
  return out
end

--- A table of only these fields of another.
---@param from table
---@param names string[]
---@return table
function M.pick(from, names)
  local out = {}
  for _, name in ipairs(names) do
    out[name] = from[name]
  end
  return out
end

--- Add counts to a sum, which changes: numbers are added up, however deep; of anything else the last
--- is kept.
---@param sum table
---@param counts table
---@return table sum
function M.add(sum, counts)
  for name, value in pairs(counts) do
    if type(value) == "number" then
      sum[name] = (type(sum[name]) == "number" and sum[name] or 0) + value
    elseif type(value) == "table" then
      sum[name] = M.add(type(sum[name]) == "table" and sum[name] or {}, value)
    else
      sum[name] = value
    end
  end
  return sum
end

return M
