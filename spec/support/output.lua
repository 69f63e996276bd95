---What a command says, on either channel.
---@param command string for the shell
---@return string
return function(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "*a"
  pipe:close()
  return text
end
