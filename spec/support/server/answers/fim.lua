--- Completes code in the middle: by simple rules on what stands before, closing what is open there
--- and not already closed by what stands behind.

local code = require "answers.code"

local M = {}

local CLOSERS = { ["("] = ")", ["["] = "]", ["{"] = "}" }

local function last_line(prefix)
  return prefix:match("([^\n]*)$")
end

local function first_line(suffix)
  return suffix:match("^([^\n]*)")
end

local function closer_of(line, position)
  local char = line:sub(position, position)
  if char == '"' or char == "'" then return char end
  local is_spaced = char == "{" and line:find("^ %S", position + 1)
  return CLOSERS[char] and (is_spaced and " " or "") .. CLOSERS[char]
end

--- What would close the brackets and quotes of one line that are still open, innermost last.
local function open_marks(line)
  local stack, position = {}, 1
  while position <= #line do
    local char, wanted = line:sub(position, position), stack[#stack]
    local in_quote = wanted == '"' or wanted == "'"
    if in_quote and char == "\\" then
      position = position + 1
    elseif wanted and char == wanted:sub(-1) then
      stack[#stack] = nil
    elseif not in_quote then
      stack[#stack + 1] = closer_of(line, position)
    end
    position = position + 1
  end
  return stack
end

--- What closes the open marks, innermost first, without those the suffix begins with.
local function closing(line, suffix)
  local stack, out = open_marks(line), {}
  for index = #stack, 1, -1 do out[#out + 1] = stack[index] end
  local needed, behind = table.concat(out), first_line(suffix)
  for length = #needed, 1, -1 do
    if behind:sub(1, length) == needed:sub(-length) then return needed:sub(1, -length - 1) end
  end
  return needed
end

--- The parameters of the function the cursor is in.
local function parameters(prefix)
  local list = prefix:match(".*%f[%w]function[^%(\n]*(%b())")
    or prefix:match(".*%f[%w]def[^%(\n]*(%b())")
    or prefix:match(".*%f[%w_][%a_][%w_]*%s*(%b())%s*{")
  local found = {}
  for each in (list or ""):gmatch("[^,%(%)]+") do
    local name = each:gsub("[:=].*$", ""):match("([%a_][%w_]*)%s*$")
    if name and name ~= "self" and name ~= "void" then found[#found + 1] = name end
  end
  return found
end

--- Ways to go on, tried in turn: pattern on the line before the cursor, then what to write.
local RULES = {
  lua = {
    { "^%s*for%s+$", "index, value in ipairs(list) do" },
    { "^%s*for%s+[%w_]+%s*,%s*[%w_]+%s+in%s+$", "ipairs(list) do" },
    { "^%s*for%s+[%w_]+%s*=%s*$", "1, #list do" },
    { "^%s*if%s+[^\n]*[^%s]%s*$", " then", unless = "then" },
    { "%f[%w]require%s*$", '"string"' },
    { "^%s*local%s+function%s+[%w_]+%b()%s*$", "\n  return nil\nend" },
    { "^%s*function%s+[%w_%.:]+%b()%s*$", "\n  return nil\nend" },
  },
  python = {
    { "^%s*for%s+$", "item in items:" },
    { "^%s*for%s+[%w_]+%s+in%s+$", "items:" },
    { "^%s*if%s+[^:]*[^%s:]%s*$", ":" },
    { "^%s*def%s+[%w_]+%b()%s*$", ":\n    return None" },
    { "^%s*def%s+[%w_]+%b()%s*:%s*$", "\n    return None" },
  },
  c = {
    { "^%s*for%s*%(%s*$", "size_t i = 0; i < n; i++) {" },
    { "^%s*for%s*%(%s*[%w_ ]+%s*=%s*0;%s*$", " i < n; i++) {" },
    { "^%s*if%s*%($", "n == 0) return -1;" },
    { "^%s*#%s*include%s*$", "<stdio.h>" },
  },
  javascript = {
    { "^%s*for%s*%(%s*$", "const item of items) {" },
    { "^%s*const%s+[%w_$]+%s*=%s*$", "null;" },
    { "=>%s*$", " {" },
  },
  go = {
    { "^%s*for%s+$", "_, item := range items {" },
    { "^%s*if%s+err%s*$", " != nil {" },
    { "^func%s+[%w_]+%b()%s*$", " {" },
  },
  shell = {
    { "^%s*for%s+$", "file in *; do" },
    { "^%s*if%s+$", '[ -n "$1" ]; then' },
  },
}

local STATEMENT_END = { c = ";", javascript = ";" }

local function return_value(prefix, language)
  local names = parameters(prefix)
  local operator = language == "shell" and " " or " + "
  if #names >= 2 then return names[1] .. operator .. names[2] end
  return names[1] or "0"
end

local function by_rule(line, language)
  for _, rule in ipairs(RULES[language or ""] or {}) do
    if line:find(rule[1]) and not (rule.unless and line:find(rule.unless, 1, true)) then
      return rule[2]
    end
  end
end

--- What a loop is for: what comes back after it began at 0, and there is something to add.
local function accumulation(prefix, suffix)
  local sum = suffix:match("%f[%w]return%s+([%a_][%w_]*)")
  local item = prefix:match(".*%f[%w]for%s+[%w_]+,%s*([%w_]+)%s+in%f[%W]")
    or prefix:match(".*%f[%w]for%s+([%w_]+)%s+in%f[%W]")
  if sum and item and prefix:find("%f[%w_]" .. sum .. "%s*=%s*0") then
    return ("%s = %s + %s"):format(sum, sum, item)
  end
end

local function statement(prefix, suffix, language)
  local line = last_line(prefix)
  if line:find("%f[%w]return%s+$") then
    return return_value(prefix, language) .. (STATEMENT_END[language] or "")
  elseif line:find("[%w_%]%)]%s*=%s*$") then
    return return_value(prefix, language) .. (STATEMENT_END[language] or "")
  elseif line:find("^%s*$") then
    local sum = accumulation(prefix, suffix)
    if sum then return sum .. (STATEMENT_END[language] or "") end
    return "return " .. return_value(prefix, language) .. (STATEMENT_END[language] or "")
  end
end

--- Cuts from the end of `text` what `suffix` would repeat.
local function without_overlap(text, suffix)
  for length = math.min(#text, #suffix), 1, -1 do
    if text:sub(-length) == suffix:sub(1, length) then return text:sub(1, -length - 1) end
  end
  return text
end

local function avoid_double_space(line, text)
  if line:find("%s$") then return (text:gsub("^ +", "")) end
  return text
end

--- What fits between the two; it may be nothing.
---@param prefix string
---@param suffix string
---@return string
function M.complete(prefix, suffix)
  local line = last_line(prefix)
  local language = code.language(prefix:match("^[^\n]*") or "", code.plain(prefix .. suffix))
  local text = by_rule(line, language)
  if not text and first_line(suffix):find("^%s*$") then text = statement(prefix, suffix, language) end
  if text then return without_overlap(avoid_double_space(line, text), suffix) end
  text = closing(line, suffix)
  if text:sub(1, 1) == ")" and line:find("%($") then
    text = (parameters(prefix)[1] or "") .. text
  end
  return text
end

return M
