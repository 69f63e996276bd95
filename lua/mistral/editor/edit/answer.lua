--- The replacement in an answer: in its JSON, or between its only fences. Prose is none.
local code = require("mistral.lines")
local json_text = require("mistral.json_text")

local M = {}

local function wrong(value)
  if type(value) ~= "table" or type(value.replacement) ~= "string" then
    return "it has no replacement"
  end
end

--- What stands between fences; nil when there are none, several, or no end.
local function fenced(lines)
  local fence, from, found
  for i, line in ipairs(lines) do
    local marks = line:match("^%s*(```+)")
    if not fence and marks then
      if found then
        return nil
      end
      fence, from = marks, i + 1
    elseif fence and line:match("^%s*(```+)%s*$") == fence then
      found, fence = table.concat(lines, "\n", from, i - 1), nil
    end
  end
  return not fence and found or nil
end

--- Without the numbers of the prompt, in case a model has copied those too: all of them, in order.
local function unnumbered(answer, first)
  local lines = code.split_lines(answer)
  local count = lines[#lines] == "" and #lines - 1 or #lines
  for i = 1, count do
    local number, rest = lines[i]:match("^ *(%d+)| ?(.*)$")
    if tonumber(number) ~= first + i - 1 then
      return answer
    end
    lines[i] = rest
  end
  return table.concat(lines, "\n")
end

--- The text that is to take the place of the lines.
---@param said string all of the answer
---@param first integer number of the first line that was shown to be replaced
---@return string|nil replacement nil when there is none
function M.read(said, first)
  local value = json_text.read(said, wrong)
  local found = value and value.replacement or fenced(code.split_lines((said:gsub("\r", ""))))
  return found and unnumbered(found, first)
end

return M
