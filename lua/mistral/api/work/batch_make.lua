--- Makes a batch job from requests: each is checked, all are counted against the budget, and they go
--- along or, where they are many, ahead in a file.
local batch = require "mistral.api.endpoint.batch"
local batches = require "mistral.money.batches"
local errors = require "mistral.errors"
local items = require "mistral.api.work.batch_items"
local json = require "mistral.json"

local M = {}

local INLINE_BYTES = 8 * 1024 * 1024
local RETRIES = 3
local FIRST_DELAY_MS = 1000

local TOLD_BY = { messages = "/v1/chat/completions", prompt = "/v1/fim/completions",
  document = "/v1/ocr", file_url = "/v1/audio/transcriptions" }

local function endpoint_of(params)
  if params.endpoint then return params.endpoint end
  local first = params.requests and params.requests[1]
  first = type(first) == "table" and (first.body or first) or {}
  for name, path in pairs(TOLD_BY) do
    if first[name] ~= nil then return path end
  end
end

--- What is known of the batch before it is made.
---@param client mistral.Client
---@param params mistral.BatchParams
---@return mistral.BatchPlan? plan
---@return string? path the endpoint
---@return mistral.Error? err
function M.plan(client, params)
  local path = endpoint_of(params)
  if not path then
    return nil, nil, errors.new("refused", "batch: `endpoint` is missing, such as /v1/embeddings: "
      .. "requests[1] has none of messages, prompt, document and file_url, which would tell")
  end
  if not items.KINDS[path] then
    return nil, nil, errors.new("refused", "batch: this client has no requests for " .. path)
  end
  return items.new(client, path, params.model), path
end

--- All requests as they go out, or what is wrong with one.
---@param plan mistral.BatchPlan
---@param requests table[]
---@return table[]? items
---@return mistral.Error? err
function M.items(plan, requests)
  local list = {}
  for index, request in ipairs(requests) do
    local item, err = items.item(plan, request, index)
    if not item then return nil, err end
    list[index] = item
  end
  return list
end

local function fit_inline(list)
  if #list > batch.MOST_INLINE then return false end
  local size = 0
  for _, item in ipairs(list) do
    size = size + #(json.encode(item) or "")
    if size > INLINE_BYTES then return false end
  end
  return true
end

-- Why they cannot be written down, or nil.
local function write_lines(path, list)
  local file, message = io.open(path, "wb")
  if not file then return message end
  local trouble
  for index, item in ipairs(list) do
    local line, reason = json.encode(item)
    if not line then
      trouble = ("requests[%d]: %s"):format(index, reason)
    else
      local _, failure = file:write(line, "\n")
      trouble = failure
    end
    if trouble then break end
  end
  local closed, late = file:close()
  return trouble or not closed and (late or "the disk is full") or nil
end

-- By way of a private file of this machine, which is gone afterwards, whatever happens.
local function upload(self, list)
  local path = os.tmpname()
  local reason = write_lines(path, list)
  if reason then
    os.remove(path)
    return nil, errors.new("unavailable", "the batch cannot be written down: " .. reason)
  end
  local file, err = self:ask("upload",
    { file = path, filename = "batch.jsonl", purpose = "batch" })
  os.remove(path)
  return file, err
end

local function over_budget(client, list, model)
  local bodies = {}
  for index, item in ipairs(list) do
    bodies[index] = item.body
  end
  return batches.check(client.account, client.site, bodies, model)
end

-- Nothing was made: nobody was reached, or whoever was did not look at it.
local function never_heard(err)
  local detail = err.code == "network" and err.detail
  return err.code == "rate_limited" or err.code == "overloaded"
    or detail == "resolve" or detail == "connect"
end

-- A job is paid, so it is not made twice: what may have been heard is not said again.
local function make(self, client, job)
  local left, delay_ms = self.callbacks.retry or client.defaults.retry or RETRIES, nil
  while true do
    local made, err = self:ask("batch_create", job, { retry = 0, delay_ms = delay_ms })
    if made or left <= 0 or not never_heard(err) then return made, err end
    left = left - 1
    local wanted_ms = (err.retry_after or 0) * 1000
    delay_ms = math.floor(math.max(wanted_ms, delay_ms and delay_ms * 2 or FIRST_DELAY_MS))
  end
end

--- Make the job.
---@param self mistral.Task
---@param client mistral.Client
---@param params mistral.BatchParams
---@param plan mistral.BatchPlan
---@param path string
---@return mistral.Job?
---@return mistral.Error?
function M.job(self, client, params, plan, path)
  local list, err = M.items(plan, params.requests)
  err = err or over_budget(client, list, plan.model)
  if err then return nil, err end
  local job = { endpoint = path, model = plan.model, metadata = params.metadata,
    timeout_hours = params.timeout_hours }
  if fit_inline(list) then
    job.requests = list
  else
    local file
    file, err = upload(self, list)
    if not file then return nil, err end
    job.input_files = { file.id }
  end
  return make(self, client, job)
end

return M
