--- The order in which several replacements are made, so that the rows of each are still true.

---@class mistral.host.Part whole rows, and what takes their place
---@field first integer
---@field last integer before `first`: the lines are added above that row
---@field lines string[]

--- From the bottom up; lines that are added above a row come after what becomes of that row.
---@param parts mistral.host.Part[] that have no row in common
---@return mistral.host.Part[]
return function(parts)
  local sorted, order = {}, {}
  for i, part in ipairs(parts) do
    sorted[i], order[part] = part, i
  end
  table.sort(sorted, function(a, b)
    if a.first ~= b.first then
      return a.first > b.first
    elseif a.last ~= b.last then
      return a.last > b.last
    end
    return order[a] > order[b]
  end)
  return sorted
end
