--- Whether what a source gave can be a key.
local errors = require "mistral.errors"

-- What is wrong with a key as a header value, or nil.
local function fault(key)
  if type(key) ~= "string" then return "it is a " .. type(key) .. ", not text" end
  if key:find("[\r\n]") then return "it has more than one line" end
  if key:find("%z") then return "it has a NUL byte in it" end
  if key:find("[%s%c]") then return "it has a blank in it" end
  if key:find("[\128-\255]") then return "it has a character in it that is not ASCII" end
end

--- The key without blanks around it; nil when it is empty; nil and an error when it is no key.
---@param value any
---@param source string where it came from, for the error
---@return string? key
---@return mistral.Error? err
return function(value, source)
  if type(value) == "string" then value = value:match("^%s*(.-)%s*$") end
  if value == nil or value == "" then return nil end
  local wrong = fault(value)
  if not wrong then return value end
  return nil, errors.new("bad_key", ("the key from %s cannot be used: %s"):format(source, wrong))
end
