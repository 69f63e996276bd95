--- What a request cost: the counts in an answer times the price of its model. What is not known is
--- nil, which is not the same as nothing to pay.
local catalogue = require "mistral.money.catalogue"

local M = {}

---@class mistral.Counts what an answer says was used; nil where it says nothing that can be true
---@field tokens_in? number the cached ones among them
---@field tokens_cached number
---@field tokens_out? number
---@field pages? number
---@field seconds? number of audio

---@alias mistral.Prices table<string, mistral.Price> by model; "*" is for every other model

local MILLION = 1e6
local CACHED_SHARE = 0.1 -- of the input price; so for all models, says the service
local BATCH_SHARE = 0.5
local MOST = 1e12 -- no honest count is larger

local function count(value)
  if type(value) ~= "number" or value ~= value or value < 0 or value > MOST then return nil end
  return value
end

local function cached_of(usage)
  local details = usage.prompt_tokens_details or usage.prompt_token_details
  local cached = type(details) == "table" and count(details.cached_tokens)
  return cached or count(usage.num_cached_tokens) or 0
end

--- Read an answer's `usage`, or the `usage_info` of a read document, whatever a server wrote there.
---@param usage any
---@return mistral.Counts
function M.counts(usage)
  if type(usage) ~= "table" then return { tokens_cached = 0 } end
  local tokens_in, tokens_out = count(usage.prompt_tokens), count(usage.completion_tokens)
  return {
    tokens_in = tokens_in,
    tokens_cached = math.min(cached_of(usage), tokens_in or 0),
    tokens_out = tokens_out or tokens_in and 0,
    pages = count(usage.pages_processed),
    seconds = count(usage.prompt_audio_seconds),
  }
end

--- The price of a model: what the caller says, else, when the catalogue's hold here, its own.
---@param model string?
---@param overrides? mistral.Prices
---@param listed? boolean false where the catalogue's prices do not hold
---@return mistral.Price?
function M.of(model, overrides, listed)
  if not model then return nil end
  local said = overrides and (overrides[model] or overrides["*"])
  if said or listed == false then return said end
  local card = catalogue.find(model)
  return card and card.price
end

local function is_free(price)
  local known = false
  for _, value in pairs(price) do
    if value ~= 0 then return false end
    known = true
  end
  return known
end

local function price_of_tokens(price, counts)
  if not counts.tokens_in then return nil end
  if counts.tokens_out > 0 and not price.output then return nil end
  local cached = price.cached or price.input * CACHED_SHARE
  return ((counts.tokens_in - counts.tokens_cached) * price.input + counts.tokens_cached * cached
    + counts.tokens_out * (price.output or 0)) / MILLION
end

--- What these counts come to at this price.
---@param counts mistral.Counts
---@param price mistral.Price?
---@param batch? boolean
---@return number? dollars nil: unknown
function M.amount(counts, price, batch)
  if not price then return nil end
  if is_free(price) then return 0 end
  local sum, known = 0, false
  local function add(part)
    if part then sum, known = sum + part, true end
    return part
  end
  if price.input and not add(price_of_tokens(price, counts)) then return nil end
  if price.page and not add(counts.pages and counts.pages * price.page) then return nil end
  local minutes = counts.seconds and counts.seconds / 60
  if price.minute and not add(minutes and minutes * price.minute) and not price.input then
    return nil
  end
  return known and sum * (batch and BATCH_SHARE or 1) or nil
end

--- What an answer cost in US dollars.
---@param usage table as the service sends it: `usage`, or the `usage_info` of a read document
---@param model string
---@param options? { prices?: mistral.Prices, batch?: boolean, listed?: boolean }
---@return number? dollars nil when the price is unknown, never 0 for that
function M.cost(usage, model, options)
  options = options or {}
  local price = M.of(model, options.prices, options.listed)
  return M.amount(M.counts(usage), price, options.batch)
end

local FIELDS = { input = true, cached = true, output = true, page = true, minute = true }

local function check_price(model, price)
  if type(price) ~= "table" then
    return ('`prices["%s"]` should be a table, got a %s'):format(model, type(price))
  end
  for name, value in pairs(price) do
    if not FIELDS[name] then
      return ('`prices["%s"]` has no `%s`: it may say input, cached, output, page and minute')
        :format(model, tostring(name))
    end
    if not count(value) then
      return ('`prices["%s"].%s` should be a number of US dollars'):format(model, name)
    end
  end
end

--- What is wrong with a table of prices that somebody wrote.
---@param prices table
---@return string? message
function M.problem(prices)
  for model, price in pairs(prices) do
    if type(model) ~= "string" then return "the keys of `prices` should be names of models" end
    local message = check_price(model, price)
    if message then return message end
  end
end

return M
