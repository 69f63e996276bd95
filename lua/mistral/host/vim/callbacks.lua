--- Lua functions that Vim calls by number: for autocommands, channels and jobs, whose handles Lua
--- cannot hold.
local M = {}

local functions = {}
local last = 0

--- Keeps a function; returns its number.
---@param fn function
---@return integer
function M.add(fn)
  last = last + 1
  functions[last] = fn
  return last
end

---@param id integer
function M.remove(id)
  functions[id] = nil
end

--- Runs one, if it is still kept.
---@param id integer
---@param argument any
---@return any
function M.run(id, argument)
  local fn = functions[id]
  if fn then
    return fn(argument)
  end
end

--- A Vim expression that runs it with what the Vim expression `argument` yields.
---@param id integer
---@param argument? string
---@return string
function M.expression(id, argument)
  return ("luaeval('require(\"mistral.host.vim.callbacks\").run(%d, _A)', %s)"):format(
    id, argument or "0"
  )
end

return M
