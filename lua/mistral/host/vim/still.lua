--- To change a buffer that no window shows, Vim opens one of its own for a moment. Other windows get
--- smaller and larger again by that, and one whose cursor is at its end forgets what it showed, unless
--- 'splitkeep' says otherwise.
local M = {}

local OPENS = {
  bufload = true, setbufvar = true, setbufline = true, appendbufline = true, deletebufline = true,
}

local function finish(before, ok, ...)
  vim.command("noautocmd let &splitkeep = '" .. before .. "'")
  if not ok then
    error((...), 0)
  end
  return ...
end

--- The same function with other windows left as they are.
---@param call fun(name: string, ...): any
---@return fun(name: string, ...): any
function M.wrap(call)
  return function(name, ...)
    local buffer = ...
    if not OPENS[name] or vim.fn.bufwinid(buffer) ~= -1 then
      return call(name, ...)
    end
    local before = vim.eval("&splitkeep")
    vim.command("noautocmd let &splitkeep = 'screen'")
    return finish(before, pcall(call, name, ...))
  end
end

return M
