--- The requests of a batch and its results: what goes in, line by line, and which result belongs to
--- which request.
local endpoint = require "mistral.api.endpoint"
local errors = require "mistral.errors"
local failure = require "mistral.api.failure"
local json = require "mistral.json"
local restore = require "mistral.api.restore"
local tables = require "mistral.tables"

local M = {}

--- Which kind of request each endpoint of a batch takes.
M.KINDS = {
  ["/v1/chat/completions"] = "chat",
  ["/v1/fim/completions"] = "fim",
  ["/v1/embeddings"] = "embed",
  ["/v1/moderations"] = "moderate",
  ["/v1/chat/moderations"] = "moderate_chat",
  ["/v1/classifications"] = "classify",
  ["/v1/chat/classifications"] = "classify_chat",
  ["/v1/ocr"] = "ocr",
  ["/v1/audio/transcriptions"] = "transcribe",
}

-- Going out --------------------------------------------------------------------------------------

-- A request is its fields, or { custom_id =, body = its fields }.
local function parts_of(request, index)
  if type(request) ~= "table" then return nil, "is no table" end
  if request.body == nil then return tostring(index), request end
  for name in pairs(request) do
    if name ~= "body" and name ~= "custom_id" then
      return nil, ("has `%s` beside `body`"):format(tostring(name))
    end
  end
  local id = request.custom_id
  if id ~= nil and (type(id) ~= "string" or id == "") then
    return nil, "has a `custom_id` that is no text"
  end
  if type(request.body) ~= "table" then return nil, "has a `body` that is no table" end
  return id or tostring(index), request.body
end

local function refused(index, reason)
  return errors.new("refused", ("batch: requests[%d] %s"):format(index, reason))
end

---@class mistral.BatchPlan
---@field client mistral.Client
---@field kind string
---@field model? string
---@field ids string[] in the order asked
---@field places table<string, integer>
---@field fields table<integer, table> what was asked
---@field hidden table<integer, table>

--- A plan for requests of one kind.
---@param client mistral.Client
---@param path string the endpoint
---@param model? string
---@return mistral.BatchPlan
function M.new(client, path, model)
  return { client = client, kind = M.KINDS[path], model = model, ids = {}, places = {}, fields = {},
    hidden = {} }
end

local function check_model(plan, model, index)
  plan.model = plan.model or model
  if plan.model ~= model then
    return refused(index, ("asks for the model %s: a batch has one, here %s"):format(
      tostring(model), tostring(plan.model)))
  end
end

--- One request as it goes into the job: checked, in the provider's words, without its model, which
--- the job says for all.
---@param plan mistral.BatchPlan
---@param request any
---@param index integer
---@return table? item {custom_id, body}
---@return mistral.Error? err
function M.item(plan, request, index)
  local id, fields = parts_of(request, index)
  if not id then return nil, refused(index, fields) end
  if plan.places[id] then
    return nil, refused(index,
      ("has the custom_id of requests[%d]: %s"):format(plan.places[id], id))
  end
  fields = tables.with({ model = plan.model }, fields)
  local body, hidden, err = plan.client.compose(plan.kind, fields)
  if not body then return nil, refused(index, "cannot be sent: " .. err.message) end
  err = check_model(plan, body.model, index)
  if err then return nil, err end
  if body.file ~= nil then
    return nil, refused(index, "has a `file`: a batch carries none; use `file_url` or `file_id`")
  end
  body.model = nil
  plan.fields[index] = body
  plan.ids[index], plan.places[id], plan.hidden[index] = id, index, hidden
  return { custom_id = id, body = body }
end

-- Coming back ------------------------------------------------------------------------------------

local function same(text)
  return text
end

local function present(value)
  return value ~= nil and not json.is_null(value)
end

local function text_of(value)
  return type(value) == "string" and value or json.encode(value) or ""
end

local function nothing() end

-- For a job of another day: as many inputs as there are answers.
local function fields_by_answer(body)
  local list = type(body) == "table" and (body.data or body.results)
  local input = {}
  for index = 1, type(list) == "table" and #list or 0 do input[index] = "" end
  return { input = input }
end

-- The endpoint's own reader reads the body as if it had come over the wire.
local function read(plan, body, index)
  local reader = endpoint.get(plan.kind).reader {
    streamed = false, scrub = same, emit = nothing,
    call = { params = plan.fields[index] or fields_by_answer(body), own = {} },
  }
  local err = reader:raw(text_of(body))
  if err then return nil, err end
  return reader:finish { ["content-type"] = "application/json" }
end

local function status_of(code)
  local is_one = type(code) == "number" and code >= 100 and code <= 599 and code % 1 == 0
  return is_one and code or nil
end

local function error_of(line)
  local response = type(line.response) == "table" and line.response or {}
  local status = status_of(response.status_code)
  if status and (status < 200 or status > 299) then
    local body = present(response.body) and text_of(response.body) or nil
    return failure.from_answer({ status = status, headers = {}, body = body }, same)
  end
  if not present(line.error) then return nil end
  if type(line.error) ~= "table" then
    return errors.new("server", "the service says: " .. tostring(line.error))
  end
  return failure.from_frame({ error = line.error }, {}, same)
end

--- What one result says.
---@param plan mistral.BatchPlan
---@param line table {custom_id, response, error}
---@param index integer of the request
---@return { reply: any, err: mistral.Error? }
function M.result(plan, line, index)
  local err = error_of(line)
  if err then return { err = err } end
  local response = type(line.response) == "table" and line.response or {}
  if not present(response.body) then
    return { err = errors.new("broken", "the result has neither an answer nor an error") }
  end
  local reply
  reply, err = read(plan, response.body, index)
  if err then return { err = err } end
  local hidden = plan.hidden[index]
  return { reply = hidden and restore.value(reply, hidden) or reply }
end

--- A plan without requests, for a job of another day: its results come in the order of their ids where
--- those are numbers, else as the service lists them.
---@param plan mistral.BatchPlan
---@param each fun(take: fun(line: table)) goes through its results
function M.adopt(plan, each)
  local ids, numbers = {}, true
  each(function(line)
    local id = line.custom_id
    if type(id) == "string" and not plan.places[id] then
      ids[#ids + 1], plan.places[id] = id, 0
      numbers = numbers and id:find("^%d+$") ~= nil
    end
  end)
  if numbers then table.sort(ids, function(a, b) return tonumber(a) < tonumber(b) end) end
  for index, id in ipairs(ids) do
    plan.ids[index], plan.places[id] = id, index
  end
end

return M
