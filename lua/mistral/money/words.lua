--- Sums of money in sentences, the same everywhere.
local M = {}

--- "1.20 USD"; below a cent, the two digits that say something: "0.0012 USD".
---@param amount number US dollars
---@return string
function M.usd(amount)
  if amount <= 0 then return "0 USD" end
  if amount >= 0.01 then return ("%.2f USD"):format(amount) end
  local places = math.min(math.floor(-math.log(amount) / math.log(10)) + 2, 15)
  local digits = ("%." .. places .. "f"):format(amount):gsub("0+$", "")
  return digits .. " USD"
end

return M
