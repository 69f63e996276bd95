--- From how a request ended to its line in the ledger.
local dates = require "mistral.money.dates"
local prices = require "mistral.money.prices"

local M = {}

---@class mistral.Ended how a request ended
---@field outcome "done"|"failed"|"cancelled"
---@field code? string of the error
---@field sent? boolean something of it has left
---@field usage? table as the answer has it
---@field duration_ms? number
---@field status? integer

-- A request that was refused, or never arrived, is not paid. One that was cancelled before its
-- answer began is taken to be, since the service had its prompt.
local function was_paid(said, how)
  if not said.priced then return false end
  if how.outcome == "done" or said.answered > 0 then return true end
  if how.status and how.status >= 300 then return false end
  return said.heard or how.outcome == "cancelled" and how.sent == true
end

-- Whether one is paid that went out and was never answered, nobody knows.
local function is_in_doubt(said, how)
  return said.priced and how.code == "timeout" and how.sent == true and not how.status
end

-- An answer that was cut short does not say what it took, so that is estimated.
local function counts_of(said, how)
  local counts = prices.counts(how.usage)
  if counts.tokens_in or counts.pages or counts.seconds then return counts, nil end
  if said.counts.pages or said.counts.seconds then return counts, nil end
  return {
    tokens_in = said.prompt_tokens, tokens_cached = 0, tokens_out = math.ceil(said.answered),
  }, true
end

local function add_counts(record, said, how)
  local counts, estimated = counts_of(said, how)
  record.tokens_in, record.tokens_out = counts.tokens_in, counts.tokens_out
  record.tokens_cached = counts.tokens_in and counts.tokens_cached
  record.estimated = estimated
  record.cost = prices.amount(counts, said.price)
end

--- The line of a request.
---@param call mistral.Call with its estimate
---@param provider string
---@param how mistral.Ended
---@param now number seconds since 1970
---@return mistral.Record
function M.of(call, provider, how, now)
  local said, model = call.estimate, call.params.model
  local record = {
    time = dates.iso(now),
    model = type(model) == "string" and model or nil,
    provider = provider,
    kind = call.kind,
    duration_ms = how.duration_ms or (now - said.started) * 1000,
    outcome = how.outcome,
    code = how.code,
  }
  if was_paid(said, how) then
    add_counts(record, said, how)
  elseif not is_in_doubt(said, how) then
    record.cost = 0
  end
  return record
end

return M
