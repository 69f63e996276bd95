--- All findings that are shown, as `session.findings`: of the last review of each file.
---
---     findings:all()          every record, in the order of reviews, files and rows
---     findings:at(buffer, row)   those that stand on this row now
---     findings:current()      the one under the cursor, else the next one; nil when there is none
---     findings:find(id)       the one with this id
---     findings:refresh()      looks at all loaded files now, draws and lists them anew
---     findings:clear()        takes everything off
---
--- A record (record.lua) is
---
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
local slices = require("mistral.editor.slices")
local walk = require("mistral.editor.review.walk")

local M = {}

local QUIET_MS = 150 -- after an edit, before findings are looked for again

---@class mistral.review.Findings
---@field host mistral.Host
---@field slices mistral.Slices
---@field boards mistral.review.Board[] oldest first
---@field dismissed mistral.review.Record[][] what was dismissed together, the last at the end
---@field walked? mistral.review.Record that was gone to last
---@field private files table<string, mistral.review.File> by key
---@field private loaded table<integer, mistral.review.File> by buffer
---@field private dirty table<mistral.review.File, true>
---@field private off? mistral.host.Stop[]
local Findings = {}
Findings.__index = Findings

---@param host mistral.Host
---@return mistral.review.Findings
function M.new(host)
  return setmetatable({
    host = host,
    slices = slices.new(host),
    boards = {},
    files = {},
    loaded = {},
    dirty = {},
    renewing = {},
    quiet = {},
    dismissed = {},
  }, Findings)
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
      board.list:renew(self:listed(board))
    end)
  end
end

--- Looks at a file again when the user has paused.
function Findings:edited(buffer)
  local file = self.loaded[buffer]
  if not file then
    return
  end
  if self.quiet[file] then
    self.quiet[file]()
  end
  self.quiet[file] = self.host.timer(QUIET_MS, function()
    self.quiet[file] = nil
    if self.loaded[buffer] == file then
      file:changed()
    end
  end)
end

-- Buffers that come and go -----------------------------------------------------------------------

function Findings:attach(file, buffer)
  self.loaded[buffer] = file
  file:attach(buffer)
end

--- A buffer shows a file: if there are findings in it, they get their places at once.
---@param buffer integer
function Findings:arrive(buffer)
  local host = self.host
  local file = host.valid(buffer) and self.files[host.path(buffer)]
  if file and not file.buffer and not self.loaded[buffer] then
    self:attach(file, buffer)
  end
end

--- The same soon, since somebody may be opening many files.
function Findings:arrived(buffer)
  if not self.loaded[buffer] and self.files[self.host.path(buffer)] then
    self.slices:add(function()
      self:arrive(buffer)
    end)
  end
end

--- A buffer's text goes, and the places in it. Findings of a file are kept for when it is loaded
--- again; those of a buffer without one go, too.
function Findings:left(buffer)
  local file = self.loaded[buffer]
  if not file then
    return
  end
  self:release(file)
  if file.path == "" then
    self.files[file.key] = nil
    self:forget_empty()
  end
  self.host.schedule(function()
    if not self.loaded[buffer] then
      self.host.findings(buffer, {}, false)
    end
  end)
end

function Findings:release(file)
  if self.quiet[file] then
    self.quiet[file]()
    self.quiet[file] = nil
  end
  if file.buffer then
    self.loaded[file.buffer] = nil
  end
  file:detach()
end

function Findings:listen()
  if self.off then
    return
  end
  local host = self.host
  local function hear(events, method)
    return host.on(events, nil, function(buffer)
      self[method](self, buffer)
    end)
  end
  self.off = {
    hear({ "BufReadPost", "BufWinEnter" }, "arrived"),
    hear({ "BufUnload" }, "left"),
    hear({ "TextChanged", "TextChangedI", "InsertLeave" }, "edited"),
  }
end

function Findings:stop_listening()
  for _, off in ipairs(self.off or {}) do
    off()
  end
  self.off = nil
end

-- Reviews ----------------------------------------------------------------------------------------

function Findings:remove(file)
  self:tell()
  local buffer = file.buffer
  self:release(file)
  self.files[file.key] = nil
  if buffer then
    self.host.findings(buffer, {}, false)
  end
