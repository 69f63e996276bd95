--- Dates as the ledger writes them: ISO 8601, always UTC, so that they sort as text and mean the
--- same to every process.
local M = {}

local DAY_S = 24 * 60 * 60

--- "2026-11-22T19:12:43Z"
---@param time number seconds since 1970
---@return string
function M.iso(time)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(time))
end

--- Days from 1970-01-01 to a day of the Gregorian calendar, by counting years from March on.
local function days(year, month, day)
  if month <= 2 then year = year - 1 end
  local shifted = (month + 9) % 12
  local leaps = math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
  return year * 365 + leaps + math.floor((shifted * 306 + 5) / 10) + day - 1 - 719468
end

local function is_date(year, month, day)
  return year >= 1970 and month >= 1 and month <= 12 and day >= 1 and day <= 31
end

local function seconds_of(clock)
  if clock == "" then return 0 end
  local hour, minute, second = clock:match("^T(%d%d):(%d%d):?(%d*)[%d.]*Z?$")
  if not hour then return nil end
  hour, minute, second = tonumber(hour), tonumber(minute), tonumber(second) or 0
  if hour > 23 or minute > 59 or second > 60 then return nil end
  return hour * 3600 + minute * 60 + second
end

--- Read "2026-11-22", or that with "T19:12Z" or "T19:12:43Z" behind it; UTC.
---@param text string
---@return number? time seconds since 1970; nil when it is no date
function M.parse(text)
  local year, month, day, clock = text:match("^(%d%d%d%d)%-(%d%d)%-(%d%d)(.*)$")
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  local seconds = clock and seconds_of(clock)
  if not seconds or not is_date(year, month, day) then return nil end
  return days(year, month, day) * DAY_S + seconds
end

--- "2026-11-22" of "2026-11-22T19:12:43Z".
---@param iso string
---@return string
function M.day(iso)
  return iso:sub(1, 10)
end

--- "2026-11" of "2026-11-22T19:12:43Z".
---@param iso string
---@return string
function M.month(iso)
  return iso:sub(1, 7)
end

--- The months from one to another, both included, oldest first; no more than the last `most`.
---@param first string "2026-09"
---@param last string "2026-11"
---@param most integer
---@return string[]
function M.months(first, last, most)
  local list, year, month = {}, tonumber(last:sub(1, 4)), tonumber(last:sub(6, 7))
  local name = last
  while name >= first and #list < most do
    table.insert(list, 1, name)
    month = month - 1
    if month == 0 then year, month = year - 1, 12 end
    name = ("%04d-%02d"):format(year, month)
  end
  return list
end

return M
