--- Amazon Bedrock, by its OpenAI-compatible endpoint and a bearer key.
local address = require "mistral.api.address"
local noun_of = require "mistral.api.provider.nouns"
local openai = require "mistral.api.provider.dialect.openai"
local service = require "mistral.api.provider.mistral"

local M = { name = "bedrock" }

M.key = { env = { "AWS_BEARER_TOKEN_BEDROCK" } }

local KNOWN = { chat = true, models = true }
local BASE_URL = "https://bedrock-mantle.%s.api.aws/v1"

local function region_of(options, getenv)
  return options.region or getenv "AWS_REGION" or getenv "AWS_DEFAULT_REGION"
end

---@param options table
---@param getenv? fun(name: string): string?
function M.site(options, getenv)
  if options.base_url then return address.parse(options.base_url) end
  local region = region_of(options, getenv or os.getenv)
  if not region then
    return nil, "the provider bedrock needs `region`, such as us-east-1, or AWS_REGION"
  elseif not region:find("^[%l%d-]+$") then
    return nil, ("`region` should be a name such as us-east-1, got %q"):format(region)
  end
  return address.parse(BASE_URL:format(region))
end

function M.lacks(_, call)
  if call.kind == "fim" then
    return "Bedrock has no model that completes in the middle; the provider mistral has"
  elseif not KNOWN[call.kind] then
    return ("Bedrock has no %s for these models: only chat and models"):format(noun_of(call.kind))
  end
  local what = call.kind == "chat" and openai.beyond(call)
  return what and ("Bedrock has no %s"):format(what) or nil
end

M.url = service.url
M.headers = service.headers

function M.body(_, call)
  return openai.chat(call)
end

function M.reader(_, call, options)
  if call.kind == "chat" then return openai.reader(options) end
end

M.sign = service.sign

return M
