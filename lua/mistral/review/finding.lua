--- One remark of a review, checked field by field: what a model sends is data, never trusted.
local lines = require("mistral.lines")
local text = require("mistral.text")

local M = {}

local LONGEST_TITLE = 200 -- bytes
local LONGEST_DETAIL = 4000
local LONGEST_QUOTE = 8000
local LONGEST_PATH = 1000
local LONGEST_FIX = 16000
local MIDDLING = 0.5 -- the confidence of one that says nothing of it

---@alias mistral.Severity "error"|"warning"|"info"|"hint"

---@class mistral.Fix whole lines for whole lines
---@field existing string the lines as they are on disk, joined by line feeds
---@field replacement string what takes their place; "": they go
---@field first? integer row of the first of them, when it was located
---@field last? integer

---@alias mistral.FindingState "open"|"applied"|"dismissed"|"stale"

---@class mistral.Finding
---@field id? integer counts the findings of a review, from 1
---@field path? string of its file, as it was given or as git has it
---@field severity mistral.Severity
---@field category string one of M.categories, or ""
---@field title string one line
---@field detail string may be empty
---@field scenario string a concrete case in which it goes wrong; may be empty
---@field confidence number from 0 to 1
---@field quote string the code it speaks of
---@field line? integer the row the model named
---@field first? integer first row of the text that was sent, when placed
---@field last? integer
---@field fix? mistral.Fix
---@field state? mistral.FindingState
---@field fingerprint? string the same when a later review finds it again
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

-- A quote as the code itself was sent.
local function as_sent(quote)
  return table.concat(lines.code_lines(lines.split_lines(quote)), "\n")
end

-- "0.8", 0.8 and 80 are all meant the same way.
local function confidence(value)
  value = tonumber(value)
  if not value or value ~= value or value < 0 then
    return MIDDLING
  end
  return math.min(1, value > 1 and value / 100 or value)
end

-- Code that could go into a file: a control character in it is refused, not repaired.
local function code(value)
  if type(value) ~= "string" or #value > LONGEST_FIX or text.valid(value) ~= value then
    return nil
  end
  value = value:gsub("\r\n", "\n")
  return not value:find("[%z\1-\8\11-\31\127]") and value or nil
end

local function fix(value)
  if type(value) ~= "table" then
    return nil
  end
  local existing, replacement = code(value.existing), code(value.replacement)
  if not existing or not replacement or not existing:find("%S") or existing == replacement then
    return nil
  end
  return { existing = existing, replacement = replacement }
end

--- A finding from a decoded object, or nil when it says nothing. Its path and its fix are as the
--- model wrote them: nobody has looked yet whether there are such.
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
  local quote, path = as_string(object.quote), as_string(object.path)
  return {
    path = path ~= "" and #path <= LONGEST_PATH and path or nil,
    severity = word(object.severity, SEVERITY, "info"),
    category = word(object.category, CATEGORY, ""),
    title = title,
    detail = lines.paragraph(as_string(object.detail), LONGEST_DETAIL),
    scenario = lines.paragraph(as_string(object.scenario), LONGEST_DETAIL),
    confidence = confidence(object.confidence),
    quote = #quote <= LONGEST_QUOTE and as_sent(quote) or "",
    line = row(object.line),
    fix = fix(object.fix),
  }
end

--- The scenario, said to be one; "" without one.
---@param finding mistral.Finding
---@return string
function M.when(finding)
  local scenario = finding.scenario or ""
  local says_so = scenario == "" or scenario:lower():find("^%s*when%f[^%w]")
  return says_so and scenario or "When: " .. scenario
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
