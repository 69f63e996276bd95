--- A review: reads what is to be reviewed, asks for it in parts, and makes one list of what comes.
local ask = require "mistral.api.work.review_ask"
local given = require "mistral.api.work.review_params"
local plans = require "mistral.api.work.review_plan"
local tallies = require "mistral.api.work.review_tally"
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
      on_plan(plan, function(yes) question:answer(yes == true) end)
    end)
    return question
  end)
end

local function review(self, params)
  local plan, err = plans.make(self, params)
  if not plan then return nil, err end
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
  return task.run(client, callbacks, function(self) return plans.make(self, params) end)
end

return M
