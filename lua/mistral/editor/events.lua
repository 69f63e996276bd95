--- User events about what runs: MistralStarted, MistralProgress, MistralFinished and MistralFailed,
--- each with a payload of names and counts, and after the end one by the kind's own name, such as
--- MistralReview. Nothing of what was said is in them, and no key.
local M = {}

local APART_MS = 250 -- between two of progress

---@class mistral.Event
---@field kind string review, explain, chat, edit ...
---@field model? string
---@field state "started"|"waiting"|"streaming"|"retrying"|"done"|"failed"|"cancelled"
---@field tokens integer of the answers so far
---@field tokens_in? integer at the end
---@field cost? number US dollars, at the end; nil: unknown
---@field seconds number since it began
---@field done? integer requests that are answered
---@field total? integer
---@field findings? integer
---@field code? string of the error

---@class mistral.Events
local Events = {}
Events.__index = Events

---@param host mistral.Host
---@param activity mistral.Activity
---@return mistral.Events
function M.new(host, activity)
  return setmetatable({ host = host, activity = activity, waiting = {}, unheard = {} }, Events)
end

local function rounded(number)
  return math.floor(number + 0.5)
end

function Events:payload(task, state)
  local came, now = self.activity.tasks[task], self.activity:now(task)
  local progress = came.progress or {}
  return {
    kind = came.kind,
    model = now.model,
    state = state or now.state,
    tokens = rounded(now.tokens),
    seconds = math.floor(self.host.now() - came.began) / 1000,
    done = progress.done,
    total = progress.total,
    findings = progress.findings,
  }
end

--- A task has begun; who listens hears it when its first request is on its way.
---@param task mistral.Task
function Events:started(task)
  self.unheard[task] = true
  self.host.schedule(function()
    self:tell_started(task)
  end)
end

--- Once, and before whatever else is told of it.
function Events:tell_started(task)
  if self.unheard[task] and self.activity.tasks[task] then
    self.unheard[task] = nil
    self.host.emit("MistralStarted", self:payload(task, "started"))
  end
end

--- A task has come further; told at most four times a second.
---@param task mistral.Task
function Events:progressed(task)
  if self.waiting[task] or not self.activity.tasks[task] then
    return
  end
  self.waiting[task] = self.host.timer(APART_MS, function()
    self.waiting[task] = nil
    if self.activity.tasks[task] then
      self:tell_started(task)
      self.host.emit("MistralProgress", self:payload(task))
    end
  end)
end

function Events:forget(task)
  if self.waiting[task] then
    self.waiting[task]()
    self.waiting[task] = nil
  end
end

local function outcome(came)
  if came.state then
    return came.state
  elseif came.cancelled > 0 then
    return "cancelled"
  end
  return came.failed > 0 and came.failed == came.requests and "failed" or "done"
end

--- What a task that ends now came to; to be asked before the activity forgets it.
---@param task mistral.Task
---@return mistral.Event
function Events:summary(task)
  self:tell_started(task)
  local came = self.activity.tasks[task]
  local data = self:payload(task, outcome(came))
  data.tokens_in = rounded(came.tokens_in)
  data.cost = came.requests > 0 and came.cost or nil
  data.code = data.state == "failed" and came.code or nil
  return data
end

--- A task has ended.
---@param task mistral.Task
---@param data mistral.Event
function Events:finished(task, data)
  self:forget(task)
  self.host.emit(data.state == "failed" and "MistralFailed" or "MistralFinished", data)
  self.host.emit("Mistral" .. data.kind:gsub("^%l", string.upper), data)
end

function Events:close()
  self.unheard = {}
  for task in pairs(self.waiting) do
    self:forget(task)
  end
end

return M
