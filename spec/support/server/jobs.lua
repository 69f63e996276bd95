--- Batch jobs: each look at one brings it a step nearer to its end, so that no clock is needed. The
--- items are answered when the job ends, and their results come in another order than they went in.

local files = require "files"
local gate = require "gate"
local json = require "json"
local refusal = require "refusal"

local M = {}

local DEFAULT = { polls = 2, outcome = "SUCCESS" }
local kept, order, settings = {}, {}, {}

function M.reset()
  kept, order, settings = {}, {}, {}
  for name, value in pairs(DEFAULT) do settings[name] = value end
end

M.reset()

--- How many looks a job takes, and how it ends. With `hold` it stays as it is.
---@param wanted {polls?: integer, outcome?: string, hold?: boolean}
function M.set(wanted)
  for name, value in pairs(wanted) do settings[name] = value end
  return settings
end

local OVER = { SUCCESS = true, FAILED = true, TIMEOUT_EXCEEDED = true, CANCELLED = true }

---@return boolean
function M.is_over(job)
  return OVER[job.card.status] == true
end

--- One line of a JSONL file as an item, or why it is none.
local function item_of(line, number)
  local value, trouble = json.decode(line)
  if trouble or not json.is_object(value) or not json.is_object(value.body) then
    return nil, ("line %d is not {\"custom_id\": …, \"body\": {…}}"):format(number)
  end
  return value
end

---@return table[]? items, string? message
function M.items(bytes)
  local items, number = {}, 0
  for line in (bytes .. "\n"):gmatch "(.-)\n" do
    number = number + 1
    if line ~= "" then
      local item, message = item_of(line, number)
      if not item then return nil, message end
      items[#items + 1] = item
    end
  end
  return items
end

---@param fields table the checked request
---@param items table[] {custom_id=, body=}
---@param answer fun(path: string, body: table): table?, table?
---@return table job
function M.add(fields, items, answer)
  local card = {
    id = gate.uuid(), object = "batch", input_files = json.array(fields.input_files or {}),
    metadata = fields.metadata or json.null, endpoint = fields.endpoint,
    model = fields.model or json.null, agent_id = fields.agent_id or json.null,
    output_file = json.null, error_file = json.null, errors = json.array {},
    outputs = json.null, status = "QUEUED", created_at = os.time(), total_requests = #items,
    completed_requests = 0, succeeded_requests = 0, failed_requests = 0,
    started_at = json.null, completed_at = json.null,
  }
  kept[card.id] = { card = card, items = items, answer = answer, looks = 0, outputs = {},
    inline = fields.requests ~= nil }
  order[#order + 1] = card.id
  return kept[card.id]
end

function M.find(id)
  return kept[id]
end

function M.remove(id)
  kept[id] = nil
end

--- All jobs, the newest first.
function M.all()
  local list = {}
  for index = #order, 1, -1 do list[#list + 1] = kept[order[index]] end
  return list
end

local function run_item(job, item)
  local body = item.body
  if gate.given(job.card.model) then body.model = job.card.model end
  local value, trouble = job.answer(job.card.endpoint, body)
  local result = { id = gate.uuid(), custom_id = item.custom_id or json.null, error = json.null }
  if value then
    result.response = { status_code = 200, body = value }
  elseif trouble.status == 422 then
    result.response = { status_code = 422, body = json.decode((refusal.body(trouble))) }
  else
    result.response, result.error = json.null, json.decode((refusal.body(trouble)))
  end
  return result, value ~= nil
end

local function finish_item(job, number)
  local result, good = run_item(job, job.items[number])
  local card = job.card
  job.outputs[#job.outputs + 1] = { result = result, good = good }
  card.completed_requests = card.completed_requests + 1
  local name = good and "succeeded_requests" or "failed_requests"
  card[name] = card[name] + 1
end

--- Every other item first, so that the order of results is not the order of requests.
local function work(job, till)
  local total = #job.items
  while job.card.completed_requests < math.min(till, total) do
    local done = job.card.completed_requests
    local odd = math.ceil(total / 2)
    finish_item(job, done < odd and done * 2 + 1 or (done - odd) * 2 + 2)
  end
end

local function write_file(job, good, name, sample_type)
  local lines = {}
  for _, output in ipairs(job.outputs) do
    if output.good == good then lines[#lines + 1] = json.encode(output.result) .. "\n" end
  end
  if #lines == 0 then return json.null end
  return files.add(job.card.id .. name, table.concat(lines), { purpose = "batch",
    source = "mistral", sample_type = sample_type, mimetype = "application/jsonl" }).id
end

local function close(job, status)
  local card = job.card
  card.status, card.completed_at = status, os.time()
  if status ~= "SUCCESS" and status ~= "CANCELLED" then
    card.errors[1] = { message = "the job ended as " .. status, count = 1 }
  end
  if job.inline then return end
  card.output_file = write_file(job, true, "_output.jsonl", "batch_result")
  card.error_file = write_file(job, false, "_errors.jsonl", "batch_error")
end

--- One step nearer to the end.
function M.look(job)
  local card = job.card
  if M.is_over(job) or settings.hold then return end
  if card.status == "CANCELLATION_REQUESTED" then return close(job, "CANCELLED") end
  job.looks = job.looks + 1
  if card.status == "QUEUED" then card.status, card.started_at = "RUNNING", os.time() end
  work(job, math.floor(#job.items * job.looks / settings.polls))
  if job.looks >= settings.polls then close(job, settings.outcome) end
end

function M.cancel(job)
  if not M.is_over(job) then job.card.status = "CANCELLATION_REQUESTED" end
end

--- The job as it is shown; its outputs only where they are asked for, and only at its end.
---@param inline? boolean
function M.shown(job, inline)
  local card = {}
  for name, value in pairs(job.card) do card[name] = value end
  if inline and job.inline and M.is_over(job) then
    card.outputs = json.array {}
    for index, output in ipairs(job.outputs) do card.outputs[index] = output.result end
  end
  return card
end

return M
