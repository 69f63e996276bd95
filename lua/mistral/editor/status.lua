--- The status line: nothing at rest; else what runs, how far it is, how long, and how fast. It is
--- drawn anew while something runs, once somebody has asked for it.
local M = {}

local EVERY_MS = 1000

local function duration(ms)
  local seconds = math.floor(ms / 1000)
  if seconds < 60 then
    return seconds .. "s"
  end
  return ("%d:%02d"):format(math.floor(seconds / 60), seconds % 60)
end

local function doing(now)
  if now.state == "streaming" then
    return now.rate and ("%.0f tok/s"):format(now.rate) or "streaming"
  elseif now.state == "retrying" and (now.wait_ms or 0) > 0 then
    return "retry in " .. duration(now.wait_ms + 999)
  end
  return now.state
end

--- What is said of one task.
---@param activity mistral.Activity
---@param task mistral.Task
---@return string
local function of_task(activity, task)
  local came, now = activity.tasks[task], activity:now(task)
  local words = { "mistral", came.kind }
  local progress = came.progress
  if progress and progress.total > 1 then
    words[#words + 1] = ("%d/%d"):format(progress.done, progress.total)
  end
  words[#words + 1] = now.model
  words[#words + 1] = duration(activity.host.now() - came.began)
  words[#words + 1] = doing(now)
  return table.concat(words, " ")
end

---@param activity mistral.Activity
---@return string|nil text nil when nothing runs
function M.text(activity)
  local tasks = activity:list()
  if not tasks[1] then
    return nil
  end
  local more = #tasks > 1 and (" +%d"):format(#tasks - 1) or ""
  return of_task(activity, tasks[1]) .. more
end

---@class mistral.Status
local Status = {}
Status.__index = Status

---@param host mistral.Host
---@param activity mistral.Activity
---@return mistral.Status
function M.new(host, activity)
  return setmetatable({ host = host, activity = activity, asked = false }, Status)
end

function Status:forget()
  if self.stop then
    self.stop()
    self.stop = nil
  end
end

--- Draws it anew from time to time, as long as something runs.
function Status:tick()
  self:forget()
  if not self.asked then
    return
  end
  self.host.redraw_status()
  if next(self.activity.tasks) then
    self.stop = self.host.timer(EVERY_MS, function()
      self.stop = nil
      self:tick()
    end)
  end
end

--- Something has begun, ended or changed its state.
function Status:changed()
  if self.asked and not self.soon then
    self.soon = true
    self.host.schedule(function()
      self.soon = false
      if not self.closed then
        self:tick()
      end
    end)
  end
end

--- What to show.
---@return string|nil
function Status:get()
  if not self.asked then
    self.asked = true
    self:changed()
  end
  return M.text(self.activity)
end

function Status:close()
  self.closed = true
  self:forget()
end

return M
