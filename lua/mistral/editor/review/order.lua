--- The order in which findings are counted and listed.
local M = {}

--- A file's records, in the order of their rows; those without a place come last.
---@param file mistral.review.File
---@return mistral.review.Record[]
function M.of_file(file)
  local rows, list = {}, {}
  for i, record in ipairs(file.records) do
    rows[record] = (record:listed_at() or math.huge) + i / 1e6
    list[i] = record
  end
  table.sort(list, function(a, b)
    return rows[a] < rows[b]
  end)
  return list
end

--- The records of these files that are not dismissed, file by file, those without a place at the end.
---@param files mistral.review.File[]
---@return mistral.review.Record[]
function M.listed(files)
  local placed, rest = {}, {}
  for _, file in ipairs(files) do
    for _, record in ipairs(M.of_file(file)) do
      local list = record:listed_at() and placed or rest
      if record.finding.state ~= "dismissed" then
        list[#list + 1] = record
      end
    end
  end
  for _, record in ipairs(rest) do
    placed[#placed + 1] = record
  end
  return placed
end

--- Those of these records that stand on a row now, the shortest first.
---@param records mistral.review.Record[]
---@param row integer
---@return mistral.review.Record[]
function M.on_row(records, row)
  local found, size = {}, {}
  for i, record in ipairs(records) do
    local first, last = record:place()
    if first and first <= row and row <= last and record:is_open() then
      found[#found + 1] = record
      size[record] = last - first + i / 1e6
    end
  end
  table.sort(found, function(a, b)
    return size[a] < size[b]
  end)
  return found
end

return M
