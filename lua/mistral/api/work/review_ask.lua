--- Asks for all pieces of a review, a few at a time, and tells each finding the moment it is complete.
---
--- Answers are heard where mail is drained, and looked at in the task's own function, which may take a
--- breath between two findings. So what is heard stands in a queue.
local collect = require "mistral.review.collect"
local errors = require "mistral.errors"
local json = require "mistral.json"
local scores = require "mistral.review.score"

local M = {}

-- Of one answer. No honest one has as many; one that goes on and on is stopped, and not paid for.
local MOST_OBJECTS = 500
local MOST_BYTES = 4 * 1024 * 1024

local SLICE = 4096 -- bytes of an answer that are read at once

-- What would fail every other request, too.
local FATAL = {
  budget = true, no_key = true, bad_key = true, unauthorized = true, forbidden = true,
  unknown_model = true, quota = true, insecure = true, unavailable = true, unsupported = true,
  tls = true, redirect = true, not_found = true,
}

---@class mistral.review.Asking
---@field task mistral.Task
---@field plan mistral.ReviewPlan
---@field tally mistral.review.Tally
---@field failures integer
local Asking = {}
Asking.__index = Asking

-- The queue --------------------------------------------------------------------------------------

function Asking:hear(event)
  self.last = self.last + 1
  self.queue[self.last] = event
  if self.waiting then
    self.waiting = false
    self.task:go()
  end
end

function Asking:next_event()
  while self.first > self.last do
    self.waiting = true
    self.task:pause()
  end
  local event = self.queue[self.first]
  self.queue[self.first] = nil
  self.first = self.first + 1
  return event
end

-- Telling ----------------------------------------------------------------------------------------

function Asking:tell(name, said, about)
  local callback = self.task.callbacks[name]
  if not callback or self.task.ended then return end
  self.task.client.pump:call(function() callback(said, about) end)
end

function Asking:tell_finding(finding, source)
  if self.tally:add(finding) then self:tell("on_finding", finding, source) end
end

function Asking:tell_progress()
  self:tell("on_progress", {
    done = self.done, total = self.plan.count, findings = #self.tally.merger.findings,
  })
end

-- Requests ---------------------------------------------------------------------------------------

-- Starts a chat about a piece; its end, and with `on_delta` its parts, come through the queue.
function Asking:launch(index, kind, params, on_delta)
  local request
  self.running = self.running + 1
  self.task:launch(function(callbacks)
    callbacks.on_delta = on_delta
    request = self.task.client:start("chat", params, callbacks)
    self.requests[index] = request
    return request
  end, function(reply, err)
    self.requests[index] = nil
    self:hear { kind = kind, index = index, reply = reply, err = err, request = request }
  end)
end

-- An answer past all bounds: enough was heard.
function Asking:stop_flood(index)
  self.pieces[index].flooded = true
  if self.requests[index] then self.requests[index]:cancel() end
end

function Asking:ask(index)
  local piece = { collector = collect.new(), count = 0, bytes = 0, held = {} }
  self.pieces[index] = piece
  self:launch(index, "answered", self.plan.params(index), function(delta)
    local text = delta.text or ""
    piece.bytes = piece.bytes + #text
    if piece.bytes > MOST_BYTES then return self:stop_flood(index) end
    self:hear { kind = "text", index = index, text = text }
  end)
end

-- What is heard ----------------------------------------------------------------------------------

local ON = {}

