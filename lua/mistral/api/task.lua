--- Several requests as one: a function that waits for them in a coroutine, and to the user a single
--- request, with one end, that can be cancelled and waited for.
---
--- In Lua 5.1 nothing may wait inside a pcall, so the function keeps its pcalls around single calls.
local errand = require "mistral.api.errand"
local errors = require "mistral.errors"
local gather = require "mistral.api.gather"
local options = require "mistral.api.options"
local tables = require "mistral.tables"
local text = require "mistral.text"

local M = {}

local BREATH_S = 0.004 -- of work between two turns of the editor

local YIELDED = "a function that was called within it yielded; it has to return"

---@class mistral.Task: mistral.Request
---@field client mistral.Client
---@field callbacks mistral.Callbacks
---@field cancelled boolean
---@field private thread thread
---@field private children table<mistral.Request, boolean>
---@field private starting boolean
---@field private pausing boolean it waits for a `go`
---@field private breath number since when the editor waits, on the processor's clock
---@field private telling integer how deep it stands in the ends of what it gathers
---@field so_far? fun(): table fields of an error that ends it from outside: what has been done so far
---@field private abandoned? boolean
local Task = {}
Task.__index = Task

Task.gather = gather

---@alias mistral.Starter fun(callbacks: mistral.Callbacks): mistral.Request

function Task:cancelled_error()
  return errors.new("cancelled", "cancelled", self.so_far and self.so_far())
end

--- End it. Only the first end counts.
---@param reply any
---@param err? mistral.Error
function Task:finish(reply, err)
  if self.ended then return end
  self.ended, self.reply, self.err = true, reply, err
  self.client.requests[self] = nil
  local callback = err and self.callbacks.on_error or not err and self.callbacks.on_done
  if callback then self.client.pump:call(callback, err or reply) end
end

-- Nothing of it may be heard before the call that starts it has returned.
function Task:finish_when_started(reply, err)
  if not self.starting then return self:finish(reply, err) end
  self.client.pump:defer(function() self:finish(reply, err) end)
end

