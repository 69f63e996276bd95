--- How fast the service lets a key go. The named plans are where to begin; what the service says in
--- its headers corrects them.
local M = {}

---@class mistral.Plan.Limits
---@field requests_per_second? number
---@field requests_per_minute? number
---@field tokens_per_minute? number
---@field in_flight? integer requests at once

-- The service publishes no such table. "experiment" is what free keys were told in early 2026, of
-- several observations the most common; "scale" is a careful start for a paid key.
local PLANS = {
  experiment = { requests_per_second = 1, tokens_per_minute = 50000, in_flight = 2 },
  scale = { requests_per_second = 5, tokens_per_minute = 2000000, in_flight = 16 },
}

local FIELDS = {
  requests_per_second = 10000, requests_per_minute = 600000, tokens_per_minute = 1e9,
  in_flight = 1000,
}

local function check_value(name, value)
  local most = FIELDS[name]
  if not most then
    return ("`plan` has no `%s`: it may say requests_per_second, requests_per_minute, "
      .. "tokens_per_minute and in_flight"):format(tostring(name))
  end
  if type(value) ~= "number" or not (value > 0 and value <= most) then
    return ("`plan.%s` should be a number above 0, and at most %.0f"):format(name, most)
  end
  if name == "in_flight" and value % 1 ~= 0 then
    return "`plan.in_flight` should be a whole number"
  end
end

--- What is wrong with a plan that somebody wrote.
---@param plan string|mistral.Plan.Limits
---@return string? message
function M.problem(plan)
  if type(plan) == "string" then
    return not PLANS[plan] and ('`plan` should be "experiment", "scale" or a table, got "%s"')
      :format(plan) or nil
  end
  for name, value in pairs(plan) do
    local message = check_value(name, value)
    if message then return message end
  end
end

local function least(one, other)
  if one and other then return math.min(one, other) end
  return one or other
end

local function whole(value)
  return value and math.max(1, math.floor(value))
end

---@class mistral.Rates what a lane keeps to; nil: no limit of that kind
---@field rate? number requests per second
---@field tokens_minute? number
---@field in_flight? integer

--- The rates of a plan.
---@param plan? string|mistral.Plan.Limits
---@return mistral.Rates
function M.rates(plan)
  local limits = PLANS[plan] or plan or {}
  local by_minute = limits.requests_per_minute and limits.requests_per_minute / 60
  return {
    rate = least(limits.requests_per_second, by_minute),
    tokens_minute = whole(limits.tokens_per_minute),
    in_flight = limits.in_flight,
  }
end

local function limit_in(headers, name)
  local value = tonumber(headers[name])
  return value and value > 0 and value < 1e12 and value or nil
end

--- Correct rates by an answer's headers. A named plan is a guess, so the service's word replaces it;
--- the caller's own numbers are an upper bound, which the service can only lower, and where he gave
--- none there is none. An allowance of nothing is left to the error that comes with it.
---@param rates mistral.Rates changed
---@param plan? string|mistral.Plan.Limits
---@param headers table<string, string>
function M.correct(rates, plan, headers)
  if not plan then return end
  local named = type(plan) == "string"
  local own = named and {} or M.rates(plan)
  local minute = limit_in(headers, "x-ratelimit-limit-req-minute")
  if minute and (named or own.rate) then rates.rate = least(own.rate, minute / 60) end
  local tokens = limit_in(headers, "x-ratelimit-limit-tokens-minute")
  if tokens and (named or own.tokens_minute) then
    rates.tokens_minute = least(own.tokens_minute, whole(tokens))
  end
end

return M
