--- Which strings of a request are text that somebody wrote, and the same request with those changed.
local tables = require "mistral.tables"

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

-- Below these the names are the user's own, and mean nothing to the service.
local OWN = { arguments = true, parameters = true, schema = true }
local NONE = {}

---@class mistral.redact.Walk
---@field each fun(text: string, behind?: string): string, string?
---@field left table<string, boolean> names whose values stay as they are
---@field done table<table, table>

local change

local function copy_of(value)
  return setmetatable(tables.copy(value), getmetatable(value))
end

local function below(walk, key)
  if walk.left == NONE or not OWN[key] then return walk end
  return { each = walk.each, left = NONE, done = {} }
end

-- A text and what goes on behind it: nobody knows on which side of the border a secret would be.
local function change_pair(value, walk)
  local prompt, suffix = value.prompt, value.suffix
  if type(prompt) ~= "string" or type(suffix) ~= "string" then return nil end
  prompt, suffix = walk.each(prompt, suffix)
  return { prompt = prompt, suffix = suffix }
end

local function changed_item(key, item, walk, pair)
  if pair and pair[key] then return pair[key] end
  if walk.left[key] then return item end
  return change(item, below(walk, key))
end

-- The table with its texts changed: itself when there was nothing to change.
local function change_table(value, walk)
  walk.done[value] = value -- one that has itself in it ends here
  local copy
  local pair = change_pair(value, walk)
  for key, item in pairs(value) do
    local changed = changed_item(key, item, walk, pair)
    if changed ~= item then
      copy = copy or copy_of(value)
      copy[key] = changed
    end
  end
  walk.done[value] = copy or value
  return walk.done[value]
end

local function is_file(text)
  return text:find("^data:[%w/.+-]*;base64,[%w+/=_-]*%s*$") ~= nil
end

function change(value, walk)
  if type(value) == "string" then return is_file(value) and value or (walk.each(value)) end
  if type(value) ~= "table" then return value end
  return walk.done[value] or change_table(value, walk)
end

--- The value with each of its texts as `each` returns it; nothing that was handed in is changed. A
--- prompt comes together with the suffix behind it, and both are returned.
---@param value any
---@param each fun(text: string, behind?: string): string, string?
---@return any
function M.map(value, each)
  return change(value, { each = each, left = LEFT, done = {} })
end

--- Whether a text stands somewhere in the texts of a value.
---@param value any
---@param wanted string
---@return boolean
function M.has(value, wanted)
  local found = false
  M.map(value, function(text, behind)
    found = found or (text .. (behind or "")):find(wanted, 1, true) ~= nil
    return text, behind
  end)
  return found
end

return M