end

--- Reviews of which nothing is left are forgotten; when none is left, nothing is listened for.
function Findings:forget_empty()
  local used, kept = {}, {}
  for _, file in pairs(self.files) do
    used[file.board] = true
  end
  for i, board in ipairs(self.boards) do
    if used[board] or i == #self.boards then
      kept[#kept + 1] = board
    end
  end
  self.boards = kept
  if not next(self.files) then
    self:stop_listening()
  end
end

--- A review that has something to show: what earlier ones said of its files goes.
---@param title string
---@param options mistral.Options.Review
---@param covered mistral.review.Covered[]
---@return mistral.review.Board
function Findings:open(title, options, covered)
  local board = boards.new(self.host, self.slices, title, options, covered)
  self.boards[#self.boards + 1] = board
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
    self:listen()
    local buffer = covered.buffer or self.host.find(covered.path)
    if buffer and self.host.valid(buffer) then
      self:attach(file, buffer)
    end
  end
  return file
end

--- Takes one more; nil when it is of no file that was reviewed, or one too many.
---@param board mistral.review.Board
---@param key string
---@param finding mistral.Finding
---@param code? mistral.review.Text the whole text that was reviewed; none: it was shown before
---@return mistral.review.Record|nil
function Findings:add(board, key, finding, code)
  local covered = board:covers(key)
  local other = covered and self.files[key]
  if not covered or board:is_full() or other and other.board ~= board then
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

--- A file's records, in the order of their rows; those without a place come last.
local function in_order(file)
  local rows, list = {}, {}
  for i, record in ipairs(file.records) do
    rows[record] = (record:listed_at() or math.huge) + i / 1e6
    list[i] = record
  end
  table.sort(list, function(a, b)
    return rows[a] < rows[b]
  end)
  return list
end

--- The records of a review that are not dismissed, in order, those without a place at the end.
---@param board mistral.review.Board
---@return mistral.review.Record[]
function Findings:listed(board)
  local placed, rest = {}, {}
  for _, file in ipairs(self:files_of(board)) do
    for _, record in ipairs(in_order(file)) do
      local list = record:listed_at() and placed or rest
      if record.finding.state ~= "dismissed" then
        list[#list + 1] = record
      end
    end
  end
  for _, record in ipairs(rest) do
    placed[#placed + 1] = record
  end
  return placed
end

-- For everybody ----------------------------------------------------------------------------------

---@return mistral.review.Record[]
function Findings:all()
  local all = {}
  for _, board in ipairs(self.boards) do
    for _, file in ipairs(self:files_of(board)) do
      for _, record in ipairs(in_order(file)) do
        all[#all + 1] = record
      end
    end
  end
  return all
end

--- The newest with this id.
---@param id any
---@return mistral.review.Record|nil
function Findings:find(id)
  local found
  for _, record in ipairs(self:all()) do
    if record.finding.id == id then
      found = record
    end
  end
  return found
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

--- Those that stand on a row now, the shortest first.
---@param buffer integer
---@param row integer
---@return mistral.review.Record[]
function Findings:at(buffer, row)
  local found, size = {}, {}
  local file = self.loaded[buffer]
  for i, record in ipairs(file and file.records or {}) do
    local first, last = record:place()
    if first and first <= row and row <= last and record:is_open() then
      found[#found + 1] = record
      size[record] = last - first + i / 1e6
    end
  end
  table.sort(found, function(a, b)
    return size[a] < size[b]
  end)
  return found
end

function Findings:refresh()
  for _, file in pairs(self.files) do
    file:changed(true)
  end
end

--- Takes everything off, lists too; nothing of it is kept.
function Findings:clear()
  for _, file in pairs(self.files) do
    self:remove(file)
  end
  for _, board in ipairs(self.boards) do
    board.list:clear()
  end
  self.boards, self.dismissed, self.walked = {}, {}, nil
  self:stop_listening()
end

--- Ends it with the editor: lists stay, as lists do.
function Findings:close()
  for _, file in pairs(self.files) do
    self:remove(file)
  end
  self.boards, self.dismissed, self.walked = {}, {}, nil
  self.slices:close()
  self:stop_listening()
end

return M
