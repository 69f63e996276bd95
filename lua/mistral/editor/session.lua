--- What lives as long as the editor: one client, the tasks that run, what is shown. Closing it
--- undoes all of that.
local activities = require("mistral.editor.activity")
local config = require("mistral.config")
local events = require("mistral.editor.events")
local findings = require("mistral.editor.review.findings")
local loading = require("mistral.editor.loading")
local mistral = require("mistral")
local notices = require("mistral.editor.notices")
local statuses = require("mistral.editor.status")
local tables = require("mistral.tables")

local M = {}

---@class mistral.Task something that runs and can be stopped
---@field kind string review, explain, complete, chat ...: its subcommand
---@field cancel fun(self, why?: mistral.Why) ends it; safe to call again

---@alias mistral.Why
---| "user" # said so
---| "gone" # the place for what comes is gone
---| "replaced" # another of its kind takes its place
---| "changed" # the way to the service changed
---| "closed" # the editor goes

---@class mistral.Session
---@field host mistral.Host
---@field findings mistral.review.Findings what reviews have found and still show
---@field room? mistral.chat.Room the conversations, once there are some
---@field completion? mistral.Completion the one that is asked for or shown
---@field told_of_hidden? boolean a completion has said that secrets are hidden
---@field told_of_retry? boolean a completion has said that the service makes it wait
---@field activity mistral.Activity what runs and what has run
---@field status mistral.Status
---@field closed boolean
---@field private tasks table<mistral.Task, true>
---@field private kept table<{ close: fun(self) }, true>
---@field private made? mistral.Client
---@field private given? mistral.Client
local Session = {}
Session.__index = Session
for name, method in pairs(notices) do
  Session[name] = method
end

---@param host mistral.Host
---@param client? mistral.Client to use instead of making one
---@return mistral.Session
function M.new(host, client)
  local self = setmetatable({
    host = host,
    findings = findings.new(host),
    tasks = {},
    kept = {},
    given = client,
    closed = false,
  }, Session)
  self.activity = activities.new(host, function(task)
    self:changed(task)
  end)
  self.status = statuses.new(host, self.activity)
  self.events = events.new(host, self.activity)
  self.findings:on_change(function()
    self:offer_fixes()
  end)
  self.off = host.on({ "VimLeavePre" }, nil, function()
    self:close()
  end)
  return self
end

--- The options, with what g:mistral says now; nil and a sentence when one is wrong.
---@return mistral.Options|nil, string|nil message
function Session:options()
  return config.globals(self.host.options())
end

local CONNECTION = {
  "api_key", "provider", "base_url", "region", "project", "endpoint", "api_version", "auth", "fim",
  "ca_file", "proxy", "no_proxy", "plan", "key_file",
}

