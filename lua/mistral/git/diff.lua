--- A unified diff as git prints it, read into files, hunks and rows. It is read line by line in
--- slices, so that an editor stays awake; the counts of a hunk only tell where it ends, and each row
--- must agree with them.
local quoted = require "mistral.git.quoted"

local M = {}

---@class mistral.git.Row
---@field kind " "|"+"|"-" on both sides, on the new one, on the old one
---@field text string without its line end
---@field cr? true a carriage return stood before the line end

---@class mistral.git.Hunk
---@field new_first integer row of its first new-side line, from 1
---@field new_count integer
---@field old_first integer
---@field old_count integer
---@field lines mistral.git.Row[]

---@class mistral.git.Section one file of a diff
---@field old_path? string nil for a file that is new
---@field path? string nil for a file that is gone
---@field old_mode? string
---@field new_mode? string
---@field moved? "renamed"|"copied"
---@field binary boolean
---@field hunks mistral.git.Hunk[] empty when `over`
---@field added integer
---@field removed integer
---@field bytes integer of the new side
---@field long_bytes integer of them, in very long lines
---@field rows integer kept
---@field crlf? boolean every line of the new side ended with CRLF
---@field no_newline? boolean the new side's last line has no line end
---@field over? "bytes"|"rows" the limit that it passed; its rows were let go

local SLICE = 128 -- lines between two breaths
local LONG = 2000 -- bytes of a line that nobody wrote by hand

local Reader = {}
Reader.__index = Reader

-- The next line without its end, or nil; `self.from` is where it began.
function Reader:line()
  local from = self.at
  if from > self.size then return nil end
  local stop = self.text:find("\n", from, true) or self.size + 1
  self.at, self.from, self.row = stop + 1, from, self.row + 1
  if self.row % SLICE == 0 then self.breathe() end
  return self.text:sub(from, stop - 1)
end

-- The line that was read last is read again.
function Reader:back()
  self.at, self.row = self.from, self.row - 1
end

local function without_prefix(name)
  if name == "/dev/null" then return nil end
  return name and name:match("^[ab]/(.*)$")
end

-- `--- a/name`: a name with blanks is followed by a tab, quoted or not.
local function side(rest)
  return without_prefix(quoted.name((rest:gsub("\t$", ""))))
end

