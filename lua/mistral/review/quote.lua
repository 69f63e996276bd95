--- What a model may have meant by a quote: models copy numbers and marks along, put fences around, and
--- leave out what is long.
local text = require("mistral.lines")

local M = {}

local SHORTEST_BEGINNING = 8 -- bytes of a quote that was cut short with an ellipsis

local function is_blank(line)
  return not line:find("%S")
end

--- The quote's lines as the code's were made, without blank lines around them.
---@param quote string
---@return string[]
function M.lines(quote)
  local all, out, first = text.code_lines(text.split_lines(quote)), {}, 1
  while all[first] and is_blank(all[first]) do
    first = first + 1
  end
  local last = #all
  while last > first and is_blank(all[last]) do
    last = last - 1
  end
  for i = first, last do
    out[#out + 1] = all[i]
  end
  return out
end

-- A model may write anything, so no pattern here may try a place twice.
local function without_end(line, class)
  local to = #line
  while to > 0 and line:find(class, to) do
    to = to - 1
  end
  return line:sub(1, to)
end

local function each_line(quote, change)
  local out = {}
  for i, line in ipairs(quote) do
    out[i] = change(line)
    if not out[i] then
      return nil
    end
  end
  return out
end

--- Without the prompt's own numbers and marks, in case the model copied those too.
local function without_numbers(quote)
  return each_line(quote, function(line)
    local rest = line:match("^%s*%d+|(.*)$") or line:match("^%s*|(.*)$")
    return rest and rest:gsub("^[ +]", "", 1)
  end)
end

--- Without the marks of a diff.
local function without_marks(quote)
  return each_line(quote, function(line)
    return line:match("^%+(.*)$")
  end)
end

--- Up to where an enormous line was clipped.
local function before_clip(quote)
  local out = {}
  for i, line in ipairs(quote) do
    local at = line:find("%.%.%.%[%d+ more bytes%]$")
    out[i] = at and line:sub(1, at - 1) or line
    if at then
      return out
    end
  end
end

--- Up to an ellipsis that stands for the rest of a line, or for more lines.
local function before_ellipsis(quote)
  local out = {}
  for _, line in ipairs(quote) do
    local at = line:find("%.%.%.%s*$") or line:find("\226\128\166%s*$")
    if at then
      local kept = without_end(line:sub(1, at - 1), "^%s")
      out[#out + 1] = kept:find("%S") and kept or nil
      return #table.concat(out) >= SHORTEST_BEGINNING and out or nil
    end
    out[#out + 1] = line
  end
end

--- Without a code fence, or backticks, around it.
local function without_fence(quote)
  if #quote == 1 then
    local from, bare = quote[1]:match("^%s*`+()"), without_end(quote[1], "^%s")
    local inner = from and bare:find("`$") and without_end(bare:sub(from), "^`")
    return inner and { inner } or nil
  elseif not quote[1]:find("^%s*```") or not quote[#quote]:find("^%s*```%s*$") then
    return nil
  end
  local out = {}
  for i = 2, #quote - 1 do
    out[#out + 1] = quote[i]
  end
  return out
end

local function same(quote)
  return quote
end

--- The ways to read a quote, the most faithful first: each makes the lines that may have been meant, or
--- nil where it does not apply.
---@type (fun(quote: string[]): string[]|nil)[]
M.ways = { same, without_fence, without_numbers, without_marks, before_clip, before_ellipsis }

return M
