--- From what a server or the transport said to one error value: every body shape seen in the wild,
--- sorted by what the user can do about it. Remote text is redacted, made harmless and cut here.
local errors = require "mistral.errors"
local http_date = require "mistral.api.http_date"
local json = require "mistral.json"
local said_by = require "mistral.api.said"
local text = require "mistral.text"

local M = {}

---@class mistral.Remote a failed answer, as far as it is known
---@field status? integer
---@field headers? table<string, string>
---@field body? string

local MESSAGE_BYTES = 500
local REQUEST_ID_HEADERS = {
  "mistral-correlation-id", "x-request-id", "apim-request-id", "x-kong-request-id", "cf-ray",
}

-- Sorting ---------------------------------------------------------------------------------------

local BY_SERVICE_CODE = {
  ["1300"] = "rate_limited",
  ["3505"] = "overloaded",
  ["1500"] = "unknown_model",
  ["3230"] = "invalid_request",
  ["3280"] = "invalid_request",
  ["3210"] = "invalid_request",
}

local BY_TYPE = {
  rate_limited = "rate_limited",
  service_tier_capacity_exceeded = "overloaded",
  invalid_model = "unknown_model",
  authentication_error = "unauthorized",
  model_context_exceeded = "context_too_long",
  prompt_too_long = "context_too_long",
}

local BY_STATUS = {
  [401] = "unauthorized", [402] = "quota", [403] = "forbidden", [404] = "not_found",
  [407] = "network", [408] = "timeout", [413] = "context_too_long", [425] = "overloaded",
  [429] = "rate_limited", [503] = "overloaded", [529] = "overloaded",
}

local TOO_LONG = {
  "too large for model", "maximum context length", "context too long", "prompt is too long",
  "model_context_exceeded", "prompt_too_long",
}

local function is_too_long(status, said)
  if status ~= 400 and status ~= 422 then return false end
  local message = ((said.message or "") .. " " .. (said.type or "")):lower()
  for _, phrase in ipairs(TOO_LONG) do
    if message:find(phrase, 1, true) then return true end
  end
  return false
end

-- An allowance of none, or a month that is spent: waiting does not help.
local function is_spent(status, headers)
  if status ~= 429 then return false end
  return tonumber(headers["x-ratelimit-limit-req-minute"]) == 0
    or tonumber(headers["x-ratelimit-remaining-tokens-month"]) == 0
end

local function by_status(status)
  if not status then return "server" end
  if BY_STATUS[status] then return BY_STATUS[status] end
  if status >= 500 then return "server" end
  return status >= 400 and "invalid_request" or status >= 300 and "redirect" or "server"
end

local function meaning(status, headers, said)
  if is_spent(status, headers) then return "quota" end
  if is_too_long(status, said) then return "context_too_long" end
  local about_model = status == 404 and (said.message or ""):lower():find("model", 1, true)
  if about_model then return "unknown_model" end
  return BY_TYPE[said.type] or BY_SERVICE_CODE[said.code] or by_status(status)
end

-- Making the error ------------------------------------------------------------------------------

local SUMMARY = {
  unauthorized = "the service refused the key",
  forbidden = "the service forbids this request",
  not_found = "the service has nothing at this address",
  unknown_model = "the service does not know this model",
  invalid_request = "the service refused the request",
  context_too_long = "the request is too long for the model",
  rate_limited = "too many requests for now",
  overloaded = "the model is overloaded",
  quota = "this key has no allowance for this model",
  server = "the service failed",
  timeout = "the service gave up waiting",
  redirect = "the server answered with a redirect",
  network = "a proxy on the way wants to be signed in to",
}

-- Retry-After is a number of seconds, or a date; neither is long.
local function seconds_to_wait(headers)
  local value = headers["retry-after"] or ""
  if #value > 64 then return nil end
  value = value:match("^%s*(.-)%s*$")
  if value:find("^%d+%.?%d*$") then return tonumber(value) end
  local date = http_date.parse(value)
  return date and math.max(0, date - os.time())
end

--- The service wants a key.
---@param fields? table further fields of mistral.Error
---@return mistral.Error
function M.no_key(fields)
  return errors.new("no_key", "the service wants a key, and there is none", fields)
end

--- The name the service gave this request, for its support.
---@param headers table<string, string>
---@param scrub fun(text: string): string
---@return string?
function M.request_id(headers, scrub)
  for _, name in ipairs(REQUEST_ID_HEADERS) do
    if headers[name] then return text.line(scrub(headers[name]), 100) end
  end
end

