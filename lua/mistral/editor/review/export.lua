--- :Mistral export: the findings that are shown, as text for other programs, in a window or a file.
local disk = require("mistral.api.disk")
local export = require("mistral.review.export")
local lines_of = require("mistral.lines")
local names = require("mistral.editor.names")

local M = {}

---@type string[]
M.formats = { "rdjsonl", "sarif", "markdown" }

local FILETYPE = { rdjsonl = "json", sarif = "json", markdown = "markdown" }

-- What is exported ------------------------------------------------------------------------------

--- A path as the repository has it, when it lies below the folder.
local function relative(path, folder)
  if path == "" then
    return nil
  end
  local below = path:sub(1, #folder + 1) == folder .. "/"
  return below and path:sub(#folder + 2) or path
end

--- The fix with the rows where it is now; without any when it does not fit, or nobody can tell.
local function fix_of(record)
  local finding, first, last = record.finding, nil, nil
  local fix = finding.fix
  if not fix then
    return nil
  elseif record.buffer then
    first, last = record:fix_place()
  elseif record:listed_at() == finding.first then
    first, last = fix.first, fix.last
  end
  return { existing = fix.existing, replacement = fix.replacement, first = first, last = last }
end

local COPIED = {
  "severity", "category", "title", "detail", "scenario", "confidence", "fingerprint",
}

--- A finding as it stands now.
local function placed(record, folder)
  local finding = { path = relative(record.path, folder), fix = fix_of(record) }
  for _, name in ipairs(COPIED) do
    finding[name] = record.finding[name]
  end
  finding.first, finding.last = record:listed_at()
  return finding
end

--- Whether the lines of a file on disk end with CRLF: its first one says so.
local function has_crlf(path)
  local file = path ~= "" and io.open(path, "rb")
  local line = file and file:read(4096)
  if file then
    file:close()
  end
  return line ~= nil and line ~= false and line:match("^[^\n]*\r\n") ~= nil
end

local function open_records(session)
  local open, stale = {}, 0
  for _, record in ipairs(session.findings:all()) do
    if record:is_open() then
      open[#open + 1] = record
    elseif record.finding.state == "stale" then
      stale = stale + 1
    end
  end
  return open, stale
end

--- All of them with their places; a breath before each.
local function review_of(session, records, breathe)
  local board = session.findings:newest()
  local folder, findings, line_ends, seen = board.top or session.host.folder(), {}, {}, {}
  for i, record in ipairs(records) do
    breathe()
    findings[i] = placed(record, folder)
    local path = findings[i].path
    if path and not seen[path] then
      seen[path] = true
      line_ends[path] = has_crlf(record.path) and "\r\n" or nil
    end
  end
  local several = #session.findings.boards > 1
  return { findings = findings, title = not several and board.title or nil }, line_ends
end

-- Where it goes ---------------------------------------------------------------------------------

local function show(session, format, text)
  local host = session.host
  local buffer = host.split({
    name = "mistral://export." .. format, filetype = FILETYPE[format], position = "below",
    focus = true, wrap = format == "markdown",
  })
  host.fill(buffer, lines_of.split_lines((text:gsub("\n$", ""))))
  host.set_cursor(1, 0)
end

-- Whether all of it is there is known when the last of it has left our hands.
local function write(path, text)
  local file, why = io.open(path, "wb")
  if not file then
    return nil, why
  end
  local written, flushed
  written, why = file:write(text)
  if written then
    flushed, why = file:flush()
  end
  file:close()
  return flushed, why
end

local function plural(count)
  return ("%d finding%s"):format(count, count == 1 and "" or "s")
end

--- The last word: what is there, and what is not.
local function say(session, wanted, count, stale)
  local where = wanted.path and ("%s in %s"):format(plural(count), wanted.path) or plural(count)
  local left_out = ""
  if stale > 0 then
    left_out = ("; %s left out, since the lines have changed"):format(plural(stale))
  end
  if wanted.path or stale > 0 then
    session:tell(("exported %s%s"):format(where, left_out), stale > 0 and "warn" or "info")
  end
end

local function deliver(session, wanted, text)
  if not wanted.path then
    show(session, wanted.format, text)
    return true
  end
  local written, why = write(wanted.path, text)
  if written then
    return true
  end
  session:tell(("the findings could not be written: %s"):format(why), "error")
end

local function run(session, wanted, records, stale, breathe)
  local review, line_ends = review_of(session, records, breathe)
  local text, message = export.write(wanted.format, review, {
    line_ends = line_ends, version = require("mistral").version, breathe = breathe,
  })
  if not text then
    return session:tell(message, "error")
  end
  if deliver(session, wanted, text) then
    say(session, wanted, #records, stale)
  end
end

-- What is typed ---------------------------------------------------------------------------------

--- Why nothing can be written there. It is not opened for that: opening a pipe would wait for whoever
--- reads from it.
local function in_the_way(path, format, bang)
  local found = disk.stat(path)
  if found and (found.type == "directory" or found.type == "fifo") then
    return ("%s is no file; name one to write"):format(path)
  elseif found and not bang then
    return ("%s is there already; :Mistral export! %s writes over it"):format(path, format)
  end
end

local function read(session, rest, bang)
  local format, name = rest:match("^(%S*)%s*(.-)$")
  if not FILETYPE[format] then
    local known = table.concat(M.formats, ", ")
    return nil, (":Mistral export needs one of %s, and perhaps a file to write"):format(known)
  end
  local path = name ~= "" and names.absolute(names.plain(name), session.host.folder()) or nil
  local problem = path and in_the_way(path, format, bang)
  if problem then
    return nil, problem
  end
  return { format = format, path = path }
end

--- Begins; the findings are as they are now, and the text is there a moment later.
---@param session mistral.Session
---@param rest string format, and perhaps the name of a file
---@param bang boolean whether that file may be written over
---@return true|nil started
---@return string|nil message
function M.start(session, rest, bang)
  local wanted, message = read(session, rest, bang)
  if not wanted then
    return nil, message
  end
  local records, stale = open_records(session)
  if #records == 0 then
    return nil, "there are no findings to export; :Mistral review looks for some"
  end
  local thread = coroutine.create(run)
  local queue = session.findings.slices
  local function step(...)
    local ran, problem = coroutine.resume(thread, ...)
    if not ran then
      session:tell(tostring(problem), "error")
    elseif coroutine.status(thread) ~= "dead" then
      queue:add(step)
    end
  end
  queue:add(function()
    step(session, wanted, records, stale, coroutine.yield)
  end)
  return true
end

--- What may stand behind these words.
---@param session mistral.Session
---@param before string[]
---@param partial string
---@return string[]
function M.offer(session, before, partial)
  if #before == 0 then
    return M.formats
  end
  return names.offer(session.host, partial)
end

return M
