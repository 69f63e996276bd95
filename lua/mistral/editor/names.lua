--- Names of files as they are typed behind a command: a blank has a backslash before it, ~/ is the
--- home folder, and what is not absolute lies in the working directory.
local M = {}

--- Without the backslashes before its blanks.
---@param typed string
---@return string
function M.plain(typed)
  return (typed:gsub("\\(%s)", "%1"))
end

--- The path of a plain name.
---@param name string
---@param folder string the working directory
---@return string
function M.absolute(name, folder)
  local home = os.getenv("HOME")
  if name:sub(1, 2) == "~/" and home then
    return home .. name:sub(2)
  end
  return name:sub(1, 1) == "/" and name or folder .. "/" .. name
end

--- What may stand in place of what is typed of a name, for a command line's completion.
---@param host mistral.Host
---@param partial string
---@return string[]
function M.offer(host, partial)
  local found = {}
  for i, name in ipairs(host.file_names(M.plain(partial))) do
    found[i] = name:gsub("%s", "\\%0")
  end
  return found
end

return M
