--- What runs and what has run: each task with its requests as they go, and the last requests that
--- ended. Fed by what the client tells of its requests; counts, names and times, no content.
local advice = require("mistral.editor.advice")

local M = {}

local MOST_ENDED = 200

---@class mistral.activity.Run a request that runs
---@field id integer
---@field kind string of the request
---@field task? mistral.Task
---@field model? string
---@field began number milliseconds, the host's clock
---@field first? number when the first piece of its answer came
---@field tokens number of the answer so far, estimated
---@field state "waiting"|"streaming"|"retrying"
---@field until_ms? number when it is tried again
---@field time integer as of os.time(), when it began

---@class mistral.activity.Ended a request that has ended
---@field time integer as of os.time(), when it began
---@field kind string of the task, else of the request
---@field model? string
---@field outcome "done"|"failed"|"cancelled"
---@field status? integer
---@field code? string
---@field message? string the sentence
---@field first_ms? number until the first piece of its answer
---@field duration_ms? number
---@field tokens_in? number
---@field tokens_out? number
---@field cost? number
---@field tries integer
---@field request_id? string

---@class mistral.activity.Task a task that runs, and what its requests came to
---@field kind string
---@field began number
---@field model? string of its newest request
---@field requests integer that have ended
---@field failed integer
---@field cancelled integer
---@field tokens_in number
---@field tokens_out number
---@field cost? number nil once one is unknown
---@field code? string of the last that failed
---@field progress? mistral.activity.Progress

---@class mistral.activity.Progress
---@field done integer requests
---@field total integer
---@field findings? integer

---@class mistral.Activity
---@field running table<integer, mistral.activity.Run> by id
---@field tasks table<mistral.Task, mistral.activity.Task>
---@field ended mistral.activity.Ended[] oldest first, at most 200
local Activity = {}
Activity.__index = Activity

---@param host mistral.Host
---@param on_change fun(task: mistral.Task|nil) hears when something begins, changes its state, or ends
---@return mistral.Activity
function M.new(host, on_change)
  return setmetatable({
    host = host, changed = on_change, running = {}, tasks = {}, ended = {},
  }, Activity)
end

-- Tasks -----------------------------------------------------------------------------------------

---@param task mistral.Task
function Activity:begin(task)
  self.tasks[task] = {
    kind = task.kind, began = self.host.now(), requests = 0, failed = 0, cancelled = 0,
    tokens_in = 0, tokens_out = 0, cost = 0,
  }
end

--- Forgets a task that ended; what it came to.
---@param task mistral.Task
---@return mistral.activity.Task|nil
function Activity:finish(task)
  local came = self.tasks[task]
  self.tasks[task] = nil
  return came
end

-- Requests --------------------------------------------------------------------------------------

local HEAR = {}

local function task_of(self, purpose)
  return type(purpose) == "table" and self.tasks[purpose] and purpose or nil
end

function HEAR.began(self, step)
  local task = task_of(self, step.purpose)
  local run = {
    id = step.id, kind = step.kind, model = step.model, task = task, time = os.time(),
    began = self.host.now(), tokens = 0, state = "waiting",
  }
  self.running[step.id] = run
  if task then
    self.tasks[task].model = step.model
  end
  return run, true
end

function HEAR.answer(self, step)
  local run = self.running[step.id]
  if not run then
    return nil
  end
  local changed = run.state ~= "streaming"
  run.first = run.first or self.host.now()
  run.tokens, run.state, run.until_ms = step.tokens, "streaming", nil
  return run, changed
end

function HEAR.waits(self, step)
  local run = self.running[step.id]
  if run then
    run.state, run.until_ms = "retrying", self.host.now() + (step.delay_ms or 0)
  end
  return run, true
end

local KEPT = {
  "model", "outcome", "status", "code", "duration_ms", "tokens_in", "tokens_out", "cost",
  "tries", "request_id",
}

local function keep(self, run, step)
  local entry = {
    time = run.time or os.time(),
    kind = run.task and run.task.kind or step.kind,
    first_ms = run.first and run.first - run.began,
  }
  for _, name in ipairs(KEPT) do
    entry[name] = step[name]
  end
  local hint = step.message and advice(step)
  entry.message = step.message and step.message .. (hint and "; " .. hint or "")
  -- The first piece is heard of when the editor has its turn, the end is timed on the wire.
  entry.duration_ms = entry.duration_ms and math.max(entry.duration_ms, entry.first_ms or 0)
  if #self.ended >= MOST_ENDED then
    table.remove(self.ended, 1)
  end
  self.ended[#self.ended + 1] = entry
end

local function count(came, step)
  came.requests = came.requests + 1
  came.failed = came.failed + (step.outcome == "failed" and 1 or 0)
  came.cancelled = came.cancelled + (step.outcome == "cancelled" and 1 or 0)
  came.tokens_in = came.tokens_in + (step.tokens_in or 0)
  came.tokens_out = came.tokens_out + (step.tokens_out or 0)
  came.cost = came.cost and step.cost and came.cost + step.cost
  came.code = step.outcome == "failed" and step.code or came.code
end

HEAR["ended"] = function(self, step)
  local run = self.running[step.id] or {}
  self.running[step.id] = nil
  local task = run.task or task_of(self, step.purpose)
  run.task = task
  keep(self, run, step)
  if task and self.tasks[task] then
    count(self.tasks[task], step)
  end
  return run, true
end

--- Takes in a step of a request.
---@param step mistral.Step
function Activity:hear(step)
  local run, changed = HEAR[step.what](self, step)
  if changed then
    self.changed(run and run.task)
  end
end

-- Asking ----------------------------------------------------------------------------------------

local RANK = { streaming = 3, retrying = 2, waiting = 1 }

---@class mistral.activity.Now what a task, or all that runs, does at this moment
---@field state "waiting"|"streaming"|"retrying"
---@field model? string
---@field tokens number so far
---@field rate? number tokens a second, while it streams
---@field wait_ms? number until it is tried again

local function add(now, run, time)
  if RANK[run.state] > (RANK[now.state] or 0) then
    now.state, now.model = run.state, run.model
  end
  now.model = now.model or run.model
  now.tokens = now.tokens + run.tokens
  local streamed_ms = run.first and time - run.first or 0
  if run.state == "streaming" and streamed_ms >= 200 then
    now.rate = (now.rate or 0) + run.tokens * 1000 / streamed_ms
  elseif run.state == "retrying" then
    now.wait_ms = math.max(now.wait_ms or 0, run.until_ms - time)
  end
end

--- What a task does now; its requests may be many.
---@param task mistral.Task
---@return mistral.activity.Now
function Activity:now(task)
  local came = self.tasks[task]
  local now = { tokens = came and came.tokens_out or 0 }
  for _, run in pairs(self.running) do
    if run.task == task then
      add(now, run, self.host.now())
    end
  end
  now.state = now.state or "waiting"
  now.model = now.model or came and came.model
  return now
end

--- The tasks that run, the oldest first.
---@return mistral.Task[]
function Activity:list()
  local list = {}
  for task in pairs(self.tasks) do
    list[#list + 1] = task
  end
  table.sort(list, function(a, b)
    return self.tasks[a].began < self.tasks[b].began
  end)
  return list
end

return M
