--- Where a file comes apart: how good a place between two of its lines is to cut it. A guess from
--- the look of the lines, by the family of the language; nothing is parsed.
local M = {}

-- How good a cut is. A block begins at the left edge; one begins further in; a blank line; two
-- statements; and within brackets.
M.TOP, M.INNER, M.BLANK, M.LINE, M.WITHIN = 4, 3, 2, 1, 0

local INDENTED = { python = true, yaml = true, haskell = true }
local ENDED = { lua = true, ruby = true, sh = true, elixir = true, make = true }

-- First words of what is defined, by family.
local WORDS = {
  braces = "class struct enum union interface trait impl mod module namespace package type typedef "
    .. "fn func function def defer static extern export public private protected internal abstract "
    .. "final async const pub template inline void int char unsigned override open sealed data "
    .. "record object extension protocol resource variable",
  indented = "def class async",
  ended = "function local def class module describe it defmodule defp test",
  sql = "create alter drop insert update delete select with begin grant",
}

local function set(words)
  local out = {}
  for word in words:gmatch("%S+") do
    out[word] = true
  end
  return out
end

for family, words in pairs(WORDS) do
  WORDS[family] = set(words)
end

local function family_of(language)
  return language == "sql" and "sql" or INDENTED[language] and "indented"
    or ENDED[language] and "ended" or "braces"
end

local function indent_of(line)
  return #line:match("^[ \t]*")
end

local function is_blank(line)
  return not line:find("%S")
end

-- What stands before a definition and belongs to it: comments, decorators, attributes.
local function leads(line)
  return line:find("^%s*//") or line:find("^%s*/?%*") or line:find("^%s*%-%-")
    or line:find("^%s*#") or line:find("^%s*@") or line:find('^%s*"""') or line:find("^%s*%[[%w_]")
end

local CALLED = "^[%a_][%w_:<>*&,%s%.~]*%("

--- Whether a line looks like the head of a function, a class or the like.
---@param line string
---@param language string
---@return boolean
function M.defines(line, language)
  local family = family_of(language)
  local word = line:match("^%s*([%a_]+)")
  if not word then
    return false
  end
  local known = WORDS[family][family == "sql" and word:lower() or word] ~= nil
  local edge = indent_of(line) == 0
  if family == "braces" then
    return known and line:find("[%({]") ~= nil or edge and line:find(CALLED) ~= nil
      and not line:find(";%s*$")
  elseif family == "ended" then
    return known and (word ~= "local" or line:find("function", 1, true) ~= nil)
      or edge and line:find("^[%w_%-]+%s*%(%)") ~= nil
  end
  return known
end

local function closes(line)
  return line:find("^[}%])]") or line:find("^end%f[^%w_]") or line:find("^fi%s*$")
    or line:find("^done%f[^%w_]") or line:find("^esac%f[^%w_]")
end

local function count(line, pattern)
  local _, found = line:gsub(pattern, "")
  return found
end

-- How much deeper in round and square brackets a line ends than it begins. Strings are not looked
-- for, so this goes wrong at times; it is set right where a block begins.
local function deeper(line)
  if not line:find("[%(%)%[%]]") then
    return 0
  end
  return count(line, "[%(%[]") - count(line, "[%)%]]")
end

-- How good a cut between these two lines is, outside of brackets.
local function between(above, line, language)
  if is_blank(line) then
    return M.LINE -- the blank line goes with what stands before it
  end
  local blank, edge = is_blank(above), indent_of(line) == 0
  if edge and (blank or closes(above)) and not closes(line) then
    return M.TOP
  elseif M.defines(line, language) and not leads(above) then
    return edge and M.TOP or M.INNER
  elseif blank then
    return leads(line) and M.INNER or M.BLANK
  end
  return M.LINE
end

-- Looked up again and again where changes stand close together, so each line is looked at once.
local function looks_of(source)
  source.looks = source.looks or { quality = {}, deeper = {} }
  return source.looks
end

local function quality_at(source, i)
  local known = looks_of(source).quality
  if not known[i] then
    local rows = source.rows
    known[i] = between(i > 1 and rows[i - 1].text or "", rows[i].text, source.language)
  end
  return known[i]
end

local function deeper_at(source, i)
  local known = looks_of(source).deeper
  if not known[i] then
    local row = source.rows[i]
    known[i] = row.kind == "-" and 0 or deeper(row.text)
  end
  return known[i]
end

local SAFE_WITHIN = 60

-- A line before `i` at which nothing is open, if there is one near.
local function safe_before(source, i)
  for at = i, math.max(2, i - SAFE_WITHIN), -1 do
    if quality_at(source, at) == M.TOP then
      return at
    end
  end
  return math.max(1, i - SAFE_WITHIN)
end

--- Calls `visit` for each place from `low` to `high`, in order: the index of the line that would
--- begin the second part, and how good the cut is.
---@param source mistral.review.Source
---@param low integer index into the rows
---@param high integer
---@param visit fun(index: integer, quality: integer)
function M.each(source, low, high, visit)
  local depth = 0
  high = math.min(high, #source.rows)
  for i = low <= high and safe_before(source, low) or low, high do
    local quality = quality_at(source, i)
    if quality == M.TOP then
      depth = 0
    end
    if i >= low then
      visit(i, depth > 0 and M.WITHIN or quality)
    end
    depth = math.max(0, depth + deeper_at(source, i))
  end
end

local HEAD_WITHIN = 400

--- The line nearest above that heads what this line is in; nil when none is near, or this line heads
--- something itself.
---@param source mistral.review.Source
---@param i integer index into the rows
---@return integer? index
function M.head(source, i)
  local rows = source.rows
  local indent = indent_of(rows[i].text)
  if indent == 0 then
    return nil
  end
  for at = i - 1, math.max(1, i - HEAD_WITHIN), -1 do
    local line = rows[at].text
    if rows[at].row and not is_blank(line) and indent_of(line) < indent
      and M.defines(line, source.language) then
      return at
    end
  end
end

return M
