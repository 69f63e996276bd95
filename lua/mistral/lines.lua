--- Code as it is sent and compared, and a model's words as they are shown.
local text = require("mistral.text")

local M = {}

--- Control characters stand as pictures at U+2400 and on, DEL's at U+2421.
local function picture(char)
  local byte = char:byte()
  return "\226\144" .. string.char(byte == 127 and 0xA1 or 0x80 + byte)
end

--- A line of code as it is sent: valid UTF-8, control characters other than tab as pictures. A
--- carriage return at its end belongs to the line break.
---@param line string
---@return string
function M.code_line(line)
  if not line:find("[^ -~\t]") then -- what most characters are is looked for first
    return line
  end
  line = text.valid((line:gsub("\r$", "")))
  return (line:gsub("[%z\1-\8\10-\31\127]", picture))
end

--- The lines as a model is shown them: each behind its number.
---@param lines string[] as made by code_lines
---@param first integer number of the first
---@return string
function M.numbered(lines, first)
  local out = {}
  for i, line in ipairs(lines) do
    out[i] = ("%5d| %s"):format(first + i - 1, line)
  end
  return table.concat(out, "\n")
end

--- A model's prose as it goes into a buffer: only line feeds and tabs are obeyed.
---@param s string
---@return string
function M.prose(s)
  return (text.valid(s:gsub("\r", "")):gsub("[%z\1-\8\11-\31\127]", picture))
end

---@param lines string[]
---@return string[]
function M.code_lines(lines)
  local out = {}
  for i = 1, #lines do
    out[i] = M.code_line(lines[i])
  end
  return out
end

--- Without the white space at its end. Not by a pattern: one would try each blank as the last.
---@param s string
---@return string
function M.without_end(s)
  local to = #s
  while to > 0 and s:find("^%s", to) do
    to = to - 1
  end
  return s:sub(1, to)
end

local function trimmed(s)
  return M.without_end(s:sub(s:find("%S") or #s + 1))
end

--- White space made alike: none around, one blank for each run within.
---@param line string
---@return string
function M.normal_line(line)
  line = trimmed(line)
  return line:find("%s%s") and (line:gsub("%s+", " ")) or (line:gsub("[\t\r\v\f]", " "))
end

--- The lines of a text; a text without a line feed is one line.
---@param s string
---@return string[]
function M.split_lines(s)
  local lines, from = {}, 1
  while true do
    local at = s:find("\n", from, true)
    lines[#lines + 1] = s:sub(from, (at or 0) - 1)
    if not at then
      return lines
    end
    from = at + 1
  end
end

--- Several lines of a model's words, each safe to show, and bounded as a whole.
---@param s string
---@param limit integer bytes
---@return string
function M.paragraph(s, limit)
  local lines = M.split_lines(text.clip(text.valid(s:sub(1, limit * 2)), limit))
  for i, line in ipairs(lines) do
    lines[i] = text.line(line, limit)
  end
  return trimmed(table.concat(lines, "\n"))
end

return M
