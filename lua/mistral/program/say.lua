--- What the program tells whoever started it, beside what it was asked for: on standard error, and how
--- far it is only where somebody sees a terminal.
local text = require "mistral.text"

local M = {}

---@class mistral.program.Say
---@field quiet boolean
---@field terminal boolean
---@field shown boolean a line about progress stands there
local Say = {}
Say.__index = Say

local function is_terminal(descriptor)
  local native = require "mistral.native"
  local result = native.run({ "test", "-t", tostring(descriptor) }, { stderr = false })
  return result ~= nil and result.code == 0
end

---@param quiet boolean
---@return mistral.program.Say
function M.new(quiet)
  return setmetatable({
    quiet = quiet, terminal = not quiet and is_terminal(2), shown = false,
  }, Say)
end

--- Take back what was said of progress.
function Say:clear()
  if not self.shown then return end
  self.shown = false
  io.stderr:write "\r\27[K"
end

--- How far it is.
---@param progress { done: integer, total: integer, findings: integer }
function Say:progress(progress)
  if not self.terminal then return end
  local line = "\r\27[Kreviewing: %d of %d requests, %d finding%s"
  io.stderr:write(line:format(progress.done, progress.total, progress.findings,
    progress.findings == 1 and "" or "s"))
  io.stderr:flush()
  self.shown = true
end

--- Something worth knowing.
---@param sentence string
function Say:note(sentence)
  if self.quiet then return end
  self:fail(sentence)
end

--- Something that has to be known.
---@param sentence string
function Say:fail(sentence)
  self:clear()
  io.stderr:write("mistral: ", text.line(sentence, 1000), "\n")
end

--- A question to somebody at the terminal.
---@param question string
---@return boolean? yes nil where there is nobody
function Say:ask(question)
  if not self.terminal or not is_terminal(0) then return nil end
  self:clear()
  io.stderr:write("mistral: ", text.line(question, 1000), " [y/N] ")
  io.stderr:flush()
  local answer = io.read "*l"
  return answer ~= nil and answer:match "^%s*[yY]" ~= nil
end

return M
