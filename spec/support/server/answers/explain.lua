--- Explains code by what can be seen in it: its size, its functions, and what it uses.

local M = {}

local LANGUAGE_NAMES = {
  c = "C", lua = "Lua", python = "Python", javascript = "JavaScript", go = "Go", shell = "shell",
}

--- How a function starts, by language; the capture is its name.
local FUNCTIONS = {
  c = { "^[%a_][%w_%s%*]-%**([%a_][%w_]*)%s*%([^;]*$" },
  lua = { "%f[%w]function%s+([%w_%.:]+)%s*%(", "^%s*local%s+([%w_]+)%s*=%s*function%s*%(",
    "^%s*([%w_%.]+)%s*=%s*function%s*%(" },
  python = { "^%s*def%s+([%w_]+)", "^%s*async%s+def%s+([%w_]+)" },
  javascript = { "%f[%w]function%s*%*?%s*([%w_$]+)%s*%(",
    "^%s*const%s+([%w_$]+)%s*=%s*a?s?y?n?c?%s*%(", "^%s*const%s+([%w_$]+)%s*=%s*[%w_]+%s*=>" },
  go = { "^func%s+([%w_]+)%s*%(", "^func%s+%b()%s*([%w_]+)%s*%(" },
  shell = { "^%s*([%w_%-]+)%s*%(%)%s*{?", "^%s*function%s+([%w_%-]+)" },
}
local IMPORTS = {
  c = { '^%s*#%s*include%s*[<"]([^>"]+)[>"]' },
  lua = { "require%s*%(?%s*['\"]([^'\"]+)" },
  python = { "^%s*import%s+([%w_%.]+)", "^%s*from%s+([%w_%.]+)%s+import" },
  javascript = { "require%(['\"]([^'\"]+)", "from%s+['\"]([^'\"]+)" },
  go = { '^%s*import%s+"([^"]+)"', '^%s+"([^"]+)"%s*$' },
  shell = { "^%s*source%s+(%S+)", "^%s*%.%s+(%S+)" },
}
local NOT_FUNCTIONS = {}
for word in ("if for while switch return else elif elseif and or not in sizeof function def func "
  .. "catch until with"):gmatch("%a+") do
  NOT_FUNCTIONS[word] = true
end
local MAX_CALLS = 5

local function first_match(text, patterns)
  for _, pattern in ipairs(patterns or {}) do
    local found = text:match(pattern)
    if found and not NOT_FUNCTIONS[found] then return found end
  end
end

local function found_in(lines, patterns)
  local list, seen = {}, {}
  for index, line in ipairs(lines) do
    local name = first_match(line.text, patterns)
    if name and not seen[name] then
      seen[name] = true
      list[#list + 1] = { name = name, line = line, index = index }
    end
  end
  return list
end

local function names(list)
  local words = {}
  for index, each in ipairs(list) do words[index] = "`" .. each.name .. "`" end
  return table.concat(words, ", ")
end

--- What the lines from `first` to `last` call, in order, without `own`.
local function calls_in(lines, first, last, own)
  local list, seen = {}, { [own] = true }
  for index = first, last do
    for name in lines[index].text:gmatch("([%a_][%w_%.:]*)%s*%(") do
      if not seen[name] and not NOT_FUNCTIONS[name] and #list < MAX_CALLS then
        seen[name] = true
        list[#list + 1] = { name = name }
      end
    end
  end
  return list
end

local function described(lines, each, next_one)
  local last = next_one and next_one.index - 1 or #lines
  local parameters = each.line.text:match("%((.-)%)") or ""
  local calls = calls_in(lines, each.index, last, each.name)
  local text = ("- `%s` (line %d)"):format(each.name, each.line.number)
  text = text .. (parameters:find("%S") and (" takes `%s`"):format(parameters) or " takes nothing")
  if #calls > 0 then text = text .. " and calls " .. names(calls) end
  return text .. "."
end

local function function_section(lines, functions)
  local out = { "", "## Functions", "" }
  for index, each in ipairs(functions) do
    out[#out + 1] = described(lines, each, functions[index + 1])
  end
  return out
end

local function append(out, more)
  for _, line in ipairs(more) do out[#out + 1] = line end
end

--- One sentence, for a request without code.
function M.sentence(prompt)
  local words = select(2, prompt:gsub("%S+", ""))
  local start = prompt:match("^%s*([^\n]*)"):sub(1, 80):gsub("[\128-\255]+$", "")
  return ("You wrote %d words, beginning with: %s"):format(words, start)
end

---@param prompt string
---@param lines CodeLine[]
---@param language? string
---@return string markdown
function M.answer(prompt, lines, language)
  if #lines == 0 then return M.sentence(prompt) .. "\n" end
  local functions = found_in(lines, FUNCTIONS[language])
  local imports = found_in(lines, IMPORTS[language])
  local out = { "# What this code does", "" }
  out[#out + 1] = ("These are %d lines of %s, from line %d to line %d."):format(#lines,
    LANGUAGE_NAMES[language] or "text", lines[1].number, lines[#lines].number)
  if #imports > 0 then out[#out + 1] = ("It uses %s."):format(names(imports)) end
  if #functions > 0 then append(out, function_section(lines, functions)) end
  return table.concat(out, "\n") .. "\n"
end

return M
