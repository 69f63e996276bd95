--- A commit message out of an answer: without the fence that models put around it, and in git's form.
--- Pure.
local text = require("mistral.lines")

local M = {}

-- The lines between fences, if the answer begins with one; what is said behind it is none of it.
local function unfenced(lines)
  local fence = lines[1] and lines[1]:match("^%s*(```+)%S*%s*$")
  if not fence then
    return lines
  end
  local out = {}
  for index = 2, #lines do
    if lines[index]:match("^%s*(```+)%s*$") == fence then
      break
    end
    out[#out + 1] = lines[index]
  end
  return out
end

local function without_blank_ends(lines)
  local first, last, out = 1, #lines, {}
  while lines[first] and not lines[first]:find("%S") do
    first = first + 1
  end
  while last >= first and not lines[last]:find("%S") do
    last = last - 1
  end
  for index = first, last do
    out[#out + 1] = lines[index]
  end
  return out
end

-- As git stores it; a line that git would take for a comment is set in.
local function tidy(line)
  line = text.without_end(line)
  return line:sub(1, 1) == "#" and " " .. line or line
end

--- The lines of the message: a subject, and, if there is more, a blank line before it.
---@param said string all of the answer so far
---@return string[] lines none for an answer without words
function M.lines(said)
  local lines = without_blank_ends(text.split_lines(text.prose(said)))
  local out = {}
  for index, line in ipairs(without_blank_ends(unfenced(lines))) do
    if index == 2 and line:find("%S") then
      out[2] = ""
    end
    out[#out + 1] = tidy(line)
  end
  return out
end

return M
