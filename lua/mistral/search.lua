--- Where compiled modules and codecs are looked for: everywhere that Lua looks, except in the
--- current folder. In an editor that is whatever project somebody opened, and a file in it called
--- cjson.lua or mistral_core.so must not run for that alone.
local M = {}

local function is_current_folder(template)
  return template:find("^%?") ~= nil or template:find("^%.[/\\]+%?") ~= nil
end

--- The templates of package.path or package.cpath, without those of the current folder.
---@param path string
---@return string[]
function M.templates(path)
  local kept = {}
  for template in path:gmatch("[^;]+") do
    if not is_current_folder(template) then kept[#kept + 1] = template end
  end
  return kept
end

--- As `require`, found elsewhere than in the current folder; nil when there is none.
---@param name string
---@return any module
function M.require(name)
  local path, cpath = package.path, package.cpath
  package.path = table.concat(M.templates(path), ";")
  package.cpath = table.concat(M.templates(cpath), ";")
  local found, module = pcall(require, name)
  package.path, package.cpath = path, cpath
  return found and module or nil
end

return M
