--- Azure AI Foundry. Three kinds of address are in use, and the body is the service's own at each:
--- `/openai/v1` of a resource, its older `/models` with a version in the query, and a serverless
--- deployment with a host to itself.
local address = require "mistral.api.address"
local noun_of = require "mistral.api.provider.nouns"
local service = require "mistral.api.provider.mistral"

local M = { name = "azure" }

M.key = { env = { "AZURE_API_KEY", "AZURE_OPENAI_API_KEY" } }

local VERSION = "2024-05-01-preview"
local OCR = "/providers/mistral/azure/ocr"

local function is_serverless(host)
  return host:find("%.models%.ai%.azure%.com$") or host:find("%.inference%.ai%.azure%.com$")
end

-- Which of the three it is, and where the resource begins.
local function route_of(site, api_version)
  local base = site.base:gsub("/chat/completions$", "") -- as its pages show it
  local resource = base:match("^(.*)/openai/v1$") or base:match("^(.*)/openai$")
  if resource then return "v1", resource end
  resource = base:match("^(.*)/models$")
  if resource then return "models", resource end
  resource = base:match("^(.*)/v1$") or is_serverless(site.host) and base
  if resource then return "serverless", resource end
  return api_version and "models" or "v1", base
end

local BELOW = { v1 = "/openai/v1", models = "/models", serverless = "/v1" }

function M.site(options)
  local given = options.endpoint or options.base_url
  if not given then
    return nil, "the provider azure needs `endpoint`, such as https://NAME.services.ai.azure.com"
  end
  local site, message = address.parse(given, options.endpoint and "endpoint")
  if not site then return nil, message end
  site.route, site.root = route_of(site, options.api_version)
  site.base = site.root .. BELOW[site.route]
  site.api_version = site.route == "models" and (options.api_version or VERSION) or nil
  site.bearer = options.auth == "bearer" or site.route == "serverless"
  return site
end

local function lacks_file(call)
  local document = call.params.document
  local is_file = type(document) == "table" and document.type == "file"
  return is_file and "Azure keeps no files: send the document itself, or its address" or nil
end

function M.lacks(site, call)
  if call.kind == "chat" then return nil end
  if call.kind == "ocr" then return lacks_file(call) end
  if call.kind == "models" and site.route == "v1" then return nil end
  if call.kind == "fim" then
    return "Azure has no completion in the middle; the providers mistral and vertex have"
  end
  return ("Azure has no %s for these models at %s"):format(noun_of(call.kind), site.base)
end

function M.url(site, call)
  if call.kind == "ocr" then return site.root .. OCR end
  local query = site.api_version and { ["api-version"] = site.api_version } or {}
  return address.with_query(site.base .. call.path, query)
end

function M.headers(site, call, key)
  local headers = service.headers(site, call, key)
  if not site.bearer then
    headers["Authorization"], headers["api-key"] = nil, key
  end
  -- Without it this route refuses, or drops, fields that only the service's own models know.
  if site.route == "models" then headers["extra-parameters"] = "pass-through" end
  return headers
end

function M.explain(err)
  if err.code == "not_found" or err.code == "unknown_model" then
    err.hint = "`model` is the name of the deployment, and `endpoint` that of its resource"
  end
end

M.body = service.body
M.reader = service.reader
M.sign = service.sign

return M
