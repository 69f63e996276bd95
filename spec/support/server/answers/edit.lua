--- Answers an edit: the lines to replace, with a word renamed where that is asked for, or with what the
--- rules would put in place of a line that they strike.

local code = require "answers.code"
local json = require "json"
local rules = require "answers.rules"

local M = {}

--- What stands below the heading of the lines to replace, up to the next one.
local function to_replace(prompt)
  local part = prompt:match("\nTo replace, lines %d+ to %d+:\n\n(.*)$") or ""
  return code.numbered(part:match("^(.-)\n\n[^ %d]") or part)
end

local function renamed(text, old, new)
  return (text:gsub("%f[%w_]" .. old:gsub("%p", "%%%0") .. "%f[^%w_]", (new:gsub("%%", "%%%%"))))
end

local function mended(lines, index, language)
  local text = lines[index].text
  for _, rule in ipairs(rules.of(language)) do
    local fix = rule.fix and rule.find(text, lines, index) and rule.fix(text)
    if fix then return fix end
  end
  return text
end

---@param prompt string
---@return string  a JSON object
function M.answer(prompt)
  local lines = to_replace(prompt)
  local language = code.language(prompt, code.numbered(prompt))
  local old, new = prompt:match("rename ([%w_]+) to ([%w_]+)")
  local out = {}
  for index, line in ipairs(lines) do
    out[index] = old and renamed(line.text, old, new) or mended(lines, index, language)
  end
  return json.encode { replacement = table.concat(out, "\n") .. "\n" }
end

return M
