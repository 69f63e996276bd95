--- Secrets that a name gives away: password = "...", api_key: ..., <token>...</token> and their like
--- in the syntaxes of common languages and configuration files.
local names = require "mistral.redact.assigned.names"
local values = require "mistral.redact.assigned.values"

local M = {}

-- Between the name and its value, in the order tried. What is found is either the place of the
-- value or nothing.
local BETWEEN = {
  "^[ \t]*[:=]=?=?>?[ \t]*()", -- = : := => == ===
  "^%[%d*%][ \t]*=[ \t]*()", -- char password[] =
  "^[ \t]*:[ \t]*[%w_<>%[%]%.?&|', ]-[ \t]*=[ \t]*()", -- name: type =
  "^[ \t]+[%w_%.]+[ \t]+=[ \t]*()", -- name type =
  "^[ \t]+[Aa]s[ \t]+%w+[ \t]*=[ \t]*()", -- name As Type =
  "^[ \t]*!==?[ \t]*()",
  "^/?>[ \t]*()", -- <name>
  "^[,%s]*[\"']?[Vv]alue[\"']?%s*[=:]%s*()", -- name="password" value=
}

-- Those that take a quoted value only.
local QUOTED = {
  "^%s*[:=]=?>?%s*()", -- with a line's end between
  "^[ \t]*,[ \t]*()", -- ("password", "value")
  "^%s*%)?%s*[|?][|?]%s*()", -- process.env.NAME || "value"
  "^%s*%(%s*()", -- setPassword("value")
  "^%s+or%s+()",
  "^[ \t]+()", -- #define NAME "value"
}

-- What wraps a string without being part of it: b"", String::from(""), new Secret("").
local WRAPS = {
  "^[%a_][%w_.:!]*%(%s*()", "^new%s+[%w_.]+%(%s*()", "^%[%]byte%(()", "^[%a@$&]()[\"']",
}

local LONGEST = 600 -- bytes of a value

local function quoted(text, at)
  local escape, quote = text:match("^(\\?)([\"'`])", at)
  if not quote then return nil end
  local from = at + #escape + 1
  if text:sub(from, from + 1) == quote .. quote then from = from + 2 end -- three of them
  local past = from
  while true do
    local stop, char = text:match("^[^\"'`\\\n]*()(.?)", past)
    if char == "" or char == "\n" then return from, stop - 1 end -- somebody is still writing it
    if char == "\\" then
      if escape ~= "" and text:sub(stop + 1, stop + 1) == quote then return from, stop - 1 end
      past = stop + 2
    elseif char == quote then
      return from, stop - 1
    else
      past = stop + 1
    end
    if past - from > LONGEST then return nil end
  end
end

local function unwrapped(text, at)
  for _, wrap in ipairs(WRAPS) do
    local inner = text:match(wrap, at)
    if inner and text:find("^\\?[\"'`]", inner) then return inner end
  end
  return at
end

-- A value without quotes, and whether it is all there is on its line.
local function bare(text, at)
  local value = text:sub(at, at + LONGEST):match("^[^%s\"'`,;<>(){}|%[%]\\&]+")
  if not value or #value > LONGEST then return nil end
  local past = at + #value
  if text:find("^[(%[{]", past) then return nil end
  local alone = text:find("^%s*[\r\n]", past) ~= nil or text:find("^%s*$", past) ~= nil
    or text:find("^%s+#", past) ~= nil
  return at, past - 1, alone
end

-- Whether the line begins with the name, as it does in configuration files.
local function opens_line(text, first)
  local before = text:sub(math.max(1, first - 60), first - 1):match("[^\n]*$")
  return before:find("^%s*[%w_.:/-]*$") ~= nil or before:find("^%s*export%s+[%w_]*$") ~= nil
    or before:find("^%s*%d+ | *[%w_.-]*$") ~= nil or before:find("^[+-]?%s*[\"']?[%w_.-]*$") ~= nil
    or before:find("^%s*ENV%s+[%w_]*$") ~= nil or before:find("^%s*%-+%s*[%w_.-]*$") ~= nil
end

-- Past a closing quote or bracket of the name.
local function past_quote(text, at)
  return text:match("^\\?[\"'`]?%]?()", at)
end

local function scheme(text, at)
  return text:match("^[Bb]earer%s+()", at) or text:match("^[Bb]asic%s+()", at)
    or text:match("^[Tt]oken%s+()", at) or text:match("^[Aa]pi[Kk]ey%s+()", at) or at
