--- What of each file is sent, and in which request: changes with what stands around them, cut where
--- files come apart, small files together. The order stays that of the files.
local borders = require("mistral.review.cut.borders")
local spans = require("mistral.review.cut.spans")

local M = {}

-- Tokens of one request's code. A model that reads a thousand lines at once finds less in each of
-- them than one that reads them in parts, and parts are answered side by side; but a file of usual
-- size should stay whole, since half a file raises false alarms. This holds some 900 lines.
M.REQUEST_TOKENS = 12000
M.LEAST_TOKENS = 500

-- Lines around a change that are sent, before they are trimmed to where a function begins or ends.
M.CONTEXT = 10

-- A request about more files than these is a request about none of them.
local MOST_FILES = 12

-- Bytes of code for one token, somewhat below the likely 3.5, and the number before each line.
local BYTES_PER_TOKEN, LINE_TOKENS = 3, 5
local FILE_TOKENS = 40 -- the lines that name a file

-- Share of a request in which the best place to cut is looked for.
local LOOK_BACK = 0.4

---@class mistral.review.Slice some lines of a file
---@field source mistral.review.Source
---@field from integer index into its rows
---@field to integer
---@field first? integer row of its first line of the new side; nil when it has none
---@field last? integer
---@field tokens integer what its lines take
---@field head? integer index of the line that heads what the slice begins in the middle of

---@alias mistral.review.Piece mistral.review.Slice[] what one request is about

---@class mistral.review.CutOptions
---@field request_tokens? integer
---@field context? integer lines around a change
---@field breathe? fun()

local function no_breath() end

local function weigh_line(row)
  return math.ceil(#row.text / BYTES_PER_TOKEN) + LINE_TOKENS
end

-- The last line of a part that begins at `from` and has room for so many tokens.
local function furthest(source, from, to, room)
  local tokens = 0
  for i = from, to do
    tokens = tokens + weigh_line(source.rows[i])
    if tokens > room then
      return math.max(from, i - 1)
    end
  end
  return to
end

-- The last line before the best cut; of equal ones the latest.
local function best_end(source, from, last)
  local low = math.max(from + 1, math.ceil(last - (last - from) * LOOK_BACK))
  local best, found = -1, last
  borders.each(source, low, last + 1, function(i, quality)
    if quality >= best then
      best, found = quality, i - 1
    end
  end)
  return found
end

local function slice_of(source, from, to)
  local first, last, tokens = nil, nil, 0
  for i = from, to do
    local row = source.rows[i]
    first, last, tokens = first or row.row, row.row or last, tokens + weigh_line(row)
  end
  return {
    source = source, from = from, to = to, first = first, last = last, tokens = tokens,
    head = borders.head(source, from),
  }
end

-- A span as parts of at most so many tokens.
local function parts_of(source, span, room, breathe)
  local parts, from = {}, span.from
  while from <= span.to do
    local to = furthest(source, from, span.to, room)
    if to < span.to then
      to = best_end(source, from, to)
    end
    parts[#parts + 1] = slice_of(source, from, to)
    from = to + 1
    breathe()
  end
  return parts
end

local Packer = {}
Packer.__index = Packer

function Packer:close()
  if #self.piece > 0 then
    self.pieces[#self.pieces + 1] = self.piece
  end
  self.piece, self.tokens, self.files = {}, 0, 0
end

function Packer:add(slice)
  local last = self.piece[#self.piece]
  local another = not last or last.source ~= slice.source
  local tokens = slice.tokens + (another and FILE_TOKENS or 0)
  if self.tokens + tokens > self.room or another and self.files >= MOST_FILES then
    self:close()
    another = true
  end
  self.piece[#self.piece + 1] = slice
  self.tokens = self.tokens + tokens
  self.files = self.files + (another and 1 or 0)
end

-- A file that would be torn apart though it fits a request of its own begins a new one.
local function add_source(packer, list)
  local tokens = FILE_TOKENS
  for _, slice in ipairs(list) do
    tokens = tokens + slice.tokens
  end
  if tokens <= packer.room and packer.tokens + tokens > packer.room then
    packer:close()
  end
  for _, slice in ipairs(list) do
    packer:add(slice)
  end
end

--- Cut the files into requests.
---@param sources mistral.review.Source[]
---@param options? mistral.review.CutOptions
---@return mistral.review.Piece[]
function M.plan(sources, options)
  options = options or {}
  local breathe = options.breathe or no_breath
  local room = math.max(M.LEAST_TOKENS, options.request_tokens or M.REQUEST_TOKENS)
  local packer = setmetatable({
    pieces = {}, piece = {}, tokens = 0, files = 0, room = room,
  }, Packer)
  for _, source in ipairs(sources) do
    local list = {}
    for _, span in ipairs(spans.of(source, options.context or M.CONTEXT, breathe)) do
      for _, slice in ipairs(parts_of(source, span, room - FILE_TOKENS, breathe)) do
        list[#list + 1] = slice
      end
    end
    add_source(packer, list)
    breathe()
  end
  packer:close()
  return packer.pieces
end

return M
