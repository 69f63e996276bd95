--- A file that is reviewed, or what changed in it: its lines as they are sent, and as they are on
--- disk.
local language = require("mistral.review.language")
local lines = require("mistral.lines")
local place = require("mistral.review.place")
local text = require("mistral.text")

local M = {}

-- Bytes of a line that are sent; what is longer is data, and a model reads it no better whole.
local LONGEST_LINE = 1000
local LONGEST_PATH = 500

---@class mistral.review.Row one line as it is sent
---@field row? integer of the new side; nil: the line was removed
---@field kind " "|"+"|"-" as it was, new, removed
---@field text string valid UTF-8, control characters as pictures, clipped where it is enormous

---@class mistral.review.Source
---@field path string as it is on disk, "/"-separated where it is of a repository
---@field label string the path as it is sent, and as a finding has to name it
---@field language string a file type, or ""
---@field crlf? boolean its lines end with CRLF on disk
---@field whole boolean no diff: every line is reviewed
---@field status? "added"|"modified"|"renamed"|"copied"|"type" of a diff
---@field old_path? string
---@field rows mistral.review.Row[]
---@field first integer row of the first line of the new side
---@field raw string[] the new side as it is on disk, from `first` on, without line ends
---@field text mistral.review.Text the new side as quotes are searched in it
---@field changed table<integer, boolean> rows that a finding may be about; empty when `whole`

local function no_breath() end

-- What is cut off is said within the line.
local function clipped(line)
  if #line <= LONGEST_LINE then
    return line
  end
  local kept = text.clip(line, LONGEST_LINE)
  return ("%s[%d more bytes]"):format(kept, #line - #kept + 3)
end

--- Whether a line is sent to the byte: not clipped, and nothing in it shown as a picture.
---@param line string as it is on disk
---@return boolean
function M.sent_as_it_is(line)
  return #line <= LONGEST_LINE and lines.code_line(line) == line:gsub("\r$", "")
end

local function new(fields, breathe)
  fields.label = text.clip(lines.code_line(fields.path), LONGEST_PATH)
  fields.language = fields.language or language.of(fields.path)
  fields.rows, fields.raw, fields.changed = {}, {}, {}
  fields.text = place.text({}, fields.first, breathe)
  return fields
end

local function add_row(source, kind, line)
  local sent, row = lines.code_line(line), nil
  if kind ~= "-" then
    row = source.first + #source.raw
    source.raw[#source.raw + 1] = line
    table.insert(source.text.lines, sent)
  end
  source.rows[#source.rows + 1] = { row = row, kind = kind, text = clipped(sent) }
end

---@class mistral.review.GivenText
---@field path string what to call it; "" when it has no name
---@field text? string
---@field lines? string[] instead of `text`
---@field first? integer number of its first line, 1 unless told
---@field language? string a file type

--- A text, or a range of lines, all of which is reviewed.
---@param given mistral.review.GivenText
---@param breathe? fun()
---@return mistral.review.Source
function M.of_text(given, breathe)
  breathe = breathe or no_breath
  local source = new({
    path = given.path ~= "" and given.path or "[No Name]",
    language = given.language,
    whole = true,
    first = given.first or 1,
  }, breathe)
  local all = given.lines or lines.split_lines((given.text:gsub("\n$", "")))
  for i, line in ipairs(all) do
    add_row(source, " ", line)
    if i % 64 == 0 then
      breathe()
    end
  end
  return source
end

-- A defect that a removal brings is seen on the lines that now stand beside each other.
local function mark_changed(source, breathe)
  local rows = source.rows
  for i, row in ipairs(rows) do
    local above, below = rows[i - 1], rows[i + 1]
    local by_removal = above and above.kind == "-" or below and below.kind == "-"
    if row.row and (row.kind == "+" or by_removal) then
      source.changed[row.row] = true
    end
    if i % 256 == 0 then
      breathe()
    end
  end
end

-- Lines between two hunks are not known; their rows stay empty and are not shown.
local function skip_to(source, row)
  for _ = source.first + #source.raw, row - 1 do
    source.raw[#source.raw + 1] = ""
    table.insert(source.text.lines, "")
  end
end

--- What changed in a file, with the whole new side around it; or all of it, when nothing did.
---@param file mistral.git.File with at least one hunk
---@param breathe? fun()
---@return mistral.review.Source
function M.of_file(file, breathe)
  breathe = breathe or no_breath
  local source = new({
    path = file.path, old_path = file.old_path, status = file.status, first = 1,
    crlf = file.crlf,
    whole = file.whole == true,
  }, breathe)
  for _, hunk in ipairs(file.hunks) do
    skip_to(source, hunk.new_first)
    for i, line in ipairs(hunk.lines) do
      add_row(source, file.whole and " " or line.kind, line.text)
      if i % 64 == 0 then
        breathe()
      end
    end
  end
  mark_changed(source, breathe)
  return source
end

return M
