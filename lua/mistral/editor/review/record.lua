--- One finding as the editor has it: what the model said, and where that is now.
---
--- What a caller may rely on: `place` and `fix_place` look at the buffer's text at that moment, and
--- give rows only for lines that say what they should. No row is kept from an earlier look.
local follow = require("mistral.review.follow")
local lines_of = require("mistral.lines")
local lookup = require("mistral.review.lookup")
local place = require("mistral.review.place")

local M = {}

local MORE_LINES = 200 -- that a marked stretch may have grown by and still be searched

---@class mistral.review.Record
---@field finding mistral.Finding its `first` and `last` are the rows of the text that was reviewed
---@field file mistral.review.File
---@field board mistral.review.Board
---@field buffer? integer when the file is loaded
---@field path string absolute path of the file, or "" for a buffer without one
---@field private anchor? mistral.review.Anchor the finding's; none: it never had a place
---@field private fix_anchor? mistral.review.Anchor
---@field private mark? mistral.host.Mark
---@field private tick? integer of the buffer when it was last looked for
---@field private was_placed? boolean it has been looked for since its file was loaded
---@field private was_at? integer[] where it was when its file was unloaded
---@field private first? integer where it was then
---@field private last? integer
local Record = {}
Record.__index = Record

--- Which of the places with such lines it is.
local function index_of(anchor, first, code)
  for i, at in ipairs(lookup.places(code, "exact", anchor.lines)) do
    if at + code.first - 1 == first then
      return i
    end
  end
end

local function anchor_at(first, last, code)
  local made = follow.anchor(first, last, code)
  made.nth = index_of(made, first, code)
  return made
end

--- Gives a finding what it is looked for by, when it has a place in this text.
local function anchor_all(finding, code)
  local fix = finding.fix
  if finding.first then
    finding.anchor = anchor_at(finding.first, finding.last, code)
  end
  if fix and fix.first then
    finding.fix_anchor = anchor_at(fix.first, fix.last, code)
  end
end

---@param finding mistral.Finding
---@param file mistral.review.File
---@param board mistral.review.Board
---@param code? mistral.review.Text the whole text that was reviewed; none: the finding has been one
---  of a record before
---@return mistral.review.Record
function M.new(finding, file, board, code)
  if code then
    anchor_all(finding, code)
  end
  finding.state = finding.state or "open"
  return setmetatable({
    finding = finding,
    file = file,
    board = board,
    path = file.path,
    anchor = finding.anchor,
    fix_anchor = finding.fix_anchor,
  }, Record)
end

-- Looking ----------------------------------------------------------------------------------------

function Record:code_lines(first, last)
  return lines_of.code_lines(self.file.host.lines(self.buffer, first, last))
end

