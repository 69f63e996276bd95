--- The block at the top of a prompt's file: `name: value` a line, a small part of YAML that means the
--- same there. What is not in that part is refused, with its line. Pure.
local text = require("mistral.text")

local M = {}

local MOST_ROWS = 50
local LONGEST = 1000 -- bytes of a line

---@class mistral.prompts.Settings all may be missing
---@field name? string
---@field description? string
---@field model? string
---@field temperature? number
---@field scope? "range"|"buffer"|"diff"|"none"
---@field output? "split"|"chat"|"replace"

---@class mistral.prompts.Problem
---@field row integer
---@field message string

-- Values -------------------------------------------------------------------------------------------

--- Whether a prompt may be called that.
---@param name string
---@return boolean
function M.is_name(name)
  return #name <= 40 and name:find("^%l[%l%d_-]*$") ~= nil
end

M.NAME = "a name begins with a small letter, and small letters, digits, - and _ follow"

local function name_of(value)
  if M.is_name(value) then
    return value
  end
  return nil, ("`%s` cannot be the name: %s"):format(text.line(value, 60), M.NAME)
end

local function line_of(value)
  return text.line(value, 200)
end

local function temperature_of(value)
  local number = value:find("^%d+%.?%d*$") and tonumber(value)
  if number and number <= 1.5 then
    return number
  end
  return nil, ("`temperature` is a number from 0 to 1.5, not `%s`"):format(text.line(value, 40))
end

local function one_of(key, choices)
  return function(value)
    for _, choice in ipairs(choices) do
      if value == choice then
        return value
      end
    end
    return nil, ("`%s` is one of %s, not `%s`"):format(key, table.concat(choices, ", "),
      text.line(value, 40))
  end
end

local KEYS = {
  name = name_of, description = line_of, model = line_of, temperature = temperature_of,
  scope = one_of("scope", { "range", "buffer", "diff", "none" }),
  output = one_of("output", { "split", "chat", "replace" }),
}

-- Lines --------------------------------------------------------------------------------------------

local QUOTE_IT = "put the value of `%s` in quotes"
local EMPTY = "`%s` has no value"

local function quoted(key, value)
  for _, pattern in ipairs({ '^"([^"\\]*)"(.*)$', "^'([^']*)'(.*)$" }) do
    local inside, behind = value:match(pattern)
    if inside and (behind == "" or behind:find("^%s+#")) then
      return inside
    end
  end
  return nil, ("the quotes around the value of `%s` do not match; inside of them, neither the same "
    .. "quote nor \\ is read"):format(key)
end

-- What YAML would read as something else than these words.
local function plain(key, value)
  value = value:gsub("%s+#.*$", "")
  if value:find("^[%[%]{}&*!|>%%@`,?#]") or value:find("^%-%s") or value:find(":%s")
    or value:find(":$") then
    return nil, QUOTE_IT:format(key)
  end
  return value
end

local function value_of(key, written)
  local read = written:find("^[\"']") and quoted or plain
  local value, message = read(key, written)
  if not value then
    return nil, message
  elseif value == "" or value:find("^#") then
    return nil, EMPTY:format(key)
  end
  return value
end

local function unknown(key)
  local nearest = text.nearest(key, KEYS)
  return ("there is no `%s` here; %s"):format(text.line(key, 40),
    nearest and ("`%s` was probably meant"):format(nearest)
      or "there are name, description, model, temperature, scope and output")
end

-- Reads one line into the settings; a sentence when that cannot be.
local function take(settings, line)
  if #line > LONGEST then
    return "this line is too long"
  end
  local key, written = line:match("^([%w_-]+):%s+(.-)%s*$")
  if not key then
    key, written = line:match("^([%w_-]+):$"), ""
  end
  if not key then
    return "this is no `name: value`; the block ends with a line ---"
  elseif not KEYS[key] then
    return unknown(key)
  elseif settings[key] ~= nil then
    return ("`%s` stands here twice"):format(key)
  end
  local value, message = value_of(key, written)
  if value then
    settings[key], message = KEYS[key](value)
  end
  return message
end

local function is_fence(line)
  return line:find("^%-%-%-%s*$") ~= nil
end

--- Reads the block.
---@param lines string[] of the whole file
---@return mistral.prompts.Settings|nil settings empty where there is no block
---@return integer|mistral.prompts.Problem last its last row, 0 where there is none; or what is wrong
---@return table<string, integer>|nil rows where each setting stands
function M.read(lines)
  if not is_fence(lines[1] or "") then
    return {}, 0, {}
  end
  local settings, rows = {}, {}
  for row = 2, math.min(#lines, MOST_ROWS) do
    local line = lines[row]
    if is_fence(line) then
      return settings, row, rows
    elseif line:find("%S") and not line:find("^%s*#") then
      local message = take(settings, line)
      if message then
        return nil, { row = row, message = message }
      end
      rows[line:match("^[%w_-]+")] = row
    end
  end
  return nil, { row = 1, message = "the block at the top has no end: close it with a line ---" }
end

return M
