--- All findings that are shown, as `session.findings`: of the last review of each file.
---
---     findings:all()          every record, in the order of reviews, files and rows
---     findings:of(buffer)     those of a buffer, in the order of their rows
---     findings:at(buffer, row)   those that stand on this row now
---     findings:current()      the one under the cursor, else the next one; nil when there is none
---     findings:refresh()      looks at all loaded files now, draws and lists them anew
---     findings:clear()        takes everything off
---
--- A record (record.lua) is
---     record.finding          what was said, with `state` "open", "stale", "applied" or "dismissed"
---     record.buffer           where its file is loaded, or nil
---     record.path             absolute path, or "" for a buffer without a file
---     record:place()          first and last row of its quote now, or nothing
---     record:fix_place()      first and last row that its fix replaces, only while they are what
---                             the fix calls `existing`, or nothing
---     record:set_state(s)     lines and list follow by themselves
---
--- Rows count from 1 and are true at that moment; after an edit, ask again. Marks follow edits, so
--- nobody has to tell of one; `set_state("applied")` is all an applied fix has to say.
local boards = require("mistral.editor.review.board")
local files = require("mistral.editor.review.file")
local loaded = require("mistral.editor.review.loaded")
local order = require("mistral.editor.review.order")
local slices = require("mistral.editor.slices")
local walk = require("mistral.editor.review.walk")

local M = {}

local MOST_LISTS = 10 -- the editor keeps no more

---@class mistral.review.Findings
---@field host mistral.Host
---@field slices mistral.Slices
---@field boards mistral.review.Board[] oldest first
---@field private lists mistral.review.List[] of the last reviews, also of those nothing is left of
---@field dismissed mistral.review.Record[][] what was dismissed together, the last at the end
---@field walked? mistral.review.Record that was gone to last
---@field private files table<string, mistral.review.File> by key
---@field private loaded mistral.review.Loaded
---@field private dirty table<mistral.review.File, true>
---@field private renewing table<mistral.review.Board, true>
local Findings = {}
Findings.__index = Findings

---@param host mistral.Host
---@return mistral.review.Findings
function M.new(host)
  local self = setmetatable({
    host = host,
    slices = slices.new(host),
    boards = {},
    lists = {},
    opened = 0,
    cleared = 0,
    files = {},
    dirty = {},
    renewing = {},
    dismissed = {},
  }, Findings)
  self.loaded = loaded.new(host, self.slices, function(path)
    return self.files[path]
  end, function(file)
    self.files[file.key] = nil
    self:forget_empty()
  end)
  return self
end

-- Drawing ----------------------------------------------------------------------------------------

--- Calls soon after findings came, went, or became something else.
---@param fn fun()
function Findings:on_change(fn)
  self.hears = fn
end

function Findings:tell()
  if self.hears and not self.telling then
    self.telling = true
    self.slices:add(function()
      self.telling = nil
      self.hears()
    end)
  end
end

--- Draws a file soon, once for all that changes until then.
function Findings:changed(file, listed)
  self:tell()
  if not self.dirty[file] then
    self.dirty[file] = true
    self.slices:add(function()
      self.dirty[file] = nil
      if self.files[file.key] == file then
        file:draw()
      end
    end)
  end
  if listed then
    self:renew(file.board)
  end
end

--- Writes a review's list anew, soon.
---@param board mistral.review.Board
function Findings:renew(board)
  if not self.renewing[board] then
    self.renewing[board] = true
    self.slices:add(function()
      self.renewing[board] = nil
      board.list:renew(order.listed(self:files_of(board)))
    end)
  end
end

-- Reviews ----------------------------------------------------------------------------------------

function Findings:remove(file)
  self:tell()
  local buffer = file.buffer
  self.loaded:release(file)
  self.files[file.key] = nil
  if buffer then
    self.host.findings(buffer, {}, false)
  end
end

--- Reviews of which nothing is left are forgotten; when none is left, nothing is listened for.
function Findings:forget_empty()
  self.boards = boards.used(self.boards, self.files)
  if not next(self.files) then
    self.loaded:stop_listening()
  end
end

