--- Google's Vertex AI: one address for each model, and the way of answering in the address too. The
--- body is the service's own, for chat and for completion alike.

local bodies = require "bodies"
local gate = require "gate"
local speak = require "dialects.speak"

local M = {}

local PROJECT = "test-project"
local REGIONS = { ["europe-west4"] = true, ["us-central1"] = true }

--- What it offers, and which of them are named with their version behind an @, in the address only.
local MODELS = {
  ["mistral-medium-3"] = {}, ["mistral-small-2503"] = {}, ["codestral-2"] = { fim = true },
  ["mistral-ocr-2505"] = { ocr = true },
  ["codestral@2405"] = { fim = true, bare = "codestral" },
  ["mistral-large@2407"] = { bare = "mistral-large" },
  ["mistral-nemo@2407"] = { bare = "mistral-nemo" },
}

local STATUS = { [400] = "INVALID_ARGUMENT", [401] = "UNAUTHENTICATED", [403] = "PERMISSION_DENIED",
  [404] = "NOT_FOUND", [405] = "UNIMPLEMENTED" }

--- Where a stream was asked for, even an error comes in a list.
local function refuse(reply, call, status, message)
  local why = { error = { code = status, message = message, status = STATUS[status] } }
  speak.json(reply, status, call and call.streamed and { why } or why)
end

local function unescaped(text)
  return (text:gsub("%%(%x%x)", function(digits) return string.char(tonumber(digits, 16)) end))
end

local function call_of(path)
  local project, region, model, verb =
    path:match "^/v1/projects/([^/]+)/locations/([^/]+)/publishers/mistralai/models/([^/:]+):(%a+)$"
  if verb ~= "rawPredict" and verb ~= "streamRawPredict" then return nil end
  return { project = project, region = region, model = unescaped(model),
    streamed = verb == "streamRawPredict" }
end

local function barred(exchange, call)
  if not speak.is_key(speak.bearer(exchange.headers)) then
    return 401, "Request had invalid authentication credentials. Expected OAuth 2 access token, "
      .. "login cookie or other valid authentication credential."
  elseif call.project ~= PROJECT then
    return 403, "Permission denied on resource project " .. call.project
  elseif not REGIONS[call.region] then
    return 404, "Publisher Model is not found in location " .. call.region
  elseif not MODELS[call.model] then
    return 404, ("Publisher Model `publishers/mistralai/models/%s` was not found or your project "
      .. "does not have access to it."):format(call.model)
  end
end

local function ill_fitting(call, body)
  local model = MODELS[call.model]
  if body.model ~= (model.bare or call.model) then
    return "the model of the body is not that of the address: " .. body.model
  elseif (body.stream == true) ~= call.streamed then
    return "stream does not fit the method"
  elseif (body.document ~= nil) ~= (model.ocr == true) then
    return "this model reads documents, and only those do"
  elseif body.prompt and not model.fim then
    return "completion_fim is not enabled for this model"
  end
end

local function checked(exchange)
  if exchange.body:find '"document"%s*:' then
    local body, why = gate.decoded(exchange)
    return body, why and speak.sentence(why)
  end
  local is_fim = exchange.body:find '"prompt"%s*:' and not exchange.body:find '"messages"%s*:'
  local body, why = speak.checked(exchange, is_fim and bodies.fim or bodies.chat)
  why = why or speak.broken_order(body)
  if why then return nil, speak.sentence(why) end
  return body
end

function M.serve(exchange, reply, rest)
  speak.foreign(reply, "x-vertex-ai-internal-request-id")
  local path, query = speak.split(rest)
  local call = next(query) == nil and call_of(path)
  if not call then return refuse(reply, nil, 404, "Not found: " .. rest) end
  if exchange.method ~= "POST" then return refuse(reply, call, 405, "Method not allowed") end
  local status, message = barred(exchange, call)
  if status then return refuse(reply, call, status, message) end
  local body
  body, message = checked(exchange)
  message = message or ill_fitting(call, body)
  if message then return refuse(reply, call, 400, message) end
  if not body.document then return speak.send(reply, body) end
  local value, why = speak.document(body)
  if why then return refuse(reply, call, 400, speak.sentence(why)) end
  speak.json(reply, 200, value)
end

return M
