--- One file of a review: the buffer it is loaded in, if any, and its findings there.
local lines_of = require("mistral.lines")
local place = require("mistral.review.place")
local records = require("mistral.editor.review.record")

local M = {}

---@class mistral.review.File
---@field host mistral.Host
---@field key string its path; for a buffer without one, something of its own
---@field path string absolute, or ""
---@field board mistral.review.Board
---@field buffer? integer where it is loaded
---@field records mistral.review.Record[] in the order they came
---@field private on_change fun(file: mistral.review.File, listed: boolean)
---@field private now? mistral.review.Text
---@field private now_tick? integer
local File = {}
File.__index = File

--- What a file is known by.
---@param path string absolute, or ""
---@param buffer? integer
---@return string
function M.key(path, buffer)
  return path ~= "" and path or "buffer " .. tostring(buffer)
end

---@param host mistral.Host
---@param board mistral.review.Board
---@param key string
---@param path string
---@param on_change fun(file: mistral.review.File, listed: boolean) something about it is to be
---  drawn anew; in the list, too, if `listed`
---@return mistral.review.File
function M.new(host, board, key, path, on_change)
  return setmetatable({
    host = host,
    board = board,
    key = key,
    path = path,
    records = {},
    on_change = on_change,
  }, File)
end

---@param listed? boolean whether the list has to follow
function File:changed(listed)
  self.on_change(self, listed or false)
end

--- The whole text of its buffer as it is now, read once for each change.
---@return mistral.review.Text
function File:text()
  local tick = self.host.tick(self.buffer)
  if tick ~= self.now_tick or not self.now then
    local lines = self.host.lines(self.buffer, 1, self.host.line_count(self.buffer))
    self.now, self.now_tick = place.text(lines_of.code_lines(lines)), tick
  end
  return self.now
end

--- Lets go of the text; whoever asks again reads it again.
function File:forget_text()
  self.now = nil
end

---@param finding mistral.Finding
---@param code? mistral.review.Text the whole text that was reviewed; none: as for records.new
---@return mistral.review.Record
function File:add(finding, code)
  local record = records.new(finding, self, self.board, code)
  self.records[#self.records + 1] = record
  if self.buffer then
    record:attach(self.buffer)
  end
  self:changed()
  return record
end

--- Its findings get their places in this buffer.
---@param buffer integer
function File:attach(buffer)
  self.buffer = buffer
  for _, record in ipairs(self.records) do
    record:attach(buffer)
  end
  self:changed(#self.records > 0)
end

--- Its buffer goes, or its findings do.
function File:detach()
  local buffer = self.buffer
  self.buffer, self.now = nil, nil
  for _, record in ipairs(self.records) do
    record:detach()
  end
  if buffer and #self.records > 0 then
    self.host.findings(buffer, {}, false)
  end
end

local function shown_of(record, first, last)
  local finding = record.finding
  return {
    id = finding.id,
    first = first,
    last = last,
    severity = finding.severity,
    category = finding.category,
    title = finding.title,
    detail = finding.detail,
  }
end

--- What stands on the lines of its buffer now.
---@return mistral.host.Shown[]
function File:shown()
  local shown = {}
  for _, record in ipairs(self.records) do
    local first, last = record:place()
    if first and record:is_open() then
      shown[#shown + 1] = shown_of(record, first, last)
    end
  end
  return shown
end

--- Draws its findings anew, if anything about them is another than was drawn.
function File:draw()
  if self.buffer and self.host.valid(self.buffer) then
    self.host.findings(self.buffer, self:shown(), self.board.options.virtual_text)
    self:forget_text()
  end
end

return M
