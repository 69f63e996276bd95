--- What came of a batch: fetched from wherever the service put it, and put in the order asked.
local batches = require "mistral.money.batches"
local errors = require "mistral.errors"
local items = require "mistral.api.work.batch_items"
local json = require "mistral.json"
local tables = require "mistral.tables"
local text = require "mistral.text"

local M = {}

local function each_line(path, take)
  for written in io.lines(path) do
    local line = json.decode(written)
    if type(line) == "table" then take(line) end
  end
end

-- The lines of a results file, by way of the disk: it may be larger than what is held in memory.
local function fetch_file(self, client, file_id, lines)
  if not file_id then return nil end
  local path = os.tmpname()
  local done, err = self:await(function(callbacks)
    return client:start("download", { file_id = file_id, to = path, overwrite = true }, callbacks)
  end)
  if done then each_line(path, function(line) lines[#lines + 1] = line end) end
  os.remove(path)
  return err
end

local MOST_BYTES = 512 * 1024 * 1024

local function outputs_in(path)
  local file = io.open(path, "rb")
  local size = file and file:seek "end" or 0
  local whole = size <= MOST_BYTES and file and file:seek "set" and file:read "*a"
  if file then file:close() end
  if not whole then return nil, errors.new("too_large", "the results are larger than allowed") end
  local job = json.decode(whole)
  if type(job) == "table" and type(job.outputs) == "table" then return job.outputs end
  return nil, errors.new("broken", "the results of the batch cannot be read")
end

-- More than is held for one answer: by way of the disk.
local function large_outputs(self, client, job)
  local path = os.tmpname()
  local done, err = self:await(function(callbacks)
    return client:start("batch_outputs", { job_id = job.id, inline = true, to = path }, callbacks)
  end)
  local outputs
  if done then outputs, err = outputs_in(path) end
  os.remove(path)
  return outputs, err
end

local function inline_outputs(self, client, job)
  local full, err = self:await(function(callbacks)
    return client:start("batch_job", { job_id = job.id, inline = true }, callbacks)
  end)
  if full then return full.outputs or {} end
  if err.code ~= "too_large" then return nil, err end
  return large_outputs(self, client, job)
end

local function fetch(self, client, job)
  local lines = {}
  if job.output_file or job.error_file then
    local err = fetch_file(self, client, job.output_file, lines)
      or fetch_file(self, client, job.error_file, lines)
    return not err and lines or nil, err
  end
  return inline_outputs(self, client, job)
end

local MISSING = { FAILED = "server", TIMEOUT_EXCEEDED = "timeout", CANCELLED = "cancelled" }

local function missing(job)
  if job.status == "SUCCESS" then
    return errors.new("broken", "the service gave no result for this request")
  end
  return errors.new(MISSING[job.status], "the job ended before this request: " .. job.status)
end

local function put_together(plan, job, lines)
  local reply = { results = {}, ids = plan.ids, job_id = job.id, job = job, usage = {} }
  for _, line in ipairs(lines) do
    local index = type(line) == "table" and plan.places[line.custom_id]
    if index and not reply.results[index] then
      local result = items.result(plan, line, index)
      reply.results[index] = result
      local usage = result.reply and result.reply.usage
      if type(usage) == "table" then tables.add(reply.usage, usage) end
    end
  end
  for index = 1, #plan.ids do
    reply.results[index] = reply.results[index] or { err = missing(job) }
  end
  return reply
end

local function why_over(job)
  local first = job.errors[1]
  local said = first and type(first.message) == "string" and first.message
  local sentence = ("the batch job ended as %s%s"):format(job.status, said and ": " .. said or "")
  return errors.new(MISSING[job.status], text.line(sentence, 300))
end

-- What it came to goes into the books.
local function book(client, job, results)
  local replies = {}
  for _, result in ipairs(results) do
    replies[#replies + 1] = result.reply
  end
  batches.record(client.account, client.site, job, replies)
end

--- The replies of a job that is over, in the order of its requests, or why there are not all of them.
---@param self mistral.Task
---@param client mistral.Client
---@param plan mistral.BatchPlan
---@param job mistral.Job
---@return mistral.BatchReply?
---@return mistral.Error?
function M.of(self, client, plan, job)
  local lines, err = fetch(self, client, job)
  if not lines then return nil, err end
  if #plan.ids == 0 then items.adopt(plan, lines) end
  local reply = put_together(plan, job, lines)
  book(client, job, reply.results)
  if job.status == "SUCCESS" then return reply end
  err = why_over(job)
  err.reply = reply
  return nil, err
end

return M