local function service_detail(said, scrub)
  local parts = {}
  parts[#parts + 1] = said.type
  parts[#parts + 1] = said.code
  return #parts > 0 and text.line(scrub(table.concat(parts, " ")), 100) or nil
end

local WAITS = { rate_limited = true, overloaded = true }

-- What to do, where that is more than the code's own hint.
local function hint_of(code, seconds)
  if not WAITS[code] or not seconds or seconds < 1 then return nil end
  return ("the service asks to wait %.0f s: try again then"):format(math.min(seconds, 1e9))
end

local function compose(code, remote, said, scrub)
  if said.request_id then said.request_id = text.line(scrub(said.request_id), 100) end
  local headers = remote.headers or {}
  local message = SUMMARY[code] or "the request failed"
  if remote.status then message = ("%s (%d)"):format(message, remote.status) end
  if said.message then
    message = message .. ": " .. text.line(scrub(said.message), MESSAGE_BYTES)
  end
  local seconds = seconds_to_wait(headers)
  return errors.new(code, message, {
    hint = hint_of(code, seconds),
    status = remote.status,
    request_id = M.request_id(headers, scrub) or said.request_id,
    retry_after = seconds,
    detail = service_detail(said, scrub),
  })
end

--- An answer with a failing status.
---@param remote mistral.Remote
---@param scrub fun(text: string): string takes the key out
---@return mistral.Error
function M.from_answer(remote, scrub)
  local said = said_by.from_body(remote.body)
  return compose(meaning(remote.status, remote.headers or {}, said), remote, said, scrub)
end

local function has(frame, name)
  return frame[name] ~= nil and not json.is_null(frame[name])
end

--- True for a frame in a stream that tells of an error instead of going on.
---@param frame table
---@return boolean
function M.is_frame(frame)
  if frame.object == "error" or frame.object == "Error" then return true end
  if type(frame.choices) == "table" then return false end
  return has(frame, "error") or has(frame, "detail") or has(frame, "message")
end

--- Such a frame. Its status is the frame's own: the answer itself had begun with 200.
---@param frame table
---@param headers table<string, string>
---@param scrub fun(text: string): string
---@return mistral.Error
function M.from_frame(frame, headers, scrub)
  local said = said_by.from_table(frame)
  local status = said.status or tonumber(said.code)
  if status and (status < 400 or status > 599 or status % 1 ~= 0) then status = nil end
  local remote = { status = status, headers = headers }
  return compose(meaning(status, headers, said), remote, said, scrub)
end

local ELSEWHERE = "check base_url, which usually ends in /v1, and whether the network wants you to "
  .. "sign in first"

--- An answer with a good status that is no JSON: a captive portal's page, or another server's.
---@param body string
---@param headers table<string, string>
---@param scrub fun(text: string): string
---@return mistral.Error
function M.from_page(body, headers, scrub)
  if body:find("^%s*$") then return errors.new("broken", "the answer is empty") end
  local kind = text.line(scrub(headers["content-type"] or "something unnamed"), 80)
  if kind:lower():find("json", 1, true) then
    return errors.new("broken", "the answer is called JSON and is none")
  end
  return errors.new("broken", ("the answer is not from the service: it is %s"):format(kind), {
    hint = ELSEWHERE,
    detail = "not_json",
  })
end

-- The transport's own failures ------------------------------------------------------------------

-- The transport's codes: what each means to the user, and what to say where it said nothing.
local BY_TRANSPORT = {
  bad_url = { "refused", "base_url is not an address" },
  insecure = { "insecure", "a key is not sent over plain http" },
  resolve = { "network", "the host was not found" },
  connect = { "network", "no connection" },
  proxy = { "network", "the proxy failed" },
  reset = { "network", "the connection was lost" },
  tls = { "tls", "the server's identity could not be verified, or TLS failed" },
  timeout_connect = { "timeout", "no connection in time" },
  timeout_head = { "timeout", "no answer in time" },
  timeout_idle = { "timeout", "the answer stopped coming" },
  timeout_total = { "timeout", "the request took too long" },
  protocol = { "broken", "the server's answer is not valid" },
  too_large = { "too_large", "the answer is larger than allowed" },
  file = { "file", "the file could not be used" },
  redirect = { "redirect", "the server answered with a redirect" },
  memory = { "internal", "out of memory" },
}

local TURN = "allow more time in timeout.total_ms, or send fewer requests at once"

--- A transfer that ended as "failed".
---@param ended table the transport's end event
---@param scrub fun(text: string): string
---@return mistral.Error
function M.from_end(ended, scrub)
  if ended.code == "http" then return M.from_answer(ended, scrub) end
  local known = BY_TRANSPORT[ended.code] or { "network", "the transfer failed" }
  local message = text.line(scrub(ended.message or ""), 300)
  -- To libcurl a limit of ours is a disk that is full.
  if message == "" or ended.code == "too_large" then message = known[2] end
  -- One that ran out of time before its turn says nothing of the network.
  local hint = ended.waited_ms and TURN or nil
  return errors.new(known[1], message, { detail = ended.code, status = ended.status, hint = hint })
end

--- The meaning of a failed try, for the event that tells of the next one.
---@param event table the transport's retry event
---@return string code
function M.code_of_try(event)
  if event.status and event.status >= 300 then return by_status(event.status) end
  local known = BY_TRANSPORT[event.code]
  return known and known[1] or "network"
end

return M
