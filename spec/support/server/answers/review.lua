--- Answers a review: what the rules find in the lines that were sent, in the shape that was asked for.

local code = require "answers.code"
local json = require "json"
local rules = require "answers.rules"

local M = {}

local MAX_FINDINGS = 50

local COMMENTS = {
  c = { "^%s*//", "^%s*/?%*" }, javascript = { "^%s*//", "^%s*/?%*" }, go = { "^%s*//" },
  lua = { "^%s*%-%-" }, python = { "^%s*#" }, shell = { "^%s*#" },
}

local function is_comment(text, language)
  for _, pattern in ipairs(COMMENTS[language] or {}) do
    if text:find(pattern) then return true end
  end
  return false
end

--- Every rule that strikes a line; in a comment only those that look for comments.
local function add_hits(findings, file, index, language)
  local line = file.lines[index]
  local comment = is_comment(line.text, language)
  for _, rule in ipairs(rules.of(language)) do
    local hit = (rule.in_comments or not comment) and rule.find(line.text, file.lines, index)
    if hit then
      findings[#findings + 1] = { rule = rule, line = line, hit = hit, path = file.path }
    end
  end
end

--- Where only changes are shown, only what they bring about is reported.
local function add_file(findings, file)
  local language = code.language(file.head, file.lines)
  for index, line in ipairs(file.lines) do
    if #findings >= MAX_FINDINGS then break end
    if not file.changes or line.mark then add_hits(findings, file, index, language) end
  end
end

local function fix_of(finding)
  local replacement = finding.rule.fix and finding.rule.fix(finding.line.text)
  if not replacement then return json.null end
  return { existing = finding.line.text, replacement = replacement }
end

local CONFIDENCE = { error = 0.95, warning = 0.8, info = 0.6, hint = 0.5 }

--- What a finding says, by the name of the field.
local FIELDS = {
  path = function(finding) return finding.path end,
  line = function(finding, changes) return finding.line.number + (changes.wrong_lines or 0) end,
  quote = function(finding, changes)
    return changes.wrong_quotes and "this line is nowhere in the file" or finding.line.text
  end,
  severity = function(finding) return finding.rule.severity end,
  category = function(finding) return finding.rule.category end,
  title = function(finding)
    return (finding.rule.title:gsub("%%1", { ["%1"] = tostring(finding.hit) }))
  end,
  detail = function(finding) return finding.rule.detail end,
  scenario = function(finding)
    return finding.rule.scenario or ("Line %d is reached."):format(finding.line.number)
  end,
  confidence = function(finding) return CONFIDENCE[finding.rule.severity] end,
  fix = fix_of,
}

local SIX = { "line", "quote", "severity", "category", "title", "detail" }

--- One finding as text, with the keys in the order in which the schema requires them.
local function written(finding, required, changes)
  local parts = {}
  for index, name in ipairs(required) do
    local field = assert(FIELDS[name], "the schema requires a field nobody knows: " .. name)
    parts[index] = json.encode(name) .. ":" .. json.encode(field(finding, changes))
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

--- A review of one text names no file.
local function files_of(prompt)
  local files = code.files(prompt)
  if #files > 0 then return files end
  return { { path = "", head = prompt, changes = false, lines = code.numbered(prompt) } }
end

--- A model that is held to a schema can only name what that lists.
local function check_paths(files, item)
  local path = item.properties and item.properties.path
  local known = path and path.enum
  if not known then return end
  local listed = {}
  for _, name in ipairs(known) do listed[name] = true end
  for _, file in ipairs(files) do
    assert(listed[file.path], "the schema does not list the file " .. file.path)
  end
end

---@param prompt string
---@param item table  schema of one finding
---@param changes {wrong_lines?: integer, wrong_quotes?: boolean}
---@return string  a JSON object
function M.answer(prompt, item, changes)
  local files, findings, list = files_of(prompt), {}, {}
  check_paths(files, item)
  for _, file in ipairs(files) do add_file(findings, file) end
  for index, finding in ipairs(findings) do
    list[index] = written(finding, item.required or SIX, changes)
  end
  return '{"findings":[' .. table.concat(list, ",") .. "]}"
end

local SCORE = { error = 9, warning = 7, info = 5, hint = 2 }

--- Scores for what another request found: the graver, the higher.
---@param prompt string
---@return string  a JSON object
function M.scores(prompt)
  local list = {}
  local listed = prompt:match("\nFindings:\n(.*)$") or ""
  for number, severity in ("\n" .. listed):gmatch("\n(%d+)%. [^\n]-: (%a+): ") do
    list[#list + 1] = { finding = tonumber(number), score = SCORE[severity] }
  end
  return json.encode { scores = list }
end

return M
