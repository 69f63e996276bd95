--- The function around a line, where no parser of the editor's knows: by words that begin one, and by
--- how far its lines are set in. Pure, and a guess: what it takes for a function is only sent along.
local M = {}

local MOST_LINES = 400

-- Words with brackets behind them that begin no function.
local NO_FUNCTION = {}
for word in ("if for while switch return else elseif elif catch with match when until unless "
  .. "foreach sizeof and or not in do try case await yield throw assert new delete")
  :gmatch("%a+") do
  NO_FUNCTION[word] = true
end

local KEYWORDS = { "function", "def", "func", "fn", "fun", "sub", "proc", "procedure", "defp" }

local function indent_of(line)
  return #line:match("^[ \t]*"):gsub("\t", "        ")
end

local function has_keyword(line)
  for _, word in ipairs(KEYWORDS) do
    if line:find("%f[%w_]" .. word .. "%f[^%w_]") then
      return true
    end
  end
  return false
end

-- A name with brackets, and nothing behind that ends a statement.
local function is_signature(line)
  local before, name, behind = line:match("^%s*(.-)([%w_~$:]+)%s*%b()(.*)$")
  if not name or NO_FUNCTION[name] or NO_FUNCTION[before:match("^%w*")] then
    return false
  end
  return not before:find("[=.,]%s*$") and not behind:find("[;,.)%]]%s*$")
end

local function is_head(line)
  return has_keyword(line) and not line:find("^%s*[-/#*]") or is_signature(line)
end

-- Blank lines, directives and labels stand where they like.
local function is_loose(line)
  return not line:find("%S") or line:find("^%s*#") ~= nil
    or line:find("^%s*[%a_][%w_]*:%s*$") ~= nil and not line:find("else") and not line:find("try")
end

local function is_opener(line)
  return line:find("^%s*{%s*$") ~= nil
end

-- The head that a line which begins a block belongs to: itself, or one above an opening brace.
local function head_at(lines, row)
  local line = lines[row]
  if is_opener(line) then
    for above = row - 1, math.max(1, row - 4), -1 do
      if is_head(lines[above]) then
        return above
      elseif not lines[above]:find("%S") then
        return nil
      end
    end
    return nil
  end
  return is_head(line) and row or nil
end

local function closes(line)
  return line:find("^%s*[})%]]") ~= nil or line:find("^%s*end") ~= nil
end

-- The last row of what a head begins; nil when nothing is set in below it, as behind a call.
local function end_below(lines, head)
  local indent, last, opened = indent_of(lines[head]), head, false
  for row = head + 1, math.min(#lines, head + MOST_LINES + 1) do
    local line = lines[row]
    if not is_loose(line) then
      local inner = indent_of(line) > indent
      if not inner and opened then
        return closes(line) and row or last
      elseif not inner and not is_opener(line) and row - head >= 4 then
        return nil
      end
      last, opened = row, opened or inner
    end
  end
  return opened and last or nil
end

-- Head and end of what begins at a row.
local function block_at(lines, row)
  local head = head_at(lines, row)
  local last = head and end_below(lines, head)
  return last and head, last
end

local function block_around(lines, first)
  local head, last
  local indent = math.huge
  if not is_loose(lines[first]) then
    head, last = block_at(lines, first)
    indent = indent_of(lines[first])
  end
  for row = first - 1, math.max(1, first - MOST_LINES), -1 do
    if head then
      break
    end
    local line = lines[row]
    if not is_loose(line) and indent_of(line) < indent then
      head, last = block_at(lines, row)
      indent = indent_of(line)
    end
  end
  return head, last
end

--- The function in which these lines stand.
---@param lines string[]
---@param first integer
---@param last integer
---@return integer|nil first, integer|nil last nil when they stand in none, or not whole in one
function M.find(lines, first, last)
  if not lines[first] then
    return nil
  end
  local head, stop = block_around(lines, first)
  if not head or stop < last or stop - head > MOST_LINES then
    return nil
  end
  return head, stop
end

return M
