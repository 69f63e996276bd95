--- A finding whole, in a window over the text: what is wrong, when it happens, how sure the model is,
--- and its fix.
local diff = require("mistral.diff")
local finding_of = require("mistral.review.finding")
local lines_of = require("mistral.lines")

local M = {}

local MOST_LINES = 200

local function add(lines, more)
  for _, line in ipairs(lines_of.split_lines(more)) do
    lines[#lines + 1] = line
  end
end

--- "error · security · 90 % sure · stale"
---@param finding mistral.Finding
---@return string
function M.head(finding)
  local parts = { finding.severity }
  if finding.category ~= "" then
    parts[#parts + 1] = finding.category
  end
  if finding.confidence then
    parts[#parts + 1] = ("%d %% sure"):format(math.floor(finding.confidence * 100 + 0.5))
  end
  if finding.state ~= "open" then
    parts[#parts + 1] = finding.state
  end
  return table.concat(parts, " \194\183 ")
end

local function section(lines, words)
  if words and words ~= "" then
    lines[#lines + 1] = ""
    add(lines, words)
  end
end

local function plain(line)
  return (lines_of.code_line(line):gsub("\r", ""))
end

--- The lines of a fix as a diff: `-` for what goes, `+` for what comes, a blank for what stays.
---@param fix { existing: string, replacement: string }
---@return string[]
function M.diff(fix)
  local old = lines_of.split_lines(fix.existing)
  local new = fix.replacement == "" and {} or lines_of.split_lines(fix.replacement)
  local out, row = {}, 1
  local function put(mark, lines, first, count)
    for i = first, first + count - 1 do
      out[#out + 1] = mark .. plain(lines[i])
    end
  end
  for _, hunk in ipairs(diff.hunks(old, new)) do
    put(" ", old, row, hunk.first - row)
    put("-", old, hunk.first, hunk.count)
    put("+", new, hunk.new_first, hunk.new_count)
    row = hunk.first + hunk.count
  end
  put(" ", old, row, #old - row + 1)
  return out
end

--- What a code fence has to be, so that nothing in the lines ends it.
local function fence(lines)
  local longest = 2
  for _, line in ipairs(lines) do
    longest = math.max(longest, #(line:match("^[ +-]%s*(`+)") or ""))
  end
  return ("`"):rep(longest + 1)
end

local function add_fix(lines, finding)
  if not finding.fix then
    return
  end
  local changes = M.diff(finding.fix)
  local bar = fence(changes)
  lines[#lines + 1] = ""
  lines[#lines + 1] = bar .. "diff"
  for _, line in ipairs(changes) do
    lines[#lines + 1] = line
  end
  lines[#lines + 1] = bar
end

--- The finding in markdown.
---@param finding mistral.Finding
---@return string[]
function M.lines(finding)
  local lines = { finding.title }
  section(lines, finding.detail)
  section(lines, finding_of.when(finding))
  add_fix(lines, finding)
  while #lines > MOST_LINES do
    table.remove(lines)
  end
  return lines
end

--- Shows it over its line; it goes with the next move, and with `q` or Esc within.
---@param session mistral.Session
---@param record mistral.review.Record
function M.show(session, record)
  M.close(session)
  local row = record:place()
  local here = record.buffer == session.host.buffer()
  session.detail = session.host.float({
    lines = M.lines(record.finding),
    filetype = "markdown",
    title = M.head(record.finding),
    row = here and row or nil,
    close_on_move = true,
  })
  return true
end

--- Takes it down, if it is still there.
---@param session mistral.Session
function M.close(session)
  if session.detail then
    session.detail.close()
    session.detail = nil
  end
end

return M
