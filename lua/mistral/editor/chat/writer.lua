--- A model's words as they stream into a buffer: by frames, and at a place of their own that moves
--- with what the user edits around it. When that place is gone, nothing more is written.
local document = require("mistral.editor.chat.document")
local text = require("mistral.lines")

local M = {}

local FRAME_MS = 30
local LONGEST_HEADING = 200

---@class mistral.chat.Writer
---@field began boolean something has been written
---@field gone boolean the place for it is not there any more
---@field private host mistral.Host
---@field private buffer integer
---@field private headed boolean its first row is a heading, and has to stay one
---@field private on_gone fun()
local Writer = {}
Writer.__index = Writer

--- Begins to write behind a row.
---@param host mistral.Host
---@param buffer integer
---@param place { heading?: integer, row: integer } the heading above it, and the row to write in
---@param on_gone fun() called once, when the place turns out to be gone
---@return mistral.chat.Writer
function M.new(host, buffer, place, on_gone)
  local self = setmetatable({
    host = host, buffer = buffer, headed = place.heading ~= nil, on_gone = on_gone,
    waiting = {}, held = "", within = false, began = false, gone = false,
  }, Writer)
  self.mark = host.mark(buffer, place.heading or place.row, place.row)
  return self
end

--- The rows that are ours, the heading first if there is one; nil when they are gone.
---@return integer|nil first, integer|nil last
function Writer:place()
  if not self.mark or not self.host.valid(self.buffer) then
    return nil
  end
  local first, last = self.mark.range()
  if not first or not self.headed then
    return first, last
  end
  local heading = self.host.lines(self.buffer, first, first)[1]
  if last > first and document.role(heading) == "assistant" then
    return first, last
  end
end

-- What the user reads ------------------------------------------------------------------------------

local function may_be_heading(line)
  return line:find("^\\*$") or line:find("^\\*##?%s*$") or line:find("^\\*##%s+%a*%s*:?%s*$")
end

-- A line is known to be no heading of ours only once it has gone on, so its beginning waits here.
local function masked(self, said)
  local out, from = {}, 1
  said, self.held = self.held .. said, ""
  while true do
    local at = said:find("\n", from, true)
    local line = said:sub(from, (at or 0) - 1)
    if not at then
      if not self.within and #line < LONGEST_HEADING and may_be_heading(line) then
        self.held = line
      else
        out[#out + 1] = self.within and line or document.mask(line)
        self.within = true
      end
      return table.concat(out)
    end
    out[#out + 1] = (self.within and line or document.mask(line)) .. "\n"
    self.within, from = false, at + 1
  end
end

-- Writing ------------------------------------------------------------------------------------------

local function lose(self)
  if not self.gone then
    self.gone, self.waiting = true, {}
    self.on_gone()
  end
end

--- Writes what has come since the last frame, in one change.
function Writer:flush()
  if self.stop_timer then
    self.stop_timer()
    self.stop_timer = nil
  end
  if #self.waiting == 0 or self.gone then
    return
  end
  local first, last = self:place()
  if not first then
    return lose(self)
  end
  local said = table.concat(self.waiting)
  self.waiting, self.began = {}, true
  self:blank(false)
  local written
  written, last = pcall(self.host.append, self.buffer, said, last) -- it may not be changed any more
  if not written then
    return lose(self)
  end
  self.mark.remove()
  self.mark = self.host.mark(self.buffer, first, last)
end

local function queue(self, said)
  if said == "" or self.gone or not self.mark then
    return
  end
  self.waiting[#self.waiting + 1] = said
  if not self.stop_timer then
    self.stop_timer = self.host.timer(self.hurried and FRAME_MS or 0, function()
      self:flush()
    end)
    self.hurried = true
  end
end

--- Some more of the answer: at once if it is the first, else with the next frame.
---@param said string
function Writer:say(said)
  queue(self, masked(self, text.prose(said)))
end

--- Something of ours below the answer, which is at its end.
---@param said string
function Writer:add(said)
  self:rest()
  queue(self, said)
  self:flush()
end

--- What is left at the end of an answer.
function Writer:rest()
  local held = self.held
  self.held = ""
  queue(self, document.mask(held))
  self:flush()
end

--- Shows a word where the answer will be, as long as there is none.
---@param word string|false
function Writer:blank(word)
  if self.ghost then
    self.ghost.remove()
    self.ghost = nil
  end
  local _, last = self:place()
  if word and last and not self.began then
    local line = self.host.lines(self.buffer, last, last)[1]
    self.ghost = self.host.ghost(self.buffer, last, #line, { word })
  end
end

--- Drops what is not written yet.
function Writer:drop()
  self.waiting, self.held = {}, ""
end

--- Lets go of the place; safe to call again.
function Writer:close()
  self:blank(false)
  self:drop()
  if self.stop_timer then
    self.stop_timer()
    self.stop_timer = nil
  end
  if self.mark then
    self.mark.remove()
    self.mark = nil
  end
end

return M
