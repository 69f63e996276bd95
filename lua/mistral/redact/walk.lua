--- Which strings of a request are text that somebody wrote, and the same request with those changed.
local M = {}

-- Names, numbers and addresses the service has to understand as they are, and bytes of files.
local LEFT = {}
for name in ([[
  model role id type object name tool_call_id file_id agent_id conversation_id library_id
  completion_id signature status url image_url document_url file_url input_audio audio_url data
  file image_base64 format language encoding_format finish_reason purpose endpoint tool_choice
  prompt_mode reasoning_effort output_dtype connector_id custom_id path filename sink
]]):gmatch("%S+") do
  LEFT[name] = true
end

local change

local function copy_of(value)
  local copy = {}
  for name, item in pairs(value) do
    copy[name] = item
  end
  return setmetatable(copy, getmetatable(value))
end

-- The table with its texts changed: itself when there was nothing to change.
local function change_table(value, each, done)
  done[value] = value -- one that has itself in it ends here
  local copy
  for key, item in pairs(value) do
    local changed = LEFT[key] and item or change(item, each, done)
    if changed ~= item then
      copy = copy or copy_of(value)
      copy[key] = changed
    end
  end
  done[value] = copy or value
  return done[value]
end

function change(value, each, done)
  if type(value) == "string" then
    return value:find("^data:[%w/.+-]*;base64,") and value or each(value)
  end
  if type(value) ~= "table" then return value end
  return done[value] or change_table(value, each, done)
end

--- The value with each of its texts as `each` returns it; nothing that was handed in is changed.
---@param value any
---@param each fun(text: string): string
---@return any
function M.map(value, each)
  return change(value, each, {})
end

return M
