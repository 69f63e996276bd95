--- A review for a terminal: a line for each finding, as compilers have it, and what it says below.
local common = require("mistral.review.export.common")
local finding_of = require("mistral.review.finding")

local M = {}

local function head(finding)
  local where = finding.path and common.path(finding.path) or "(no file)"
  if finding.first then
    where = ("%s:%d"):format(where, finding.first)
  end
  local category = finding.category ~= "" and (" [%s]"):format(finding.category) or ""
  return ("%s: %s: %s%s"):format(where, finding.severity, common.title(finding), category)
end

local function indented(text)
  return "    " .. text:gsub("\n", "\n    "):gsub("\n +\n", "\n\n")
end

--- All of a review.
---@param review mistral.Exportable
---@param options? mistral.ExportOptions
---@return string text with a line feed at its end
function M.write(review, options)
  local breathe = common.breath(options)
  local out = {}
  for _, finding in ipairs(review.findings) do
    breathe()
    out[#out + 1] = head(finding)
    for _, part in ipairs(common.details(finding)) do
      out[#out + 1] = indented(part)
    end
  end
  for _, remark in ipairs(common.remarks(review)) do
    out[#out + 1] = "not reviewed: " .. remark.text
  end
  out[#out + 1] = #review.findings == 0 and "no findings" or finding_of.count(review.findings)
  return table.concat(out, "\n") .. "\n"
end

return M
