--- What Lua was started with, read as Lua itself reads it.
local M = {}

-- Options that take the next word when nothing follows in theirs.
local TAKES_WORD = { ["-e"] = true, ["-l"] = true, ["-j"] = true, ["-O"] = false, ["-b"] = false }

-- All words, from the interpreter's name on; their indices may begin below 0.
local function all_words(arg)
  local first, out = 0, {}
  while arg[first - 1] ~= nil do first = first - 1 end
  for index = first, #arg do out[#out + 1] = arg[index] end
  return out
end

-- What -l names: "module", or "global=module".
local function is_module(word, module)
  return word == module or word:match "^[%w_.]+=(.*)$" == module
end

local function rest(words, from)
  local out = {}
  for index = from, #words do out[#out + 1] = words[index] end
  return out
end

--- The words behind the --, when Lua's options ask for this module with -l and end there.
---@param arg? table<integer, string> as Lua makes it
---@param module string
---@return string[]? words nil when it was not asked for
function M.words(arg, module)
  if type(arg) ~= "table" then return nil end
  local words, at, asked = all_words(arg), 2, false
  while words[at] and words[at]:sub(1, 1) == "-" do
    local word = words[at]
    if word == "--" then return asked and rest(words, at + 1) or nil end
    local option, value = word:sub(1, 2), word:sub(3)
    if TAKES_WORD[option] and value == "" then
      at = at + 1
      value = words[at] or ""
    end
    asked = asked or option == "-l" and is_module(value, module)
    at = at + 1
  end
  return nil
end

return M
