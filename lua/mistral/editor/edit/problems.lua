--- What is wrong with some lines, as the editor's diagnostics and the findings of reviews say it.
local text = require("mistral.text")

local M = {}

local MOST = 50
local LONGEST = 500 -- bytes of one message

---@class mistral.edit.Problem
---@field row integer
---@field last integer
---@field said string one line

local function of_editor(host, buffer, first, last)
  local out = {}
  for _, found in ipairs(host.diagnostics(buffer, first, last)) do
    local source = found.source and found.source ~= "" and (" (%s)"):format(found.source) or ""
    out[#out + 1] = {
      row = found.row,
      last = found.last or found.row,
      said = ("%s: %s%s"):format(found.severity, text.line(found.message, LONGEST),
        text.line(source, 60):gsub("^%(", " (")),
    }
  end
  return out
end

local function said_of(finding)
  local more = finding.detail ~= "" and ": " .. finding.detail or ""
  return text.line(("%s: %s%s"):format(finding.severity, finding.title, more), LONGEST)
end

local function of_reviews(findings, buffer, first, last)
  local out = {}
  for _, record in ipairs(findings:of(buffer)) do
    if record:is_open() then
      local row, stop = record:place()
      if row and row <= last and stop >= first then
        out[#out + 1] = { row = row, last = stop, said = said_of(record.finding) }
      end
    end
  end
  return out
end

--- All of them that touch these lines, from the top down, as many as are sent.
---@param session mistral.Session
---@param buffer integer
---@param first integer
---@param last integer
---@return mistral.edit.Problem[]
function M.read(session, buffer, first, last)
  local list = of_editor(session.host, buffer, first, last)
  for _, problem in ipairs(of_reviews(session.findings, buffer, first, last)) do
    list[#list + 1] = problem
  end
  for i, problem in ipairs(list) do
    problem.order = i
  end
  table.sort(list, function(a, b)
    return a.row < b.row or a.row == b.row and a.order < b.order
  end)
  for i = #list, MOST + 1, -1 do
    list[i] = nil
  end
  return list
end

--- What is to be done about them, in words.
---@param problems mistral.edit.Problem[]
---@param wish string what the user wrote besides, or ""
---@return string
function M.wish(problems, wish)
  local lines = { "Fix these problems, and nothing else:" }
  for _, problem in ipairs(problems) do
    lines[#lines + 1] = ("- line %d: %s"):format(problem.row, problem.said)
  end
  if wish ~= "" then
    lines[#lines + 1] = "\nAbove all: " .. wish
  end
  return table.concat(lines, "\n")
end

return M
