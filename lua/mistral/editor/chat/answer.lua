--- One question of a conversation on its way, and its answer as it is written below it.
local attach = require("mistral.editor.chat.attach")
local document = require("mistral.editor.chat.document")
local request = require("mistral.editor.chat.request")
local sessions = require("mistral.editor.session")
local writers = require("mistral.editor.chat.writer")

local M = {}

---@class mistral.chat.Answer: mistral.Task
---@field kind "chat"|"explain"
---@field talk mistral.chat.Talk
---@field session mistral.Session
---@field noun string for sentences: "the answer"
---@field ended boolean
---@field why? mistral.Why it was stopped
---@field request? mistral.Request
---@field writer? mistral.chat.Writer
---@field asked { index: integer, text?: string, content?: any } the turn of the question
---@field stop_preparing? fun()
local Answer = {}
Answer.__index = Answer

-- Reading what is asked ----------------------------------------------------------------------------

local PICTURE = "an earlier question has a picture, and the model %s sees none: take its @image "
  .. "out, or name a model that sees at the top of the chat"

-- What was sent for a turn before, as far as the model that is asked now can take it.
local function known_turn(self, known, done)
  if self.view.sees == false and type(known.content) == "table" then
    return done(nil, PICTURE:format(self.view.model))
  end
  done(known.content)
end

-- What is sent for one turn: as it was before, or read anew. Only the question that is asked now may
-- speak of what is before the user now.
local function read_turn(self, document_read, index, done)
  local turn, last = document_read.turns[index], #document_read.turns
  local known = self.talk.sent[index]
  if turn.role ~= "user" then
    return done()
  elseif index < last and known and known.text == turn.text then
    return known_turn(self, known, done)
  end
  local read = index < last and attach.again or attach.read
  read(self.view, turn.text, function(attachments, message)
    if not attachments then
      return done(nil, message)
    end
    self:note(attachments.lost)
    done(attach.content(turn.text, attachments))
  end)
end

local function read_turns(self, read, index, contents, done)
  if index > #read.turns then
    return done(contents)
  end
  read_turn(self, read, index, function(content, message)
    if message then
      return done(nil, message)
    end
    contents[index] = content
    read_turns(self, read, index + 1, contents, done)
  end)
end

