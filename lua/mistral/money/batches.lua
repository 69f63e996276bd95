--- The money of batches: many requests at half price in one job, whose results come hours later,
--- perhaps to another process than the one that asked.
local budgets = require "mistral.money.budget"
local dates = require "mistral.money.dates"
local errors = require "mistral.errors"
local estimate = require "mistral.money.estimate"
local prices = require "mistral.money.prices"

local M = {}

---@param account mistral.Account
---@param site mistral.Site
---@param body table the fields of one request
---@param model? string of the whole job
---@return number? amount in the budget's unit, at most
---@return mistral.Error? err
local function amount_of(account, site, body, model)
  model = model or body.model
  local counts = estimate.counts(body, estimate.prompt(body))
  if account.budget.unit == "tokens" then return counts.tokens_in + counts.tokens_out end
  local amount = model and prices.amount(counts, account.known:price(model, site), true)
  if amount then return amount end
  return nil, budgets.no_price(model or "a model that is not named")
end

--- Whether the budget has room for a whole job. Nothing is set aside for it: its cost is in the
--- ledger once its results are here.
---@param account mistral.Account
---@param site mistral.Site
---@param bodies table[] the fields of each request
---@param model? string of the whole job
---@return mistral.Error? err
function M.check(account, site, bodies, model)
  if not account.budget then return nil end
  local sum = 0
  for _, body in ipairs(bodies) do
    local amount, err = amount_of(account, site, body, model)
    if err then return err end
    sum = sum + amount
  end
  local reserved, why = account.budget:reserve(sum, account:now())
  if not reserved then
    local wanted = account.budget:show(sum)
    return errors.new("budget", ("this batch may take %s: %s"):format(wanted, why))
  end
  account.budget:release(reserved)
end

local MONTHS = 6 -- that results are looked for in the books: a job takes a week at most

-- When a job was made is the server's word.
local function first_month(job, now)
  local made = job.created_at
  local likely = type(made) == "number" and made > 0 and made <= now and made or now
  return dates.month(dates.iso(likely))
end

-- Results can be fetched again and again; they were paid once.
local function is_recorded(account, job)
  local now, found = account.clock(), false
  local last = dates.month(dates.iso(now))
  for _, month in ipairs(dates.months(first_month(job, now), last, MONTHS)) do
    account.ledger:read(month, 0, function(record)
      found = found or record.job == job.id
    end)
  end
  return found
end

local function add(sum, value)
  return value and (sum or 0) + value or sum
end

local function new_record(account, job, model)
  return {
    time = account:now(), model = model, provider = account.provider, kind = "batch",
    job = job.id, requests = 0, outcome = "done", cost = 0,
  }
end

-- Answers of unknown cost make the sum unknown.
local function add_answer(record, counts, price)
  local cost = prices.amount(counts, price, true)
  record.requests = record.requests + 1
  record.tokens_in = add(record.tokens_in, counts.tokens_in)
  record.tokens_cached = add(record.tokens_cached, counts.tokens_in and counts.tokens_cached)
  record.tokens_out = add(record.tokens_out, counts.tokens_out)
  record.cost = record.cost and cost and record.cost + cost
end

---@class mistral.BatchBooks
---@field add fun(reply: table) one of the results; nothing of it is held
---@field write fun() when there are no more: a line in the ledger for each model, once for each job

--- The books of a job whose results are here.
---@param account mistral.Account
---@param site mistral.Site
---@param job { id: string, created_at?: number, model?: string }
---@return mistral.BatchBooks
function M.books(account, site, job)
  local list, by_model = {}, {}
  local function add_reply(reply)
    local model = job.model or reply.model
    local name = type(model) == "string" and model or "?"
    local record = by_model[name]
    if not record then
      record = new_record(account, job, name ~= "?" and name or nil)
      by_model[name], list[#list + 1] = record, record
    end
    local counts = prices.counts(reply.usage or reply.usage_info)
    add_answer(record, counts, name ~= "?" and account.known:price(name, site) or nil)
  end
  local function write()
    if not account.ledger or #list == 0 or is_recorded(account, job) then return end
    for _, record in ipairs(list) do account:write(record) end
  end
  return { add = add_reply, write = write }
end

return M