-- `a/name b/name`: only needed when nothing else says it, and then both names are the same.
local function both(rest)
  if rest:sub(1, 1) == '"' then return without_prefix(quoted.read(rest, 1)) end
  local half = math.floor((#rest - 1) / 2)
  return without_prefix(rest:sub(1, half))
end

local HEADERS = {
  { "^old mode (%d+)$", function(section, mode) section.old_mode = mode end },
  { "^new mode (%d+)$", function(section, mode) section.new_mode = mode end },
  { "^new file mode (%d+)$", function(section, mode)
    section.new_mode, section.old_path = mode, nil
  end },
  { "^deleted file mode (%d+)$", function(section, mode)
    section.old_mode, section.path = mode, nil
  end },
  { "^index %x+%.%.%x+ (%d+)$", function(section, mode)
    section.old_mode, section.new_mode = mode, mode
  end },
  { "^(%a+) from (.*)$", function(section, verb, name)
    section.moved = verb == "copy" and "copied" or "renamed"
    section.old_path = quoted.name(name)
  end },
  { "^%a+ to (.*)$", function(section, name) section.path = quoted.name(name) end },
  { "^%-%-%- (.*)$", function(section, rest) section.old_path = side(rest) end },
  { "^%+%+%+ (.*)$", function(section, rest) section.path = side(rest) end },
  { "^Binary files .* differ$", function(section) section.binary = true end },
}

local function header(section, line)
  for _, entry in ipairs(HEADERS) do
    local first, second = line:match(entry[1])
    if first then return entry[2](section, first, second) end
  end
end

local function new_section(names)
  local name = both(names)
  return {
    path = name, old_path = name, binary = false, hunks = {}, added = 0, removed = 0,
    bytes = 0, long_bytes = 0, rows = 0, crs = 0, new_rows = 0,
  }
end

-- Too much: what there is of it is let go, and no more is kept.
local function let_go(section, limit)
  section.over, section.hunks, section.rows = limit, {}, 0
end

local function weigh(section, text, limits)
  section.bytes = section.bytes + #text + 1
  section.new_rows = section.new_rows + 1
  if #text > LONG then section.long_bytes = section.long_bytes + #text end
  if section.bytes > limits.max_bytes then let_go(section, "bytes") end
end

local function keep(section, lines, kind, text, limits)
  if section.over then return end
  local row = { kind = kind, text = text }
  if text:byte(-1) == 13 then
    row.text, row.cr = text:sub(1, -2), true
    if kind ~= "-" then section.crs = section.crs + 1 end
  end
  -- Binary after all: git looks for a NUL in the first 8000 bytes only.
  if text:find("\0", 1, true) then section.binary = true end
  if section.rows >= limits.max_rows then return let_go(section, "rows") end
  lines[#lines + 1] = row
  section.rows = section.rows + 1
end

local OLD = { [" "] = 1, ["-"] = 1, ["+"] = 0 }
local NEW = { [" "] = 1, ["-"] = 0, ["+"] = 1 }

-- "\ No newline at end of file" belongs to the row before it.
local function no_newline(section, kind)
  if kind ~= "-" then section.no_newline = true end
end

local function add_row(section, lines, line, limits)
  local kind = line == "" and " " or line:sub(1, 1)
  if not OLD[kind] then return nil end
  local text = line:sub(2)
  if kind ~= "-" then weigh(section, text, limits) end
  if kind == "+" then section.added = section.added + 1 end
  if kind == "-" then section.removed = section.removed + 1 end
  keep(section, lines, kind, text, limits)
  return kind
end

-- The rows of a hunk; false when they are not what its head says.
local function read_rows(reader, section, hunk, limits)
  local old, new, kind = hunk.old_count, hunk.new_count, nil
  while old > 0 or new > 0 do
    local line = reader:line()
    if not line then return false end
    if line:sub(1, 1) == "\\" then
      no_newline(section, kind)
    else
      kind = add_row(section, hunk.lines, line, limits)
      if not kind then return false end
      old, new = old - OLD[kind], new - NEW[kind]
    end
  end
  local after = reader:line()
  if after and after:sub(1, 1) == "\\" then
    no_newline(section, kind)
  elseif after then
    reader:back()
  end
  return old == 0 and new == 0
end

local function count(text)
  return text == "" and 1 or tonumber(text)
end

local function new_hunk(line)
  local old, olds, new, news = line:match("^@@ %-(%d+),?(%d*) %+(%d+),?(%d*) @@")
  if not old then return nil end
  return {
    old_first = tonumber(old), old_count = count(olds),
    new_first = tonumber(new), new_count = count(news), lines = {},
  }
end

local function read_section(reader, section, limits)
  while true do
    local line = reader:line()
    if not line then return true end
    if line:sub(1, 11) == "diff --git " then
      reader:back()
      return true
    end
    if line:sub(1, 3) == "@@ " then
      local hunk = new_hunk(line)
      if not hunk or not read_rows(reader, section, hunk, limits) then return false end
      if not section.over then section.hunks[#section.hunks + 1] = hunk end
    elseif #section.hunks == 0 and not section.over then
      header(section, line)
    end
  end
end

local function finish(section)
  local ended = section.new_rows - (section.no_newline and 1 or 0)
  section.crlf = section.crs > 0 and section.crs >= ended or nil
  section.crs, section.new_rows = nil, nil
  if section.binary then section.hunks = {} end
  return section
end

--- Read a diff. Rows beyond a limit are let go, file by file; the rest is read all the same.
---@param text string
---@param limits { max_bytes: integer, max_rows: integer, breathe: fun() } bytes of one file's new
--- side, rows of all files
---@return mistral.git.Section[]? sections nil when the text is not a diff, or cut off
---@return integer? row the line of the text that cannot be read
function M.parse(text, limits)
  local reader = setmetatable(
    { text = text, size = #text, at = 1, row = 0, breathe = limits.breathe }, Reader)
  local sections, left = {}, limits.max_rows
  while true do
    local line = reader:line()
    if not line then return sections end
    -- What comes before the first file, or is said of an unmerged one, is passed over.
    local names = line:match("^diff %-%-git (.*)$")
    if names then
      local section = new_section(names)
      local bounds = { max_bytes = limits.max_bytes, max_rows = left }
      if not read_section(reader, section, bounds) then return nil, reader.row end
      sections[#sections + 1] = finish(section)
      left = left - section.rows
    end
  end
end

return M
