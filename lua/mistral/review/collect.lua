--- Takes the text of an answer as it streams and hands out each JSON object that is an element of
--- an array, the moment its last brace has come. Prose and code fences around the JSON, a missing
--- outer object and a cut-off end are all fine. No byte is looked at twice.
local M = {}

local LARGEST = 64 * 1024 -- bytes of one object; a larger one is skipped
local DEEPEST = 200 -- brackets within brackets; what goes deeper is no answer

---@class mistral.review.Collector
---@field feed fun(self, chunk: string): string[] the objects that became complete, as JSON text
---@field finish fun(self): mistral.review.CollectorEnd
---@field private open string[] closing brackets awaited
---@field private pieces string[]|nil text of the object being collected
local Collector = {}
Collector.__index = Collector

---@class mistral.review.CollectorEnd
---@field json boolean whether anything like JSON was seen
---@field cut boolean whether it ended before its last bracket
---@field oversized integer objects that were too large

---@return mistral.review.Collector
function M.new()
  return setmetatable({
    open = {},
    mode = "outside",
    size = 0,
    json = false,
    oversized = 0,
  }, Collector)
end

local CLOSING = { ["{"] = "}", ["["] = "]" }

--- What may follow an opening bracket if this is JSON and not prose.
local OPENING_PATTERN = { ["{"] = '["}]', ["["] = "[%[{%]]" }

function Collector:keep(chunk, from, to)
  if not self.pieces then
    return
  end
  self.size = self.size + to - from + 1
  if self.size <= LARGEST then
    self.pieces[#self.pieces + 1] = chunk:sub(from, to)
  end
end

function Collector:begin_object()
  self.pieces, self.size, self.depth = {}, 0, #self.open
end

--- The object that just ended, as text; nil when it was too large.
function Collector:end_object()
  local pieces, size = self.pieces, self.size
  self.pieces = nil
  if size > LARGEST then
    self.oversized = self.oversized + 1
    return nil
  end
  return table.concat(pieces)
end

function Collector:reset()
  self.open, self.pieces, self.mode = {}, nil, "outside"
end

--- Outside of JSON: up to a bracket that may open it.
function Collector:outside(chunk, i)
  local at = chunk:find("[{%[]", i)
  if not at then
    return #chunk + 1
  end
  self.bracket, self.mode = chunk:sub(at, at), "opening"
  return at + 1
end

--- Behind a first bracket: JSON if what follows it may follow it there.
function Collector:opening(chunk, i)
  local at = chunk:find("%S", i)
  if not at then
    return #chunk + 1
  end
  if not chunk:find("^" .. OPENING_PATTERN[self.bracket], at) then
    self.mode = "outside"
    return at
  end
  self.json, self.mode = true, "inside"
  self.open = { CLOSING[self.bracket] }
  return at
end

function Collector:open_bracket(bracket)
  if #self.open >= DEEPEST then
    return self:reset()
  end
  if bracket == "{" and not self.pieces and self.open[#self.open] == "]" then
    self:begin_object()
  end
  self.open[#self.open + 1] = CLOSING[bracket]
end

--- Takes a closing bracket; returns whether it closed the object being collected.
function Collector:close_bracket(bracket)
  if table.remove(self.open) ~= bracket then
    self:reset()
    return false
  end
  if #self.open == 0 then
    self.mode = "outside"
  end
  return self.pieces ~= nil and #self.open == self.depth
end

--- Within JSON, between strings.
function Collector:inside(chunk, i, found)
  local at = chunk:find('["{}%[%]]', i)
  if not at then
    self:keep(chunk, i, #chunk)
    return #chunk + 1
  end
  local char = chunk:sub(at, at)
  if char == '"' then
    self.mode = "string"
  elseif CLOSING[char] then
    local collecting = self.pieces ~= nil
    self:open_bracket(char)
    i = collecting and i or at
  end
  self:keep(chunk, i, at)
  if (char == "}" or char == "]") and self:close_bracket(char) then
    found[#found + 1] = self:end_object()
  end
  return at + 1
end

--- Within a string.
function Collector:string(chunk, i)
  local at = chunk:find('["\\]', i)
  if not at then
    self:keep(chunk, i, #chunk)
    return #chunk + 1
  end
  self:keep(chunk, i, at)
  self.mode = chunk:sub(at, at) == '"' and "inside" or "escape"
  return at + 1
end

--- Behind a backslash.
function Collector:escape(chunk, i)
  self:keep(chunk, i, i)
  self.mode = "string"
  return i + 1
end

function Collector:feed(chunk)
  local found, i = {}, 1
  while i <= #chunk do
    i = self[self.mode](self, chunk, i, found)
  end
  return found
end

function Collector:finish()
  return {
    json = self.json,
    cut = #self.open > 0,
    oversized = self.oversized,
  }
end

return M
