--- Puts back, into an answer, the secrets that were hidden in the question.
local tables = require "mistral.tables"

local M = {}

---@class mistral.Restorer
---@field private hidden mistral.Hidden
---@field private choices table<integer, mistral.RestoredTexts> by index of the choice
local Restorer = {}
Restorer.__index = Restorer

---@class mistral.RestoredTexts the texts of one answer, each of which may break off in a placeholder
---@field text fun(piece: string, last: boolean): string
---@field thinking fun(piece: string, last: boolean): string
---@field calls table<integer, fun(piece: string, last: boolean): string>

--- For one answer, as it comes.
---@param hidden mistral.Hidden
---@return mistral.Restorer
function M.new(hidden)
  return setmetatable({ hidden = hidden, choices = {} }, Restorer)
end

function Restorer:texts_of(index)
  local texts = self.choices[index]
  if not texts then
    texts = {
      text = self.hidden.stream(self.hidden.as_json), thinking = self.hidden.stream(), calls = {},
    }
    self.choices[index] = texts
  end
  return texts
end

function Restorer:restore_call(texts, call)
  local stream = texts.calls[call.index] or self.hidden.stream(true) -- they are JSON
  texts.calls[call.index] = stream
  local out = tables.copy(call)
  out.arguments = stream(call.arguments, false)
  return out
end

-- The ends of arguments that were held back, when nothing more of them can come.
local function last_calls(texts, calls)
  for index, stream in pairs(texts.calls) do
    local rest = stream("", true)
    if rest ~= "" then calls[#calls + 1] = { index = index, arguments = rest } end
  end
  return calls
end

-- Whatever else it has, such as the segments of a transcription, says something.
local function says_nothing(delta)
  for name, value in pairs(delta) do
    if name ~= "index" and value ~= "" then return false end
  end
  return true
end

--- The delta with what it says restored; nil when all of it is held back for now. The one that ends
--- a choice brings what was held back of it.
---@param delta mistral.Delta
---@param last? boolean nothing comes behind it
---@return mistral.Delta?
function Restorer:delta(delta, last)
  local out, texts = tables.copy(delta), self:texts_of(delta.index or 1)
  last = last or delta.finish_reason ~= nil
  out.text = texts.text(delta.text or "", last)
  local thinking = texts.thinking(delta.thinking or "", last)
  out.thinking = thinking ~= "" and thinking or nil
  local calls = {}
  for place, call in ipairs(delta.tool_calls or {}) do
    calls[place] = self:restore_call(texts, call)
  end
  if last then last_calls(texts, calls) end
  out.tool_calls = calls[1] and calls or nil
  if not says_nothing(out) then return out end
end

--- What is held back still, of an answer that broke off.
---@return mistral.Delta[]
function Restorer:rest()
  local list = {}
  for index in pairs(self.choices) do
    list[#list + 1] = self:delta({ index = index, text = "" }, true)
  end
  return list
end

-- Texts that are JSON, and stay so with a quote or a backslash put into them.
local function is_json(name, hidden)
  return name == "arguments" or hidden.as_json and (name == "content" or name == "text")
end

local function restored(value, hidden, as_json)
  if type(value) == "string" then return hidden.restore(value, as_json) end
  if type(value) ~= "table" then return value end
  local out = {}
  for name, item in pairs(value) do
    out[name] = restored(item, hidden, is_json(name, hidden))
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
