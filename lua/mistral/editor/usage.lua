--- :Mistral usage: what was used today and this month and what it cost, by model and by day, and what
--- is left of the budget. Read from the ledger in steps; nobody is asked.
local columns = require("mistral.editor.columns")

local M = {}

local BUFFER = "mistral://usage"
local BAR = 20
local NAME = 40 -- bytes of a model's name

local WANTED = {
  { name = "today", since = "today", by = "model" },
  { name = "month", since = "month", by = "model" },
  { name = "days", since = "month", by = "day" },
}

local function append(lines, more)
  for _, line in ipairs(more) do
    lines[#lines + 1] = line
  end
end

local function cost_of(row)
  if row.cost and row.unknown > 0 then
    return ("%s + %d unknown"):format(columns.money(row.cost), row.unknown)
  end
  return columns.money(row.cost)
end

-- Tables ----------------------------------------------------------------------------------------

local function tokens(row)
  return row.tokens_in + row.tokens_out
end

--- Bars compare costs, or tokens where no cost is known.
local function measure_of(usage)
  if (usage.total.cost or 0) > 0 then
    return function(row)
      return row.cost or 0
    end, "cost"
  end
  return tokens, "tokens"
end

local function rows_of(usage)
  local measure, what = measure_of(usage)
  local most, rows = 0, {}
  for _, row in ipairs(usage) do
    most = math.max(most, measure(row))
  end
  for i, row in ipairs(usage) do
    rows[i] = {
      "  " .. row.key:sub(1, NAME):gsub("[\128-\255]", "?"),
      columns.count(row.requests),
      row.failed > 0 and columns.count(row.failed) or "",
      columns.count(row.tokens_in),
      columns.count(row.tokens_out),
      cost_of(row),
      tail = columns.bar(most > 0 and measure(row) / most or 0, BAR),
    }
  end
  return rows, what
end

--- A heading, and the table, or that there is nothing.
local function section(title, key, usage)
  local total = usage.total
  if total.requests == 0 then
    return { title .. ": nothing", "" }
  end
  local rows, what = rows_of(usage)
  local lines = {
    ("%s: %s %s, %s tokens, USD %s"):format(title, columns.count(total.requests),
      total.requests == 1 and "request" or "requests",
      columns.count(tokens(total)), cost_of(total)),
  }
  append(lines, columns.lines({
    { title = "  " .. key },
    { title = "requests", right = true }, { title = "failed", right = true },
    { title = "tokens in", right = true }, { title = "tokens out", right = true },
    { title = "USD", right = true },
  }, rows))
  lines[2] = lines[2] .. "  (bars: " .. what .. ")"
  lines[#lines + 1] = ""
  return lines
end

-- Budget ----------------------------------------------------------------------------------------

local function amount(number, unit)
  return unit == "tokens" and columns.count(number) .. " tokens" or columns.money(number) .. " USD"
end

local function budget_line(name, limit, total, unit)
  local spent = unit == "tokens" and tokens(total) or total.cost or 0
  local left = math.max(0, limit - spent)
  local share = limit > 0 and spent / limit or 1
  return ("  %-10s  %s of %s spent, %s left  [%-" .. BAR .. "s] %.0f %%"):format(
    name, amount(spent, unit), amount(limit, unit), amount(left, unit),
    ("#"):rep(math.floor(math.min(share, 1) * BAR + 0.5)), 100 * share)
end

local function budget_lines(budget, read)
  local lines = {}
  if budget.day > 0 then
    lines[#lines + 1] = budget_line("today", budget.day, read.today.total, budget.unit)
  end
  if budget.month > 0 then
    lines[#lines + 1] = budget_line("this month", budget.month, read.month.total, budget.unit)
  end
  if #lines == 0 then
    return { "Budget: none is set; see :help mistral-lua-budget", "" }
  end
  table.insert(lines, 1, "Budget")
  if budget.unit == "usd" and read.month.total.unknown > 0 then
    lines[#lines + 1] = ("  %d requests of unknown price count for nothing here"):format(
      read.month.total.unknown)
  end
  lines[#lines + 1] = ""
  return lines
end

--- What the window says.
---@param read { today: mistral.Usage, month: mistral.Usage, days: mistral.Usage }
---@param budget { day: number, month: number, unit: string }
---@param day string ISO date, UTC
---@return string[]
function M.lines(read, budget, day)
  local title = "Usage on %s (UTC), from the ledger of all editors and scripts"
  local lines = { title:format(day), "" }
  append(lines, budget_lines(budget, read))
  append(lines, section("Today", "model", read.today))
  append(lines, section("This month", "model", read.month))
  append(lines, section("This month by day", "day", read.days))
  local skipped = read.month.skipped
  if skipped > 0 then
    append(lines, { ("%d lines of the ledger could not be read"):format(skipped), "" })
  end
  lines[#lines] = nil
  return lines
end

-- The window ------------------------------------------------------------------------------------

local function show(session, buffer, lines)
  if session.host.valid(buffer) then
    session.host.fill(buffer, lines)
  end
end

--- Reads one after the other, then calls `done`.
local function read_all(client, failed, done)
  local read, index = {}, 0
  local function next_one()
    index = index + 1
    local wanted = WANTED[index]
    if not wanted then
      return done(read)
    end
    client:usage({ since = wanted.since, by = wanted.by }, {
      on_done = function(usage)
        read[wanted.name] = usage
        next_one()
      end,
      on_error = failed,
    })
  end
  next_one()
end

--- Shows it, as soon as the ledger is read.
---@param session mistral.Session
---@param options mistral.Options
---@return true|nil, string|nil message
function M.start(session, options)
  local client, message = session:client(options)
  if not client then
    return nil, message
  end
  local buffer = session.host.split({
    name = BUFFER, filetype = "", position = "below", focus = true, wrap = false,
  })
  show(session, buffer, { "Reading the ledger ..." })
  read_all(client, function(err)
    show(session, buffer, { tostring(err) })
  end, function(read)
    show(session, buffer, M.lines(read, options.budget, os.date("!%Y-%m-%d")))
  end)
  return true
end

return M
