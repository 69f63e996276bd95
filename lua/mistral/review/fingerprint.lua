--- What tells that two findings of different reviews are the same one: the file, the code and the kind
--- of remark, but neither the row, which moves, nor the words, which a model chooses anew each time.
local lines = require("mistral.lines")

local M = {}

local TWO_32 = 2 ^ 32
local SHORT = 12 -- bytes of a line that stands in many places
local LONG = 1000 -- bytes of a line that tell enough of it

-- Two sums of 32 bits, in numbers that every Lua has.
local function hash(text)
  local one, two = 5381, 52711
  for i = 1, #text do
    local byte = text:byte(i)
    one = (one * 33 + byte) % TWO_32
    two = (two * 65599 + byte) % TWO_32
  end
  return ("%08x%08x"):format(one, two)
end

local function line_at(source, row)
  local line = source.text.lines[row - source.first + 1] or ""
  return lines.normal_line(line:sub(1, LONG))
end

local function next_to(source, row, step)
  for at = row + step, row + 3 * step, step do
    local line = line_at(source, at)
    if line ~= "" then
      return line
    end
  end
  return ""
end

-- The quoted lines; with those around them where they alone say too little.
local function code_of(finding, source)
  local out = {}
  for row = finding.first, finding.last do
    out[#out + 1] = line_at(source, row)
  end
  local code = table.concat(out, "\n")
  if #code >= SHORT then
    return code
  end
  local above, below = next_to(source, finding.first, -1), next_to(source, finding.last, 1)
  return above .. "\n" .. code .. "\n" .. below
end

--- Of a finding with path, category and, where it has one, its place.
---@param finding mistral.Finding
---@param source mistral.review.Source
---@return string sixteen hexadecimal digits
function M.of(finding, source)
  local about = finding.first and code_of(finding, source)
    or lines.normal_line(finding.quote) .. "\n" .. finding.title:lower()
  return hash(table.concat({ finding.path, finding.category, about }, "\n"))
end

return M
