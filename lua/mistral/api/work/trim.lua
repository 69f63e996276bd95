--- What of a conversation still fits a model: whole turns go, the oldest first. What the system says
--- at the beginning stays, and so does the last turn with all its tool calls.
local estimate = require "mistral.money.estimate"

local M = {}

--- The tokens that these fields of a request take, as a guess.
---@param params table
---@return integer
function M.weigh(params)
  return estimate.likely(estimate.prompt(params))
end

-- How many messages at the beginning are the system's.
local function head_of(messages)
  local count = 0
  while messages[count + 1] and messages[count + 1].role == "system" do count = count + 1 end
  return count
end

-- Where each turn begins: with the user, and all that follows belongs to it.
local function turns_of(messages, first)
  local starts = {}
  for index = first, #messages do
    local before = messages[index - 1]
    local begins = messages[index].role == "user" and not (before and before.role == "user")
    if index == first or begins then starts[#starts + 1] = index end
  end
  return starts
end

local function weights_of(messages)
  local weights, sum = {}, 0
  for index, message in ipairs(messages) do
    weights[index] = M.weigh { messages = { message } }
    sum = sum + weights[index]
  end
  return weights, sum
end

-- The first message that stays, so that the rest weighs no more than `budget`.
local function first_kept(starts, weights, sum, budget)
  local turn = 1
  while sum > budget and starts[turn + 1] do
    for index = starts[turn], starts[turn + 1] - 1 do
      sum = sum - weights[index]
    end
    turn = turn + 1
  end
  return starts[turn]
end

--- The messages without the oldest turns, where they would weigh more than `budget` tokens.
---@param messages table[] in order
---@param budget number tokens
---@return table[] messages the same list when all stay
---@return integer left_out how many messages
function M.to(messages, budget)
  local head = head_of(messages)
  local starts = turns_of(messages, head + 1)
  local weights, sum = weights_of(messages)
  if sum <= budget or #starts < 2 then return messages, 0 end
  local first = first_kept(starts, weights, sum, budget)
  local out = {}
  for index, message in ipairs(messages) do
    if index <= head or index >= first then out[#out + 1] = message end
  end
  return out, #messages - #out
end

return M
