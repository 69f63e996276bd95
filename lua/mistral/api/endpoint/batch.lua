--- batch/jobs: making, looking at, cancelling. work/batch.lua runs one from its requests to its replies.
local bytes = require "mistral.api.reader.bytes"
local common = require "mistral.api.endpoint.common"
local errors = require "mistral.errors"
local whole = require "mistral.api.reader.whole"

local M = {}

--- What one job takes.
M.MOST_INLINE = 10000
M.MOST_REQUESTS = 1000000

M.ENDPOINTS = {
  "/v1/chat/completions", "/v1/embeddings", "/v1/fim/completions", "/v1/moderations",
  "/v1/chat/moderations", "/v1/ocr", "/v1/classifications", "/v1/chat/classifications",
  "/v1/conversations", "/v1/audio/transcriptions",
}

local STATUSES = {
  "QUEUED", "RUNNING", "SUCCESS", "FAILED", "TIMEOUT_EXCEEDED", "CANCELLATION_REQUESTED",
  "CANCELLED",
}

---@class mistral.Job
---@field id string
---@field status string QUEUED, RUNNING, SUCCESS, FAILED, TIMEOUT_EXCEEDED, CANCELLATION_REQUESTED or
--- CANCELLED
---@field endpoint? string
---@field model? string
---@field input_files string[]
---@field output_file? string
---@field error_file? string
---@field errors table[] {message, count?}
---@field outputs? table[]
---@field metadata? table
---@field total_requests integer
---@field completed_requests integer
---@field succeeded_requests integer
---@field failed_requests integer
---@field created_at? integer seconds since 1970
---@field started_at? integer
---@field completed_at? integer

local function broken(what)
  return nil, errors.new("broken", what)
end

local STRINGS = { "endpoint", "model", "agent_id", "output_file", "error_file", "object" }
local COUNTS = { "total_requests", "completed_requests", "succeeded_requests", "failed_requests" }
local TIMES = { "created_at", "started_at", "completed_at" }

local function list_of(value, kind)
  local out = {}
  for _, item in ipairs(type(value) == "table" and value or {}) do
    if type(item) == kind then out[#out + 1] = item end
  end
  return out
end

local function job_of(card)
  if type(card) ~= "table" or type(card.id) ~= "string" or type(card.status) ~= "string" then
    return nil
  end
  local job = { id = card.id, status = card.status }
  for _, name in ipairs(STRINGS) do
    if type(card[name]) == "string" then job[name] = card[name] end
  end
  for _, name in ipairs(TIMES) do
    if type(card[name]) == "number" then job[name] = card[name] end
  end
  for _, name in ipairs(COUNTS) do
    job[name] = type(card[name]) == "number" and card[name] or 0
  end
  job.input_files = list_of(card.input_files, "string")
  job.errors = list_of(card.errors, "table")
  job.metadata = type(card.metadata) == "table" and card.metadata or nil
  job.outputs = type(card.outputs) == "table" and list_of(card.outputs, "table") or nil
  return job
end

local function to_job(decoded)
  local job = job_of(decoded)
  if not job then return broken "the answer is about no batch job" end
  return job
end

local function to_jobs(decoded)
  local list = { total = type(decoded.total) == "number" and decoded.total or nil }
  if decoded.data ~= nil and type(decoded.data) ~= "table" then
    return broken "the list of batch jobs is not a list"
  end
  for _, card in ipairs(decoded.data or {}) do
    list[#list + 1] = job_of(card)
  end
  return list
end

local function to_deleted(decoded)
  if type(decoded.id) ~= "string" or decoded.deleted == false then
    return broken "the service did not say that it deleted the job"
  end
  return { id = decoded.id, deleted = true }
end

-- Shapes -----------------------------------------------------------------------------------------

local METADATA = {
  kind = "object", null = true, open = true,
  check = function(metadata, path)
    for name, value in pairs(metadata) do
      local good = type(name) == "string" and #name >= 1 and #name <= 32
        and type(value) == "string" and #value >= 1 and #value <= 512
      if not good then
        return ("`%s` takes names of 1 to 32 and texts of 1 to 512 characters, not `%s`"):format(
          path, tostring(name))
      end
    end
  end,
}

local REQUEST = {
  kind = "object",
  fields = {
    custom_id = { kind = "string", null = true },
    body = { kind = "object", required = true, open = true },
  },
}

M.batch_create = {
  method = "POST", path = "/batch/jobs", reader = whole.reader(to_job),
  shape = {
    kind = "object",
    fields = {
      endpoint = { kind = "string", required = true, one_of = M.ENDPOINTS },
      model = { kind = "string", null = true, pattern = "%S", wanted = "the id of a model" },
      agent_id = { kind = "string", null = true },
      input_files = { kind = "list", of = common.FILE_ID, none = "is empty" },
      requests = { kind = "list", of = REQUEST, max = M.MOST_INLINE, none = "is empty" },
      metadata = METADATA,
      timeout_hours = { kind = "integer", min = 1, max = 168 },
    },
    check = function(params)
      if (params.requests == nil) == (params.input_files == nil) then
        return "give either `requests` or `input_files`"
      end
      if params.model and params.agent_id then return "give either `model` or `agent_id`" end
    end,
  },
}

local JOB_ID = {
  kind = "string", required = true, pattern = "^[%w_-]+$", wanted = "the id of a job",
}

local function about_job(method, path, reader, fields)
  fields = fields or {}
  fields.job_id = JOB_ID
  return {
    method = method, path = path, send = "query", reader = whole.reader(reader), head_ms = 60000,
    shape = { kind = "object", renamed = { id = "use `job_id`" }, fields = fields },
  }
end

M.batch_job = about_job("GET", "/batch/jobs/{job_id}", to_job, { inline = { kind = "boolean" } })
-- The same onto the disk: the outputs of many requests may be more than is held for one answer.
M.batch_outputs = about_job("GET", "/batch/jobs/{job_id}", to_job, {
  inline = { kind = "boolean" },
  to = { kind = "string", required = true },
})
M.batch_outputs.own = { to = true }
M.batch_outputs.sink = function(own) return own.to end
M.batch_outputs.reader = bytes.new

M.batch_cancel = about_job("POST", "/batch/jobs/{job_id}/cancel", to_job)
M.batch_delete = about_job("DELETE", "/batch/jobs/{job_id}", to_deleted)

-- Each name of the metadata is a field of the query by itself, beside the others.
local function check_metadata_names(params)
  for name in pairs(params.metadata or {}) do
    if M.batch_jobs.shape.fields[name] then
      return ("jobs cannot be looked for by a metadata of the name `%s`"):format(name)
    end
  end
end

M.batch_jobs = {
  method = "GET", path = "/batch/jobs", reader = whole.reader(to_jobs),
  shape = {
    kind = "object",
    renamed = { limit = "use `page_size`", after = "use `page`" },
    fields = {
      page = { kind = "integer", min = 0 },
      page_size = { kind = "integer", min = 1 },
      model = common.TEXT,
      agent_id = common.TEXT,
      metadata = METADATA,
      created_after = { kind = "string", pattern = "^%d%d%d%d%-%d%d%-%d%d",
        wanted = "a date and time, such as 2026-01-31T00:00:00Z" },
      created_by_me = { kind = "boolean" },
      status = { kind = "list", of = { kind = "string", one_of = STATUSES }, none = "is empty" },
      order_by = { kind = "string", one_of = { "created", "-created" } },
    },
    check = check_metadata_names,
  },
}

return M
