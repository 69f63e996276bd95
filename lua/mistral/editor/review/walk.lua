--- Going from finding to finding: by row in a file, then to the next file of the review, and round.
local files = require("mistral.editor.review.file")

local M = {}

---@class mistral.review.Stop a finding that can be gone to
---@field record mistral.review.Record
---@field row integer where it is, or was when its file was reviewed

--- All findings that can be gone to, in order: those that are open and have a place, or whose file
--- is not loaded.
---@param all mistral.review.Findings
---@param severity? mistral.Severity only these
---@return mistral.review.Stop[]
function M.stops(all, severity)
  local stops = {}
  for _, record in ipairs(all:all()) do
    local finding = record.finding
    local row = (not severity or finding.severity == severity) and record:listed_at()
    if row and record:is_open() then
      stops[#stops + 1] = { record = record, row = row }
    end
  end
  return stops
end

--- The stops of one file as a stretch of all of them.
local function stretch(stops, key)
  local first, last
  for i, stop in ipairs(stops) do
    if stop.record.file.key == key then
      first, last = first or i, i
    end
  end
  return first, last
end

--- The last stop above a row of the file, and the first below it, as indexes that may be one too
--- small or too large.
local function around(stops, first, last, row)
  local above, below = first - 1, last + 1
  for i = first, last do
    if stops[i].row < row then
      above = i
    elseif stops[i].row > row and below > last then
      below = i
    end
  end
  return above, below
end

local function index_of(stops, record)
  for i, stop in ipairs(stops) do
    if stop.record == record then
      return i
    end
  end
end

local function wrapped(index, count)
  return (index - 1) % count + 1
end

--- Where a step from here leads, as an index. From the finding that was gone to last, the next one
--- is the next in order, also when both stand on one row.
local function step(host, all, stops, direction)
  local buffer, row = host.buffer(), (host.cursor())
  local here = index_of(stops, all.walked)
  if here and all.walked.buffer == buffer and stops[here].row == row then
    return wrapped(here + direction, #stops)
  end
  local first, last = stretch(stops, files.key(host.path(buffer), buffer))
  if not first then
    return direction > 0 and 1 or #stops
  end
  local above, below = around(stops, first, last, row)
  return wrapped(direction > 0 and below or above, #stops)
end

--- The finding under the cursor: of several the one that was gone to, else the shortest.
---@param all mistral.review.Findings
---@return mistral.review.Record|nil
function M.here(all)
  local here = all:at(all.host.buffer(), (all.host.cursor()))
  for _, record in ipairs(here) do
    if record == all.walked then
      return record
    end
  end
  return here[1]
end

--- The finding under the cursor, else the next one; nil when there is none.
---@param all mistral.review.Findings
---@return mistral.review.Record|nil
function M.current(all)
  local here = M.here(all)
  if here then
    return here
  end
  local stops = M.stops(all)
  return stops[1] and stops[step(all.host, all, stops, 1)].record
end

local function column_of(host, buffer, row)
  local line = host.lines(buffer, row, row)[1] or ""
  return #line:match("^%s*")
end

--- Puts the cursor on it; its file is opened if need be. Nil and a sentence when that cannot be.
local function visit(all, record, row)
  local host = all.host
  local moved, message
  if record.buffer then
    moved, message = host.go(record.buffer, row, column_of(host, record.buffer, row))
  else
    moved, message = host.open(record.path, row, 0)
  end
  if not moved then
    return nil, message
  end
  all:arrive(host.buffer())
  local now = record:place()
  if not now then
    return nil, ("the lines that \"%s\" speaks of are gone"):format(record.finding.title)
  end
  host.set_cursor(now, column_of(host, record.buffer, now))
  return true
end

--- What is said of a finding that was gone to.
local function said_of(stops, index)
  local finding = stops[index].record.finding
  return ("%d/%d %s: %s"):format(index, #stops, finding.severity, finding.title)
end

local function none(all, severity)
  if #all:all() == 0 then
    return "there are no findings; :Mistral review looks for some"
  end
  return severity and ("no finding that is still open is of severity %s"):format(severity)
    or "no finding is open any more"
end

--- Goes to the next finding, or with -1 to the previous one.
---@param session mistral.Session
---@param direction 1|-1
---@param severity? mistral.Severity
---@return mistral.review.Record|nil, string|nil message
function M.go(session, direction, severity)
  local all = session.findings
  local stops = M.stops(all, severity)
  if #stops == 0 then
    return nil, none(all, severity)
  end
  local index = step(all.host, all, stops, direction)
  local record = stops[index].record
  all.walked = record
  local moved, message = visit(all, record, stops[index].row)
  if not moved then
    return nil, message
  end
  session:tell(said_of(stops, index))
  return record
end

--- The n-th finding, as `next` counts them.
---@param all mistral.review.Findings
---@param number integer
---@return mistral.review.Record|nil
function M.nth(all, number)
  local stop = M.stops(all)[number]
  return stop and stop.record
end

return M