-- A list of their own, for one that ends leaves the children.
function Task:each_child(visit)
  local children = {}
  for child in pairs(self.children) do
    children[#children + 1] = child
  end
  for _, child in ipairs(children) do
    visit(child)
  end
end

function Task:cancel_children()
  self:each_child(function(child) child:cancel() end)
end

--- End it at once, since its client closes: what it waits for first, so that its function may still
--- make something of that.
function Task:stop()
  self:each_child(function(child) child:stop() end)
  self:finish(nil, self:cancelled_error())
end

-- The function is not gone on with, and nothing more is heard of what it has started.
function Task:abandon(err)
  self.abandoned = true
  self:cancel_children()
  self:finish_when_started(nil, err)
end

-- Run the function up to where it waits next. Whoever else yields in there is a function of the user's,
-- and nobody would ever wake it.
function Task:go(...)
  self.pausing, self.breath = false, self.client.pump:turn_began()
  local ran, reply, err = coroutine.resume(self.thread, ...)
  if not ran then
    local said = text.line(text.of(reply), 300)
    self:abandon(errors.new("internal", "the client failed: " .. said))
  elseif coroutine.status(self.thread) == "dead" then
    self:finish_when_started(reply, err)
  elseif not self.pausing then
    self:abandon(errors.new("refused", YIELDED))
  end
end

--- Wait for the next `go`. Only inside the task's own function.
function Task:pause()
  self.pausing = true
  coroutine.yield()
end

-- Start a request whose end is told to `ended`; the task's limits hold for it, too.
function Task:launch(start, ended)
  local callbacks, child = options.limits(self.callbacks), nil
  local function over(reply, err)
    if child then self.children[child] = nil end
    child = false
    if not self.abandoned then ended(reply, err) end
  end
  callbacks.on_done = function(reply) over(reply, nil) end
  callbacks.on_error = function(err) over(nil, err) end
  local started = start(callbacks)
  if not started then return child == nil and over(nil, nil) end
  if child == nil then
    child = started
    self.children[started] = true
  end
  if self.cancelled then started:cancel() end
end

-- Start something and wait for its end.
local function wait_for(self, start)
  local over, waiting, reply, err = false, false, nil, nil
  self:launch(start, function(...)
    over, reply, err = true, ...
    if waiting then self:go() end
  end)
  if not over then
    waiting = true
    self:pause()
  end
  return reply, err
end

--- Start a request and wait for its end. Only inside the task's own function.
---@param start mistral.Starter it may add `on_delta` to the callbacks it is given
---@return any reply
---@return mistral.Error? err
function Task:await(start)
  if self.cancelled then return nil, self:cancelled_error() end
  return wait_for(self, start)
end

--- How to start a request of the task's client, for await() and tidy().
---@param kind string
---@param params table
---@param more? mistral.Callbacks what this one request wants besides the task's limits
---@return mistral.Starter
function Task:starter(kind, params, more)
  return function(callbacks)
    return self.client:start(kind, params, more and tables.with(callbacks, more) or callbacks)
  end
end

--- Start a request of the task's client and wait for its end. Only inside the task's own function.
---@param kind string
---@param params table
---@param more? mistral.Callbacks
---@return any reply
---@return mistral.Error? err
function Task:ask(kind, params, more)
  return self:await(self:starter(kind, params, more))
end

--- Run a command and wait for its end, with the client's `spawn`; it is stopped when the task is
--- cancelled. Only inside the task's own function.
---@param argv string[] no shell reads it
---@param settings? mistral.native.RunOptions
---@return mistral.CommandResult? result with the code 127 when it cannot be run
---@return mistral.Error? err only of a task that was cancelled
function Task:run(argv, settings)
  return self:await(function(callbacks)
    return errand.start(self.client.pump, callbacks, function(done)
      return self.client.spawn(argv, done, settings)
    end, function(problem)
      return { code = 127, stdout = "", stderr = problem }
    end)
  end)
end

-- What is left to do when it was cancelled must not make the editor wait either.
local function give_turn(self)
  wait_for(self, function(callbacks)
    return errand.start(self.client.pump, callbacks, function(done)
      self.client.later(function() done(true) end)
    end, function() return true end)
  end)
end

--- To be called again and again in long work: lets the editor have its turn when it has waited for
--- some milliseconds. In a script, where nobody waits, it returns at once. Only inside the task's own
--- function.
---@param deep? boolean at once, since what comes next is one long step
---@return boolean go_on false once the task is cancelled
function Task:breathe(deep)
  local client = self.client
  local due = deep or os.clock() - self.breath >= BREATH_S
  if due and client.later and not client.pump.closed then give_turn(self) end
  return not self.cancelled
end

--- The same in work that is worth nothing once the task is cancelled: then the task ends here, and this
--- does not return.
---@param deep? boolean
function Task:breathe_or_end(deep)
  if self:breathe(deep) then return end
  self:abandon(self:cancelled_error())
  self:pause() -- for ever
end

--- Start a request and wait for its end, also when the task is cancelled: the service has to hear of
--- it before the task ends, for nobody waits afterwards. Not on a client that closes. Only inside the
--- task's own function.
---@param start mistral.Starter
function Task:tidy(start)
  if self.client.pump.closed then return end
  local over, waiting = false, false
  local function go_on()
    over = true
    if waiting then self:go() end
  end
  start { on_done = go_on, on_error = go_on }
  if over then return end
  waiting = true
  self:pause()
end

--- What is to be kept of one of many results: all of it, or what the callback `on_result` makes of it.
---@param result table
---@param index integer
---@return any
function Task:kept(result, index)
  local on_result, instead = self.callbacks.on_result, nil
  if self.ended or not on_result then return result end
  self.client.pump:call(function() instead = on_result(result, index) end)
  if instead ~= nil then return instead end
  return result
end

--- Stop it, and every request it has started. It ends with the error "cancelled".
function Task:cancel()
  if self.ended or self.cancelled then return end
  self.cancelled = true
  self:cancel_children()
end

--- Whether it goes on only when what has called returns: its own function, a callback that is told of a
--- part of it, or what is in the same place of a request it waits for.
---@return boolean
function Task:needs_return()
  local status = coroutine.status(self.thread)
  if self.telling > 0 or status == "running" or status == "normal" then return true end
  for child in pairs(self.children) do
    if child:needs_return() then return true end
  end
  return false
end

--- Raise when what it waits for waits for a key that cannot come as long as somebody waits.
function Task:check_key()
  for child in pairs(self.children) do
    child:check_key()
  end
end

--- Wait for the end, delivering mail meanwhile. For scripts: an editor would stand still.
---@return any reply nil when it failed
---@return mistral.Error? err
function Task:wait()
  if not self.ended and self:needs_return() then
    error("task:wait would never return: it was called from within the task", 2)
  end
  self.client.pump:wait_until(function()
    self:check_key()
    return self.ended
  end)
  return self.reply, self.err
end

--- Run this function as a task, up to where it first waits.
---@param client mistral.Client
---@param callbacks? mistral.Callbacks
---@param fn fun(task: mistral.Task): any, mistral.Error? what it returns is the task's end
---@return mistral.Task
function M.run(client, callbacks, fn)
  local self = setmetatable({
    client = client,
    callbacks = callbacks or {},
    children = {},
    ended = false,
    cancelled = false,
    starting = true,
    telling = 0,
  }, Task)
  client.requests[self] = true
  self.thread = coroutine.create(fn)
  self:go(self)
  self.starting = false
  return self
end

return M
