--- Makes one list of what several requests found: what two of them say of the same place is one
--- finding, and a file has no more than so many.
local M = {}

-- In all files together: memory and the reader's patience have an end.
M.MOST = 1000

local RANK = { error = 4, warning = 3, info = 2, hint = 1 }
local ALIKE = 0.5

---@class mistral.review.Merger
---@field findings mistral.Finding[]
---@field merged integer
---@field capped integer
local Merger = {}
Merger.__index = Merger

---@param max_findings integer of each file
---@return mistral.review.Merger
function M.new(max_findings)
  return setmetatable({
    most = max_findings, findings = {}, by_path = {}, merged = 0, capped = 0,
  }, Merger)
end

local function words_of(title)
  local words, count = {}, 0
  for word in title:lower():gmatch("[%w_\128-\255]+") do
    if #word > 2 and not words[word] then
      words[word], count = true, count + 1
    end
  end
  return words, count
end

--- Whether two titles have most of their words in common.
---@param one string
---@param other string
---@return boolean
function M.alike(one, other)
  if one == other then
    return true
  end
  local these, n = words_of(one)
  local those, m = words_of(other)
  local common = 0
  for word in pairs(these) do
    common = common + (those[word] and 1 or 0)
  end
  return n + m > 0 and common / (n + m - common) >= ALIKE
end

local function overlap(one, other)
  if not one.first or not other.first then
    return not one.first and not other.first
  end
  return one.first <= other.last and other.first <= one.last
end

-- One answer says two things of one line when it means two; two answers may have different words for
-- one.
local function same(one, other)
  if not overlap(one, other) then
    return false
  end
  if M.alike(one.title, other.title) then
    return one.first ~= nil or one.quote == other.quote
  end
  return one.piece ~= other.piece and one.first ~= nil and one.first == other.first
    and one.category == other.category
end

-- The one that is kept takes over what is graver and surer, and a fix that it has not.
local function take_over(kept, other)
  if RANK[other.severity] > RANK[kept.severity] then
    kept.severity = other.severity
  end
  kept.confidence = math.max(kept.confidence, other.confidence)
  kept.fix = kept.fix or other.fix
end

--- Take a finding in. It may turn out to be one that is there already, which then grows graver and
--- surer where the other is.
---@param finding mistral.Finding its `piece` tells which answer it is from
---@return "new"|"merged"|"capped"
function Merger:add(finding)
  local list = self.by_path[finding.path] or {}
  for _, other in ipairs(list) do
    if same(other, finding) then
      take_over(other, finding)
      self.merged = self.merged + 1
      return "merged"
    end
  end
  if #list >= self.most or #self.findings >= M.MOST then
    self.capped = self.capped + 1
    return "capped"
  end
  self.by_path[finding.path] = list
  list[#list + 1] = finding
  self.findings[#self.findings + 1] = finding
  finding.id = #self.findings
  return "new"
end

return M
