--- What was used and what it cost, summed up from the ledger.
local dates = require "mistral.money.dates"

local M = {}

---@class mistral.UsageRow
---@field key string the model, day, provider or kind
---@field requests integer
---@field failed integer those that did not end well, cancelled ones among them
---@field tokens_in number the cached ones among them
---@field tokens_cached number
---@field tokens_out number
---@field cost? number US dollars, of the requests whose cost is known; nil when none is
---@field unknown integer requests whose cost is unknown

---@class mistral.Usage: { [integer]: mistral.UsageRow } most requests first; days in order
---@field total mistral.UsageRow
---@field since string ISO date and time from which on was counted
---@field skipped integer lines of the ledger that could not be read

---@class mistral.UsageParams
---@field since? number|string seconds back, a time as of os.time(), "today", "month" (the default), "all", or an ISO date; UTC
---@field by? "model"|"day"|"provider"|"kind" "model" unless told

local KEYS = {
  model = function(record) return record.model or "no model" end,
  day = function(record) return dates.day(record.time) end,
  provider = function(record) return record.provider or "no provider" end,
  kind = function(record) return record.kind or "no kind" end,
}

local MOST_MONTHS = 120
local MOST_ROWS = 1000
local OTHER = "(other)"
local FIRST_TIME = 1e9 -- seconds: what is larger is no span but a point in time, after 2001

local function number(value)
  return type(value) == "number" and value or 0
end

local function new_row(key)
  return {
    key = key, requests = 0, failed = 0, unknown = 0,
    tokens_in = 0, tokens_cached = 0, tokens_out = 0,
  }
end

local function add(row, record)
  local requests = type(record.requests) == "number" and record.requests or 1
  row.requests = row.requests + requests
  if record.outcome ~= "done" then row.failed = row.failed + requests end
  row.tokens_in = row.tokens_in + number(record.tokens_in)
  row.tokens_cached = row.tokens_cached + number(record.tokens_cached)
  row.tokens_out = row.tokens_out + number(record.tokens_out)
  if type(record.cost) == "number" then
    row.cost = (row.cost or 0) + record.cost
  else
    row.unknown = row.unknown + requests
  end
end

local NAMED = {
  today = function(now) return dates.day(dates.iso(now)) .. "T00:00:00Z" end,
  month = function(now) return dates.month(dates.iso(now)) .. "-01T00:00:00Z" end,
  all = function() return "1970-01-01T00:00:00Z" end,
}

--- From when on, as ISO; or nil for what says no time.
---@param since number|string|nil
---@param now number
---@return string?
function M.start(since, now)
  if since == nil then since = "month" end
  if NAMED[since] then return NAMED[since](now) end
  if type(since) == "number" and since >= 0 and since <= now then
    return dates.iso(since >= FIRST_TIME and since or now - since)
  end
  local time = type(since) == "string" and dates.parse(since)
  return time and dates.iso(time) or nil
end

local function order(by)
  return function(a, b)
    if by ~= "day" and a.requests ~= b.requests then return a.requests > b.requests end
    return a.key < b.key
  end
end

local function collector(by, start)
  local rows, by_key, total = {}, {}, new_row "total"
  local key_of = KEYS[by]
  local function row_of(record)
    local key = tostring(key_of(record))
    if not by_key[key] and #rows >= MOST_ROWS then key = OTHER end
    if not by_key[key] then
      by_key[key] = new_row(key)
      rows[#rows + 1] = by_key[key]
    end
    return by_key[key]
  end
  return rows, total, function(record)
    if record.time < start then return end
    add(row_of(record), record)
    add(total, record)
  end
end

--- Raise on what it does not know.
---@param params mistral.UsageParams
---@param now number
---@param level integer of the caller to blame, as for error()
function M.check(params, now, level)
  for name in pairs(params) do
    if name ~= "since" and name ~= "by" then
      error(("client:usage has no `%s`: it may say since and by"):format(tostring(name)), level + 1)
    end
  end
  if params.by ~= nil and not KEYS[params.by] then
    error('client:usage: `by` should be "model", "day", "provider" or "kind"', level + 1)
  end
  if not M.start(params.since, now) then
    error('client:usage: `since` should be seconds, "today", "month", "all" or a date like '
      .. "2026-11-01, and not lie ahead", level + 1)
  end
end

--- Sum the ledger up. Raises on what it does not know.
---@param ledger mistral.Ledger
---@param params? mistral.UsageParams
---@param now number seconds since 1970
---@param breathe? fun(): boolean for whoever may not read all at once; false: that is enough
---@return mistral.Usage
function M.read(ledger, params, now, breathe)
  params = params or {}
  M.check(params, now, 3)
  local start, by = assert(M.start(params.since, now)), params.by or "model"
  local rows, total, each = collector(by, start)
  local skipped, last = 0, dates.month(dates.iso(now))
  for _, month in ipairs(dates.months(dates.month(start), last, MOST_MONTHS)) do
    local _, bad = ledger:read(month, 0, each, breathe)
    skipped = skipped + bad
  end
  table.sort(rows, order(by))
  rows.total, rows.since, rows.skipped = total, start, skipped
  return rows
end

return M
