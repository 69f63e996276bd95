--- Prompts that came with a project are run when the user has said so, once for each text: all of a
--- text that is trusted is kept, and compared, which is simpler and stronger than a sum of it.
local state = require("mistral.state")
local unpack_list = rawget(_G, "unpack") or rawget(table, "unpack")

local M = {}

-- Where the trusted text of a file is kept: a folder for each part of its path, since a name of a file
-- holds no whole path.
local function place_of(entry)
  local parts = { "prompts", "trusted" }
  for part in entry.path:gmatch("[^/]+") do
    parts[#parts + 1] = part
  end
  return state.path(unpack_list(parts))
end

--- Whether the user has trusted it as it is.
---@param entry mistral.prompts.Entry
---@return boolean
function M.knows(entry)
  if not entry.project then
    return true
  end
  local place = place_of(entry)
  return place ~= nil and state.read(place) == entry.bytes
end

--- From now on, until its file changes.
---@param entry mistral.prompts.Entry
---@return true|nil
---@return string|nil message why that cannot be kept
function M.remember(entry)
  local place, message = place_of(entry)
  if not place then
    return nil, message
  end
  return state.write(place, entry.bytes)
end

return M
