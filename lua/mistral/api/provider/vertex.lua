--- Google's Vertex AI: each model has an address, and whether the answer is streamed is part of it.
--- The body is the service's own.
local address = require "mistral.api.address"
local noun_of = require "mistral.api.provider.nouns"
local service = require "mistral.api.provider.mistral"

local M = { name = "vertex" }

M.key = {
  env = { "CLOUDSDK_AUTH_ACCESS_TOKEN" },
  command = { "gcloud", "auth", "print-access-token" },
  lifetime_s = 3000, -- a token lives for an hour
}

local REGION = "europe-west4"
local KNOWN = { chat = true, fim = true, ocr = true }

-- These three are named with their version in the address, and without it in the body.
local VERSIONED = {
  ["codestral-2405"] = "codestral", ["mistral-large-2407"] = "mistral-large",
  ["mistral-nemo-2407"] = "mistral-nemo",
}

local function host_of(region)
  if region == "global" then return "https://aiplatform.googleapis.com" end
  return ("https://%s-aiplatform.googleapis.com"):format(region)
end

local function project_of(options, getenv)
  return options.project or getenv "GOOGLE_CLOUD_PROJECT" or getenv "CLOUDSDK_CORE_PROJECT"
end

local function fault(project, region)
  if not project then
    return "the provider vertex needs `project`, or GOOGLE_CLOUD_PROJECT"
  elseif not project:find("^[%w.:-]+$") then
    return ("`project` should be the id of a project, got %q"):format(project)
  elseif not region:find("^[%l%d-]+$") then
    return ("`region` should be a name such as europe-west4, got %q"):format(region)
  end
end

---@param options table
---@param getenv? fun(name: string): string?
function M.site(options, getenv)
  local project, region = project_of(options, getenv or os.getenv), options.region or REGION
  local wrong = fault(project, region)
  if wrong then return nil, wrong end
  local site, message = address.parse(options.base_url or host_of(region))
  if not site then return nil, message end
  site.project, site.region = project, region
  return site
end

function M.lacks(_, call)
  local document = call.params.document
  if type(document) == "table" and document.type == "file" then
    return "Vertex keeps no files: send the document itself, or its address"
  end
  if KNOWN[call.kind] then return nil end
  return ("Vertex has no %s for these models: only chat, fim and ocr"):format(noun_of(call.kind))
end

-- The model's name in the address, and in the body.
local function names_of(model)
  local dashed = model:gsub("@", "-")
  local bare = VERSIONED[dashed]
  if not bare then return model, model end
  return bare .. "@" .. dashed:sub(#bare + 2), bare
end

function M.url(site, call)
  local model = names_of(call.params.model)
  return ("%s/v1/projects/%s/locations/%s/publishers/mistralai/models/%s:%s"):format(
    site.base, site.project, site.region, address.percent(model, "@"),
    call.streamed and "streamRawPredict" or "rawPredict")
end

M.headers = service.headers

function M.body(site, call)
  local body = service.body(site, call)
  local _
  _, body.model = names_of(body.model)
  return body
end

function M.explain(err)
  if err.code == "unauthorized" or err.code == "bad_key" then
    err.hint = "sign in with `gcloud auth login`, or check the command that prints the token"
  elseif err.code == "forbidden" then
    err.hint = "check `project`, and that its Vertex AI API and this model are enabled"
  end
end

M.reader = service.reader
M.sign = service.sign

return M
