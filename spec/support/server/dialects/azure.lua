--- Azure AI Foundry: the `openai/v1` route, the older `models` route with its version in the query,
--- and a serverless deployment of its own. The bodies are the service's, as strict as there; the
--- errors are wrapped once more. Nothing here completes in the middle.

local bodies = require "bodies"
local gate = require "gate"
local json = require "json"
local speak = require "dialects.speak"

local M = {}

local DEPLOYMENTS = { ["mistral-medium-3-5"] = true, ["Mistral-Large-3"] = true,
  ["mistral-small-2506"] = true, ["Codestral-2501"] = true, azureai = true }
local OCR = "mistral-document-ai-2512"
local VERSIONS = { ["2024-05-01-preview"] = true }
local V1_VERSIONS = { v1 = true, preview = true, latest = true }
local PARAMETERS = { ["pass-through"] = true, drop = true, error = true }

local function refuse(reply, status, code, message)
  speak.json(reply, status, { error = { code = code, message = message, status = status } })
end

--- The service's own refusal goes as text into the message.
local function refuse_body(reply, why)
  local inner = why.detail and json.encode { detail = why.detail } or why.message
  refuse(reply, why.status, "Invalid input", inner)
end

local function denied(reply, message)
  refuse(reply, 401, "401", message or "Access denied due to invalid subscription key or wrong API "
    .. "endpoint. Make sure to provide a valid key for an active subscription and use a correct "
    .. "regional API endpoint for your resource.")
end

local function may_enter(exchange, reply, bearer_only)
  local key, bearer = exchange.headers["api-key"], speak.bearer(exchange.headers)
  if key and bearer then
    denied(reply, "Both an api-key and an Authorization header were given")
  elseif bearer_only and key then
    denied(reply, "This endpoint takes its key as a bearer token")
  elseif not speak.is_key(key or bearer) then
    denied(reply)
  else
    return true
  end
end

local function chat(exchange, reply)
  local body, why = speak.checked(exchange, bodies.chat)
  if not body then return refuse_body(reply, why) end
  why = speak.broken_order(body)
  if why then return refuse_body(reply, why) end
  if not DEPLOYMENTS[body.model] then
    return refuse(reply, 404, "DeploymentNotFound",
      "The API deployment for this resource does not exist: " .. body.model)
  end
  speak.send(reply, body)
end

--- Documents have an address of their own, beside all routes. There is no place for files.
local function read_document(exchange, reply)
  local body, why = gate.decoded(exchange)
  if body and body.model ~= OCR then
    return refuse(reply, 404, "DeploymentNotFound", "No such deployment: " .. tostring(body.model))
  end
  local value
  if body then value, why = speak.document(body) end
  if why then return refuse_body(reply, why) end
  speak.json(reply, 200, value)
end

local function list_models(_, reply)
  local data = {}
  for name in pairs(DEPLOYMENTS) do
    data[#data + 1] = { id = name, object = "model", created = 1755000000, owned_by = "system",
      status = "succeeded", capabilities = { chat_completion = true, fine_tune = false } }
  end
  table.sort(data, function(a, b) return a.id < b.id end)
  speak.json(reply, 200, { object = "list", data = data })
end

local function bad_version(reply, query, known, needed)
  local version = query["api-version"]
  if not version and not needed then return false end
  if not version then
    refuse(reply, 400, "MissingApiVersionParameter",
      "The api-version query parameter (?api-version=) is required for all requests.")
  elseif not known[version] then
    refuse(reply, 400, "BadRequest", "API version not supported: " .. version)
  else
    return false
  end
  return true
end

local ROUTES = {
  ["/openai/v1/chat/completions"] = { POST = chat, versions = V1_VERSIONS },
  ["/openai/v1/models"] = { GET = list_models, versions = V1_VERSIONS },
  ["/models/chat/completions"] = { POST = chat, versions = VERSIONS, needs_version = true },
  ["/providers/mistral/azure/ocr"] = { POST = read_document, versions = VERSIONS },
  ["/serverless/v1/chat/completions"] = { POST = chat, versions = {}, bearer_only = true },
}

local function bad_parameters(exchange, reply)
  local wanted = exchange.headers["extra-parameters"]
  if not wanted or PARAMETERS[wanted] then return false end
  refuse(reply, 400, "BadRequest", "extra-parameters should be pass-through, drop or error")
  return true
end

function M.serve(exchange, reply, rest)
  speak.foreign(reply, "apim-request-id")
  local path, query = speak.split(rest)
  local route = ROUTES[path]
  if not route or speak.stray(query, { ["api-version"] = true }) then
    return refuse(reply, 404, "404", "Resource not found")
  elseif not may_enter(exchange, reply, route.bearer_only)
    or bad_version(reply, query, route.versions, route.needs_version)
    or bad_parameters(exchange, reply) then
    return
  end
  local handle = route[exchange.method]
  if not handle then return refuse(reply, 405, "405", "Method Not Allowed") end
  handle(exchange, reply)
end

return M
