--- A budget per day and per month (UTC), in US dollars or in tokens. What was spent is in the
--- ledger, so that all processes count; what is under way in this one is set aside meanwhile.
local dates = require "mistral.money.dates"
local errors = require "mistral.errors"

local M = {}

---@class mistral.BudgetOptions
---@field day? number
---@field month? number
---@field unit? "usd"|"tokens" "usd" unless told; prices are in US dollars, so no other money

---@class mistral.Budget
local Budget = {}
Budget.__index = Budget

local FIELDS = { day = "number", month = "number", unit = "string" }
local PERIODS = { "day", "month" }
local WARN_AT = 0.8

--- What is wrong with a budget that somebody wrote.
---@param limits mistral.BudgetOptions
---@return string? message
function M.problem(limits)
  for name, value in pairs(limits) do
    if not FIELDS[name] then
      return ("`budget` has no `%s`: it may say day, month and unit"):format(tostring(name))
    end
    if type(value) ~= FIELDS[name] or value ~= value or FIELDS[name] == "number" and value < 0 then
      return ("`budget.%s` should be a %s, and not below 0"):format(name, FIELDS[name])
    end
  end
  if limits.unit ~= nil and limits.unit ~= "usd" and limits.unit ~= "tokens" then
    return '`budget.unit` should be "usd" or "tokens"'
  end
end

--- The refusal of a model of unknown price, under a budget in money.
---@param model string
---@return mistral.Error
function M.no_price(model)
  return errors.new("budget", ("the price of %s is unknown here, and the budget is in US dollars")
    :format(model), {
    hint = ('give prices = { ["%s"] = { input =, output = } } in US dollars per million tokens, or '
      .. 'a budget with unit = "tokens"'):format(model),
  })
end

---@param limits mistral.BudgetOptions
---@param ledger mistral.Ledger
---@param notify fun(sentence: string)
---@return mistral.Budget
function M.new(limits, ledger, notify)
  return setmetatable({
    limits = limits,
    unit = limits.unit or "usd",
    ledger = ledger,
    notify = notify,
    offset = 0,
    spent = { day = 0, month = 0 },
    unwritten = { day = 0, month = 0 }, -- spent here, and the ledger could not be told
    reserved = 0,
    warned = {},
  }, Budget)
end

-- What was spent --------------------------------------------------------------------------------

local function number(value)
  return type(value) == "number" and value or 0
end

--- What a record counts for. One of unknown cost counts for nothing in money.
---@param record mistral.Record
---@return number
function Budget:amount(record)
  if self.unit == "usd" then return number(record.cost) end
  return number(record.tokens_in) + number(record.tokens_out)
end

-- A new day begins at nothing; so does a new month, in a new file. A clock that was put back finds
-- what that day has spent in the file, as far as it was read already.
function Budget:turn(day, month)
  if self.month ~= month or day < self.day then
    self.month, self.offset = month, 0
    self.spent.month, self.unwritten.month = 0, 0
    self.spent.day = 0
  end
  if self.day ~= day then
    self.day = day
    self.spent.day, self.unwritten.day = 0, 0
  end
end

function Budget:count(record)
  local amount = self:amount(record)
  self.spent.month = self.spent.month + amount
  if dates.day(record.time) == self.day then self.spent.day = self.spent.day + amount end
end

function Budget:begin(now)
  self:turn(dates.day(now), dates.month(now))
  self.each = self.each or function(record) self:count(record) end
end

local MUCH = 128 * 1024 -- bytes; read and summed up in a millisecond or two

--- Whether so much was added to the ledger that it is better read in steps.
---@param now string ISO
---@return boolean
function Budget:is_behind(now)
  self:begin(now)
  return self.ledger:size(self.month) - self.offset > MUCH
end

local function one_block() return false end

--- Read a little of what has been added to the ledger.
---@param now string ISO
---@return boolean more whether there may be more; refresh() finds what is left
function Budget:step(now)
  self:begin(now)
  local before = self.offset
  local offset, _, shrunk = self.ledger:read(self.month, before, self.each, one_block)
  if shrunk then return false end
  self.offset = offset
  return offset > before
end

--- Read what has been added to the ledger since. Cheap when that is nothing.
---@param now string ISO
function Budget:refresh(now)
  self:begin(now)
  local offset, _, shrunk = self.ledger:read(self.month, self.offset, self.each)
  self.offset = offset
  if not shrunk then return end
  self.spent.day, self.spent.month = 0, 0 -- somebody cleared it: what it says now is what counts
  self.offset = self.ledger:read(self.month, 0, self.each)
end

function Budget:so_far(period)
  return self.spent[period] + self.unwritten[period]
end

-- Saying so -------------------------------------------------------------------------------------

function Budget:show(amount)
  if self.unit == "tokens" then return ("%.0f tokens"):format(amount) end
  return ("%s USD"):format((amount >= 1 and "%.2f" or "%.4g"):format(amount))
end

local PERIOD_NAMES = { day = "today's", month = "this month's" }

function Budget:warn()
  for _, period in ipairs(PERIODS) do
    local limit, spent = self.limits[period], self:so_far(period)
    if limit and limit > 0 and spent >= WARN_AT * limit and self.warned[period] ~= self[period] then
      self.warned[period] = self[period]
      self.notify(("%s of %s budget of %s are spent (%.0f %%)"):format(self:show(spent),
        PERIOD_NAMES[period], self:show(limit), 100 * spent / limit))
    end
  end
end

-- What is said to whoever asks for more than is left.
function Budget:shortage(period)
  local aside = self.reserved > 0
    and (" and %s set aside for what is under way"):format(self:show(self.reserved)) or ""
  return ("%s budget is %s, with %s spent%s"):format(PERIOD_NAMES[period],
    self:show(self.limits[period]), self:show(self:so_far(period)), aside)
end

-- Spending --------------------------------------------------------------------------------------

--- What is left, and in which period there is least of it.
---@return number amount
---@return "day"|"month" period
function Budget:left()
  local least, scarce = math.huge, "day"
  for _, period in ipairs(PERIODS) do
    local limit = self.limits[period]
    local left = limit and limit - self:so_far(period) - self.reserved
    if left and left < least then least, scarce = left, period end
  end
  return least, scarce
end

--- Set an amount aside, if it fits; or as much as there is, if that is enough to begin with.
---@param amount number
---@param now string ISO
---@param enough? number the whole amount unless told
---@return number? reserved
---@return string? why not
function Budget:reserve(amount, now, enough)
  self:refresh(now)
  local left, scarce = self:left()
  if left < (enough or amount) then return nil, self:shortage(scarce) end
  local reserved = math.min(amount, left)
  self.reserved = self.reserved + reserved
  return reserved
end

--- What was set aside is free again.
---@param amount number
function Budget:release(amount)
  self.reserved = math.max(0, self.reserved - amount)
end

--- Something was spent; warns when it is much by now.
---@param record mistral.Record
---@param written boolean the ledger has it
function Budget:spent_on(record, written)
  self:refresh(record.time)
  if not written then
    for _, period in ipairs(PERIODS) do
      self.unwritten[period] = self.unwritten[period] + self:amount(record)
    end
  end
  self:warn()
end

return M
