--- Where the names in some lines are defined, as far as the editor can tell in a moment: it is asked,
--- and what has not been found when the time is over is done without. Looked at are files of the
--- project alone, and none that is made to hold secrets.
local around = require("mistral.editor.explain.around")
local disk = require("mistral.api.disk")
local files = require("mistral.redact.files")
local project = require("mistral.editor.chat.project")
local symbols = require("mistral.editor.explain.symbols")
local text = require("mistral.lines")

local M = {}

local TIME_MS = 300
local MOST_NAMES, MOST_FOUND = 12, 6
local MOST_LINES, MOST_BYTES = 40, 12000
local LOOKED_AT = 400 -- lines in which names are looked for
local LARGEST_FILE = 1024 * 1024

---@class mistral.explain.Definition
---@field name string
---@field path string as the project calls it
---@field first integer
---@field lines string[]

-- Reading -------------------------------------------------------------------------------------------

local function open_file(path)
  local found = disk.stat(path)
  if not found or found.type ~= "file" or found.size > LARGEST_FILE then
    return nil
  end
  return io.open(path, "rb")
end

-- From some lines above a row on, as many as a definition may have.
local function lines_of_file(path, first, last)
  local file = open_file(path)
  if not file then
    return nil
  end
  local lines, row = {}, 0
  for line in file:lines() do
    row = row + 1
    if row > last then
      break
    elseif row >= first then
      lines[#lines + 1] = line
    end
  end
  file:close()
  return lines
end

local function lines_at(host, path, first, last)
  local buffer = host.find(path)
  if buffer then
    return host.lines(buffer, first, math.min(last, host.line_count(buffer)))
  end
  return lines_of_file(path, first, last)
end

-- The definition that begins at the first of these lines.
local function body(lines)
  local first, last = around.find(lines, 1, 1)
  last = first == 1 and last or math.min(#lines, 8)
  local out = {}
  for row = 1, math.min(last, MOST_LINES) do
    out[row] = lines[row]
  end
  return text.code_lines(out)
end

-- Choosing ------------------------------------------------------------------------------------------

local function is_sent(asked, path, row)
  return path == asked.path and row >= asked.first and row <= asked.last
end

-- The path of a place that may be read.
local function allowed(asked, place)
  if type(place.path) ~= "string" or files.refused(place.path, asked.allow_files) then
    return nil
  end
  local path = project.file(asked.host, asked.folder, place.path)
  return path and not files.refused(path, asked.allow_files) and path or nil
end

local function take(asked, name, place)
  local path = allowed(asked, place)
  local key = path and path .. ":" .. place.row
  if not path or asked.seen[key] or is_sent(asked, path, place.row) then
    return false
  end
  local lines = lines_at(asked.host, path, place.row, place.row + MOST_LINES * 2)
  if not lines or not lines[1] then
    return false
  end
  lines = body(lines)
  local bytes = #table.concat(lines, "\n")
  if asked.bytes + bytes > MOST_BYTES then
    return false
  end
  asked.seen[key], asked.bytes = true, asked.bytes + bytes
  table.insert(asked.found, {
    name = name, path = project.name(asked.folder, path), first = place.row, lines = lines,
  })
  return true
end

local function take_one(asked, name, places)
  for index = 1, math.min(#places, 3) do
    if #asked.found < MOST_FOUND and take(asked, name, places[index]) then
      return
    end
  end
end

-- Asking --------------------------------------------------------------------------------------------

local function finish(asked)
  if asked.done then
    local done = asked.done
    asked.done = nil
    asked.stop_timer()
    done(asked.found)
  end
end

local function hear(asked, name, places)
  if not asked.done then
    return -- too late
  end
  asked.open = asked.open - 1
  if not places or #places == 0 then
    places = asked.host.tags(name)
  end
  take_one(asked, name, places)
  if asked.open == 0 then
    finish(asked)
  end
end

--- Looks them up. Calls `done` once, perhaps before this returns, and at the latest after 300 ms.
---@param asked { host: mistral.Host, buffer: integer, lines: string[], row: integer, path: string,
---  first: integer, last: integer, folder: string, allow_files: string[] }  `lines` are looked at, the
---  first of them is `row`; `first` to `last` of `path` are sent already
---@param done fun(found: mistral.explain.Definition[])
---@return fun() stop
function M.find(asked, done)
  local some = {}
  for index = 1, math.min(#asked.lines, LOOKED_AT) do
    some[index] = asked.lines[index]
  end
  local names = symbols.find(some, asked.row, MOST_NAMES)
  asked.seen, asked.found, asked.bytes, asked.done = {}, {}, 0, done
  asked.open = #names + 1
  asked.stop_timer = asked.host.timer(TIME_MS, function()
    finish(asked)
  end)
  for _, name in ipairs(names) do
    local heard = false
    asked.host.definition(asked.buffer, name.row, name.col, function(places)
      if not heard then
        heard = true
        hear(asked, name.name, places)
      end
    end)
  end
  asked.open = asked.open - 1
  if asked.open == 0 then
    finish(asked)
  end
  return function()
    asked.done = nil
    asked.stop_timer()
  end
end

return M
