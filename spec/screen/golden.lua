--- What a screen has to look like, kept as text in spec/screen/golden/. UPDATE_GOLDEN=1 writes those
--- files anew from what is there; they are looked at before they are committed.
local wait_for = require "spec.support.wait"

local M = {}

local FOLDER = "spec/screen/golden/"

--- What differs from run to run and from version to version: the names of temporary files, whether a
--- tab line ends in a cross, and whether the last command is still to be seen.
local function steady(screen)
  local lines = {}
  for line in (screen .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  lines[1] = lines[1]:gsub("%s+X$", "")
  if lines[#lines]:find("^:") then lines[#lines] = "" end
  return (table.concat(lines, "\n"):gsub("lua_%w%w%w%w%w%w", "accounting"):gsub("%s+$", "")) .. "\n"
end

local function stored(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read("*a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function settled(screen)
  local before
  return wait_for(function()
    local now = screen:screen()
    local same = now == before
    before = now
    return same and now
  end, "the screen never came to rest", nil, function() os.execute("sleep 0.2") end)
end

local function same(text) return text end

--- Waits until the screen is what is stored under this name.
---@param screen spec.Terminal
---@param name string of the file, without its end
---@param also? fun(text: string): string replaces what else differs from run to run
function M.check(screen, name, also)
  local path = FOLDER .. name .. ".txt"
  if os.getenv("UPDATE_GOLDEN") then
    return write(path, (also or same)(steady(settled(screen))))
  end
  local wanted = assert(stored(path), path .. " is missing; UPDATE_GOLDEN=1 writes it")
  local seen
  wait_for(function()
    seen = (also or same)(steady(screen:screen()))
    return seen == wanted
  end, function()
    return ("the screen is not %s, which is\n%s\nbut\n%s"):format(path, wanted, seen)
  end)
end

return M
