--- A file's name as its user would have typed it from the working directory: what a buffer is made
--- with is what its status line shows from then on.

---@param call fun(name: string, ...): any calls a function of the editor
---@param path string absolute
---@return string
return function(call, path)
  local name = call("fnamemodify", path, ":.")
  return name:sub(1, 1) == "~" and path or name
end
