--- Rules for Lua.

local known = setmetatable({}, { __mode = "k" })

local function note(names, list, number)
  for name in (list or ""):gmatch("[%a_][%w_]*") do names[name] = names[name] or number end
end

--- The line on which each name is first a local, a parameter or a loop variable. Made once for
--- all lines: looking back from every assignment would take quadratic time.
local function declarations(lines)
  local names = known[lines]
  if names then return names end
  names = {}
  for number, line in ipairs(lines) do
    note(names, line.text:match("%f[%w]local%s+([^=]*)"), number)
    note(names, line.text:match("function[^%(]*(%b())"), number)
    note(names, line.text:match("%f[%w]for%s+(.-)%f[=i][=i]n?"), number)
  end
  known[lines] = names
  return names
end

local function is_declared(lines, index, name)
  local first = declarations(lines)[name]
  return first ~= nil and first <= index
end

local function missing_local(text, lines, index)
  local name = text:match("^%s*([%a_][%w_]*)%s*=[^=]")
    or text:match("^%s*function%s+([%a_][%w_]*)%s*%(")
  if not name or name == "_G" or name == "_ENV" then return nil end
  if text:find(",%s*$") or text:find("[,}]%s*$") and text:find("^%s+") then return nil end
  return not is_declared(lines, index, name) and name or nil
end

local function grows_in_loop(text, lines, index)
  local target, source = text:match("^%s*([%w_%.]+)%s*=%s*([%w_%.]+)%s*%.%.")
  if not target or target ~= source then return nil end
  for earlier = math.max(1, index - 6), index - 1 do
    local head = lines[earlier].text:match("^%s*(%a+)%f[%W].*%f[%w]do%s*$")
    if head == "for" or head == "while" then return target end
  end
end

return {
  {
    severity = "warning", category = "bug", title = "%1 becomes a global variable",
    detail = "There is no local before it, so every module sees it and may change it.",
    find = missing_local,
  },
  {
    severity = "warning", category = "bug", title = "The loop includes one index past the end",
    detail = "Lua counts from 1 and the upper bound is included; # + 1 reads nil.",
    find = function(text) return text:find("for%s+[%w_]+%s*=%s*[01]%s*,%s*#[%w_%.]+%s*%+%s*1") end,
  },
  {
    severity = "warning", category = "bug", title = "The loop starts at 0",
    detail = "Lua tables count from 1: the first round reads nil.",
    find = function(text) return text:find("for%s+[%w_]+%s*=%s*0%s*,%s*#") end,
  },
  {
    severity = "error", category = "security", title = "Text is run as code",
    detail = "Whoever can change the text can run anything. Parse the data instead.",
    find = function(text)
      return text:find("%f[%w_]loadstring%s*%(") or text:find("%f[%w_]load%s*%(%s*[%a_]")
        or text:find("%f[%w_]dofile%s*%(%s*[%a_]")
    end,
  },
  {
    severity = "error", category = "security", title = "A command line goes to the shell",
    detail = "A value with a quote in it runs another command. Quote it, or avoid the shell.",
    find = function(text)
      return (text:find("os%.execute%s*%(") or text:find("io%.popen%s*%(")) and text:find("%.%.")
    end,
  },
  {
    severity = "warning", category = "performance", title = "%1 is copied whole in every round",
    detail = "Appending to a string in a loop takes quadratic time. Collect pieces in a table and "
      .. "concat once.",
    find = grows_in_loop,
  },
  {
    severity = "warning", category = "bug", title = "The failure of io.open is not handled",
    detail = "io.open returns nil and a message when it fails. Check it before use.",
    find = function(text)
      return text:find("io%.open%b():") or text:find("for%s.*io%.open%b():lines")
    end,
  },
  {
    severity = "info", category = "bug", title = "The result of pcall is thrown away",
    detail = "A failure here will never be seen. Look at the first result.",
    find = function(text) return text:find("^%s*x?pcall%s*%(") end,
  },
  {
    severity = "hint", category = "style", title = "table.getn is no longer there",
    detail = "Use the length operator.",
    find = function(text) return text:find("table%.getn%s*%(") end,
  },
}
