--- How a task waits for many requests of which only some run at once.

---@class mistral.Gathering
---@field task mistral.Task
---@field count integer
---@field in_flight integer
---@field start fun(index: integer, callbacks: mistral.Callbacks): mistral.Request?
---@field ended fun(index: integer, reply: any, err: mistral.Error?)
---@field next_index integer
---@field running integer
---@field waiting boolean
local Gathering = {}
Gathering.__index = Gathering

function Gathering:hear(index, reply, err)
  local task = self.task
  self.running = self.running - 1
  task.telling = task.telling + 1
  self.ended(index, reply, err)
  task.telling = task.telling - 1
  -- A callback may drain, and others end within it: the last of them to return goes on.
  if self.waiting and task.telling == 0 then
    self.waiting = false
    task:go()
  end
end

function Gathering:launch()
  local index = self.next_index
  self.next_index, self.running = index + 1, self.running + 1
  self.task:launch(function(callbacks) return self.start(index, callbacks) end, function(reply, err)
    self:hear(index, reply, err)
  end)
end

function Gathering:is_left()
  return self.next_index <= self.count and not self.task.cancelled
end

function Gathering:go_through()
  repeat
    while self.running < self.in_flight and self:is_left() do
      self:launch()
    end
    if self.running > 0 then
      self.waiting = true
      self.task:pause()
    end
  until self.running == 0 and not self:is_left()
end

--- Start `count` requests, at most `in_flight` at once, and wait for all. Only inside the task's own
--- function. Once the task is cancelled no more are started.
---@param task mistral.Task
---@param count integer
---@param in_flight integer
---@param start fun(index: integer, callbacks: mistral.Callbacks): mistral.Request?
---@param ended fun(index: integer, reply: any, err: mistral.Error?) nil for start: that one is left out
return function(task, count, in_flight, start, ended)
  local gathering = setmetatable({
    task = task, count = count, in_flight = in_flight, start = start, ended = ended,
    next_index = 1, running = 0, waiting = false,
  }, Gathering)
  gathering:go_through()
end
