--- Amazon SageMaker's runtime: signed requests, whose body goes to the model's container as it is.

local json = require "json"
local sigv4 = require "sigv4"
local speak = require "dialects.speak"

local M = {}

local REGION = "eu-west-3"
local SECRETS = {
  AKIDTEST = { secret = "test-secret/0123456789+abcdefghijklmnop" },
  ASIATEST = { secret = "test-secret/9876543210+abcdefghijklmnop", token = "test-session-token==" },
}

local function refuse(reply, status, kind, message)
  reply:whole(status, json.encode { message = message }, { ["content-type"] = "application/json",
    ["x-amzn-errortype"] = kind })
end

--- The endpoint's name and what is wanted of it.
local function asked(rest)
  local name, verb = rest:match "^/endpoints/([%w-]+)/([%w-]+)$"
  if name and #name <= 63 then return name, verb end
end

function M.serve(exchange, reply, rest, route)
  speak.foreign(reply, "x-amzn-requestid")
  local why = sigv4.check(exchange, { service = "sagemaker", region = REGION, secrets = SECRETS })
  if why then return refuse(reply, 403, "AccessDeniedException", why) end
  local name, verb = asked(rest)
  if not name then return refuse(reply, 404, "UnknownOperationException", "Unknown operation") end
  if name == "missing" then
    return refuse(reply, 400, "ValidationError", "Endpoint missing of account 123456789012 not found.")
  end
  if verb ~= "invocations" or exchange.method ~= "POST" then
    return refuse(reply, 404, "UnknownOperationException", "Unknown operation")
  end
  route(exchange, reply, "/v1/chat/completions")
end

return M
