--- What a review would send.
local preflight = require("mistral.editor.review.preflight")
local subjects = require("mistral.editor.review.subject")

local M = {}

--- What one would send, for a preview: the plan comes later.
---@param session mistral.Session
---@param range mistral.Range
---@param options mistral.Options
---@param done fun(plan: mistral.ReviewPlan|nil, message: string|nil)
---@return true|nil, string|nil message
function M.params(session, range, options, done)
  local subject, message = subjects.read(session, range, options)
  local client
  if subject then
    client, message = session:client(options)
  end
  if not client then
    return nil, message
  end
  client:review_plan(subject.params, {
    on_done = function(plan)
      plan.title = subject.buffer and subject.name or plan.title
      local nothing = preflight.nothing(plan)
      local single = subject.buffer and plan.count == 1 and plan.params(1)
      done(not nothing and (single or plan) or nil, nothing)
    end,
    on_error = function(err)
      done(nil, err.code ~= "cancelled" and tostring(err) or nil)
    end,
  })
  return true
end

return M
