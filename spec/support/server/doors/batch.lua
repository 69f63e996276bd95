--- Batch jobs: made from requests or from uploaded files, looked at, cancelled, deleted.

local file_doors = require "doors.files"
local files = require "files"
local gate = require "gate"
local jobs = require "jobs"
local json = require "json"
local query = require "query"
local refusal = require "refusal"
local shape = require "shape"

local M = {}

local MAX_BODY_BYTES = 512 * 1024 * 1024
local MAX_INLINE = 10000
local MAX_ITEMS = 1000000

local ENDPOINTS = { "/v1/chat/completions", "/v1/embeddings", "/v1/fim/completions",
  "/v1/moderations", "/v1/chat/moderations", "/v1/ocr", "/v1/classifications",
  "/v1/chat/classifications", "/v1/conversations", "/v1/audio/transcriptions" }
local STATUSES = { "QUEUED", "RUNNING", "SUCCESS", "FAILED", "TIMEOUT_EXCEEDED",
  "CANCELLATION_REQUESTED", "CANCELLED" }

local CREATE = shape.object({
  input_files = shape.optional(shape.list(shape.uuid())),
  requests = shape.optional(shape.list(shape.object({
    custom_id = shape.optional(shape.text()), body = shape.map(),
  }, { "body" }), nil, MAX_INLINE)),
  endpoint = shape.enum(unpack(ENDPOINTS)),
  model = shape.optional(shape.text()),
  agent_id = shape.optional(shape.text()),
  metadata = shape.optional(shape.map()),
  timeout_hours = shape.integer(1, 168),
}, { "endpoint" })

local LIST = shape.object {
  page = shape.integer(0),
  page_size = shape.integer(1, 1000),
  model = shape.text(),
  agent_id = shape.text(),
  metadata = shape.map(),
  created_after = shape.text(),
  created_by_me = shape.boolean(),
  status = shape.list(shape.enum(unpack(STATUSES))),
  order_by = shape.enum("created", "-created"),
}

local GET_ONE = shape.object { inline = shape.boolean() }
local NOTHING = shape.object {}

--- Set by doors/init.lua, which knows who answers what.
M.answer = nil

local function bad(message)
  return refusal.new(400, { type = "invalid_request_error", message = message })
end

local function metadata_trouble(metadata)
  for name, value in pairs(gate.given(metadata) and metadata or {}) do
    if #name < 1 or #name > 32 or type(value) ~= "string" or #value < 1 or #value > 512 then
      return refusal.unprocessable { { type = "string_type", loc = { "body", "metadata", name },
        msg = "Input should be a valid string of 1 to 512 characters", input = value } }
    end
  end
end

local function items_of_files(ids)
  local items = {}
  for _, id in ipairs(ids) do
    local file = files.find(id)
    if not file or file.card.purpose ~= "batch" then
      return nil, bad("Input file " .. id .. " is not a file for batches")
    end
    local more, message = jobs.items(file.data)
    if not more then return nil, bad(message) end
    for _, item in ipairs(more) do items[#items + 1] = item end
  end
  return items
end

local function items_of(body)
  local inline, ids = gate.given(body.requests), gate.given(body.input_files)
  if inline == ids then return nil, bad "Give either input_files or requests" end
  if inline then return body.requests end
  return items_of_files(body.input_files)
end

local function repeated(items)
  local seen = {}
  for _, item in ipairs(items) do
    if gate.given(item.custom_id) then
      if seen[item.custom_id] then return item.custom_id end
      seen[item.custom_id] = true
    end
  end
end

local function create(exchange, reply)
  local body, trouble = gate.decoded(exchange, MAX_BODY_BYTES)
  trouble = trouble or gate.misfit(CREATE, body) or metadata_trouble(body.metadata)
  if trouble then return reply:refuse(trouble) end
  local items
  items, trouble = items_of(body)
  if not items then return reply:refuse(trouble) end
  local twice = repeated(items)
  if #items == 0 or #items > MAX_ITEMS then
    return reply:refuse(bad "A job takes from 1 to 1000000 requests")
  elseif twice then
    return reply:refuse(bad("custom_id is not unique: " .. twice))
  elseif gate.given(body.agent_id) == gate.given(body.model) and body.agent_id then
    return reply:refuse(bad "Give either model or agent_id")
  end
  reply:json(200, jobs.shown(jobs.add(body, items, M.answer)))
end

local function same(wanted, value)
  return wanted == nil or wanted == value
end

local function has_metadata(card, wanted)
  local own = gate.given(card.metadata) and card.metadata or {}
  for name, value in pairs(wanted.metadata or {}) do
    if own[name] ~= value then return false end
  end
  return true
end

local function fits(card, wanted)
  if not has_metadata(card, wanted) then return false end
  if not same(wanted.model, card.model) or not same(wanted.agent_id, card.agent_id) then
    return false
  elseif not wanted.status then
    return true
  end
  for _, status in ipairs(wanted.status) do
    if status == card.status then return true end
  end
  return false
end

local function list(exchange, reply)
  local wanted, trouble = query.read(exchange.path, LIST, json.array, "metadata")
  if not wanted then return reply:refuse(trouble) end
  local cards, all = {}, jobs.all()
  for index, job in ipairs(all) do
    local place = wanted.order_by == "created" and #all + 1 - index or index
    cards[place] = jobs.shown(job)
  end
  local page, total = file_doors.page(cards, wanted, fits)
  reply:json(200, { object = "list", data = page, total = total })
end

local function with_job(fields, work)
  return function(exchange, reply, id)
    local wanted, trouble = query.read(exchange.path, fields, json.array)
    if not wanted then return reply:refuse(trouble) end
    local job = jobs.find(id)
    if not job then
      return reply:refuse(refusal.new(404, { message = "No batch job matches the given query." }))
    end
    work(reply, job, wanted)
  end
end

local function retrieve(reply, job, wanted)
  jobs.look(job)
  reply:json(200, jobs.shown(job, wanted.inline))
end

local function cancel(reply, job)
  jobs.cancel(job)
  reply:json(200, jobs.shown(job))
end

local function delete(reply, job)
  jobs.remove(job.card.id)
  reply:json(200, { id = job.card.id, object = "batch", deleted = true })
end

M.routes = {
  { "^/v1/batch/jobs$", POST = create, GET = list },
  { "^/v1/batch/jobs/([^/]+)$", GET = with_job(GET_ONE, retrieve),
    DELETE = with_job(NOTHING, delete) },
  { "^/v1/batch/jobs/([^/]+)/cancel$", POST = with_job(NOTHING, cancel) },
}

return M
