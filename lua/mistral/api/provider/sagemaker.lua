--- Amazon SageMaker: a container of one's own behind an address that wants a signature. The body goes
--- to the container as it is, in the common dialect; what it streams comes in Amazon's frames.
local address = require "mistral.api.address"
local fill = require "mistral.api.provider.dialect.fill"
local frames = require "mistral.api.provider.dialect.frames"
local noun_of = require "mistral.api.provider.nouns"
local openai = require "mistral.api.provider.dialect.openai"
local redact = require "mistral.redact"
local service = require "mistral.api.provider.mistral"

local M = { name = "sagemaker" }

-- The head comes with the first word; a container has a minute.
M.head_ms = 60000

-- The secret is the key; what else belongs to it is read with the options, not from any file.
M.key = { env = { "AWS_SECRET_ACCESS_KEY" }, option = "secret_key", env_file = false }

local BASE_URL = "https://runtime.sagemaker.%s.amazonaws.com"

-- Credentials come from one place, all of them: those of two would never fit.
local function credentials(options, getenv)
  if options.access_key or options.secret_key then
    return options.access_key, options.session_token, options.secret_key ~= nil
  end
  return getenv "AWS_ACCESS_KEY_ID", getenv "AWS_SESSION_TOKEN", true
end

local function fault(options, region, access_key, complete)
  if not options.endpoint then
    return "the provider sagemaker needs `endpoint`, the name of the endpoint"
  elseif #options.endpoint > 63 or not options.endpoint:find("^%w[%w-]*$") then
    return ("`endpoint` should be a name of letters, digits and -, got %q"):format(options.endpoint)
  elseif not region then
    return "the provider sagemaker needs `region`, such as eu-west-3, or AWS_REGION"
  elseif not region:find("^[%l%d-]+$") then
    return ("`region` should be a name such as eu-west-3, got %q"):format(region)
  elseif not (access_key and complete) then
    return "the provider sagemaker needs `access_key` and `secret_key`, or AWS_ACCESS_KEY_ID and "
      .. "AWS_SECRET_ACCESS_KEY"
  end
end

---@param options table
---@param getenv? fun(name: string): string?
function M.site(options, getenv)
  getenv = getenv or os.getenv
  local region = options.region or getenv "AWS_REGION" or getenv "AWS_DEFAULT_REGION"
  local access_key, token, complete = credentials(options, getenv)
  local wrong = fault(options, region, access_key, complete)
  if wrong then return nil, wrong end
  local site, message = address.parse(options.base_url or BASE_URL:format(region))
  if not site then return nil, message end
  site.endpoint, site.region = options.endpoint, region
  site.fim = options.fim or "raw"
  -- Closures, so that printing a site prints no token.
  site.signer = function(secret)
    return { region = region, service = "sagemaker", access_key = access_key, secret_key = secret,
      session_token = token ~= "" and token or nil }
  end
  return site
end

local function way(site)
  return fill.WAYS[site.fim]
end

function M.lacks(site, call)
  if call.kind == "fim" then
    local here = way(site)
    if not here or here.root then return "SageMaker takes `fim` \"raw\" or \"suffix\" only" end
    local what = here.beyond(call)
    return what and ("a container is not asked for %s"):format(what)
  elseif call.kind ~= "chat" then
    return ("SageMaker has no %s: only chat and fim go there"):format(noun_of(call.kind))
  end
  local what = openai.beyond(call)
  return what and ("a container is not asked for %s"):format(what)
end

function M.url(site, call)
  return ("%s/endpoints/%s/%s"):format(site.base, site.endpoint,
    call.streamed and "invocations-response-stream" or "invocations")
end

-- The signature is the transport's work.
function M.headers(site, call)
  local headers = service.headers(site, call)
  headers["Accept"] = "application/json"
  return headers
end

function M.body(site, call)
  return call.kind == "fim" and way(site).body(call) or openai.chat(call)
end

function M.reader(_, call, options)
  local inner = openai.reader(options)
  return call.streamed and frames.reader(inner, options) or inner
end

-- Its gateway says 424 for whatever the container said.
function M.explain(err)
  if err.code == "forbidden" then
    err.hint = "check the credentials, their token, `region`, and that they may invoke the endpoint"
  end
  if err.status ~= 424 then return end
  if err.message:find("Received server error", 1, true) then err.code = "server" end
  err.hint = "the container said so; its log is in CloudWatch"
end

-- Amazon repeats what was signed when it refuses it, the token of a session too.
function M.conceal(said, site)
  return redact.text(said, site.signer("").session_token)
end

function M.sign(site, key)
  return key and site.signer(key) or nil
end

return M
