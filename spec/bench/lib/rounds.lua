--- Asks several workers the same thing in turn, so that noise hits all of them alike.

local M = {}

---@class bench.Subject
---@field name string
---@field ask fun(round: integer): table

---@param count integer
---@param subjects bench.Subject[]
---@param shift integer how much later each round begins in the list
---@return table<string, table[]> answers by name, in order
local function run(count, subjects, shift)
  local answers = {}
  for _, subject in ipairs(subjects) do
    answers[subject.name] = {}
  end
  for round = 1, count do
    for i = 1, #subjects do
      local subject = subjects[(i - 1 + (round - 1) * shift) % #subjects + 1]
      table.insert(answers[subject.name], subject.ask(round))
    end
  end
  return answers
end

--- Each round another one goes first: nobody always runs behind the same neighbour.
---@param count integer
---@param subjects bench.Subject[]
---@return table<string, table[]> answers by name, in order
function M.run(count, subjects)
  return run(count, subjects, 1)
end

--- The same from first to last each round, for subjects that need the one before them.
---@param count integer
---@param subjects bench.Subject[]
---@return table<string, table[]> answers by name, in order
function M.in_order(count, subjects)
  return run(count, subjects, 0)
end

return M
