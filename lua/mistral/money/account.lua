--- A client's money: what a request may take is checked before it is sent, what it took is written
--- down when it has ended. One for each client.
local budgets = require "mistral.money.budget"
local dates = require "mistral.money.dates"
local errors = require "mistral.errors"
local estimate = require "mistral.money.estimate"
local known = require "mistral.money.known"
local last_word = require "mistral.money.last_word"
local ledgers = require "mistral.money.ledger"
local plans = require "mistral.money.plan"
local prices = require "mistral.money.prices"
local records = require "mistral.money.record"

local M = {}

---@class mistral.AccountOptions
---@field provider string its name
---@field notify fun(sentence: string)
---@field prices? mistral.Prices
---@field ledger? boolean|string false: none; a string: its folder
---@field budget? mistral.BudgetOptions
---@field plan? string|mistral.Plan.Limits
---@field clock? fun(): number seconds since 1970
---@field append? function as mistral.native's

---@class mistral.Estimate of one request
---@field prompt_tokens integer likely
---@field max_tokens? integer
---@field cost? number US dollars, at most; nil: unknown
---@field package priced boolean it is of a kind that costs something
---@field package counts mistral.Counts at most
---@field package price? mistral.Price
---@field package answered number tokens of the answer so far, estimated
---@field package heard boolean an answer has begun
---@field package started number
---@field package over? boolean it has ended
---@field package reserved? number in the budget's unit
---@field package covered? number tokens of answer that this is enough for

---@class mistral.Account
local Account = {}
Account.__index = Account

-- What is still open when a script ends without close() has been answered in part, and is paid.
local function write_open(self)
  for call in pairs(self.open) do
    self:ended(call, { outcome = "cancelled", code = "cancelled" })
  end
end

---@param options mistral.AccountOptions
---@return mistral.Account
function M.new(options)
  local self = setmetatable({
    provider = options.provider,
    known = known.new(options.provider, options.prices),
    plan = options.plan,
    rates = plans.rates(options.plan),
    notify = options.notify,
    clock = options.clock or os.time,
    noticed = {},
    open = {}, -- calls that were admitted and have not ended
  }, Account)
  self.guard = last_word.guard(function() write_open(self) end)
  if options.ledger ~= false then
    local folder = type(options.ledger) == "string" and options.ledger or nil
    self.ledger = ledgers.new { folder = folder, append = options.append }
  end
  if options.budget then
    self.budget = budgets.new(options.budget, self.ledger, options.notify)
  end
  return self
end

--- What is wrong with the options of a client, as far as money goes.
---@param options mistral.ClientOptions
---@return string? message
function M.problem(options)
  local message = options.budget and budgets.problem(options.budget)
    or options.prices and prices.problem(options.prices)
    or options.plan and plans.problem(options.plan)
  if not message and options.budget and options.ledger == false then
    message = "`budget` is counted by the ledger: it cannot be had with ledger = false"
  end
  return message or nil
end

function Account:now()
  return dates.iso(self.clock())
end

function Account:notice_once(name, sentence)
  if not sentence or self.noticed[name] then return end
  self.noticed[name] = true
  self.notify(sentence)
end

-- Before it is sent -----------------------------------------------------------------------------

-- Lists and files cost nothing, and a batch only once its requests are answered.
local function is_priced(call)
  return call.params.model ~= nil and call.endpoint.method == "POST"
    and not call.kind:find("^batch")
end

local function too_long(model, params, prompt, context)
  if not context or params.input or params.document then return nil end
  local max_tokens = tonumber(params.max_tokens) or 0
  local low = estimate.overflow(prompt, max_tokens, context)
  if not low then return nil end
  local wanted = max_tokens > 0 and (", and max_tokens is %.0f"):format(max_tokens) or ""
  local message = ("%s has %.0f tokens for prompt and answer: this prompt takes at least %.0f%s")
    :format(model, context, low, wanted)
  return errors.new("context_too_long", message)
end

function Account:estimated(call, prompt, price)
  local counts = estimate.counts(call.params, prompt)
  return {
    prompt_tokens = estimate.likely(prompt),
    max_tokens = tonumber(call.params.max_tokens),
    cost = prices.amount(counts, price),
    priced = is_priced(call),
    counts = counts,
    price = price,
    answered = 0,
    heard = false,
    started = self.clock(),
  }
end

-- What would be refused by the service is refused here, where it costs nothing.
function Account:check(call, site)
  local model = call.params.model
  if type(model) ~= "string" or call.endpoint.method ~= "POST" then
    return { priced = false, answered = 0, started = self.clock() }
  end
  local today = dates.day(self:now())
  local err = self.known:refusal(model, site, today)
  if err then return nil, err end
  local prompt = estimate.prompt(call.params)
  err = too_long(model, call.params, prompt, self.known:context(model))
  if err then return nil, err end
  self:notice_once("ending " .. model, self.known:ending(model, today))
  return self:estimated(call, prompt, self.known:price(model, site))
end

function Account:in_unit(counts, price)
  if self.budget.unit == "usd" then return prices.amount(counts, price) end
  return counts.tokens_in + counts.tokens_out
end

local ONE_MORE = { tokens_in = 0, tokens_cached = 0, tokens_out = 1 }

-- A stream of no stated length can be stopped when nothing is left, so it may begin with less.
function Account:reserve(call, said)
  local amount = self:in_unit(said.counts, said.price)
  if not amount then return budgets.no_price(call.params.model) end
  local open = call.streamed and not said.max_tokens
  said.each = self:in_unit(ONE_MORE, said.price) or 0
  local enough = open and amount - said.each * (said.counts.tokens_out - 1) or amount
  local reserved, why = self.budget:reserve(amount, self:now(), enough)
  if not reserved then
    local wanted = self.budget:show(amount)
    if not (said.max_tokens or said.counts.seconds) and said.counts.tokens_out > 0 then
      wanted = ("%s, as it has no max_tokens and %.0f are assumed"):format(wanted,
        said.counts.tokens_out)
    end
    return errors.new("budget", ("this request may take %s: %s"):format(wanted, why))
  end
  said.reserved = reserved
  said.covered = said.each > 0 and said.counts.tokens_out - (amount - reserved) / said.each
    or math.huge
