--- A line for each request that has ended and for each wait before a try, for whoever wants to
--- know what went over the wire. It says where, how and how long: nothing of what was said, no
--- header, no key.
local failure = require "mistral.api.failure"
local redact = require "mistral.redact"
local text = require "mistral.text"

local M = {}

local LONGEST = 1000 -- bytes of a line

-- Without query and fragment, and what a user name may stand in.
local function address(url)
  return url and (url:match "^[^?#]*":gsub("^(%a[%w+.-]*://)[^/@]*@", "%1"))
end

-- What is nil is left out.
local function write(request, what, pairs_of)
  local words = { what }
  for _, pair in ipairs(pairs_of) do
    if pair[2] ~= nil then words[#words + 1] = ("%s=%s"):format(pair[1], tostring(pair[2])) end
  end
  local line = text.line(redact.text(request.scrub(table.concat(words, " "))), LONGEST)
  request.owner.pump:call(request.owner.log, line)
end

local function whole(number)
  return number and ("%.0f"):format(number)
end

-- What leads to the request; without a plan it was refused before there was an address.
local function head(request)
  local plan = request.plan or {}
  return { "kind", request.kind }, { "method", plan.method }, { "url", address(plan.url) }
end

local function outcome(err)
  return not err and "done" or err.code == "cancelled" and "cancelled" or "failed"
end

--- A request has ended.
---@param request mistral.Request
---@param err? mistral.Error
function M.ended(request, err)
  if not request.owner.log then return end
  local kind, method, url = head(request)
  write(request, "request", {
    kind, method, url,
    { "outcome", outcome(err) },
    { "code", err and err.code },
    { "status", whole(request.status or err and err.status) },
    { "ms", whole(request.duration_ms) },
    { "tries", request.id and request.tries + 1 or 0 },
    { "reused", request.reused },
    { "request_id", failure.request_id(request.headers, request.scrub) },
  })
end

--- A request waits: to be tried again, or because another one's 429 holds it back.
---@param request mistral.Request
---@param word "retry"|"held"
---@param code string as in mistral.Error
---@param event table with status and delay_ms
function M.wait(request, word, code, event)
  if not request.owner.log then return end
  local kind, method, url = head(request)
  write(request, word, {
    kind, method, url,
    { "code", code },
    { "status", whole(event.status) },
    { "try", word == "retry" and request.tries or nil },
    { "delay_ms", whole(event.delay_ms) },
  })
end

return M
