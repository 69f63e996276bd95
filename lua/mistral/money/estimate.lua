--- How many tokens a request will take, before it is sent. The service has no way to ask, so it is
--- guessed from bytes.
---
--- The ratios were measured with Tekken, the vocabulary of the service's current models: C and JSON
--- take 2.9 bytes a token, Lua 3.5, Python 4.4, English prose 4.5, German 4.9, Russian 7.9 (of two
--- bytes each), dense mark-up 2.1, columns of numbers 1.0, and a run of blanks up to 62. So:
---   likely  3.5 bytes a token
---   high    2 bytes a token; only columns of numbers and encoded data take more
---   low     no ratio: a token never crosses the end of a word or of a number, so these are counted,
---           when it matters
local M = {}

local LIKELY_BYTES, HIGH_BYTES = 3.5, 2
local OUTPUT_BYTES = 3.5

-- Tokens of what is no text: at least, and at most. An image is cut into patches, 64 by 64 at most;
-- a document into pages, which nobody knows here: forty, say. Sound takes 12.5 a second.
local IMAGE = { 16, 4200 }
local DOCUMENT = { 1, 40000 }
local AUDIO = { 1, 40000 }

-- What the service's template puts around a message, or a call.
local MESSAGE_HIGH = 8

-- An answer of no stated length is taken to be this long.
M.OUTPUT_TOKENS = 2048
M.PAGES = 10
M.AUDIO_SECONDS = 600

---@class mistral.Prompt what a prompt weighs
---@field bytes integer of text
---@field low integer tokens of what is no text, at least
---@field high integer the same at most, and what stands around messages
---@field texts string[]

local function add_text(prompt, text)
  prompt.bytes = prompt.bytes + #text
  prompt.texts[#prompt.texts + 1] = text
end

local function add_thing(prompt, weight)
  prompt.low, prompt.high = prompt.low + weight[1], prompt.high + weight[2]
end

local DEEPEST = 32

-- Every string of a value, names included: tools and schemas go into the prompt as JSON.
local function add_all(prompt, value, depth)
  if type(value) == "string" then return add_text(prompt, value) end
  if type(value) ~= "table" or depth > DEEPEST then return end
  for name, item in pairs(value) do
    if type(name) == "string" then add_text(prompt, name) end
    add_all(prompt, item, depth + 1)
  end
end

local CHUNKS = {
  text = function(prompt, chunk) add_all(prompt, chunk.text, 0) end,
  thinking = function(prompt, chunk) add_all(prompt, chunk.thinking, 0) end,
  image_url = function(prompt) add_thing(prompt, IMAGE) end,
  document_url = function(prompt) add_thing(prompt, DOCUMENT) end,
  file = function(prompt) add_thing(prompt, DOCUMENT) end,
  input_audio = function(prompt) add_thing(prompt, AUDIO) end,
}

local function add_content(prompt, content)
  if type(content) == "string" then return add_text(prompt, content) end
  if type(content) ~= "table" then return end
  for _, chunk in ipairs(content) do
    local add = type(chunk) == "table" and CHUNKS[chunk.type]
    if add then
      add(prompt, chunk)
    elseif type(chunk) == "string" then
      add_text(prompt, chunk)
    end
  end
end

-- Of a call its name and its arguments reach the model; the rest is our way to write it.
local function add_calls(prompt, calls)
  for _, call in ipairs(type(calls) == "table" and calls or {}) do
    local called = type(call) == "table" and call["function"]
    if type(called) == "table" then
      prompt.high = prompt.high + MESSAGE_HIGH
      add_all(prompt, called.name, 0)
      add_all(prompt, called.arguments, 0)
    end
  end
end

local function add_messages(prompt, messages)
  if type(messages) ~= "table" then return end
  for _, message in ipairs(messages) do
    if type(message) == "table" then
      prompt.high = prompt.high + MESSAGE_HIGH
      add_content(prompt, message.content)
      add_calls(prompt, message.tool_calls)
    end
  end
end

--- Weigh the prompt of a request: messages, tools, prompt and suffix, or a list of inputs.
---@param params table the service's own fields
---@return mistral.Prompt
function M.prompt(params)
  local prompt = { bytes = 0, low = 0, high = 0, texts = {} }
  add_messages(prompt, params.messages)
  if params.tools then add_all(prompt, params.tools, 0) end
  if params.response_format then add_all(prompt, params.response_format, 0) end
  if type(params.prompt) == "string" then add_text(prompt, params.prompt) end
  if type(params.suffix) == "string" then add_text(prompt, params.suffix) end
  if params.input then add_all(prompt, params.input, 0) end
  return prompt
end

---@param prompt mistral.Prompt
---@return integer
function M.likely(prompt)
  return math.ceil(prompt.bytes / LIKELY_BYTES) + math.min(prompt.high, 1000)
end

---@param prompt mistral.Prompt
---@return integer
function M.high(prompt)
  return math.ceil(prompt.bytes / HIGH_BYTES) + prompt.high
end

local function times(text, pattern)
  local _, found = text:gsub(pattern, "")
  return found
end

-- Words (any run of letters; what is not ASCII counts as letters), digits, of which other makers'
-- models take three at once, and runs of signs. One sign alone may belong to the word behind it.
local function least(text)
  return times(text, "[%a\128-\255]+") + times(text, "%d%d?%d?") + times(text, "%p%p+")
end

--- The tokens that the prompt takes at least. It reads the text: some 20 ms for a megabyte.
---@param prompt mistral.Prompt
---@return integer
function M.low(prompt)
  local tokens = prompt.low
  for _, text in ipairs(prompt.texts) do
    tokens = tokens + least(text)
  end
  return tokens
end

--- Whether the prompt leaves no room for that many tokens of answer, for certain. Text is only read
--- when it may be so.
---@param prompt mistral.Prompt
---@param max_tokens integer
---@param context integer
---@return integer? tokens that the prompt takes at least; nil when all may fit
function M.overflow(prompt, max_tokens, context)
  if M.likely(prompt) + max_tokens <= context then return nil end
  local low = M.low(prompt)
  return low + max_tokens > context and low or nil
end

--- Tokens of a piece of an answer: a stream counts its own only at its end.
---@param delta mistral.Delta
---@return number
function M.piece(delta)
  local bytes = #(delta.text or "") + #(delta.thinking or "")
  for _, call in ipairs(delta.tool_calls or {}) do
    if type(call.arguments) == "string" then bytes = bytes + #call.arguments end
  end
  if bytes == 0 then return 0 end
  return math.max(1, bytes / OUTPUT_BYTES)
end

local function count_pages(pages)
  if type(pages) == "table" then return #pages end
  if type(pages) ~= "string" then return nil end
  local sum = 0
  for part in pages:gmatch("[^,]+") do
    local first, last = part:match("^%s*(%d+)%s*%-%s*(%d+)%s*$")
    sum = sum + (first and math.max(0, tonumber(last) - tonumber(first)) + 1 or 1)
  end
  return sum
end

--- What a request will count at most, as if an answer had said so.
---@param params table
---@param prompt mistral.Prompt
---@return mistral.Counts
function M.counts(params, prompt)
  local answers = math.max(1, tonumber(params.n) or 1)
  return {
    tokens_in = M.high(prompt),
    tokens_cached = 0,
    tokens_out = (params.input or params.document) and 0
      or (tonumber(params.max_tokens) or M.OUTPUT_TOKENS) * answers,
    pages = params.document and (count_pages(params.pages) or M.PAGES) or nil,
    seconds = (params.file or params.file_url or params.file_id) and M.AUDIO_SECONDS or nil,
  }
end

return M
