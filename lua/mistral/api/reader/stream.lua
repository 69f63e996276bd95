--- Reads one answer as it comes: the events of a stream, or a body that came whole, also where a
--- stream was asked for. Decides when it is complete, broken, or failed inside a good status.
local answers = require "mistral.api.reader.answer"
local errors = require "mistral.errors"
local failure = require "mistral.api.failure"
local json = require "mistral.json"
local replies = require "mistral.api.reader.reply"

local M = {}

---@class mistral.Reader what a request asks of whoever reads its answer
---@field spoke boolean something has been handed on; a second try would say it twice
---@field complete boolean all that matters is here, however the transfer ends
---@field failed boolean the service failed while it wrote, and said so
---@field event fun(self, data: string): mistral.Error?
---@field raw fun(self, bytes: string)
---@field finish fun(self, headers: table<string, string>): any, mistral.Error?
---@field partial fun(self): any what there is so far

---@class mistral.ReaderOptions
---@field streamed boolean
---@field emit fun(delta: mistral.Delta)
---@field scrub fun(text: string): string
---@field limit? integer
---@field call? mistral.Call what it answers
---@field translate? fun(chunk: table): table from a provider's own form of chunk to the service's

---@class mistral.Stream: mistral.Reader
local Stream = {}
Stream.__index = Stream

local function has_content(delta)
  return delta.text ~= "" or delta.thinking ~= nil or delta.tool_calls ~= nil
end

local function same(chunk)
  return chunk
end

---@param options mistral.ReaderOptions
---@return mistral.Stream
function M.new(options)
  local self = setmetatable({
    streamed = options.streamed,
    scrub = options.scrub,
    translate = options.translate or same,
    answer = answers.new(options.limit),
    kind = replies.kind_for(options.call),
    pieces = {},
    spoke = false,
    over = false, -- the server has said [DONE]
    complete = false,
    failed = false,
  }, Stream)
  self.emit = function(delta)
    if delta.finish_reason == "error" then
      self.failed = true
    else
      self.spoke = self.spoke or self.streamed and has_content(delta)
      options.emit(delta)
    end
  end
  return self
end

local function broken(message)
  return errors.new("broken", message)
end

-- A decoded chunk of a stream, or a decoded whole answer.
function Stream:take(chunk, headers)
  if type(chunk) ~= "table" then return broken "the server sent JSON that is not an answer" end
  chunk = self.translate(chunk)
  if failure.is_frame(chunk) then return failure.from_frame(chunk, headers or {}, self.scrub) end
  if not self.answer:feed(chunk, self.emit) then
    return errors.new("too_large", "the answer grew larger than allowed")
  end
end

--- One event of the stream.
---@param data string
---@return mistral.Error?
function Stream:event(data)
  if self.over or data == "" then return end
  self.over = data:find("^%s*%[DONE%]%s*$") ~= nil
  if self.over then return end
  local chunk, message = json.decode(data)
  if chunk == nil then return broken("the stream has an event that is " .. message) end
  local err = self:take(chunk)
  self.complete = not err and not self.failed and self.answer:is_finished()
  return err
end

--- Bytes of an answer that is no event stream.
---@param bytes string
function Stream:raw(bytes)
  self.pieces[#self.pieces + 1] = bytes
end

function Stream:take_body(headers)
  local body = table.concat(self.pieces)
  local chunk = json.decode(body)
  if chunk == nil then return failure.from_page(body, headers, self.scrub) end
  local err = self:take(chunk, headers)
  if err or self.failed then return err end
  if not self.answer:has_begun() then return broken "the answer has no choices in it" end
end

--- The transfer is over: the reply, or what is wrong with it.
---@param headers table<string, string>
---@return mistral.Reply?
---@return mistral.Error?
function Stream:finish(headers)
  if not self.streamed or self.pieces[1] then
    local err = self:take_body(headers)
    if err then return nil, err end
  elseif not self.failed and not self.answer:is_finished() then
    return nil, broken "the answer broke off before its end"
  end
  if self.failed then
    return nil, errors.new("server", "the service failed while it was writing the answer")
  end
  return replies.dress(self.answer:reply(), self.kind)
end

---@return mistral.Reply
function Stream:partial()
  return replies.dress(self.answer:reply(), self.kind)
end

return M
