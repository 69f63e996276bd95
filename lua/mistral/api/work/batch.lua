--- A batch from its requests to its replies: the job is made, watched, and its results are put in the
--- order of the requests. Whoever has the job's id can wait for it again, after a restart, too.
local batch = require "mistral.api.endpoint.batch"
local errors = require "mistral.errors"
local items = require "mistral.api.work.batch_items"
local making = require "mistral.api.work.batch_make"
local results = require "mistral.api.work.batch_results"
local schema = require "mistral.api.schema"
local task = require "mistral.api.task"
local text = require "mistral.text"

local M = {}

local FIRST_POLL_MS, LONGEST_POLL_MS = 1000, 30000
local GROWTH = 1.5
local PATIENCE = 10 -- looks that fail one after the other
local USUAL_HOURS, LONGEST_HOURS = 24, 168 -- that a job may take
local SLACK_HOURS = 6 -- for a service that is late to say that a job's time is over

---@class mistral.BatchParams
---@field requests? table[] the fields of each, or { custom_id =, body = fields }
---@field endpoint? string "/v1/chat/completions" …; told by the first request where that can be
---@field model? string for all of them
---@field metadata? table<string, string>
---@field timeout_hours? integer 1 to 168, 24 unless told
---@field job_id? string of a job that was made before
---@field poll_ms? integer wait between two looks at first

---@class mistral.BatchReply
---@field results { reply: any, err: mistral.Error? }[] in the order of the requests
---@field ids string[] the custom_id of each
---@field job_id string
---@field job mistral.Job
---@field usage table summed over all replies

---@class mistral.BatchCallbacks: mistral.Callbacks
---@field on_progress? fun(progress: mistral.BatchProgress) after each look at the job
---@field on_result? fun(result: { reply: any, err: mistral.Error? }, index: integer): any hears of each
---  result, in any order; what it returns is kept instead

---@class mistral.BatchProgress
---@field job_id? string keep it to come back to the job
---@field status string
---@field total_requests integer
---@field completed_requests integer
---@field succeeded_requests integer
---@field failed_requests integer

local SHAPE = {
  kind = "object",
  renamed = {
    input_files = "give `requests`: they are uploaded where they are many", id = "use `job_id`",
  },
  fields = {
    requests = {
      kind = "list", of = { kind = "any" }, none = "is empty", max = batch.MOST_REQUESTS,
    },
    endpoint = { kind = "string", one_of = batch.ENDPOINTS },
    model = { kind = "string", pattern = "%S", wanted = "the id of a model" },
    metadata = batch.batch_create.shape.fields.metadata,
    timeout_hours = { kind = "integer", min = 1, max = LONGEST_HOURS },
    job_id = { kind = "string", pattern = "^[%w_-]+$", wanted = "the id of a job" },
    poll_ms = { kind = "integer", min = 1 },
  },
  check = function(params)
    if not params.requests and not params.job_id then
      return "`requests` is missing, or `job_id` of a job that was made before"
    end
  end,
}

-- Watching ---------------------------------------------------------------------------------------

local OVER = { SUCCESS = true, FAILED = true, TIMEOUT_EXCEEDED = true, CANCELLED = true }

-- What a later look may find well again.
local PASSING = {
  network = true, timeout = true, server = true, overloaded = true, rate_limited = true,
  broken = true,
}

local function tell(self, client, job)
  self.job_id, self.so_far = job.id, function() return { job_id = job.id } end
  local callback = self.callbacks.on_progress
  if not callback or self.cancelled then return end
  client.pump:call(callback, {
    job_id = job.id, status = job.status, total_requests = job.total_requests,
    completed_requests = job.completed_requests, succeeded_requests = job.succeeded_requests,
    failed_requests = job.failed_requests,
  })
end

-- Nobody knows how much time a job of another day was given.
local function hours_of(params)
  local given = params.timeout_hours or params.job_id and LONGEST_HOURS or USUAL_HOURS
  return given + SLACK_HOURS
end

local function too_late(job, hours)
  return errors.new("timeout",
    ("the batch job is still %s after %d hours"):format(text.line(job.status, 40), hours),
    { hint = "come back to it later with the error's `job_id`" })
end

-- The job once it is over. Looks that fail are looks to come, up to a point; so is a status that
-- nobody has heard of.
local function watch(self, client, job, params)
  local delay_ms, failures = params.poll_ms or FIRST_POLL_MS, 0
  local hours, began = hours_of(params), os.time()
  while not OVER[job.status] do
    if os.difftime(os.time(), began) > hours * 3600 then return nil, too_late(job, hours) end
    local found, err = self:ask("batch_job", { job_id = job.id },
      { delay_ms = math.floor(delay_ms) })
    if found then
      failures, job = 0, found
      tell(self, client, job)
    elseif not PASSING[err.code] or failures >= PATIENCE then
      return nil, err
    else
      failures = failures + 1
    end
    delay_ms = math.min(math.max(delay_ms, LONGEST_POLL_MS), delay_ms * GROWTH)
  end
  return job
end

-- A client that closes leaves its jobs alone: somebody may come back to them.
local function cancel_job(self, job_id)
  self:tidy(self:starter("batch_cancel", { job_id = job_id }))
end

-- All of it --------------------------------------------------------------------------------------

-- The job of another day: what was asked need not be known any more.
local function resume(self, client, params)
  local job, err = self:ask("batch_job", { job_id = params.job_id })
  if not job then return nil, nil, err end
  local path = params.endpoint or job.endpoint or ""
  if not items.KINDS[path] then
    return nil, nil, errors.new("unsupported", "batch: this client has no requests for "
      .. text.line(path, 80))
  end
  local plan = items.new(client, path, params.model or job.model)
  if not params.requests then return job, plan end
  local list
  list, err = making.items(plan, params.requests)
  return list and job, plan, err
end

local function begin(self, client, params)
  if params.job_id then return resume(self, client, params) end
  local plan, path, err = making.plan(client, params)
  if not plan then return nil, nil, err end
  local job
  job, err = making.job(self, client, params, plan, path)
  return job, plan, err
end

local function run(self, client, params)
  local job, plan, err = begin(self, client, params)
  if not job then return nil, err end
  tell(self, client, job)
  local reply, over
  over, err = watch(self, client, job, params)
  if over then reply, err = results.of(self, client, plan, over) end
  if self.cancelled and not over then cancel_job(self, job.id) end
  if err then err.job_id = job.id end
  return reply, err
end

--- Run a batch, or come back to one.
---@param client mistral.Client
---@param params mistral.BatchParams
---@param callbacks? mistral.Callbacks
---@return mistral.Task
function M.run(client, params, callbacks)
  return task.run(client, callbacks, function(self)
    local reason = schema.check(SHAPE, params, "")
    if reason then return nil, errors.new("refused", text.line("batch: " .. reason)) end
    return run(self, client, params)
  end)
end

return M
