--- What a session says to the user: sentences, each said once, and none that a flood of requests could
--- repeat.
local advice = require("mistral.editor.advice")
local errors = require("mistral.errors")

---@class mistral.Session
local Session = {}

local MOST_QUIET_MS = 5000
local PROGRESS_APART_MS = 1000

local function counted(n, word)
  return ("%d %s%s"):format(n, word, n == 1 and "" or "s")
end

--- Says something to the user, once.
---@param message string
---@param level? mistral.Level info unless told
---@param tail? string its end, which is shown also when it is wider than the screen
function Session:tell(message, level, tail)
  if not self.closed then
    self.host.notify("mistral: " .. message, level or "info", tail)
  end
end

--- Starts something; what keeps it from starting is said, in one sentence.
---@param start fun(...): any, string|nil true, or nil and why not; may raise
---@param ... any
function Session:attempt(start, ...)
  local ran, started, message = pcall(start, ...)
  if not ran then
    self:tell(tostring(started), "error")
  elseif not started and message then
    self:tell(message, "warn")
  end
end

--- Says what went wrong, as loudly as that kind of error deserves.
---@param err mistral.Error
---@param more? string
function Session:fail(err, more)
  local level = errors.level(err)
  if level ~= "silent" then
    local hint = advice(err)
    local tail = (hint and "; " .. hint or "") .. (more or "")
    self:tell(err.message .. tail, level, tail ~= "" and tail or nil)
  end
end

--- Says that a request is tried again, and why: no wait is a riddle. What many requests of one task
--- are told at once is said once.
---@param retry mistral.Retry
function Session:tell_retry(retry)
  local now, delay_ms = self.host.now(), retry.delay_ms or 0
  if self.told_retry == retry.message and now < self.quiet_until then
    return
  end
  self.told_retry, self.quiet_until = retry.message, now + math.min(delay_ms, MOST_QUIET_MS)
  self:tell(("trying again in %.1f s: %s"):format(delay_ms / 1000, retry.message))
end

--- Says how many secrets stayed here; of completions once, since they are many. For every kind.
---@param request mistral.Request|{ redacted: integer|nil } or who counted
---@param kind string what is sent, as people call it: review, explanation, completion, chat ...
function Session:tell_hidden(request, kind)
  local count = request.redacted
  if not count or count == 0 or kind == "completion" and self.told_of_hidden then
    return
  end
  self.told_of_hidden = self.told_of_hidden or kind == "completion"
  local what = count == 1 and "1 secret was" or count .. " secrets were"
  self:tell(("%s left out of what this %s sends; see :Mistral preview"):format(what, kind))
end

--- How far a task of several requests is: in the status line, the events, and now and then in a line
--- of its own.
---@param task mistral.Task
---@param progress mistral.activity.Progress
function Session:progress(task, progress)
  local came = self.activity.tasks[task]
  if not came or self.closed then
    return
  end
  came.progress = progress
  self:changed(task)
  local now = self.host.now()
  if progress.total > 1 and now - (came.told or came.began) >= PROGRESS_APART_MS then
    came.told = now
    self.host.progress(("mistral: %s: %d of %d requests, %s"):format(
      came.kind, progress.done, progress.total, counted(progress.findings or 0, "finding")))
  end
end

return Session
