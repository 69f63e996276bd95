--- Answers a review: what the rules find in the lines that were sent, as the findings asked for.

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
local function add_hits(findings, lines, index, language)
  local line = lines[index]
  local comment = is_comment(line.text, language)
  for _, rule in ipairs(rules.of(language)) do
    local hit = (rule.in_comments or not comment) and rule.find(line.text, lines, index)
    if hit then findings[#findings + 1] = { rule = rule, line = line, hit = hit } end
  end
end

local function findings_in(lines, language)
  local findings = {}
  for index = 1, #lines do
    if #findings >= MAX_FINDINGS then break end
    add_hits(findings, lines, index, language)
  end
  return findings
end

--- One finding as text. The keys come in the order of the schema, as a model writes them.
local function written(finding, changes)
  local rule, line = finding.rule, finding.line
  local quote = changes.wrong_quotes and "this line is nowhere in the file" or line.text
  local title = rule.title:gsub("%%1", { ["%1"] = tostring(finding.hit) })
  return ('{"line":%d,"quote":%s,"severity":"%s","category":"%s","title":%s,"detail":%s}'):format(
    line.number + (changes.wrong_lines or 0), json.encode(quote), rule.severity, rule.category,
    json.encode(title), json.encode(rule.detail))
end

---@param lines CodeLine[]
---@param language? string
---@param changes {wrong_lines?: integer, wrong_quotes?: boolean}
---@return string  a JSON object
function M.answer(lines, language, changes)
  local list = {}
  for index, finding in ipairs(findings_in(lines, language)) do
    list[index] = written(finding, changes)
  end
  return '{"findings":[' .. table.concat(list, ",") .. "]}"
end

return M
