--- One remark of a review, checked field by field: what a model sends is data, never trusted.
local lines = require("mistral.lines")
local text = require("mistral.text")

local M = {}

local LONGEST_TITLE = 200 -- bytes
local LONGEST_DETAIL = 4000
local LONGEST_QUOTE = 8000

---@alias mistral.Severity "error"|"warning"|"info"|"hint"

---@class mistral.Finding
---@field severity mistral.Severity
---@field category string one of M.categories, or ""
---@field title string one line
---@field detail string may be empty
---@field quote string the code it speaks of
---@field line? integer the row the model named
---@field first? integer first row in the buffer, when placed
---@field last? integer
---@field mark? mistral.host.Mark keeps first and last true while the buffer is edited

---@type mistral.Severity[]
M.severities = { "error", "warning", "info", "hint" }
M.categories = { "bug", "security", "performance", "maintainability", "style" }

local function set(list)
  local out = {}
  for _, word in ipairs(list) do
    out[word] = word
  end
  return out
end

local SEVERITY = set(M.severities)
local CATEGORY = set(M.categories)

local function as_string(value)
  return type(value) == "string" and value or ""
end

local function word(value, known, otherwise)
  return type(value) == "string" and known[value:lower()] or otherwise
end

local function row(value)
  local is_row = type(value) == "number" and value >= 1 and value < 2 ^ 31 and value % 1 == 0
  return is_row and math.floor(value) or nil
end

--- A finding from a decoded object, or nil when it says nothing.
---@param object any
---@return mistral.Finding|nil
function M.check(object)
  if type(object) ~= "table" then
    return nil
  end
  local title = text.line(as_string(object.title), LONGEST_TITLE)
  if title == "" then
    return nil
  end
  local quote = as_string(object.quote)
  return {
    severity = word(object.severity, SEVERITY, "info"),
    category = word(object.category, CATEGORY, ""),
    title = title,
    detail = lines.paragraph(as_string(object.detail), LONGEST_DETAIL),
    quote = #quote <= LONGEST_QUOTE and quote or "",
    line = row(object.line),
  }
end

--- "2 errors, 1 hint": how many of each severity.
---@param findings mistral.Finding[]
---@return string
function M.count(findings)
  local counts = {}
  for _, finding in ipairs(findings) do
    counts[finding.severity] = (counts[finding.severity] or 0) + 1
  end
  local parts = {}
  for _, severity in ipairs(M.severities) do
    local n = counts[severity]
    if n then
      local plural = (n > 1 and severity ~= "info") and "s" or ""
      parts[#parts + 1] = ("%d %s%s"):format(n, severity, plural)
    end
  end
  return table.concat(parts, ", ")
end

return M
