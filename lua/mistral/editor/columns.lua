--- Rows of cells as lines of text, each column as wide as its widest cell.
local M = {}

local GAP = "  "

---@class mistral.columns.Column
---@field title string
---@field right? boolean numbers stand on the right

local function widths_of(columns, rows)
  local widths = {}
  for i, column in ipairs(columns) do
    widths[i] = #column.title
    for _, row in ipairs(rows) do
      widths[i] = math.max(widths[i], #(row[i] or ""))
    end
  end
  return widths
end

local function line_of(columns, widths, cells)
  local parts = {}
  for i, column in ipairs(columns) do
    local cell = cells[i] or ""
    local blanks = (" "):rep(widths[i] - #cell)
    parts[i] = column.right and blanks .. cell or cell .. blanks
  end
  return (table.concat(parts, GAP):gsub("%s+$", ""))
end

--- The lines of a table, its titles first. A row's `tail` follows its last cell, and `below` are lines
--- of their own.
---@param columns mistral.columns.Column[]
---@param rows { [integer]: string, tail?: string, below?: string[] }[] cells are ASCII
---@return string[]
function M.lines(columns, rows)
  local widths, titles = widths_of(columns, rows), {}
  for i, column in ipairs(columns) do
    titles[i] = column.title
  end
  local lines = { line_of(columns, widths, titles) }
  for _, row in ipairs(rows) do
    local line = line_of(columns, widths, row)
    if row.tail and row.tail ~= "" then
      local whole = #GAP * (#columns - 1)
      for _, width in ipairs(widths) do
        whole = whole + width
      end
      line = line .. (" "):rep(whole - #line) .. GAP .. row.tail
    end
    lines[#lines + 1] = line
    for _, below in ipairs(row.below or {}) do
      lines[#lines + 1] = below
    end
  end
  return lines
end

--- A bar for a share of a whole.
---@param share number 0 to 1
---@param width integer cells of the whole
---@return string
function M.bar(share, width)
  local cells = math.floor(math.max(0, math.min(share, 1)) * width + 0.5)
  if cells == 0 and share > 0 then
    cells = 1
  end
  return ("█"):rep(cells)
end

--- A count with its thousands apart.
---@param number number
---@return string
function M.count(number)
  local digits = ("%.0f"):format(number)
  return (digits:reverse():gsub("(%d%d%d)", "%1 "):reverse():gsub("^ ", ""))
end

--- An amount of money; unknown is said, and is never nothing.
---@param cost number|nil US dollars
---@return string
function M.money(cost)
  if not cost then
    return "unknown"
  end
  return (cost >= 100 and "%.0f" or cost >= 1 and "%.2f" or "%.4f"):format(cost)
end

return M
