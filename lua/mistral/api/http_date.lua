--- The dates of HTTP headers: "Sun, 06 Nov 1994 08:49:37 GMT".
local M = {}

local MONTHS = {
  Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6,
  Jul = 7, Aug = 8, Sep = 9, Oct = 10, Nov = 11, Dec = 12,
}

-- Days since 1970-01-01. Years begin in March here, so that the leap day comes last.
local function days(year, month, day)
  if month <= 2 then year, month = year - 1, month + 12 end
  local of_year = math.floor((153 * (month - 3) + 2) / 5) + day - 1
  local leaps = math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
  return 365 * year + leaps + of_year - 719468
end

--- Seconds since 1970, or nil when it is no such date.
---@param date string
---@return number?
function M.parse(date)
  local day, name, year, hour, minute, second =
    date:match "^%a+, (%d%d) (%a%a%a) (%d%d%d%d) (%d%d):(%d%d):(%d%d) GMT$"
  local month = MONTHS[name]
  if not month then return nil end
  local date_days = days(tonumber(year), month, tonumber(day))
  return ((date_days * 24 + tonumber(hour)) * 60 + tonumber(minute)) * 60 + tonumber(second)
end

return M
