--- A review as SARIF 2.1.0: one run, a rule for each category. Regions are whole lines.
local common = require("mistral.review.export.common")
local json = require("mistral.json")

local M = {}

local SCHEMA =
  "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

local ROOT = "%SRCROOT%"

local LEVEL = { error = "error", warning = "warning", info = "note", hint = "note" }

local RULES = {
  { "bug", "The code does something else than it should." },
  { "security", "The code can be made to do harm." },
  { "performance", "The code takes more time or memory than it needs." },
  { "maintainability", "The code is hard to change safely." },
  { "style", "The code could be easier to read." },
  { "other", "A remark of another kind." },
}

local INDEX = {}
for index, rule in ipairs(RULES) do
  INDEX[rule[1]] = index - 1
end

local function rules()
  local out = {}
  for index, rule in ipairs(RULES) do
    out[index] = {
      id = rule[1],
      name = rule[1]:gsub("^%l", string.upper),
      shortDescription = { text = rule[2] },
    }
  end
  return out
end

-- A message may hold links and places for arguments, which nobody's words should turn into. Braces
-- elsewhere stay as they are, since few readers undo what the format would do to them.
local function message(text)
  if text:find("](", 1, true) then
    text = text:gsub("%[", "\\[")
  end
  return { text = (text:gsub("{(%d+)}", "{{%1}}")) }
end

local function escaped(char)
  return ("%%%02X"):format(char:byte())
end

local function artifact(path)
  local uri = path:gsub("[^%w%-._~/]", escaped)
  if path:sub(1, 1) == "/" then
    return { uri = "file://" .. uri }
  end
  return { uri = uri, uriBaseId = ROOT }
end

local function locations(finding)
  if not finding.path then
    return nil
  end
  local place = { artifactLocation = artifact(finding.path) }
  if finding.first then
    place.region = { startLine = finding.first, endLine = finding.last or finding.first }
  end
  return { { physicalLocation = place } }
end

-- A region without columns ends before the line break; to lose the lines it has to go as well.
local function deleted(where, text)
  if text ~= "" then
    return { startLine = where.first, endLine = where.last }
  end
  return { startLine = where.first, startColumn = 1, endLine = where.last + 1, endColumn = 1 }
end

local function fixes(finding, options)
  local where, text = common.fix(finding, options)
  if not where then
    return nil
  end
  local replacement = { deletedRegion = deleted(where, text), insertedContent = { text = text } }
  return { { artifactChanges = { {
    artifactLocation = artifact(finding.path), replacements = { replacement },
  } } } }
end

local function result(finding, options)
  local rule = INDEX[finding.category] and finding.category or "other"
  return {
    ruleId = rule,
    ruleIndex = INDEX[rule],
    level = LEVEL[finding.severity] or "note",
    message = message(common.message(finding)),
    locations = locations(finding),
    fixes = fixes(finding, options),
    rank = finding.confidence and finding.confidence * 100,
    partialFingerprints = finding.fingerprint and { ["mistralFinding/v1"] = finding.fingerprint },
    properties = { severity = finding.severity },
  }
end

-- As JSON, one by one: all at once would keep an editor waiting.
local function results(review, options)
  local breathe = common.breath(options)
  local out = {}
  for index, finding in ipairs(review.findings) do
    breathe()
    out[index] = assert(json.encode(result(finding, options)))
  end
  return table.concat(out, ",")
end

local function invocation(review)
  local notifications, complete = json.array({}), true
  for index, remark in ipairs(common.remarks(review)) do
    complete = complete and not remark.failed
    notifications[index] = {
      level = remark.failed and "error" or "note", message = message(remark.text),
    }
  end
  return { executionSuccessful = complete, toolExecutionNotifications = notifications }
end

local function run_of(review, options)
  local driver = { name = "mistral", semanticVersion = options.version, rules = rules() }
  return {
    tool = { driver = driver },
    columnKind = "utf16CodeUnits",
    originalUriBaseIds = { [ROOT] = { description = { text = "The top of the work tree." } } },
    invocations = { invocation(review) },
    results = json.array({}),
  }
end

local NO_RESULTS = '"results":[]' -- in JSON no text can hold this: its quotes would be escaped

--- All of a review. What was not reviewed is among the notifications of its invocation.
---@param review mistral.Exportable
---@param options? mistral.ExportOptions
---@return string text JSON, with a line feed at its end
function M.write(review, options)
  options = options or {}
  local log = assert(json.encode({
    ["$schema"] = SCHEMA, version = "2.1.0", runs = { run_of(review, options) },
  }))
  local from, to = log:find(NO_RESULTS, 1, true)
  return table.concat({
    log:sub(1, from - 1), '"results":[', results(review, options), "]", log:sub(to + 1), "\n",
  })
end

return M
