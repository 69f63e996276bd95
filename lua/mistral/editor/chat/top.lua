--- The block at the top of a chat, which says what this one is asked with. Pure.
local text = require("mistral.text")

local M = {}

---@class mistral.chat.Settings what the block at the top says; all may be missing
---@field model? string
---@field system? string
---@field temperature? number
---@field max_tokens? integer
---@field reasoning_effort? string

local MOST_SETTING_ROWS = 200

local function number_of(name, value)
  local number = tonumber(value)
  if number then
    return number
  end
  return nil, ("`%s` in the block at the top should be a number, not `%s`"):format(
    name, text.line(value, 40))
end

local function text_of(_, value)
  return value
end

local READ = {
  model = text_of, system = text_of, reasoning_effort = text_of,
  temperature = number_of, max_tokens = number_of,
}

local function unknown(name)
  local nearest = text.nearest(name, READ)
  return ("there is no `%s` for the block at the top; %s"):format(text.line(name, 40),
    nearest and ("`%s` was probably meant"):format(nearest)
      or "there are model, system, temperature, max_tokens and reasoning_effort")
end

-- Name and value of each entry; lines that are set in go on with the entry above them.
local function entries_of(lines, first, last)
  local entries = {}
  for row = first, last do
    local line = lines[row]
    local name, value = line:match("^([%w_]+)%s*:%s*(.-)%s*$")
    local more = line:match("^%s+(.-)%s*$")
    if name then
      entries[#entries + 1] = { name = name, value = { value ~= "|" and value or nil } }
    elseif more and entries[1] then
      local one = entries[#entries].value
      one[#one + 1] = more
    elseif line:find("%S") and not line:find("^#") then
      return nil, ("line %d is no `name: value` of the block at the top, which ends with ---")
        :format(row)
    end
  end
  return entries
end

local function unquoted(value)
  return value:match('^"(.*)"$') or value:match("^'(.*)'$") or value
end

local function settings_of(lines, last)
  local entries, message = entries_of(lines, 2, last - 1)
  if not entries then
    return nil, message
  end
  local settings = {}
  for _, entry in ipairs(entries) do
    local read = READ[entry.name]
    if not read then
      return nil, unknown(entry.name)
    end
    local value = unquoted((table.concat(entry.value, "\n"):gsub("%s+$", "")))
    if value ~= "" then
      settings[entry.name], message = read(entry.name, value)
      if message then
        return nil, message
      end
    end
  end
  return settings
end

-- The last row of the block, if there is one: 0 when not.
local function block_end(lines)
  if not (lines[1] or ""):find("^%-%-%-%s*$") then
    return 0
  end
  for row = 2, math.min(#lines, MOST_SETTING_ROWS) do
    if lines[row]:find("^%-%-%-%s*$") then
      return row
    end
  end
  return nil, "the block at the top has no end: close it with a line ---"
end

--- Reads it.
---@param lines string[] of the whole chat
---@return mistral.chat.Settings|nil settings empty where there is no block
---@return integer|nil last its last row, 0 where there is none
---@return string|nil message what is wrong with it
function M.read(lines)
  local last, message = block_end(lines)
  if not last then
    return nil, nil, message
  elseif last == 0 then
    return {}, 0
  end
  local settings
  settings, message = settings_of(lines, last)
  return settings, last, message
end

return M
