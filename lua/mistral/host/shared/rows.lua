--- How many screen rows lines take that are wrapped between words.

local function rows_of(line, width, measure)
  local rows, column = 1, 0
  for word, blanks in line:gmatch("(%S*)(%s*)") do
    local cells = measure(word)
    if column > 0 and column + cells > width then
      rows, column = rows + 1, 0
    end
    column = column + cells
    rows = rows + math.floor(math.max(0, column - 1) / width)
    column = column > 0 and (column - 1) % width + 1 + measure(blanks) or measure(blanks)
  end
  return rows
end

---@param lines string[]
---@param width integer cells of a row
---@param measure fun(text: string): integer its cells
---@return integer
return function(lines, width, measure)
  local rows = 0
  for _, line in ipairs(lines) do
    rows = rows + rows_of(line, width, measure)
  end
  return rows
end