function Asking:judge(index, object)
  local finding, source = self.tally:judge((json.decode(object)), index)
  if not finding then return end
  if self.params.score then
    local held = self.pieces[index].held
    held[#held + 1] = { finding = finding, source = source }
  else
    self:tell_finding(finding, source)
  end
end

function Asking:take_object(index, object)
  local piece = self.pieces[index]
  piece.count = piece.count + 1
  if piece.count > MOST_OBJECTS then
    self.tally.flooded = (self.tally.flooded or 0) + 1
    if not piece.flooded then self:stop_flood(index) end
  else
    self:judge(index, object)
  end
end

function ON.text(self, event)
  local collector = self.pieces[event.index].collector
  for from = 1, #event.text, SLICE do
    for _, object in ipairs(collector:feed(event.text:sub(from, from + SLICE - 1))) do
      self:take_object(event.index, object)
      self.task:breathe()
    end
    self.task:breathe()
  end
end

-- A server that knows no schema is asked again without one, and so is it for what is left.
local function refuses_schema(err)
  local said = (err.message .. " " .. tostring(err.detail)):lower()
  return err.code == "invalid_request"
    and (said:find("response_format", 1, true) or said:find("schema", 1, true)) ~= nil
end

function Asking:close(index)
  self.pieces[index] = nil
  self.done = self.done + 1
  self:tell_progress()
end

function Asking:fail(index, err)
  self.tally:fail(index, err)
  self.failures = self.failures + 1
  self.fatal = self.fatal or FATAL[err.code] and err or nil
end

local NO_FINDINGS = "the answer was no list of findings"

-- The end of an answer: was it all, and was it findings at all?
function Asking:end_answer(index, reply)
  local finish = self.pieces[index].collector:finish()
  self.tally:drop("unusable", finish.oversized)
  if finish.cut or reply.finish_reason == "length" then
    self.tally.cut = true
  elseif not finish.json then
    self:fail(index, errors.new("mismatch", NO_FINDINGS))
  end
end

function ON.answered(self, event)
  local index, err = event.index, event.err
  local piece = self.pieces[index]
  self.tally:count(event.reply or err and err.reply, event.request)
  if piece.flooded then
    self.tally.cut = true
  elseif err and refuses_schema(err) and not piece.again then
    self.plan.options.plain = true
    self:ask(index)
    self.pieces[index].again = true
    return
  elseif err then
    self:fail(index, err)
  else
    self:end_answer(index, event.reply)
  end
  if #piece.held == 0 or self.task.cancelled or self.fatal then return self:release(index) end
  local params = scores.params(piece.held, self.plan.pieces[index], self.plan.options)
  self:launch(index, "scored", params)
end

-- Findings that were held back for their scores; all of them where there are none.
function Asking:release(index, scored)
  for i, item in ipairs(self.pieces[index].held) do
    local score = scored and scored[i]
    if score and score < scores.LEAST then
      self.tally:drop "scored"
    else
      self:tell_finding(item.finding, item.source)
    end
    self.task:breathe()
  end
  self:close(index)
end

local UNREADABLE = "the answer has no scores in it"

function ON.scored(self, event)
  local reply, err = event.reply, event.err
  self.tally:count(reply or err and err.reply, event.request)
  local scored
  if reply then
    scored = scores.read(reply:json())
    err = not scored and errors.new("mismatch", UNREADABLE) or nil
  end
  self.tally.unscored = self.tally.unscored or err
  self:release(event.index, scored)
end

-- All of it --------------------------------------------------------------------------------------

function Asking:may_start()
  return self.running < (self.params.in_flight or self.most) and self.next <= self.plan.count
    and not self.fatal and not self.task.cancelled
end

function Asking:go_through()
  repeat
    while self:may_start() do
      if self.task:breathe(true) then
        self.next = self.next + 1
        self:ask(self.next - 1)
      end
    end
    if self.running > 0 then
      local event = self:next_event()
      if event.kind ~= "text" then self.running = self.running - 1 end
      ON[event.kind](self, event)
      self.task:breathe()
    end
  until self.running == 0 and not self:may_start()
  for index = self.next, self.fatal and self.plan.count or 0 do
    self:fail(index, self.fatal)
  end
end

--- Ask for all of it. Only inside the function of a task.
---@param task mistral.Task
---@param plan mistral.ReviewPlan
---@param tally mistral.review.Tally
---@param params mistral.ReviewParams
---@param in_flight integer unless `params` says so
---@return integer failures pieces that were not reviewed
function M.all(task, plan, tally, params, in_flight)
  local asking = setmetatable({
    task = task, plan = plan, tally = tally, params = params, most = in_flight,
    queue = {}, first = 1, last = 0, waiting = false,
    pieces = {}, requests = {}, next = 1, running = 0, done = 0, failures = 0,
  }, Asking)
  asking:go_through()
  return asking.failures
end

return M
