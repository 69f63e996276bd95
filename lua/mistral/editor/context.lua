--- What stands around the cursor: what a completion is asked with, and what must still be so when
--- its answer is shown or taken.
local text = require("mistral.lines")

local M = {}

local BLOCK = 200 -- lines read at once

---@class mistral.Context
---@field host mistral.Host
---@field buffer integer
---@field row integer
---@field col integer
---@field left string the line before the cursor, when it was asked
---@field right string the line behind it
---@field above string[] lines above, as far as they are sent
---@field below string[]
---@field line_count integer
---@field tick integer the last one at which all this was so
local Context = {}
Context.__index = Context

--- Whole lines from `row` on in one direction, up to about `budget` bytes.
local function gather(host, buffer, row, step, budget, count)
  local lines = {}
  while budget > 0 and row >= 1 and row <= count do
    local last = math.max(1, math.min(count, row + step * (BLOCK - 1)))
    local block = host.lines(buffer, math.min(row, last), math.max(row, last))
    for i = 1, #block do
      local line = block[step > 0 and i or #block + 1 - i]
      budget = budget - #line - 1
      if budget < 0 then
        return lines
      end
      lines[#lines + 1] = line
    end
    row = last + step
  end
  return lines
end

local function reversed(lines)
  local out = {}
  for i = #lines, 1, -1 do
    out[#out + 1] = lines[i]
  end
  return out
end

--- Reads it at the cursor.
---@param host mistral.Host
---@param options mistral.Options.Complete
---@return mistral.Context
function M.read(host, options)
  local buffer, row, col = host.buffer(), host.cursor()
  local line = host.lines(buffer, row, row)[1]
  local count = host.line_count(buffer)
  local left, right = line:sub(1, col), line:sub(col + 1)
  local before = options.prefix_bytes - #left
  local behind = options.suffix_bytes - #right
  return setmetatable({
    host = host,
    buffer = buffer,
    row = row,
    col = col,
    left = left,
    right = right,
    above = reversed(gather(host, buffer, row - 1, -1, before, count)),
    below = gather(host, buffer, row + 1, 1, behind, count),
    line_count = count,
    tick = host.tick(buffer),
    options = options,
  }, Context)
end

local function last_bytes(s, n)
  local from = math.max(1, #s - n + 1)
  while from > 1 and s:find("^[\128-\191]", from) do
    from = from + 1
  end
  return s:sub(from)
end

local function first_bytes(s, n)
  local to = math.min(#s, n)
  while to > 0 and to < #s and s:find("^[\128-\191]", to + 1) do
    to = to - 1
  end
  return s:sub(1, to)
end

--- What is sent: only a line that alone is over the budget is cut within.
---@return string prefix, string suffix
function Context:sent()
  local above, below = text.code_lines(self.above), text.code_lines(self.below)
  above[#above + 1] = text.code_line(last_bytes(self.left, self.options.prefix_bytes))
  table.insert(below, 1, text.code_line(first_bytes(self.right, self.options.suffix_bytes)))
  return table.concat(above, "\n"), table.concat(below, "\n")
end

local function equal(a, b)
  if #a ~= #b then
    return false
  end
  for i = 1, #a do
    if a[i] ~= b[i] then
      return false
    end
  end
  return true
end

function Context:surroundings_hold()
  local host, row = self.host, self.row
  return host.line_count(self.buffer) == self.line_count
    and equal(self.above, host.lines(self.buffer, row - #self.above, row - 1))
    and equal(self.below, host.lines(self.buffer, row + 1, row + #self.below))
end

--- What was typed at the cursor since, when nothing else has changed and it is still there; nil
--- when an answer would not fit any more.
---@return string|nil
function Context:typed()
  local host = self.host
  if host.buffer() ~= self.buffer or not host.inserting() then
    return nil
  end
  local row, col = host.cursor()
  if row ~= self.row or col < self.col then
    return nil
  end
  local line = host.lines(self.buffer, row, row)[1]
  if line:sub(1, self.col) ~= self.left or line:sub(col + 1) ~= self.right then
    return nil
  end
  local tick = host.tick(self.buffer)
  if tick ~= self.tick then
    if not self:surroundings_hold() then
      return nil
    end
    self.tick = tick
  end
  return line:sub(self.col + 1, col)
end

return M