end

--- Whether admit() would read so much of the ledger first that an editor should not wait for it.
---@param call mistral.Call
---@return boolean
function Account:is_behind(call)
  return self.budget ~= nil and is_priced(call) and self.budget:is_behind(self:now())
end

--- Reads the ledger in steps.
---@param later fun(fn: fun()) an editor's: when it had its turn
---@param done fun()
function Account:catch_up(later, done)
  local function step()
    if self.budget:step(self:now()) then return later(step) end
    done()
  end
  later(step)
end

--- Whether a request may be sent. Its `estimate` is set, and `ended` has to follow.
---@param call mistral.Call
---@param site mistral.Site
---@return mistral.Error? err
function Account:admit(call, site)
  local said, err = self:check(call, site)
  if err then return err end
  if self.budget and said.priced then err = self:reserve(call, said) end
  if err then return err end
  call.estimate = said
  self.open[call] = true
end

-- What an answer of unstated length is taken to have, when the lane's tokens are counted.
local LIKELY_ANSWER = 512
local MOST_TOKENS = 1e9 -- the transport takes no more

--- How fast a request's lane may go, and what it will take of its tokens.
---@param call mistral.Call
---@return mistral.Pace
function Account:lane(call)
  local said, rates = call.estimate, self.rates
  local tokens = said and said.prompt_tokens
    and said.prompt_tokens + math.min(said.counts.tokens_out, said.max_tokens or LIKELY_ANSWER)
  return {
    rate = rates.rate,
    tokens_minute = rates.tokens_minute,
    in_flight = rates.in_flight,
    firm = type(self.plan) == "table" or nil,
    tokens = tokens and math.ceil(math.min(tokens, MOST_TOKENS)) or nil,
  }
end

-- While it is answered --------------------------------------------------------------------------

local DEPRECATION = "x-model-deprecation-timestamp"

--- An answer has begun: what its headers say of limits, and of the model's end.
---@param call mistral.Call
---@param headers table<string, string>
function Account:heard(call, headers)
  if call.estimate and next(headers) then call.estimate.heard = true end
  plans.correct(self.rates, self.plan, headers)
  local date, model = headers[DEPRECATION], call.params.model
  if not date or type(model) ~= "string" then return end
  -- Only what looks like a date is repeated: a header may hold anything.
  local shown = #date <= 40 and date:find("^[%d%-:.TZ+ ]+$") and " on " .. date or ""
  local sentence = self.known:ending(model, dates.day(self:now()))
  self:notice_once("ending " .. model, sentence
    or ("the service says that the model %s goes away%s"):format(model, shown))
end

local STEP = 256 -- tokens that are set aside at a time when an answer outgrows its estimate
local ROUGH = 2 -- by as much a piece may be taken for more tokens than it is

-- An answer whose length was stated has all of it set aside: what seems to be more is a wrong guess,
-- up to a point.
local function may_be_whole(call, said)
  return tonumber(call.params.max_tokens) and said.answered <= ROUGH * said.counts.tokens_out
end

--- A piece of an answer: an error once the budget has nothing left for more.
---@param call mistral.Call
---@param delta mistral.Delta
---@return mistral.Error? err
function Account:delta(call, delta)
  local said = call.estimate
  if not said then return nil end
  said.answered = said.answered + estimate.piece(delta)
  if not said.covered or said.answered <= said.covered then return nil end
  local more, why = self.budget:reserve(STEP * said.each, self:now(), said.each)
  if not more and not may_be_whole(call, said) then
    return errors.new("budget", ("the answer was stopped after about %.0f tokens: %s")
      :format(said.answered, why))
  end
  if not more then return nil end
  said.reserved, said.covered = said.reserved + more, said.covered + more / said.each
end

-- When it has ended -----------------------------------------------------------------------------

--- A request that was admitted has ended: it is written down, and what was set aside is free. Only
--- the first end of a request counts.
---@param call mistral.Call
---@param how mistral.Ended
---@return mistral.Record? record what was written down
function Account:ended(call, how)
  local said = call.estimate
  if not said or said.over then return end
  said.over = true
  self.open[call] = nil
  if self.budget then self.budget:release(said.reserved or 0) end
  local record = records.of(call, self.provider, how, self.clock())
  self:write(record)
  return record
end

--- Write a record down, and let the budget know.
---@param record mistral.Record
function Account:write(record)
  local written, message
  if self.ledger then written, message = self.ledger:append(record) end
  self:notice_once("ledger", message and "the ledger cannot be written: " .. message)
  if self.budget then self.budget:spent_on(record, written == true) end
end

--- Take in a list of models as client:models() returns it.
---@param models mistral.Model[]
function Account:learn(models)
  self.known:learn(models)
end

local NO_LEDGER = "this client keeps no ledger, so nobody knows what was used: it was made with "
  .. "ledger = false"

--- What was used and what it cost, from the ledger; not anybody else's, where this client has none.
---@param params? mistral.UsageParams
---@return mistral.Usage? usage
---@param breathe? fun(): boolean
---@return mistral.Error? err
function Account:usage(params, breathe)
  if not self.ledger then return nil, errors.new("refused", NO_LEDGER) end
  return require("mistral.money.usage").read(self.ledger, params, self.clock(), breathe)
end

return M
