--- Changes as a unified diff to be read by a model or a person, within a bound: a few lines around
--- each change, every file with its fair share, and a word on what is left out.
local quoted = require "mistral.git.quoted"

local M = {}

local CONTEXT = 3
local LIMIT = 64 * 1024
local COUNT_SIZE = 60 -- bytes of a line that counts what is left out, at most
local SLICE = 512 -- rows between two breaths
local LEAST_SHARE = 200 -- bytes of a file, below which nothing of it is shown

-- Which rows are shown: those that changed, and some around them.
local function shown_rows(lines, context)
  local shown, last = {}, 0
  for index, row in ipairs(lines) do
    if row.kind ~= " " then
      for near = math.max(last + 1, index - context), math.min(#lines, index + context) do
        shown[near], last = true, near
      end
    end
  end
  return shown
end

local function head(run)
  local function side(first, count)
    if count == 0 then first = math.max(0, first - 1) end
    return count == 1 and tostring(first) or first .. "," .. count
  end
  return ("@@ -%s +%s @@"):format(side(run.old, run.olds), side(run.new, run.news))
end

-- Rows that are shown together, as lines.
local function add_run(out, run)
  if not run then return end
  out[#out + 1] = head(run)
  for _, line in ipairs(run) do
    out[#out + 1] = line
  end
end

local function add_to_run(run, row)
  run[#run + 1] = row.kind .. row.text
  if row.kind ~= "+" then run.olds = run.olds + 1 end
  if row.kind ~= "-" then run.news = run.news + 1 end
end

local function add_hunk(out, hunk, context, breathe)
  local shown, run = shown_rows(hunk.lines, context), nil
  local old, new = math.max(1, hunk.old_first), math.max(1, hunk.new_first)
  for index, row in ipairs(hunk.lines) do
    if index % SLICE == 0 then breathe() end
    if shown[index] then
      run = run or { old = old, new = new, olds = 0, news = 0 }
      add_to_run(run, row)
    else
      add_run(out, run)
      run = nil
    end
    if row.kind ~= "+" then old = old + 1 end
    if row.kind ~= "-" then new = new + 1 end
  end
  add_run(out, run)
  return shown[#hunk.lines]
end

-- Whether all of the rows of a kind end with CRLF; nil when there are none.
local function carriage(file, kind)
  local all
  for _, hunk in ipairs(file.hunks) do
    for _, row in ipairs(hunk.lines) do
      if row.kind == kind then all = all ~= false and row.cr == true end
    end
  end
  return all
end

local function add_line_ends(out, file)
  local old, new = carriage(file, "-"), carriage(file, "+")
  if old == nil or new == nil or old == new then return end
  out[#out + 1] = old and "line ends change from CRLF to LF" or "line ends change from LF to CRLF"
end

local function names(file)
  local old = file.status ~= "added" and quoted.write("a/" .. (file.old_path or file.path))
  return old or "/dev/null", quoted.write("b/" .. file.path)
end

local function header(file)
  local old, new = names(file)
  local from = old == "/dev/null" and quoted.write("a/" .. file.path) or old
  local out = { "diff --git " .. from .. " " .. new }
  if file.status == "added" then
    out[2] = "new file"
  elseif file.old_path then
    local verb = file.status == "copied" and "copy" or "rename"
    out[2] = verb .. " from " .. quoted.write(file.old_path)
    out[3] = verb .. " to " .. quoted.write(file.path)
  end
  add_line_ends(out, file)
  out[#out + 1] = "--- " .. old
  out[#out + 1] = "+++ " .. new
  return out
end

local function lines_of(file, context, breathe)
  local out, ends = header(file), nil
  for _, hunk in ipairs(file.hunks) do
    ends = add_hunk(out, hunk, context, breathe)
  end
  if ends and file.no_newline then out[#out + 1] = "\\ No newline at end of file" end
  return out
end

-- At most `limit` bytes of a file, whole lines, with a last one that counts the others.
local function cut(lines, size, limit)
  if size <= limit then return table.concat(lines, "\n") .. "\n" end
  local room, count = limit - COUNT_SIZE, 0
  while lines[count + 1] and #lines[count + 1] + 1 <= room do
    count = count + 1
    room = room - #lines[count] - 1
  end
  local rest = ("[%d more lines of this file's changes are left out]\n"):format(#lines - count)
  return table.concat(lines, "\n", 1, count) .. (count > 0 and "\n" or "") .. rest
end

-- The most that each may have so that all fit: the small ones have what they need.
local function fair_share(sizes, limit)
  local sorted = {}
  for index, size in ipairs(sizes) do
    sorted[index] = size
  end
  table.sort(sorted)
  for index, size in ipairs(sorted) do
    local share = math.floor(limit / (#sorted - index + 1))
    if size > share then return share end
    limit = limit - size
  end
  return math.huge
end

local function size_of(lines)
  local size = 0
  for _, line in ipairs(lines) do
    size = size + #line + 1
  end
  return size
end

-- Why files were skipped, in a quarter of the room; the others are counted.
local function skipped_text(skipped, room)
  local out, size = {}, COUNT_SIZE
  for index, record in ipairs(skipped) do
    size = size + #record.why + 3
    if size > room / 4 then
      out[index] = ("[%d more files are not shown]\n"):format(#skipped - index + 1)
      break
    end
    out[index] = "[" .. record.why .. "]\n"
  end
  return table.concat(out)
end

-- So many files that none would have the room to say anything: the last of them are only counted.
local function shown_files(files, room)
  local count = math.min(#files, math.floor(room / LEAST_SHARE))
  if count == #files then return files, "" end
  local shown = {}
  for index = 1, count do
    shown[index] = files[index]
  end
  return shown, ("[%d more files changed]\n"):format(#files - count)
end

--- Changes as text. The files are shown first, and what was skipped is said after them.
---@param changes mistral.git.Changes
---@param options? { limit?: integer, context?: integer, breathe?: fun() } bytes of it all, 64 KiB
--- unless told; rows around a change, 3 unless told
---@return string
---@return boolean whole false when some of the changes are left out
function M.of(changes, options)
  options = options or {}
  local breathe = options.breathe or function() end
  local limit = options.limit or LIMIT
  local rest = skipped_text(changes.skipped, limit)
  local room = math.max(0, limit - #rest - COUNT_SIZE)
  local files, more = shown_files(changes.files, room)
  local all, sizes = {}, {}
  for index, file in ipairs(files) do
    breathe()
    all[index] = lines_of(file, options.context or CONTEXT, breathe)
    sizes[index] = size_of(all[index])
  end
  local share = fair_share(sizes, room)
  for index, lines in ipairs(all) do
    all[index] = cut(lines, sizes[index], share)
  end
  return table.concat(all) .. more .. rest, share == math.huge and more == ""
end

return M
