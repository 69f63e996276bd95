--- What the formats of a review have in common.
local finding_of = require("mistral.review.finding")
local lines = require("mistral.lines")

local M = {}

---@class mistral.ExportOptions
---@field line_ends? table<string, string> by path: "\r\n" of a file that has such; "\n" unless told
---@field version? string of this program
---@field breathe? fun() called between findings, so that an editor need not wait for all

--- What an export needs of a review; ReviewResult has it.
---@class mistral.Exportable
---@field findings mistral.Finding[] rows count from 1
---@field title? string what was reviewed
---@field files? integer
---@field skipped? { path: string, why: string }[]
---@field failed? { paths: string[], err: { message: string } }[]

local function no_breath() end

--- What to call between findings. Not from an iterator: in Lua 5.1 nothing may wait inside one.
---@param options? mistral.ExportOptions
---@return fun()
function M.breath(options)
  return options and options.breathe or no_breath
end

--- The parts of what a finding says, without its title; none is empty.
---@param finding mistral.Finding
---@return string[]
function M.details(finding)
  local out = {}
  for _, part in ipairs({ finding.detail or "", finding_of.when(finding) }) do
    part = lines.prose(part):gsub("^%s+", ""):gsub("%s+$", "")
    if part ~= "" then
      out[#out + 1] = part
    end
  end
  return out
end

--- The title as one line.
---@param finding mistral.Finding
---@return string
function M.title(finding)
  return (lines.prose(finding.title):gsub("%s+", " "))
end

--- All that a finding says, as plain text.
---@param finding mistral.Finding
---@return string
function M.message(finding)
  local parts = M.details(finding)
  table.insert(parts, 1, M.title(finding))
  return table.concat(parts, "\n\n")
end

--- A fix that can be told by rows, and its text with the line ends of the file; none at the end.
---@param finding mistral.Finding
---@param options mistral.ExportOptions
---@return { first: integer, last: integer }? where
---@return string? text "" when the lines go
function M.fix(finding, options)
  local fix = finding.fix
  if not fix or not fix.first or not fix.last or not finding.path then
    return nil
  end
  local line_end = (options.line_ends or {})[finding.path] or "\n"
  return { first = fix.first, last = fix.last }, (fix.replacement:gsub("\r?\n", line_end))
end

--- A path as it can be shown in a line.
---@param path string
---@return string
function M.path(path)
  return (lines.prose(path):gsub("[\t\n]", " "))
end

--- Which files were not reviewed, and why, in a sentence each, and whether that is a failure.
---@param review mistral.Exportable
---@return { text: string, failed: boolean }[]
function M.remarks(review)
  local out = {}
  for _, failure in ipairs(review.failed or {}) do
    local said = M.path(tostring(failure.err.message or failure.err))
    for _, path in ipairs(failure.paths) do
      out[#out + 1] = { text = ("%s: %s"):format(M.path(path), said), failed = true }
    end
  end
  for _, skipped in ipairs(review.skipped or {}) do
    local path, why = M.path(skipped.path), M.path(skipped.why)
    local named = why:sub(1, #path) == path
    out[#out + 1] = { text = named and why or ("%s: %s"):format(path, why), failed = false }
  end
  return out
end

return M
