--- Lines of a buffer and what may take their place, cut into hunks that are taken one by one. The
--- lines are marked, so that they are found while the text around them is edited; once one of them
--- is another, nothing of it fits any more and nothing is put in.
local diff = require("mistral.diff")

local M = {}

---@class mistral.edit.Proposal
---@field host mistral.Host
---@field buffer integer
---@field name string of the buffer, for people
---@field old string[] the lines as they were
---@field new? string[]
---@field hunks mistral.diff.Hunk[] places in `old` and `new`
---@field private mark mistral.host.Mark
local Proposal = {}
Proposal.__index = Proposal

---@class mistral.edit.Stretch
---@field buffer integer
---@field name string of the buffer, for people
---@field first integer
---@field last integer

--- Marks these lines and remembers them.
---@param host mistral.Host
---@param stretch mistral.edit.Stretch
---@return mistral.edit.Proposal
function M.new(host, stretch)
  return setmetatable({
    host = host,
    buffer = stretch.buffer,
    name = stretch.name,
    old = host.lines(stretch.buffer, stretch.first, stretch.last),
    mark = host.mark(stretch.buffer, stretch.first, stretch.last),
    hunks = {},
  }, Proposal)
end

--- What may take their place.
---@param new string[]
function Proposal:offer(new)
  self.new, self.hunks = new, diff.hunks(self.old, new)
end

local function equal(a, b)
  for i = 1, math.max(#a, #b) do
    if a[i] ~= b[i] then
      return false
    end
  end
  return true
end

--- Where the lines are now, if each of them is what it was; nil and a sentence.
---@return integer|nil first, integer|string last or the sentence
function Proposal:stands()
  local host = self.host
  if not host.valid(self.buffer) then
    return nil, self.name .. " is not loaded any more"
  end
  local first, last = self.mark.range()
  if not first or not equal(host.lines(self.buffer, first, last), self.old) then
    return nil, ("the code in %s was changed meanwhile"):format(self.name)
  end
  return first, last
end

--- The new lines of a hunk.
local function new_lines(self, hunk)
  local lines = {}
  for i = 1, hunk.new_count do
    lines[i] = self.new[hunk.new_first + i - 1]
  end
  return lines
end

--- What to put where for the hunks that are wanted, added to `parts`; nil and a sentence when the
--- lines are not what they were.
local function add_parts(self, parts, wanted)
  local first, message = self:stands()
  if not first then
    return nil, message
  end
  for i, hunk in ipairs(self.hunks) do
    if not wanted or wanted(i) then
      local row = first + hunk.first - 1
      local lines = new_lines(self, hunk)
      parts[#parts + 1] = { first = row, last = row + hunk.count - 1, lines = lines }
    end
  end
  return parts
end

--- Puts in several proposals for one buffer that have no line in common, in one undo step; all of
--- them or nothing. Hunk by hunk, so that what is marked between them stays where it is.
---@param list mistral.edit.Proposal[]
---@param wanted? fun(index: integer): boolean? which hunks; all unless told
---@return integer|nil count of hunks put in
---@return string|nil message
function M.apply(list, wanted)
  local parts = {}
  for _, proposal in ipairs(list) do
    local added, message = add_parts(proposal, parts, wanted)
    if not added then
      return nil, message
    end
  end
  if not parts[1] then
    return 0
  end
  local one = list[1]
  local done, message = one.host.replace_parts(one.buffer, parts)
  if not done then
    return nil, ("%s: %s"):format(one.name, message)
  end
  return #parts
end

--- Puts in the hunks that are wanted.
---@param wanted? fun(index: integer): boolean? all unless told
---@return integer|nil count of hunks put in
---@return string|nil message
function Proposal:apply(wanted)
  return M.apply({ self }, wanted)
end

--- Takes the mark away; safe to call again.
function Proposal:close()
  self.mark.remove()
end

return M
