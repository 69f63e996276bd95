--- A protected call in which one may wait: Lua 5.1's own pcall cannot be yielded across.

local M = {}

local function go_on(thread, ok, ...)
  if not ok then return false, debug.traceback(thread, tostring((...))) end
  if coroutine.status(thread) == "dead" then return true, ... end
  return go_on(thread, coroutine.resume(thread, coroutine.yield(...)))
end

---@param work fun(...)
---@return boolean ok, any result_or_traceback
function M.call(work, ...)
  local thread = coroutine.create(work)
  return go_on(thread, coroutine.resume(thread, ...))
end

return M