-- What a client is made for: with any of it changed, another is wanted.
local function connection_of(options)
  local budget = options.budget
  local parts = {
    table.concat(options.api_key_command, "\0"), table.concat(options.redact_allow, "\0"),
    tostring(options.env_file), tostring(options.redact),
    ("%s %.17g %.17g %s"):format(tostring(options.ledger), budget.day, budget.month, budget.unit),
  }
  for _, name in ipairs(CONNECTION) do
    parts[#parts + 1] = options[name]
  end
  return table.concat(parts, "\1")
end

M.user_agent = "mistral.vim/" .. mistral.version

local function make_client(host, redactor, observe)
  local made, client, err = pcall(mistral.client, {
    redact = redactor or false,
    user_agent = M.user_agent,
    watch = host.watch,
    spawn = host.job,
    later = host.schedule,
    observe = observe,
    report = function(trace)
      host.notify("mistral: " .. trace, "error")
    end,
    on_notice = function(sentence)
      host.notify("mistral: " .. sentence, "warn")
    end,
  })
  if made then
    return client, err and tostring(err)
  end
  return nil, (tostring(client):gsub("^[^%s:]+:%d+: ", ""):gsub("^client: ", ""))
end

--- What hides secrets under these options: the same one until they change, so that a preview has
--- the names that will be sent. Nothing when they are sent as they are.
---@param options mistral.Options
---@return mistral.Redactor|nil, string|nil message
function Session:redactor(options)
  if not options.redact then
    return nil
  end
  local allow = table.concat(options.redact_allow, "\0")
  if not self.hides or self.hides_all_but ~= allow then
    -- Here, since loading it takes a while: see loading.lua.
    local made, redactor = pcall(require("mistral.redact.secrets").new, {
      allow = options.redact_allow,
    })
    if not made then
      return nil, "option redact_allow: " .. tostring(redactor):gsub("^.-redact: ", "")
    end
    self.hides, self.hides_all_but = redactor, allow
  end
  return self.hides
end

--- Calls with the client for these options, or with nil and a sentence; without the time to load what
--- a client needs, not before the editor had its turns. Never on a session that is closed.
---@param options mistral.Options
---@param done fun(client: mistral.Client|nil, message: string|nil)
function Session:with_client(options, done)
  if self.given or loading.is_done() then
    return done(self:client(options))
  end
  loading.start(self.host, function()
    if not self.closed then
      done(self:client(options))
    end
  end)
end

--- The client for these options: the same one until the way to the service changes.
---@param options mistral.Options
---@return mistral.Client|nil, string|nil message
function Session:client(options)
  if self.given then
    return self.given
  end
  local connection = connection_of(options)
  if self.made and not self.is_connection(connection) then
    self:stop(nil, "changed")
    self.made:close()
    self.made = nil
  end
  if not self.made then
    local redactor, problem = self:redactor(options)
    if problem then
      return nil, problem
    end
    local client, message = make_client(self.host, redactor, function(step)
      self.activity:hear(step)
    end)
    if not client then
      return nil, message
    end
    -- A closure, so that the key in it is not there to be found by whoever prints the session.
    self.made, self.is_connection = client, function(other) return other == connection end
  end
  return self.made
end

---@param task mistral.Task
function Session:begin(task)
  self.tasks[task] = true
  self.activity:begin(task)
  self.events:started(task)
  self.status:changed()
end

--- A task, or a request of it, has changed its state.
function Session:changed(task)
  self.status:changed()
  if task then
    self.events:progressed(task)
  end
end

local EVENTS = { "on_delta", "on_done", "on_error", "on_retry" }

--- What a request of the task's says, handed to the task's method of the same name.
---@param task mistral.Task
---@return table<string, fun(said: table)> callbacks
function Session:callbacks(task)
  local callbacks = { purpose = task }
  for _, name in ipairs(EVENTS) do
    callbacks[name] = function(said)
      task[name](task, said)
    end
  end
  return callbacks
end

--- Forgets a task that ended, and tells whoever listens for it.
---@param task mistral.Task
---@param said? mistral.Event what the task knows better: its state, findings, code
function Session:finish(task, said)
  if not self.tasks[task] then
    return
  end
  local data = not self.closed and tables.with(self.events:summary(task), said or {})
  self.told_retry = nil
  self.tasks[task] = nil
  self.activity:finish(task)
  self.status:changed()
  if data then
    self.events:finished(task, data)
  end
end

--- Has something that is shown closed together with the session.
---@param thing { close: fun(self) }
function Session:keep(thing)
  self.kept[thing] = true
end

--- Code actions for the fixes that there are; what makes them is loaded with the first findings.
function Session:offer_fixes()
  if not self.actions then
    self.actions = require("mistral.editor.fix.actions").new(self)
    self:keep(self.actions)
  end
  self.actions.update()
end

--- All that is shown.
---@return fun(...): { close: fun(self) }|nil
---@return table
function Session:each_kept()
  return pairs(self.kept)
end

--- Forgets it: it is closed.
---@param thing { close: fun(self) }
function Session:drop(thing)
  self.kept[thing] = nil
end

--- The tasks that run.
---@param kind? string
---@return mistral.Task[]
function Session:running(kind)
  local list = {}
  for task in pairs(self.tasks) do
    if not kind or task.kind == kind then
      list[#list + 1] = task
    end
  end
  return list
end

--- What can be stopped: the tasks that run, and a completion that is only shown any more.
function Session:stoppable(kind)
  local list, shown = self:running(kind), self.completion
  if shown and not self.tasks[shown] and (not kind or kind == shown.kind) then
    list[#list + 1] = shown
  end
  return list
end

M.CHANGED = "the options of its connection changed"

--- Stops what runs and takes down a completion that is shown; returns how many that were.
---@param kind? string
---@param why? mistral.Why
---@return integer
function Session:stop(kind, why)
  local tasks = self:stoppable(kind)
  for _, task in ipairs(tasks) do
    task:cancel(why)
  end
  return #tasks
end

--- Ends everything; safe to call again.
function Session:close()
  if self.closed then
    return
  end
  self.closed = true
  self:stop(nil, "closed")
  while next(self.kept) do
    local thing = next(self.kept)
    self:drop(thing)
    thing:close()
  end
  self.findings:close()
  self.events:close()
  self.status:close()
  if self.made then
    self.made:close()
    self.made = nil
  end
  self.off()
end

return M
