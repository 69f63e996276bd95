--- The names in some lines that are worth looking up. Pure.
local M = {}

-- Words of many languages that are nobody's name.
local KNOWN = {}
for word in ([[
and any array assert async await auto begin bool boolean break byte case catch char class const
continue def default defer delete double elif else elseif elsif end enum error except export
extends extern false final finally float fn for foreach from func function global goto if
implements import in include inline int integer interface is isinstance lambda len let list
local long map match mod module mut namespace new nil none None not null number object of or
package pairs ipairs pass print private protected pub public raise range require return self set
short signed sizeof static str string struct super switch template then this throw throws true
True False try tuple type typedef typeof undefined union unless unsigned until use using val var
virtual void volatile when where while with yield]])
  :gmatch("%w+") do
  KNOWN[word] = true
end

local SHORTEST = 3

local function is_comment(line)
  return line:find("^%s*//") or line:find("^%s*%-%-") or line:find("^%s*#") or line:find("^%s*%*")
    or line:find("^%s*/%*")
end

-- Texts blanked out, so that places stay what they are.
local function without_texts(line)
  local function blank(text)
    return (" "):rep(#text)
  end
  return (line:gsub('"[^"]*"', blank):gsub("'[^']*'", blank))
end

local function add(found, name, row, col, called)
  local seen = found[name]
  if not seen then
    found[name] = { name = name, row = row, col = col, called = called, order = #found + 1 }
    found[#found + 1] = found[name]
  elseif called and not seen.called then
    seen.called, seen.row, seen.col = true, row, col
  end
end

--- Names in order of worth: what is called comes first.
---@param lines string[]
---@param first integer row of the first
---@param most integer
---@return { name: string, row: integer, col: integer }[]
function M.find(lines, first, most)
  local found = {}
  for index, line in ipairs(lines) do
    if not is_comment(line) then
      for at, name, behind in without_texts(line):gmatch("()([%a_][%w_]*)()") do
        if #name >= SHORTEST and not KNOWN[name] then
          add(found, name, first + index - 1, at - 1, line:find("^%s*%(", behind) ~= nil)
        end
      end
    end
  end
  table.sort(found, function(a, b)
    if (a.called or false) ~= (b.called or false) then
      return a.called
    end
    return a.order < b.order
  end)
  local out = {}
  for index = 1, math.min(#found, most) do
    out[index] = found[index]
  end
  return out
end

return M
