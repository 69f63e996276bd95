--- Amazon SageMaker: one's own container behind an address that wants a signature. What the
--- container streams comes in frames that know nothing of its lines. The container is vLLM.

local eventframe = require "eventframe"
local faults = require "faults"
local json = require "json"
local openai = require "dialects.openai"
local plans = require "plan"
local sigv4 = require "sigv4"
local speak = require "dialects.speak"

local M = {}

local REGION, ACCOUNT = "eu-west-3", "123456789012"
local SECRETS = {
  AKIDTEST = { secret = "test-secret/0123456789+abcdefghijklmnop" },
  ASIATEST = { secret = "test-secret/9876543210+abcdefghijklmnop", token = "test-session-token==" },
}
-- Short, and of no common length: most lines are in two frames or more.
local FRAME_BYTES = 61

local function refuse(reply, status, kind, message, more)
  local body = { Message = message, ErrorCode = kind }
  for name, value in pairs(more or {}) do body[name] = value end
  speak.json(reply, status, body, { ["x-amzn-errortype"] = kind })
end

--- An error of the container's own, as text in Amazon's.
local function refuse_model(reply, status, message)
  local original = json.encode { object = "error", message = message, type = "BadRequestError",
    code = status }
  refuse(reply, 424, "ModelError", ("Received client error (%d) from primary with message \"%s\". "
    .. "See https://%s.console.aws.amazon.com/cloudwatch/home in account %s for more information.")
    :format(status, original, REGION, ACCOUNT),
    { OriginalMessage = original, OriginalStatusCode = status })
end

--- The reply as the container sees it: its bytes go into frames.
local function framed(reply)
  local outer = { exchange = reply.exchange, fault = reply.fault }
  local kept = ""
  function outer.head(_, status, headers)
    headers["content-type"] = eventframe.CONTENT_TYPE
    return reply:head(status, headers)
  end
  local function flush(least)
    while #kept >= least and kept ~= "" do
      local piece = kept:sub(1, FRAME_BYTES)
      kept = kept:sub(FRAME_BYTES + 1)
      if not reply:write(eventframe.event("PayloadPart", piece)) then return nil end
    end
    return true
  end
  function outer.write(_, bytes)
    kept = kept .. bytes
    return flush(FRAME_BYTES)
  end
  function outer.finish()
    if flush(1) then reply:finish() end
  end
  return outer
end

local function plan_of(reply, body)
  if body.messages then return speak.plan(reply, body) end
  return plans.say(body, body.prompt,
    faults.answer_changes(reply.fault).text or speak.in_the_middle(body.prompt))
end

local function invoke(exchange, reply, streamed)
  local is_chat = exchange.body:find '"messages"%s*:'
  local body, why = speak.checked(exchange, is_chat and openai.chat or openai.completion)
  local complaint = why and speak.sentence(why) or openai.contradiction(body)
  if not complaint and (body.stream == true) ~= streamed then
    complaint = "stream does not fit the way of asking"
  end
  if complaint then return refuse_model(reply, 400, complaint) end
  openai.send(streamed and framed(reply) or reply, body, plan_of(reply, body))
end

local VERBS = { ["invocations"] = false, ["invocations-response-stream"] = true }

function M.serve(exchange, reply, rest)
  speak.foreign(reply, "x-amzn-requestid")
  local name, verb = rest:match "^/endpoints/([%w-]+)/([%w-]+)$"
  if VERBS[verb or ""] == nil or exchange.method ~= "POST" then
    return refuse(reply, 404, "UnknownOperationException", "Not found")
  end
  local why = sigv4.check(exchange, { service = "sagemaker", region = REGION, secrets = SECRETS })
  if why then return refuse(reply, 403, "AccessDeniedException", why) end
  if #name > 63 or name == "missing" then
    return refuse(reply, 400, "ValidationError",
      ("Endpoint %s of account %s not found."):format(name, ACCOUNT))
  end
  invoke(exchange, reply, VERBS[verb])
end

return M
