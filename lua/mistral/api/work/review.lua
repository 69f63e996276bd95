--- A review: reads what is to be reviewed, asks for it in parts, and makes one list of what comes.
local given = require "mistral.api.work.review_params"
local task = require "mistral.api.task"

local M = {}

local Question = {}
Question.__index = Question

function Question:answer(yes)
  if self.over then return end
  self.over = true
  self.done(yes)
end

function Question:cancel() self:answer(false) end
function Question:stop() self:answer(false) end
function Question:needs_return() return false end
function Question:check_key() end

-- Shows the plan and waits for the word to go on; whoever cancels need not say it.
local function allowed(self, plan)
  local on_plan = self.callbacks.on_plan
  if not on_plan then return true end
  return self:await(function(callbacks)
    local question = setmetatable({ done = callbacks.on_done }, Question)
    self.client.pump:defer(function()
      if question.over then return end
      local function show() on_plan(plan, function(yes) question:answer(yes == true) end) end
      if not self.client.pump:call(show) then question:answer(false) end
    end)
    return question
  end)
end

-- A module that is loaded with the editor's turn before it: all at once they take it too long.
local function load(self, name)
  self:breathe(true)
  return require("mistral.api.work." .. name)
end

local function make_plan(self, params)
  return load(self, "review_plan").make(self, params)
end

local function review(self, params)
  local plan, err = make_plan(self, params)
  if not plan then return nil, err end
  local tallies, ask = load(self, "review_tally"), load(self, "review_ask")
  local price = self.client.account.known:price(plan.options.model, self.client.site)
  local tally = tallies.new(plan, params, price)
  self.so_far = function() return { review = tally:result() } end
  if not allowed(self, plan) or self.cancelled then return nil, self:cancelled_error() end
  local failures = ask.all(self, plan, tally, params, given.IN_FLIGHT)
  if self.cancelled then return nil, self:cancelled_error() end
  err = tally:error(failures)
  if err then return nil, err end
  return tally:result()
end

--- Start it. The callbacks are those of a task, so `on_delta` is none of them.
---@param client mistral.Client
---@param params mistral.ReviewParams
---@param callbacks? mistral.ReviewCallbacks
---@return mistral.Task
function M.start(client, params, callbacks)
  return task.run(client, callbacks, function(self) return review(self, params) end)
end

--- Start making the plan, and send nothing.
---@param client mistral.Client
---@param params mistral.ReviewParams
---@param callbacks? mistral.Callbacks
---@return mistral.Task
function M.plan(client, params, callbacks)
  return task.run(client, callbacks, function(self) return make_plan(self, params) end)
end

return M
