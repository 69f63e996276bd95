--- A review as text for other programs. Pure: what goes in is a review, what comes out is a string.
local M = {}

local MODULES = {
  rdjsonl = "mistral.review.export.rdjsonl",
  sarif = "mistral.review.export.sarif",
  markdown = "mistral.review.export.markdown",
  text = "mistral.review.export.text",
  json = "mistral.review.export.json",
}

---@type string[]
M.formats = { "text", "rdjsonl", "sarif", "markdown", "json" }

--- Write a review.
---@param format string one of M.formats
---@param review mistral.Exportable
---@param options? mistral.ExportOptions
---@return string? text with a line feed at its end, or ""
---@return string? message when there is no such format
function M.write(format, review, options)
  local module = MODULES[format]
  if not module then
    local known = table.concat(M.formats, ", ")
    return nil, ("there is no format `%s`; there are %s"):format(tostring(format), known)
  end
  return require(module).write(review, options) -- here: who writes one needs no other
end

return M
