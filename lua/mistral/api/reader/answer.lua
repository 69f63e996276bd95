--- One answer put together from its pieces, whether they come as the deltas of a stream or as one
--- whole message. Knows every oddity of the wire: content that is text, null or a list; thinking
--- beside text; tool calls in one piece or in fragments that forget their id and name.
local json = require "mistral.json"

local M = {}

---@class mistral.ToolCall
---@field id? string
---@field type "function"
---@field function { name: string, arguments: string }

---@class mistral.ToolCallDelta
---@field index integer place in the reply's `tool_calls`, from 1
---@field id? string
---@field name? string
---@field arguments string the new part of them

---@class mistral.Delta
---@field index integer which of `n` answers, from 1
---@field text string the new text, often ""
---@field thinking? string
---@field tool_calls? mistral.ToolCallDelta[]
---@field usage? table the service's own table
---@field finish_reason? string

---@class mistral.Reply
---@field json fun(self, schema?: table): any, mistral.Error? reads the JSON in `text`, and checks it
---@field text string
---@field thinking? string
---@field tool_calls? mistral.ToolCall[]
---@field finish_reason? string
---@field usage? table
---@field model? string
---@field id? string
---@field message table the assistant message, as it goes back into `messages`
---@field choices? mistral.Choice[] all the answers, when more than one was asked for
---@field messages? table[] of `run` and conversations: all that was said, the reply at its end
---@field turns? integer of `run` and conversations: how often the model was asked
---@field left_out? integer of conversations: messages that the model could not hold
---@field request_id? string
---@field deprecated? string when the service says that the model goes away
---@field timing? { connect_ms: integer, head_ms: integer, total_ms: integer }
---@field http? string
---@field reused? boolean the connection was already there
---@field attempts? integer

---@class mistral.Choice
---@field json fun(self, schema?: table): any, mistral.Error?
---@field text string
---@field thinking? string
---@field tool_calls? mistral.ToolCall[]
---@field finish_reason? string
---@field message table

---@class mistral.Answer
---@field private limit integer
---@field private size integer
---@field private choices table[]
local Answer = {}
Answer.__index = Answer

local LIMIT_BYTES = 64 * 1024 * 1024
local PIECE_BYTES = 32 -- what a piece counts for besides its bytes: its place in Lua's memory
local CALL_BYTES = 512 -- and an empty tool call
local MAX_CHOICES = 128

--- An empty answer.
---@param limit? integer most bytes it may grow to
---@return mistral.Answer
function M.new(limit)
  return setmetatable({ limit = limit or LIMIT_BYTES, size = 0, choices = {} }, Answer)
end

-- A string that says something: not null, not "", and not the text "null" that some models send.
local function said(value)
  if type(value) == "string" and value ~= "" and value ~= "null" then return value end
end

local function as_table(value)
  return type(value) == "table" and value or {}
end

-- Content ---------------------------------------------------------------------------------------

