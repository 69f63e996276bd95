--- Which lines of a file are worth sending: all of a text, and of a change what stands around it up
--- to where its function begins and ends.
local borders = require("mistral.review.cut.borders")

local M = {}

local REACH = 40 -- how much further than the context a function's begin or end is looked for
local GAP = 4 -- fewer lines than these between two spans are sent as well

---@class mistral.review.Span
---@field from integer index into the rows
---@field to integer

local function is_blank(row)
  return not row.text:find("%S")
end

-- The nearest place above at which a block begins, else the furthest blank line within the context.
local function begin_of(source, first, context)
  local low = math.max(1, first - context - REACH)
  local near = math.max(1, first - context)
  local block, blank
  borders.each(source, low, first, function(i, quality)
    if quality >= borders.INNER then
      block = i
    elseif quality == borders.BLANK and i >= near then
      blank = blank or i
    end
  end)
  return block or blank or near
end

-- The same below: the nearest end of a block at the left edge, else the last blank line.
local function end_of(source, last, context)
  local high = math.min(#source.rows + 1, last + context + REACH)
  local near = math.min(#source.rows, last + context)
  local block, blank
  borders.each(source, last + 1, high, function(i, quality)
    if quality == borders.TOP then
      block = block or i
    elseif quality >= borders.BLANK and i <= near + 1 then
      blank = i
    end
  end)
  if not block and high > #source.rows then
    return #source.rows
  end
  return block and block - 1 or blank and blank - 1 or near
end

local function trimmed(source, span)
  local rows = source.rows
  while span.from < span.to and rows[span.from].kind == " " and is_blank(rows[span.from]) do
    span.from = span.from + 1
  end
  while span.to > span.from and rows[span.to].kind == " " and is_blank(rows[span.to]) do
    span.to = span.to - 1
  end
  return span
end

-- Runs of changed lines, those near each other as one.
local function clusters(source, near, breathe)
  local list = {}
  for i, row in ipairs(source.rows) do
    if row.kind ~= " " then
      local last = list[#list]
      if last and i - last.to <= near then
        last.to = i
      else
        list[#list + 1] = { from = i, to = i }
      end
    end
    if i % 256 == 0 then
      breathe()
    end
  end
  return list
end

local function joined(list)
  local out = {}
  for _, span in ipairs(list) do
    local last = out[#out]
    if last and span.from - last.to <= GAP then
      last.from, last.to = math.min(last.from, span.from), math.max(last.to, span.to)
    else
      out[#out + 1] = span
    end
  end
  return out
end

--- The spans of a file that are sent, in order and apart.
---@param source mistral.review.Source
---@param context integer lines around a change
---@param breathe fun()
---@return mistral.review.Span[]
function M.of(source, context, breathe)
  if source.whole then
    return #source.rows > 0 and { { from = 1, to = #source.rows } } or {}
  end
  local list = {}
  for _, cluster in ipairs(clusters(source, context, breathe)) do
    list[#list + 1] = trimmed(source, {
      from = begin_of(source, cluster.from, context),
      to = end_of(source, cluster.to, context),
    })
    breathe()
  end
  return joined(list)
end

return M
