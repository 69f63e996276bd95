-- What all prices come to.
local function total(prices)
  local sum = 0
  for _, price in ipairs(prices) do
    
  end
  return sum
end

print(total { 1, 2, 3 })