local function equal(lines, others)
  for i = 1, math.max(#lines, #others) do
    if lines[i] ~= others[i] then
      return false
    end
  end
  return true
end

--- Which of these lines, by index, it stands on: all, or those with its quote, when others have come
--- between its marks or more has been written on its own.
function Record:within(lines)
  if equal(lines, self.anchor.lines) then
    return 1, #lines
  end
  local first, last = place.find(self.finding.quote, nil, place.text(lines))
  return first, last
end

--- Where the mark has it, if the quote is still there.
function Record:at_mark()
  local first, last
  if self.mark then
    first, last = self.mark.range()
  end
  if not first or last - first > #self.anchor.lines + MORE_LINES then
    return nil
  end
  local from, to = self:within(self:code_lines(first, last))
  if from then
    return first + from - 1, first + to - 1
  end
end

--- In a text that nobody has edited here: the same one of as many equal places as there were. Once
--- text is edited only the mark can tell them apart.
function Record:same_of_equals(code)
  local anchor = self.anchor
  local places = lookup.places(code, "exact", anchor.lines)
  local at = #places == anchor.among and places[anchor.nth]
  if at and not self.was_placed then
    return at + code.first - 1, at + code.first + #anchor.lines - 2
  end
end

--- Where the quote is in the whole text; marked there.
function Record:search()
  local code = self.file:text()
  local first, last = follow.find(self.anchor, code)
  if not first then
    first, last = self:same_of_equals(code)
  end
  self.was_placed = true
  if first then
    self:unmark()
    self.mark = self.file.host.mark(self.buffer, first, last)
  end
  return first, last
end

--- Whether its fix was taken back: what that replaces stands there again, and not as a part of what
--- it puts in.
function Record:is_undone()
  local fix = self.finding.fix
  local first, last = self:fix_place()
  if not first then
    return false
  end
  local new = lines_of.code_lines(lines_of.split_lines(fix.replacement))
  for top = math.max(1, last - #new + 1), first do
    if equal(self:code_lines(top, top + #new - 1), new) then
      return false
    end
  end
  return true
end

local AFTER = { open = "stale", stale = "open" }

--- Looks where it is; one whose quote is gone is stale, and open again when that is back, or when its
--- fix was taken back.
function Record:look()
  local first, last = self:at_mark()
  if not first then
    first, last = self:search()
  end
  self.first, self.last = first, last
  local state = self.finding.state
  local after = (state == "open") ~= (first ~= nil) and AFTER[state]
  if state == "applied" and first and self:is_undone() then
    after = "open"
  end
  if after then
    self.finding.state = after
    self.file:changed(true)
  end
end

--- First and last row of its quote in the buffer as it is now. Nothing when the file is not loaded,
--- when it never had a place, or when the quote is gone: then its state is "stale".
---@return integer|nil first, integer|nil last
function Record:place()
  local host = self.file.host
  if not self.anchor or not self.buffer or not host.valid(self.buffer) then
    return nil
  end
  local tick = host.tick(self.buffer)
  if tick ~= self.tick then
    self.tick = tick
    self:look()
  end
  return self.first, self.last
end

--- First row of what its fix replaces, if there is no doubt which lines those are; or as far from the
--- quote as before, when they were a part of it or it of them. Elsewhere their like may stand there now.
function Record:fix_first(at)
  local finding, fix = self.finding, self.finding.fix
  local first = follow.find(self.fix_anchor, self.file:text())
  if not first and fix.first <= finding.last and fix.last >= finding.first then
    first = at + fix.first - finding.first
  end
  return first
end

--- First and last row of the lines that its fix replaces. Only when they are what the fix calls
--- `existing`, to the letter but for carriage returns at line ends, and the finding has a place.
---@return integer|nil first, integer|nil last
function Record:fix_place()
  local at = self:place()
  if not at or not self.fix_anchor then
    return nil
  end
  local wanted = lines_of.code_lines(lines_of.split_lines(self.finding.fix.existing))
  local first = self:fix_first(at)
  local last = first and first + #wanted - 1
  if first and first >= 1 and equal(self:code_lines(first, last), wanted) then
    return first, last
  end
end

-- Being shown ------------------------------------------------------------------------------------

--- Begins to follow the buffer that its file is loaded in.
---@param buffer integer
function Record:attach(buffer)
  self.buffer, self.tick, self.was_placed = buffer, nil, false
  self:place()
end

function Record:unmark()
  if self.mark then
    self.mark.remove()
    self.mark = nil
  end
end

--- Its buffer is gone, or it is shown no more.
function Record:detach()
  self:unmark()
  if self.first then
    self.was_at = { self.first, self.last }
  end
  self.buffer, self.tick, self.first, self.last = nil, nil, nil, nil
  if self.finding.state == "stale" then
    self.finding.state = "open" -- the file may have the quote again when it is next loaded
  end
end

--- The row to list it at: where it is, or was when it was reviewed; none for one without a place.
---@return integer|nil first, integer|nil last
function Record:listed_at()
  local first, last = self:place()
  if self.buffer or not self.anchor then
    return first, last
  end
  local was_at = self.was_at or { self.finding.first, self.finding.last }
  return was_at[1], was_at[2]
end

--- Says what has become of it; lines and list follow soon.
---@param state "open"|"applied"|"dismissed"|"stale"
function Record:set_state(state)
  if self.finding.state ~= state then
    self.finding.state = state
    self.tick = nil
    self.file:changed(true)
  end
end

--- Whether it stands on its lines for the user to see.
---@return boolean
function Record:is_open()
  return self.finding.state == "open"
end

return M
