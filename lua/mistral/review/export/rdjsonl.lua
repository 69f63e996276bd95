--- Findings for reviewdog: one JSON object a line, its Diagnostic. Rows count from 1; a range without
--- columns is whole lines, both included. It takes no field it does not know, and no blank line.
local common = require("mistral.review.export.common")
local json = require("mistral.json")

local M = {}

-- Its reader stops, without a word, at a line of 64 KiB.
local LONGEST = 64 * 1024 - 1

local SEVERITY = { error = "ERROR", warning = "WARNING", info = "INFO", hint = "INFO" }

local function range(first, last)
  return { start = { line = first }, ["end"] = { line = last } }
end

local function location(finding)
  local out = { path = finding.path or "" }
  if finding.first then
    out.range = range(finding.first, finding.last or finding.first)
  end
  return out
end

local function diagnostic(finding, options)
  local out = {
    message = common.message(finding),
    location = location(finding),
    severity = SEVERITY[finding.severity] or "INFO",
    source = { name = "mistral" },
  }
  if finding.category ~= "" then
    out.code = { value = finding.category }
  end
  local where, text = common.fix(finding, options)
  if where then
    out.suggestions = { { range = range(where.first, where.last), text = text } }
  end
  return out
end

local function line(finding, options)
  local one = diagnostic(finding, options)
  local text = assert(json.encode(one))
  if #text <= LONGEST then
    return text
  end
  one.suggestions = nil
  text = assert(json.encode(one))
  if #text <= LONGEST then
    return text
  end
  one.message = common.title(finding)
  return assert(json.encode(one))
end

--- All findings of a review. One too long for the reader goes without its fix; without details, too,
--- if need be.
---@param review mistral.Exportable
---@param options? mistral.ExportOptions
---@return string text "" when there are none
function M.write(review, options)
  local breathe = common.breath(options)
  local out = {}
  for index, finding in ipairs(review.findings) do
    breathe()
    out[index] = line(finding, options or {}) .. "\n"
  end
  return table.concat(out)
end

return M
