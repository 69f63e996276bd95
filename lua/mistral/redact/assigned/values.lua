--- Values of secrets: whether what stands behind a secret's name can be one.
local placeholder = require "mistral.redact.placeholder"
local shapes = require "mistral.redact.entropy"

local M = {}

local function digit_groups(value)
  local count, longest = 0, 0
  for digits in value:gmatch("%d+") do
    count = count + 1
    if #digits > longest then longest = #digits end
  end
  return count, longest
end

-- Words with bars between, perhaps with a number behind: what a programmer names things.
local function is_identifier(value)
  for part in value:gmatch("[^_.:/ -]+") do
    if not part:find("^%a*%d?%d?$") or #part > 24 then return false end
  end
  return not value:find("[^%w_.:/ -]")
end

-- Letters and digits as no name has them.
local function is_strong(value)
  if #value < 8 or not value:find("%a") then return false end
  local shape = shapes.shape_of(value)
  if not value:find("%d") then
    return #value >= 16 and shape.lower > 2 and shape.upper > 2 and shape.changes >= 0.3
  end
  if is_identifier(value) then return false end
  local groups, longest = digit_groups(value)
  return groups >= 2 or longest >= 3 or #value >= 16 or shape.other > 0
end

local function is_uuid(value)
  return value:find("^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x+$") ~= nil
end

-- What no password is: text for people, paths, addresses, dotted names, options.
local function is_other(value)
  return value:find("[\128-\255]") or value:find("^[%.~]*/") or value:find("^%a[%w+.-]*://")
    or value:find("^%-") or value:find("[:?]%s*$") or value:find("^[%a_][%w_]*%.[%a_][%w_.]*$")
    or value:find("\\[dswSWb%[(]") or value:find("^\\") or value:find("|", 1, true)
    or value:find("[(){}]") or value:find("^[%a_][%w_]*%[")
    or value:find("^[%w_/-]+%.[ptjkcs]%a%a?%a?$")
end

local function has_symbol(value)
  return value:find("[!@#$%%^&*+~]") ~= nil
end

-- Whether a password could be this; `loud` when it is quoted, or the only thing on its line.
local function is_password(value, loud)
  if #value < 4 or is_other(value) then return false end
  if value:find("%s") then return false end
  if value:find("%d") and value:find("%a") then
    return loud and #value >= 5 or is_strong(value) or has_symbol(value)
  end
  if has_symbol(value) and value:find("%a") then return #value >= 6 end
  if not loud then return false end
  if value:find("^%d+$") then return #value >= 6 end
  return value:find("^%a%l+$") ~= nil and #value >= 6 or is_strong(value)
end

local function is_secret(value)
  if is_other(value) and not value:find("%d.*%d") then return false end
  if value:find("%s") then return false end
  return is_uuid(value) or is_strong(value)
end

-- What is called a secret outright is one, if it is a text of some length.
local function is_named(value, loud)
  if is_secret(value) then return true end
  if not loud or is_other(value) or #value < 10 or #value > 200 then return false end
  return value:find("^[%w_ -]+$") ~= nil and not value:find("^%u[%w_]+$")
    and not value:find("secret$") and not value:find("^%w+ %w+ %w+ %w+ ")
end

local JUDGE = {
  named = is_named,
  words = function(value) return select(2, value:gsub("%l+ ", "")) >= 11 end,
  password = is_password,
  secret = is_secret,
  phrase = function(value, loud)
    return loud and #value >= 10 and not is_other(value) or is_password(value, loud)
  end,
}

-- `${NAME}` and the like, but no hash of a password: `$2b$...`
local function is_filled_in(value)
  return value:find("[$%%][{(]") ~= nil and not value:find("^%$%d%w?%$")
end

--- Whether this is a secret.
---@param value string
---@param class string of the name's word
---@param loud boolean it is quoted, or the only thing on its line
---@return boolean
function M.judge(value, class, loud)
  if is_filled_in(value) or placeholder.is(value) then return false end
  return JUDGE[class](value, loud) and true or false
end

M.is_identifier, M.has_symbol = is_identifier, has_symbol

return M
