--- Which rows a replacement truly changes: rows that stay as they are keep their marks, and so do
--- rows that are rewritten in place.

local function same_head(old, new)
  local most, n = math.min(#old, #new), 0
  while n < most and old[n + 1] == new[n + 1] do
    n = n + 1
  end
  return n
end

local function same_tail(old, new, head)
  local most, n = math.min(#old, #new) - head, 0
  while n < most and old[#old - n] == new[#new - n] do
    n = n + 1
  end
  return n
end

---@class mistral.host.Change
---@field first integer row of the first line that differs
---@field rewritten string[] what the rows from there become
---@field removed integer rows below those that go
---@field added string[] what comes below those instead

--- What to do to the rows from `first` on, which are `old` now, so that they are `new`.
---@param first integer
---@param old string[]
---@param new string[]
---@return mistral.host.Change|nil change nil when they are the same
return function(first, old, new)
  local head = same_head(old, new)
  local tail = same_tail(old, new, head)
  local before, after = #old - head - tail, #new - head - tail
  if before + after == 0 then
    return nil
  end
  local change = { first = first + head, rewritten = {}, added = {} }
  for i = 1, after do
    local into = i <= before and change.rewritten or change.added
    into[#into + 1] = new[head + i]
  end
  change.removed = before - #change.rewritten
  return change
end
