--- Cuts bytes into lines, however they were cut on the way. What is not yet a line is kept in pieces,
--- so that one long line costs no more than its length, and no line may grow past the limit.
local M = {}

---@class mistral.Lines
---@field private pieces string[]
---@field private size integer
local Lines = {}
Lines.__index = Lines

local LIMIT_BYTES = 16 * 1024 * 1024

---@param limit? integer most bytes of one line
---@return mistral.Lines
function M.new(limit)
  return setmetatable({ pieces = {}, size = 0, limit = limit or LIMIT_BYTES }, Lines)
end

local function keep(self, piece)
  self.size = self.size + #piece
  if self.size > self.limit then return false end
  if piece ~= "" then self.pieces[#self.pieces + 1] = piece end
  return true
end

--- What is left when nothing more comes; "" when the last line had its end.
---@return string
function Lines:rest()
  local line = table.concat(self.pieces)
  self.pieces, self.size = {}, 0
  return (line:gsub("\r$", ""))
end

--- The lines that these bytes complete; nil when one is longer than allowed.
---@param bytes string
---@return string[]? lines
function Lines:feed(bytes)
  local lines, from = {}, 1
  local at = bytes:find("\n", from, true)
  while at do
    if not keep(self, bytes:sub(from, at - 1)) then return nil end
    lines[#lines + 1] = self:rest()
    from = at + 1
    at = bytes:find("\n", from, true)
  end
  if not keep(self, bytes:sub(from)) then return nil end
  return lines
end

return M
