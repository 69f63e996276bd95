--- A draft as it comes, shown where it will stand and not in the text yet: so its coming disturbs
--- nobody, and what is put in at the end is one undo step.
local message = require("mistral.editor.commit.message")

local M = {}

local FRAME_MS = 60
local MOST_LINES = 60

---@class mistral.commit.Ghost
---@field host mistral.Host
---@field buffer integer
local Ghost = {}
Ghost.__index = Ghost

---@param host mistral.Host
---@param buffer integer
---@return mistral.commit.Ghost
function M.new(host, buffer)
  local self = setmetatable({ host = host, buffer = buffer, said = {} }, Ghost)
  self.off = host.on({ "InsertEnter" }, buffer, function()
    self:hide()
  end)
  return self
end

function Ghost:hide()
  if self.shown then
    self.shown.remove()
    self.shown = nil
  end
end

-- Only where nothing stands and nobody types: it would cover that.
local function has_room(self)
  local host = self.host
  if not host.valid(self.buffer) or host.inserting() and host.buffer() == self.buffer then
    return false
  end
  return not (host.lines(self.buffer, 1, 1)[1] or ""):find("%S")
end

--- Shows these lines in place of what was shown.
---@param lines string[]
function Ghost:show(lines)
  self:hide()
  if lines[1] and has_room(self) then
    self.shown = self.host.ghost(self.buffer, 1, 0, lines)
  end
end

local function first_of(lines)
  local out = {}
  for index = 1, math.min(#lines, MOST_LINES) do
    out[index] = lines[index]
  end
  return out
end

--- All that has been said.
---@return string
function Ghost:text()
  return table.concat(self.said)
end

--- Some more of the answer; it is shown with the next frame.
---@param text string
function Ghost:say(text)
  self.said[#self.said + 1] = text
  self.stop_timer = self.stop_timer or self.host.timer(FRAME_MS, function()
    self.stop_timer = nil
    self:show(first_of(message.lines(self:text())))
  end)
end

--- Takes it away; safe to call again.
function Ghost:close()
  if self.stop_timer then
    self.stop_timer()
    self.stop_timer = nil
  end
  self:hide()
  self.off()
end

return M
