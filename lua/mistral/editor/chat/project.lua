--- Which project a conversation belongs to, and which files are a part of it.
local disk = require("mistral.api.disk")

local M = {}

local DEEPEST = 64

-- A path with its . and .. resolved as far as names go; nil when it leads above the top.
local function plain(path)
  local parts = {}
  for part in path:gmatch("[^/]+") do
    if part == ".." then
      if #parts == 0 then
        return nil
      end
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return "/" .. table.concat(parts, "/")
end

--- The folder of the project: the nearest one above the working directory that git works in, or the
--- working directory itself.
---@param host mistral.Host
---@return string absolute, without a slash at its end
function M.folder(host)
  local here = host.real_path(host.folder())
  local folder = here
  for _ = 1, DEEPEST do
    if folder == "" then
      break
    end
    if disk.exists(folder .. "/.git") then
      return folder
    end
    folder = folder:match("^(.*)/[^/]*$") or ""
  end
  return here
end

local function is_below(path, folder)
  return path:sub(1, #folder + 1) == folder .. "/"
end

--- Where a file of the project is; nil and a reason when the name leads out of it, be it by .. or by
--- a symbolic link.
---@param host mistral.Host
---@param folder string the project's
---@param name string relative to it, or absolute
---@return string|nil path absolute, with all links followed
---@return string|nil reason
function M.file(host, folder, name)
  local outside = ("it is outside of the project %s; open it and say @buffer"):format(folder)
  local path = plain(name:sub(1, 1) == "/" and name or folder .. "/" .. name)
  if not path or not is_below(path, folder) then
    return nil, outside
  end
  local real = host.real_path(path)
  if not is_below(real, folder) then
    return nil, outside
  end
  return real
end

--- The name of a file as the project calls it.
---@param folder string
---@param path string absolute
---@return string
function M.name(folder, path)
  return is_below(path, folder) and path:sub(#folder + 2) or path
end

return M