end

-- Of `"Bearer abc"` only what stands behind the word.
local function narrowed(text, from, to)
  local inner = scheme(text, from)
  return inner <= to and inner or from
end

local function judge(text, from, to, rule, loud)
  if not from or to < from then return nil end
  from = narrowed(text, from, to)
  if values.judge(text:sub(from, to), rule.class, loud) then return from, to end
end

-- KEY=value with nothing between, as in shell, .env files and addresses.
local function is_tight(text, past, at)
  return at == past + 1 and text:sub(past, past) == "="
end

-- `name: value`: what is a word there is a text, as nowhere else.
local function is_yaml(text, past)
  return text:find("^[\"']?: ", past) ~= nil
end

local CODE = "^[%a_][%w_]*$"

local function judge_bare(text, first, past, at, rule)
  local from, to, alone = bare(text, scheme(text, at))
  if not from then return nil end
  local value = text:sub(from, to)
  local tight = is_tight(text, past, at)
  local loud = alone and opens_line(text, first)
  local password = rule.class == "password" or rule.class == "phrase"
  if loud and password and value:find("^%l%l%l%l%l%l+$") and is_yaml(text, past) then
    return judge(text, from, to, rule, true)
  end
  local is_name = value:find(CODE) and values.is_identifier(value) and not (loud and password)
  if is_name and (not tight or value:find("_") or not value:find("%d")) then return nil end
  -- An upper-case name that is set to a word: a shell's variable, where that is a string.
  local shouting = tight and not text:sub(first, past - 1):find("%l")
  local telling = shouting or value:find("%d") or values.has_symbol(value)
  loud = loud and telling
  return judge(text, from, to, rule, loud or tight and value:find("%d") ~= nil)
end

-- A name, a blank, a value: where a blank is what parts the two.
local BLANK_BEFORE = {
  "^%s*[Ee][Nn][Vv]%s+[%w_]*$", "^%s*[Aa][Rr][Gg]%s+[%w_]*$", -- Dockerfile
  "%-%-[%w-]*$", -- an option of a command
  "[Ll]ogin%s+%S+%s+$", "^%s*%a*$", -- .netrc, redis.conf
}

local function after_blank(text, first, at, rule)
  local place = text:match("^[ \t]+()", at)
  local from, to = bare(text, place or #text + 1)
  if not from then return nil end
  local before = text:sub(math.max(1, first - 80), first - 1):match("[^\n]*$")
  for _, pattern in ipairs(BLANK_BEFORE) do
    if before:find(pattern) and text:sub(from, to):find("%d") then
      return judge(text, from, to, rule, values.has_symbol(text:sub(from, to)))
    end
  end
end

local function quoted_value(text, place, rule, loud)
  if not place or not text:find("^\\?[\"'`]", place) then return nil end
  local from, to = quoted(text, place)
  if not from then return nil end
  return judge(text, from, to, rule, loud or rule.class == "password"
    and text:sub(from, to):find("%d") ~= nil)
end

local function value_of(text, first, past, rule)
  local at = past_quote(text, past)
  for _, between in ipairs(BETWEEN) do
    local place = text:match(between, at)
    if place then
      place = unwrapped(text, place)
      local from, to = quoted_value(text, place, rule, true)
      if not from then from, to = judge_bare(text, first, at, place, rule) end
      if from then return from, to end
    end
  end
  for _, between in ipairs(QUOTED) do
    local place = text:match(between, at)
    local from, to = quoted_value(text, place and unwrapped(text, place), rule, false)
    if from then return from, to end
  end
  return after_blank(text, first, past, rule)
end

local KIND = {
  password = "password", phrase = "password", words = "password",
  secret = "secret", named = "secret",
}

--- Find them.
---@param text string
---@param lower string the same in lower case
---@param add fun(first: integer, last: integer, kind: string)
function M.find(text, lower, add)
  for _, rule in ipairs(names.words) do
    local word = rule.word
    local at = lower:find(word, 1, true)
    while at do
      local past, real = names.past(text, lower, at, rule)
      if past then
        local from, to = value_of(text, at, past, real)
        if from then add(from, to, KIND[real.class]) end
      end
      at = lower:find(word, at + #word, true)
    end
  end
end

--- Add the names of the kinds that are found here.
---@param kinds table<string, boolean>
function M.kinds(kinds)
  for _, kind in pairs(KIND) do kinds[kind] = true end
end

return M
