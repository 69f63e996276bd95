--- What several dialects have in common: whether a key is right, how a query is read, and an answer
--- in the service's own form under another's headers.

local answer = require "answer"
local faults = require "faults"
local fim = require "answers.fim"
local gate = require "gate"
local json = require "json"
local order = require "order"
local stream = require "stream"

local M = {}

local KEYS = { "^test%-key", "^ya29%.test" }

--- Good until a spec says so in the key itself.
---@param key? string
function M.is_key(key)
  if not key or key:find("expired", 1, true) then return false end
  for _, pattern in ipairs(KEYS) do
    if key:find(pattern) then return true end
  end
  return false
end

---@param headers table<string, string>
---@return string? key
function M.bearer(headers)
  return (headers.authorization or ""):match "^Bearer (.+)$"
end

---@param target string  path and query
---@return string path, table<string, string> query
function M.split(target)
  local path, text = target:match "^([^?]*)%??(.*)$"
  local query = {}
  for name, value in text:gmatch "([^&=]+)=?([^&]*)" do query[name] = value end
  return path, query
end

---@param query table<string, string>
---@param known table<string, boolean>
---@return string? name  one that should not be there
function M.stray(query, known)
  for name in pairs(query) do
    if not known[name] then return name end
  end
end

--- An answer without the service's own headers.
---@param reply Reply
---@param id_header string  the name under which this one says what the request is called
function M.foreign(reply, id_header)
  reply.usual = function()
    return { [id_header] = ("%08x%08x"):format(math.random(0, 2 ^ 31 - 1), os.time()) }
  end
end

local function first_text(value, depth)
  if type(value) == "string" then return value end
  if type(value) ~= "table" or depth > 4 then return "" end
  if value.msg then
    local where = {}
    for _, step in ipairs(value.loc or {}) do where[#where + 1] = tostring(step) end
    return table.concat(where, ".") .. ": " .. value.msg
  end
  return first_text(value.detail or value[1], depth + 1)
end

--- A refusal of the service, as one sentence.
---@param why table  from the module refusal
---@return string
function M.sentence(why)
  return first_text(why.detail or why.message, 0)
end

function M.json(reply, status, value, headers)
  local all = { ["content-type"] = "application/json" }
  for name, each in pairs(headers or {}) do all[name] = each end
  reply:whole(status, json.encode(value), all)
end

--- The body as its schema wants it, or why not.
---@param exchange Exchange
---@param shape table
---@return table? body, table? refusal
function M.checked(exchange, shape)
  local body, why = gate.decoded(exchange)
  why = why or gate.misfit(shape, body)
  if why then return nil, why end
  return body
end

--- A plan for a body with messages, or with a prompt and a suffix.
---@param reply Reply
---@param body table
---@return Plan
function M.plan(reply, body)
  local make = body.messages and answer.chat or answer.fim
  return make(body, faults.answer_changes(reply.fault))
end

--- Sends a plan, whole or as a stream, as the service itself would say it.
---@param reply Reply
---@param body table
---@param plan? Plan
function M.send(reply, body, plan)
  plan = plan or M.plan(reply, body)
  local send = body.stream == true and stream.send or stream.whole
  send(reply, plan, faults.stream_changes(reply.fault, plan))
end

--- What a model makes of a raw prompt. The order of Mistral's models: what stands behind comes first.
---@param prompt string
---@return string
function M.in_the_middle(prompt)
  local suffix, prefix = prompt:match "^%[SUFFIX%](.-)%[PREFIX%](.*)$"
  if not prefix then return "Once upon a time there was a prompt in the wrong order." end
  return fim.complete(prefix, suffix)
end

local function as_model(body, model, path)
  local name = body.model
  body.model = model
  -- Here, not at the top: the doors need what this file needs.
  local value, why = require("doors.init").answer(path, body)
  body.model = name
  if value then value.model = name end
  return value, why
end

--- What the service would say to a body that asks for the text of a document. Files are kept
--- nowhere but there.
---@return table? answer, table? refusal
function M.document(body)
  local document = type(body.document) == "table" and body.document or {}
  if document.type == "file" then
    return nil, gate.invalid_args "Files are not available on this platform"
  end
  return as_model(body, "mistral-ocr-latest", "/v1/ocr")
end

--- Embeddings, asked for in the common dialect.
---@return table? answer, table? refusal
function M.embeddings(body)
  return as_model({ model = body.model, input = body.input, output_dimension = body.dimensions,
    encoding_format = body.encoding_format }, "codestral-embed", "/v1/embeddings")
end

--- The rule of the service's that a list of messages breaks, as a refusal.
function M.broken_order(body)
  return body.messages and order.broken_rule(body)
end

return M