local function thinking_text(thinking)
  if type(thinking) == "string" then return thinking end
  local parts = {}
  for _, part in ipairs(as_table(thinking)) do
    if type(part) == "table" and type(part.text) == "string" then parts[#parts + 1] = part.text end
  end
  return table.concat(parts)
end

-- Text and thinking of a list of chunks. Kinds of chunk that are not known are left out.
local function read_chunks(choice, chunks)
  local texts, thoughts = {}, {}
  for _, chunk in ipairs(chunks) do
    if type(chunk) == "table" and chunk.type == "text" and type(chunk.text) == "string" then
      texts[#texts + 1] = chunk.text
    elseif type(chunk) == "table" and chunk.type == "thinking" then
      thoughts[#thoughts + 1] = thinking_text(chunk.thinking)
      choice.signature = said(chunk.signature) or choice.signature
    end
  end
  return table.concat(texts), table.concat(thoughts)
end

-- Some servers send thinking beside the content instead of in it.
local function thinking_beside(piece)
  return said(piece.reasoning_content) or said(piece.reasoning) or ""
end

local function read_content(choice, piece)
  local content = piece.content
  if type(content) == "string" then return content, thinking_beside(piece) end
  if type(content) ~= "table" then return "", thinking_beside(piece) end
  return read_chunks(choice, content)
end

-- Tool calls ------------------------------------------------------------------------------------

-- All that is kept counts, so that nothing a server can say without end grows without end.
local function keep(choice, list, value)
  if value == "" then return end
  list[#list + 1] = value
  choice.grown = choice.grown + #value + PIECE_BYTES
end

local function open_call(choice, index)
  local call = { place = #choice.calls + 1, arguments = {} }
  choice.calls[call.place] = call
  choice.by_index[index] = call
  choice.grown = choice.grown + CALL_BYTES
  return call
end

-- The id or name of a call is the first that was said.
local function remember(choice, call, field, value)
  if call[field] or not value then return end
  call[field] = value
  choice.grown = choice.grown + #value
end

-- The call a fragment belongs to. Older models number every call 0, so a new id opens a new call; in a
-- message that came whole there are no fragments.
local function call_of(choice, index, id, whole)
  local call = choice.by_index[index]
  if whole or not call or id and call.id and id ~= call.id then call = open_call(choice, index) end
  remember(choice, call, "id", id)
  return call
end

local function arguments_text(arguments)
  if type(arguments) == "string" then return arguments end
  if type(arguments) ~= "table" then return "" end
  return json.encode(arguments) or ""
end

local function read_call(choice, fragment, position, whole)
  local index = type(fragment.index) == "number" and fragment.index or position - 1
  local call = call_of(choice, index, said(fragment.id), whole)
  local called = as_table(fragment["function"])
  remember(choice, call, "name", said(called.name))
  local arguments = arguments_text(called.arguments)
  keep(choice, call.arguments, arguments)
  return { index = call.place, id = call.id, name = call.name, arguments = arguments }
end

local function read_calls(choice, fragments, whole)
  local deltas = {}
  for position, fragment in ipairs(as_table(fragments)) do
    if type(fragment) == "table" then
      deltas[#deltas + 1] = read_call(choice, fragment, position, whole)
    end
  end
  return deltas[1] and deltas or nil
end

-- Feeding ---------------------------------------------------------------------------------------

local function read_piece(choice, piece, whole)
  local text, thinking = read_content(choice, piece)
  local calls = read_calls(choice, piece.tool_calls, whole)
  keep(choice, choice.text, text)
  keep(choice, choice.thinking, thinking)
  return {
    index = choice.place,
    text = text,
    thinking = thinking ~= "" and thinking or nil,
    tool_calls = calls,
  }
end

function Answer:choice(index)
  local place = type(index) == "number" and index + 1 or 1
  if place < 1 or place > MAX_CHOICES or place % 1 ~= 0 then return nil end
  local choice = self.choices[place]
  if not choice then
    choice = { place = place, text = {}, thinking = {}, calls = {}, by_index = {}, grown = 0 }
    self.choices[place] = choice
  end
  return choice
end

local function says_something(delta)
  return delta.text ~= "" or delta.thinking or delta.tool_calls or delta.usage
    or delta.finish_reason
end

function Answer:read_choice(item, usage)
  local choice = type(item) == "table" and self:choice(item.index)
  if not choice then return nil end
  local delta = read_piece(choice, as_table(item.delta or item.message), item.delta == nil)
  self.size, choice.grown = self.size + choice.grown, 0
  choice.finish_reason = said(item.finish_reason) or choice.finish_reason
  delta.finish_reason, delta.usage = said(item.finish_reason), usage
  return delta
end

--- Take in one chunk of a stream, or a whole answer.
---@param chunk table decoded
---@param emit fun(delta: mistral.Delta)
---@return boolean kept false when the answer has grown past its limit
function Answer:feed(chunk, emit)
  self.id = said(chunk.id) or self.id
  self.model = said(chunk.model) or self.model
  local usage = type(chunk.usage) == "table" and json.without_nulls(chunk.usage) or nil
  self.usage = usage or self.usage
  local items = as_table(chunk.choices)
  for _, item in ipairs(items) do
    local delta = self:read_choice(item, usage)
    if self.size > self.limit then return false end
    if delta and says_something(delta) then emit(delta) end
  end
  if #items == 0 and usage then emit { index = 1, text = "", usage = usage } end
  return true
end

-- Telling ---------------------------------------------------------------------------------------

local function told_calls(choice)
  local calls = {}
  for _, call in ipairs(choice.calls) do
    if call.name then
      local arguments = table.concat(call.arguments)
      calls[#calls + 1] = {
        id = call.id,
        type = "function",
        ["function"] = { name = call.name, arguments = arguments ~= "" and arguments or "{}" },
      }
    end
  end
  return calls[1] and calls or nil
end

-- As the service wants it back: all the thinking in one chunk, before the text.
local function message_of(text, thinking, signature, calls)
  local content = text
  if thinking then
    local chunk = { type = "text", text = thinking }
    content = { { type = "thinking", thinking = { chunk }, signature = signature } }
    if text ~= "" then content[2] = { type = "text", text = text } end
  end
  return { role = "assistant", content = content, tool_calls = calls }
end

local function told(choice)
  local text, thinking = table.concat(choice.text), table.concat(choice.thinking)
  thinking = thinking ~= "" and thinking or nil
  local calls = told_calls(choice)
  return {
    text = text,
    thinking = thinking,
    tool_calls = calls,
    finish_reason = choice.finish_reason,
    message = message_of(text, thinking, choice.signature, calls),
  }
end

--- Some choice was begun.
---@return boolean
function Answer:has_begun()
  return next(self.choices) ~= nil
end

--- Every choice that was begun has told why it ended.
---@return boolean
function Answer:is_finished()
  for _, choice in pairs(self.choices) do
    if not choice.finish_reason then return false end
  end
  return next(self.choices) ~= nil
end

--- What there is so far.
---@return mistral.Reply
function Answer:reply()
  local all = {}
  for place = 1, MAX_CHOICES do
    if self.choices[place] then all[#all + 1] = told(self.choices[place]) end
  end
  local reply = told(self:choice(0))
  reply.id, reply.model, reply.usage = self.id, self.model, self.usage
  if #all > 1 then reply.choices = all end
  return reply
end

return M