--- @words of earlier questions whose meaning is not known any more.
function Answer:note(lost)
  for _, said in ipairs(lost or {}) do
    self.lost = self.lost or {}
    self.lost[#self.lost + 1] = said
  end
end

--- Reads all that is to be sent.
---@param talk mistral.chat.Talk
---@param read mistral.chat.Document
---@param view mistral.chat.View
---@param done fun(contents: table<integer, any>|nil, message: string|nil)
function M.read(talk, read, view, done)
  read_turns(setmetatable({ talk = talk, view = view }, Answer), read, 1, {}, done)
end

-- Asking -------------------------------------------------------------------------------------------

local LOST = "what %s stood for in an earlier question is not known any more, and is not sent"
local LEFT_OUT = "%d earlier messages are left out: the model holds no more"

local function tell_of(self, lost, left_out)
  if lost then
    self.session:tell(LOST:format(table.concat(lost, ", ")))
  end
  if left_out > 0 then
    self.session:tell(LEFT_OUT:format(left_out))
  end
end

function Answer:send()
  self.request = self.client:chat(self.fields, self.session:callbacks(self))
  self.session:tell_hidden(self.request, self.asked.index > 0 and "question" or "explanation")
end

-- What stands there now, if it says what was read: only its rows may have changed.
local function unchanged(self, read)
  local there = self.talk.host.valid(self.talk.buffer)
  local now = there and document.read(self.talk:lines(), self.talk.leading)
  if not now or #now.turns ~= #read.turns then
    return nil
  end
  for index, turn in ipairs(read.turns) do
    if now.turns[index].text ~= turn.text or now.turns[index].role ~= turn.role then
      return nil
    end
  end
  return now
end

local CHANGED = "the chat was changed while its @words were read; send it again"

function Answer:begin(read, contents)
  local now = unchanged(self, read)
  if not now then
    return self:refuse(CHANGED)
  end
  self.asked.content = contents[self.asked.index]
  local talk = self.talk
  local messages = request.messages(now, contents, talk.opening, self.options.chat)
  local left_out
  local model = talk.model(self.options)
  self.fields, left_out = request.fields(self.client, read.settings, messages, model)
  local place, message = talk:make_room(now)
  if not place then
    return self:refuse(message)
  end
  tell_of(self, self.lost, left_out)
  self.writer = writers.new(talk.host, talk.buffer, place, function()
    self:cancel("gone")
  end)
  self.writer:blank("waiting for " .. self.fields.model)
  self:send()
end

--- In another turn of the editor: what was read may be long, and so is what is made of it.
---@param fn fun() not called when it has ended meanwhile
function Answer:later(fn)
  self.session.host.schedule(function()
    if not self.ended then
      fn()
    end
  end)
end

--- Ends before anything was sent.
---@param message string|false
function Answer:refuse(message)
  self.ended, self.talk.answer = true, nil
  if self.stop_preparing then
    self.stop_preparing()
  end
  if self.asked.index == 0 then
    self.talk:settle(self, false)
  end
  self.session:finish(self)
  if message then
    self.session:tell(message, "warn")
  end
end

-- Hearing ------------------------------------------------------------------------------------------

function Answer:on_delta(delta)
  if delta.thinking and not self.writer.began then
    self.writer:blank(self.fields.model .. " is thinking")
  end
  self.writer:say(delta.text)
end

function Answer:on_retry(retry)
  self.session:tell_retry(retry)
end

function Answer:finish()
  self.ended = true
  self.writer:rest()
  local came = self.writer.began
  if came and self.asked.text then
    self.talk.sent[self.asked.index] = self.asked
  end
  self.talk:settle(self, came)
  self.writer:close()
  self.talk.answer = nil
  self.session:finish(self)
  self.talk:save()
end

function Answer:on_done(reply)
  self:finish()
  if reply.finish_reason == "length" then
    self.session:tell(("%s was cut off"):format(self.noun), "warn")
  elseif not self.writer.began then
    self.session:tell(("%s came back empty"):format(self.noun), "warn")
  end
  self.talk:tell_cost(self, reply)
end

local WHY = {
  changed = { "%s was stopped: " .. sessions.CHANGED, "warn" },
  user = { "%s was stopped", "info" },
  gone = { "%s was stopped: the place for it is gone", "warn" },
}

-- Once more with less of the past, where the service finds it too much.
local function again(self, err)
  if err.code ~= "context_too_long" or self.writer.began or self.why then
    return false
  end
  local messages, left_out = request.fewer(self.fields.messages)
  if not messages or left_out == 0 then
    return false
  end
  tell_of(self, nil, left_out)
  self.fields.messages = messages
  self:send()
  return true
end

function Answer:on_error(err)
  if again(self, err) then
    return
  end
  self:finish()
  local why = WHY[self.why]
  if err.code ~= "cancelled" then
    self.session:fail(err)
  elseif why and not (self.why == "gone" and not self.writer.gone) then
    self.session:tell(why[1]:format(self.noun), why[2])
  end
end

--- Keeps what came, unless the window belongs to another explanation from now on.
---@param why? mistral.Why
function Answer:cancel(why)
  if self.ended or self.why then
    return
  end
  self.why = why or "user"
  if not self.request then
    return self:refuse(self.why == "user" and WHY.user[1]:format(self.noun))
  end
  if self.why == "replaced" then
    self.writer:drop()
  end
  self.writer:flush()
  self.request:cancel()
end

---@param talk mistral.chat.Talk
---@param read mistral.chat.Document what is asked
---@param client mistral.Client
---@param view mistral.chat.View
---@return mistral.chat.Answer
function M.start(talk, read, client, view)
  local self = setmetatable({
    kind = talk.kind, talk = talk, session = talk.session, client = client, view = view,
    options = view.options, noun = talk:noun(read), ended = false,
    asked = { index = #read.turns, text = read.turns[1] and read.turns[#read.turns].text },
  }, Answer)
  talk.answer = self
  self.session:begin(self)
  talk.prepare(self, function()
    read_turns(self, read, 1, {}, function(contents, message)
      self:later(function()
        if not contents then
          return self:refuse(message)
        end
        self:begin(read, contents)
      end)
    end)
  end)
  return self
end

return M
