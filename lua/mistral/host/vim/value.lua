--- Values between Vim and its Lua: tables are not converted by themselves either way.
local M = {}

local LIST = {}
local unpack = rawget(_G, "unpack") or rawget(table, "unpack")

--- Marks a table as a list, also when it is empty.
---@generic T: table
---@param items T
---@return T
function M.list(items)
  return setmetatable(items, LIST)
end

--- Lines as Vim takes them: it keeps a NUL within a line as a line feed.
---@param lines string[]
---@return string[]
function M.lines(lines)
  local out = {}
  for i, line in ipairs(lines) do
    out[i] = line:gsub("%z", "\n")
  end
  return M.list(out)
end

--- A Lua value as Vim takes it. A string ends at its first NUL there.
---@param value any
---@return any
function M.to_vim(value)
  if type(value) ~= "table" then
    return value
  end
  local is_list = getmetatable(value) == LIST or value[1] ~= nil
  local out = is_list and vim.list() or vim.dict()
  if is_list then
    for _, item in ipairs(value) do
      out:add(M.to_vim(item))
    end
  else
    for key, item in pairs(value) do
      out[key] = M.to_vim(item)
    end
  end
  return out
end

--- A Vim value as plain Lua.
---@param value any
---@return any
function M.to_lua(value)
  local kind = vim.type(value)
  if kind ~= "list" and kind ~= "dict" then
    return value
  end
  local out = {}
  if kind == "list" then
    for item in value() do
      out[#out + 1] = M.to_lua(item)
    end
  else
    for key, item in value() do
      out[key] = M.to_lua(item)
    end
  end
  return out
end

--- Calls a built-in function.
---@param name string
---@return any
function M.call(name, ...)
  local count = select("#", ...)
  local arguments = { ... }
  for i = 1, count do
    arguments[i] = M.to_vim(arguments[i])
  end
  return M.to_lua(vim.fn[name](unpack(arguments, 1, count)))
end

--- A Lua string as a Vim expression. A line feed would end the command that it stands in.
---@param text string
---@return string
function M.quote(text)
  return "'" .. text:gsub("'", "''"):gsub("\n", [['.."\n"..']]) .. "'"
end

return M
