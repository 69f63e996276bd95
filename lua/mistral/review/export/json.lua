--- A review as one JSON object, with all that is known of it: for scripts.
local json = require("mistral.json")

local M = {}

local FIELDS = {
  "id", "path", "first", "last", "quote", "severity", "category", "title", "detail", "scenario",
  "confidence", "fingerprint",
}

local function pick(from, names)
  local out = {}
  for _, name in ipairs(names) do
    out[name] = from[name]
  end
  return out
end

local function findings(review)
  local out = json.array({})
  for index, finding in ipairs(review.findings) do
    local fix = finding.fix
    out[index] = pick(finding, FIELDS)
    out[index].fix = fix and pick(fix, { "existing", "replacement", "first", "last" })
  end
  return out
end

local function failures(review)
  local out = json.array({})
  for index, failure in ipairs(review.failed or {}) do
    out[index] = {
      paths = json.array(failure.paths), message = tostring(failure.err.message or failure.err),
    }
  end
  return out
end

local function skipped(review)
  local out = json.array({})
  for index, one in ipairs(review.skipped or {}) do
    out[index] = pick(one, { "path", "why" })
  end
  return out
end

--- All of a review.
---@param review mistral.Exportable
---@return string text with a line feed at its end
function M.write(review)
  local out = pick(review, {
    "title", "files", "unplaced", "dropped", "requests", "usage", "cost", "cut", "redacted",
  })
  out.findings, out.failed, out.skipped = findings(review), failures(review), skipped(review)
  return assert(json.encode(out)) .. "\n"
end

return M
