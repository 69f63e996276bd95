--- Something to be done when its owner goes without a word: a script that ends, or is stopped by
--- Ctrl-C, with requests under way.
local M = {}

-- A collector passes an error on in Lua 5.1, to whoever runs just then.
local function protected(fn)
  return function() pcall(fn) end
end

--- A value that calls `fn` when it is collected, at the latest when Lua closes.
---@param fn fun() may be called at any point of the program, so it leaves the user's functions alone
---@return any guard to be kept by what it belongs to
function M.guard(fn)
  local proxy = rawget(_G, "newproxy") -- Lua 5.1 and LuaJIT: tables have no __gc there
  if not proxy then return setmetatable({}, { __gc = protected(fn) }) end
  local guard = proxy(true)
  getmetatable(guard).__gc = protected(fn)
  return guard
end

return M
