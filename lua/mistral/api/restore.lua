--- Puts back, into an answer, the secrets that were hidden in the question.
local M = {}

---@class mistral.Hidden what was hidden in one request
---@field count integer
---@field kinds table<string, integer>
---@field restore fun(text: string): string
---@field stream fun(): fun(piece: string, last: boolean): string holds back half a placeholder

---@class mistral.Restorer
---@field private hidden mistral.Hidden
---@field private streams table<string, fun(piece: string, last: boolean): string>
local Restorer = {}
Restorer.__index = Restorer

--- For one answer, as it comes.
---@param hidden mistral.Hidden
---@return mistral.Restorer
function M.new(hidden)
  return setmetatable({ hidden = hidden, streams = {}, texts = {} }, Restorer)
end

-- Each of the texts that an answer is made of may break off inside a placeholder.
function Restorer:through(name, piece)
  local stream = self.streams[name]
  if not stream then
    stream = self.hidden.stream()
    self.streams[name] = stream
  end
  return stream(piece, false)
end

local function copy(delta)
  local out = {}
  for name, value in pairs(delta) do
    out[name] = value
  end
  return out
end

function Restorer:calls(index, calls)
  local out = {}
  for place, call in ipairs(calls) do
    out[place] = copy(call)
    out[place].arguments = self:through(index .. " call " .. call.index, call.arguments)
  end
  return out
end

local function says_nothing(delta)
  return delta.text == "" and not delta.thinking and not delta.tool_calls and not delta.usage
    and not delta.finish_reason
end

--- The delta with what it says restored; nil when all of it is held back for now.
---@param delta mistral.Delta
---@return mistral.Delta?
function Restorer:delta(delta)
  local out, index = copy(delta), delta.index or 1
  if delta.text then
    self.texts[index] = true
    out.text = self:through(index .. " text", delta.text)
  end
  if delta.thinking then
    local thinking = self:through(index .. " thinking", delta.thinking)
    out.thinking = thinking ~= "" and thinking or nil
  end
  if delta.tool_calls then out.tool_calls = self:calls(index, delta.tool_calls) end
  if not says_nothing(out) then return out end
end

--- What the texts still held back, when nothing follows; nil when that is nothing.
---@return mistral.Delta?
function Restorer:rest()
  for index in pairs(self.texts) do
    local text = self.streams[index .. " text"]("", true)
    if text ~= "" then
      self.texts[index] = nil
      return { index = index, text = text }
    end
  end
end

local function restored(value, hidden)
  if type(value) == "string" then return hidden.restore(value) end
  if type(value) ~= "table" then return value end
  local out = {}
  for name, item in pairs(value) do
    out[name] = restored(item, hidden)
  end
  return setmetatable(out, getmetatable(value))
end

--- A whole value with every text in it restored; a new one, the other stays as it is.
---@generic T
---@param value T
---@param hidden mistral.Hidden
---@return T
function M.value(value, hidden)
  return restored(value, hidden)
end

return M
