-- Points package.path and package.cpath at this tree, for whichever Lua runs. Every runner loads it
-- first: run.lua inside a host, or `busted --helper=spec/support/helper.lua` by hand.
-- MISTRAL_BUILD names another build folder, build/asan say.

local function root_folder()
  local here = debug.getinfo(1, "S").source:match("^@(.-)/?spec/support/helper%.lua$") or ""
  if here:sub(1, 1) == "/" then return here end
  local current = require("lfs").currentdir()
  return here == "" and current or current .. "/" .. here
end

local function abi() return (_VERSION:match("%d+%.%d+")) end

local function absolute(root, path) return path:sub(1, 1) == "/" and path or root .. "/" .. path end

-- Prepend once, so that loading this file twice changes nothing.
local function prepend(list, path)
  if (";" .. list .. ";"):find(";" .. path .. ";", 1, true) then return list end
  return path .. ";" .. list
end

local root = root_folder()
local build = absolute(root, os.getenv("MISTRAL_BUILD") or "build")

package.path = prepend(package.path, root .. "/lua/?/init.lua")
package.path = prepend(package.path, root .. "/lua/?.lua")
package.path = prepend(package.path, root .. "/?.lua")
package.cpath = prepend(package.cpath, build .. "/lua" .. abi() .. "/?.so")

-- As the doors do, since specs come in by the windows.
require("mistral.compiler").tame()

-- In Neovim the codec that the plugin uses there; host/nvim/init.lua says why.
local editor = rawget(_G, "vim")
if editor and editor.api then require("mistral.json").use(editor.json) end

return { root = root, build = build, abi = abi() }
