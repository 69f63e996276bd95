--- What came of a batch, put in the order asked.
local batches = require "mistral.money.batches"
local errors = require "mistral.errors"
local items = require "mistral.api.work.batch_items"
local lines_of = require "mistral.api.work.batch_lines"
local tables = require "mistral.tables"
local text = require "mistral.text"

local M = {}

local MISSING = { FAILED = "server", TIMEOUT_EXCEEDED = "timeout", CANCELLED = "cancelled" }

local function missing(job)
  if job.status == "SUCCESS" then
    return errors.new("broken", "the service gave no result for this request")
  end
  return errors.new(MISSING[job.status], "the job ended before this request: " .. job.status)
end

-- Every result goes through here once, and is not held beyond what is kept of it.
local function put_together(self, client, plan, job, lines)
  local reply = { results = {}, ids = plan.ids, job_id = job.id, job = job, usage = {} }
  local books, seen = batches.books(client.account, client.site, job), {}
  local function put(index, result)
    seen[index] = true
    reply.results[index] = self:kept(result, index)
  end
  lines.each(function(line)
    local index = plan.places[line.custom_id]
    if not index or seen[index] then return end
    local result = items.result(plan, line, index)
    local usage = result.reply and result.reply.usage
    if type(usage) == "table" then tables.add(reply.usage, usage) end
    if result.reply then books.add(result.reply) end
    put(index, result)
  end)
  for index = 1, #plan.ids do
    if not seen[index] then put(index, { err = missing(job) }) end
  end
  books.write()
  return reply
end

local function why_over(job)
  local first = job.errors[1]
  local said = first and type(first.message) == "string" and first.message
  local sentence = ("the batch job ended as %s%s"):format(job.status, said and ": " .. said or "")
  return errors.new(MISSING[job.status], text.line(sentence, 300))
end

--- The replies of a job that is over, in the order of its requests, or why there are not all of them.
---@param self mistral.Task
---@param client mistral.Client
---@param plan mistral.BatchPlan
---@param job mistral.Job
---@return mistral.BatchReply?
---@return mistral.Error?
function M.of(self, client, plan, job)
  local lines, err = lines_of.fetch(self, job)
  if not lines then return nil, err end
  if #plan.ids == 0 then items.adopt(plan, lines.each) end
  local reply = put_together(self, client, plan, job, lines)
  lines.close()
  if job.status == "SUCCESS" then return reply end
  err = why_over(job)
  err.reply = reply
  return nil, err
end

return M
