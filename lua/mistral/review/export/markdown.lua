--- A review as markdown, by file. A model's words are somebody's: nothing of them becomes a heading, a
--- picture, a tag, a link that hides where it leads, or a call to a person; code in backticks stays code.
local common = require("mistral.review.export.common")
local finding_of = require("mistral.review.finding")
local lines = require("mistral.lines")

local M = {}

local ZERO_WIDTH = "\226\128\139" -- U+200B: who is named is not called

local function plain(text)
  text = text:gsub("[\\<>*_%[%]!|~#]", "\\%0")
  text = text:gsub("\n([ \t]*[-+=])", function(start)
    return "\n" .. start:sub(1, -2) .. "\\" .. start:sub(-1)
  end)
  return (text:gsub("@([%w_])", "@" .. ZERO_WIDTH .. "%1"))
end

-- The runs of backticks, each with the next one of its size: what lies between is code.
local function runs_of(text)
  local runs, next_of = {}, {}
  for at, run, after in text:gmatch("()(`+)()") do
    runs[#runs + 1] = { at = at, size = #run, after = after }
  end
  for i = #runs, 1, -1 do
    runs[i].close = next_of[runs[i].size]
    next_of[runs[i].size] = runs[i]
  end
  return runs
end

-- Prose with its code spans as they are. A backtick without a fellow is no code.
local function prose(text)
  local out, from = {}, 1
  for _, run in ipairs(runs_of(text)) do
    if run.at >= from then
      local close = run.close
      out[#out + 1] = plain(text:sub(from, run.at - 1))
      out[#out + 1] = close and text:sub(run.at, close.after - 1) or ("\\`"):rep(run.size)
      from = close and close.after or run.after
    end
  end
  out[#out + 1] = plain(text:sub(from))
  return table.concat(out)
end

--- A fence that nothing in the text can close.
local function fenced(kind, text)
  local longest = 2
  for run in text:gmatch("`+") do
    longest = math.max(longest, #run)
  end
  local fence = ("`"):rep(longest + 1)
  return ("%s%s\n%s\n%s"):format(fence, kind, text, fence)
end

-- A path as a code span; it may have backticks itself.
local function path_span(path)
  path = common.path(path)
  if not path:find("`", 1, true) then
    return "`" .. path .. "`"
  end
  local longest = 0
  for run in path:gmatch("`+") do
    longest = math.max(longest, #run)
  end
  local ticks = ("`"):rep(longest + 1)
  return ("%s %s %s"):format(ticks, path, ticks)
end

local function add_signed(out, sign, text)
  for _, line in ipairs(lines.split_lines(text)) do
    out[#out + 1] = sign .. lines.code_line(line)
  end
end

local function fix_block(fix)
  local out = {}
  add_signed(out, "-", fix.existing)
  if fix.replacement ~= "" then
    add_signed(out, "+", fix.replacement)
  end
  return fenced("diff", table.concat(out, "\n"))
end

local function place(finding)
  if not finding.first then
    return "no line"
  end
  local last = finding.last or finding.first
  return last > finding.first and ("lines %d to %d"):format(finding.first, last)
    or ("line %d"):format(finding.first)
end

local function about(finding)
  local parts = { place(finding), finding.severity }
  if finding.category ~= "" then
    parts[3] = finding.category
  end
  return table.concat(parts, ", ")
end

local function add_finding(out, finding)
  out[#out + 1] = ("### %s"):format(prose(common.title(finding)))
  out[#out + 1] = ("*%s*"):format(about(finding))
  for _, part in ipairs(common.details(finding)) do
    out[#out + 1] = prose(part)
  end
  if finding.fix then
    out[#out + 1] = fix_block(finding.fix)
  end
end

-- The findings of each file as text, the files in the order of their first.
local function by_file(review, options)
  local breathe = common.breath(options)
  local files, at = {}, {}
  for _, finding in ipairs(review.findings) do
    breathe()
    local path = finding.path or ""
    if not at[path] then
      files[#files + 1] = { path = path }
      at[path] = files[#files]
    end
    add_finding(at[path], finding)
  end
  return files
end

local function summary(review)
  local count = #review.findings
  local said = count == 0 and "No findings" or finding_of.count(review.findings)
  if review.files then
    said = ("%s in %d file%s"):format(said, review.files, review.files == 1 and "" or "s")
  end
  return said .. "."
end

local function add_remarks(out, review)
  local items = {}
  for index, remark in ipairs(common.remarks(review)) do
    items[index] = "- " .. plain(remark.text):gsub("`", "\\`")
  end
  if items[1] then
    out[#out + 1] = "## Not reviewed"
    out[#out + 1] = table.concat(items, "\n")
  end
end

--- All of a review.
---@param review mistral.Exportable
---@param options? mistral.ExportOptions
---@return string text with a line feed at its end
function M.write(review, options)
  local title = review.title and review.title ~= "" and ": " .. prose(common.path(review.title))
  local out = { "# Mistral review" .. (title or ""), summary(review) }
  for _, file in ipairs(by_file(review, options)) do
    out[#out + 1] = "## " .. (file.path ~= "" and path_span(file.path) or "No file")
    out[#out + 1] = table.concat(file, "\n\n")
  end
  add_remarks(out, review)
  return table.concat(out, "\n\n") .. "\n"
end

return M
