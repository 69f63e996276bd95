--- A review: says what it will send, asks, shows each finding the moment it is complete, and says at
--- the end how it went.
local errors = require("mistral.errors")
local sessions = require("mistral.editor.session")
local subjects = require("mistral.editor.review.subject")

local M = {}

--- What is needed only later, and loaded then: the command has enough to load.
local later = setmetatable({}, {
  __index = function(_, name)
    return require("mistral.editor.review." .. name)
  end,
})

---@class mistral.Review: mistral.Task
---@field session mistral.Session
---@field subject mistral.review.Subject
---@field options mistral.Options.Review
---@field request? mistral.Task the client's
---@field plan? mistral.ReviewPlan
---@field board? mistral.review.Board once there is something to show
---@field private begun? boolean the session knows of it
---@field private why? string why it was cancelled
---@field private over? string a sentence in place of one about the end
local Review = { kind = "review" }
Review.__index = Review

--- Calls a method when all that came before has been shown; never within what calls this.
function Review:soon(method, ...)
  if self.ended then
    return
  end
  local first, second = ...
  self.session.findings.slices:add(function()
    if not self.ended then
      method(self, first, second)
    end
  end)
end

-- Before -----------------------------------------------------------------------------------------

function Review:name()
  local plan = self.plan
  return plan and self.subject.wanted.kind ~= "buffer" and plan.title or self.subject.name
end

--- What was dismissed in this repository does not come back.
function Review:recall()
  local top = self.plan.top or self.subject.top
  for fingerprint in pairs(top and later.memory.dismissed(top) or {}) do
    self.subject.params.dismissed[fingerprint] = true
  end
end

function Review:on_plan(plan, go)
  if self.ended then
    return go(false)
  end
  self.plan = plan
  plan.title = self:name()
  self.over = later.preflight.nothing(plan)
  if self.over then
    return go(false)
  end
  self:recall()
  later.preflight.ask(self.session, self.subject, plan, self.options, function(yes)
    if not yes then
      self.over = ("the review of %s was left; nothing was sent"):format(self:name())
    end
    go(yes)
  end)
end

-- Showing ----------------------------------------------------------------------------------------

--- Takes the place of what earlier reviews said of these files.
function Review:take_over()
  if self.board then
    return
  end
  local covered, plan = {}, self.plan
  for i, source in ipairs(plan.files) do
    covered[i] = self.subject.covered(source, plan.top)
  end
  self.board = self.session.findings:open(self:name(), self.options, covered)
  self.board.top = plan.top or self.subject.top
end

function Review:show(finding, source)
  self:take_over()
  local subject = self.subject
  local key = subject.covered(source, self.plan.top).key
  self.session.findings:add(self.board, key, finding, subject.code(source))
end

-- Hearing ----------------------------------------------------------------------------------------

function Review:on_finding(finding, source)
  self:soon(self.show, finding, source)
end

function Review:on_progress(progress)
  self.session:progress(self, progress)
end

function Review:on_retry(retry)
  self.session:tell_retry(retry)
end

function Review:on_done(review)
  self:soon(self.conclude, review)
end

function Review:on_error(err)
  self:soon(self.give_up, err)
end

-- The end ----------------------------------------------------------------------------------------

--- Puts the list in its order and keeps the review for another day.
function Review:settle()
  local all = self.session.findings
  if self.board then
    all:renew(self.board)
    later.memory.keep(all, self.board)
  end
end

function Review:conclude(review)
  local message, level = later.verdict.of(self:name(), review)
  if #review.findings > 0 or level == "info" then
    self:take_over() -- a clean bill replaces old findings, too
  end
  self:settle()
  self:when_settled(self.say, message, level)
end

--- Calls a method when all is drawn, listed and kept.
function Review:when_settled(method, ...)
  local first, second = ...
  self:soon(function()
    local board = self.board
    if board and (board.list:is_writing() or board.being_kept) then
      return self:when_settled(method, first, second)
    end
    method(self, first, second)
  end)
end

--- The last word.
function Review:say(message, level)
  self.session:tell(message, level)
  self:finish()
end

local STOPPED = errors.new("cancelled", "cancelled")

local WHY = {
  gone = { "the review of %s was stopped: its buffer is gone", "warn" },
  changed = { "the review of %s was stopped: " .. sessions.CHANGED, "warn" },
  user = { "the review of %s was stopped", "info" },
}

function Review:say_why(err, shown)
  local why = WHY[self.why]
  if self.over then
    self.session:tell(self.over, "warn")
  elseif err.code == "mismatch" then
    self.session:tell(later.verdict.no_list(self:name()), "warn")
  elseif err.code == "refused" then
    self.session:tell(tostring(err), "warn")
  elseif err.code ~= "cancelled" then
    self.session:fail(err, shown)
  elseif why then
    self.session:tell(why[1]:format(self:name()) .. shown, why[2])
  end
  self:finish()
end

function Review:give_up(err)
  local partial = err.review
  local found = partial and #partial.findings > 0
  self:settle()
  local before = found and (" (before that came %s)"):format(later.verdict.tally(partial)) or ""
  self:when_settled(self.say_why, err, before)
end

--- Undoes what only the running review needed; what it shows stays.
function Review:finish()
  if self.ended then
    return
  end
  self.ended = true
  if self.off then
    self.off()
  end
  self.session:finish(self, { findings = self.board and self.board.count or 0 })
end

---@param why? mistral.Why
function Review:cancel(why)
  if not self.ended then
    self.why = self.why or why or "user"
    if self.request then
      self.request:cancel()
    end
    if why == "closed" then
      self:finish() -- nobody will hear of what is still to come
    elseif not self.request then
      self:say_why(STOPPED, "")
    end
  end
end

-- Starting ---------------------------------------------------------------------------------------

--- Stops the review when its buffer goes: nobody would see what is still to come.
function Review:watch_buffer()
  local session, buffer = self.session, self.subject.buffer
  self.off = buffer and session.host.on({ "BufUnload" }, buffer, function()
    self:cancel("gone")
  end)
end

local EVENTS = { "on_plan", "on_finding", "on_progress", "on_retry", "on_done", "on_error" }

function Review:ask(client)
  local callbacks = { purpose = self }
  for _, name in ipairs(EVENTS) do
    callbacks[name] = function(...)
      self[name](self, ...)
    end
  end
  self.request = client:review(self.subject.params, callbacks)
end

local function stop_earlier(session, subject)
  for _, task in ipairs(session:running("review")) do
    if task.subject.id == subject.id then
      task:cancel("replaced")
    end
  end
end

--- It runs, from here on, though there may be no client yet.
function Review:begin()
  if not self.begun then
    self.begun = true
    stop_earlier(self.session, self.subject)
    self.session:begin(self)
    self:watch_buffer()
  end
end

--- There is a client, or a sentence why there is none.
function Review:connected(client, problem)
  if self.ended then
    return
  elseif client then
    self:begin()
    return self:ask(client)
  end
  self.over = problem
  if self.begun then
    self:say_why(STOPPED, "")
  end
end

--- Starts one.
---@param session mistral.Session
---@param range mistral.Range
---@param options mistral.Options
---@return mistral.Review|nil, string|nil message
function M.start(session, range, options)
  local subject, message = subjects.read(session, range, options)
  if not subject then
    return nil, message
  end
  local review = setmetatable({
    session = session, subject = subject, options = options.review,
  }, Review)
  session:with_client(options, function(client, problem)
    review:connected(client, problem)
  end)
  if review.over then
    return nil, review.over
  end
  review:begin()
  return review
end

return M