--- A review that has something to show: what earlier ones said of its files goes.
---@param title string
---@param options mistral.Options.Review
---@param covered mistral.review.Covered[]
---@return mistral.review.Board
function Findings:open(title, options, covered)
  local board = boards.new(self.host, self.slices, title, options, covered)
  self.opened = self.opened + 1
  board.number = self.opened
  self.boards[#self.boards + 1] = board
  self.lists[#self.lists + 1] = board.list
  if #self.lists > MOST_LISTS then
    table.remove(self.lists, 1)
  end
  for key, file in pairs(self.files) do
    if board:covers(key) then
      self:remove(file)
    end
  end
  self:forget_empty()
  return board
end

--- The file of that name, ready to take findings.
function Findings:file(board, covered)
  local file = self.files[covered.key]
  if not file then
    file = files.new(self.host, board, covered.key, covered.path, function(...)
      self:changed(...)
    end)
    self.files[covered.key] = file
    boards.put(self.boards, board)
    self.loaded:listen()
    local buffer = covered.buffer or self.host.find(covered.path)
    if buffer and self.host.valid(buffer) then
      self.loaded:attach(file, buffer)
    end
  end
  return file
end

--- Takes one more; nil when it is of no file that was reviewed, one too many, or too late: all was
--- cleared meanwhile.
---@param board mistral.review.Board
---@param key string
---@param finding mistral.Finding
---@param code? mistral.review.Text the whole text that was reviewed; none: it was shown before
---@return mistral.review.Record|nil
function Findings:add(board, key, finding, code)
  local covered = board:covers(key)
  local other = covered and self.files[key]
  local refused = not covered or board:is_full() or board.number <= self.cleared
  if refused or other and other.board ~= board then
    return nil
  end
  board.count = board.count + 1
  finding.id = finding.id or board.count
  local record = self:file(board, covered):add(finding, code)
  board.list:add(record)
  return record
end

--- The files of a review with findings, in its order.
---@param board mistral.review.Board
---@return mistral.review.File[]
function Findings:files_of(board)
  local list = {}
  for _, file in pairs(self.files) do
    if file.board == board then
      list[#list + 1] = file
    end
  end
  board:sort(list)
  return list
end

-- For everybody ----------------------------------------------------------------------------------

---@return mistral.review.Record[]
function Findings:all()
  local all = {}
  for _, board in ipairs(self.boards) do
    for _, file in ipairs(self:files_of(board)) do
      for _, record in ipairs(order.of_file(file)) do
        all[#all + 1] = record
      end
    end
  end
  return all
end

--- The review that was shown last, if it has not been cleared.
---@return mistral.review.Board|nil
function Findings:newest()
  return self.boards[#self.boards]
end

--- The one under the cursor, if any.
---@return mistral.review.Record|nil
function Findings:here()
  return walk.here(self)
end

---@return mistral.review.Record|nil
function Findings:current()
  return walk.current(self)
end

--- Those of a buffer, in the order of their rows.
---@param buffer integer
---@return mistral.review.Record[]
function Findings:of(buffer)
  local file = self.loaded:at(buffer)
  return file and order.of_file(file) or {}
end

--- A buffer shows a file: if there are findings in it, they get their places at once.
---@param buffer integer
function Findings:arrive(buffer)
  self.loaded:arrive(buffer)
end

--- Those that stand on a row now, the shortest first.
---@param buffer integer
---@param row integer
---@return mistral.review.Record[]
function Findings:at(buffer, row)
  return order.on_row(self:of(buffer), row)
end

function Findings:refresh()
  for _, file in pairs(self.files) do
    file:changed(true)
  end
end

function Findings:remove_all()
  for _, file in pairs(self.files) do
    self:remove(file)
  end
  self.boards, self.dismissed, self.walked = {}, {}, nil
  self.cleared = self.opened
  self.loaded:stop_listening()
end

--- Takes everything off, lists too, those of earlier reviews as well; nothing of it is kept.
function Findings:clear()
  self:remove_all()
  for _, list in ipairs(self.lists) do
    list:clear()
  end
  self.lists = {}
end

--- Ends it with the editor: lists stay, as lists do.
function Findings:close()
  self:remove_all()
  self.slices:close()
end

return M
