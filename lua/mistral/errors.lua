--- What can go wrong, as values: one table of codes, what each means to the user, and how loudly it
--- is said. An error never holds a key: whoever makes one from remote text redacts it first.
local M = {}

---@class mistral.Error
---@field code string one of `errors.codes`
---@field message string one sentence: what happened
---@field hint? string one sentence: what to do
---@field status? integer HTTP status
---@field request_id? string the service's name for the request, for its support
---@field retry_after? number seconds the service asked to wait
---@field detail? string the finer code below this one: the transport's or the service's own
---@field reply? mistral.Reply what had come before it went wrong
---@field messages? table[] of `run`: what had been said, fit to be sent again
---@field usage? table of `run`: the tokens of all its turns
---@field since? string ISO date since when a model is retired
---@field replacement? string the model to use instead

---@alias mistral.Level "error"|"warn"|"info"|"silent"

--- Every code: how loudly it is said, and what to do about it.
---@type table<string, { level: mistral.Level, hint?: string }>
M.codes = {
  -- decided here, before anything is sent
  refused = { level = "error" },
  unsupported = { level = "error", hint = "choose a provider that has it" },
  no_key = {
    level = "error",
    hint = "set MISTRAL_API_KEY, or the option api_key, api_key_command or key_file",
  },
  bad_key = {
    level = "error",
    hint = "check where the key comes from: api_key, MISTRAL_API_KEY, .env, api_key_command "
      .. "or key_file",
  },
  insecure = { level = "error", hint = "use an https base_url: a key is never sent in the clear" },
  unavailable = { level = "error" },
  file = { level = "error" },
  budget = {
    level = "error",
    hint = "raise the option budget, ask for fewer max_tokens, or wait for the next day or month",
  },
  -- said by the service
  unauthorized = {
    level = "error",
    hint = "check that the key is current and belongs to this base_url",
  },
  forbidden = {
    level = "error",
    hint = "this key has no access to that model, or a guardrail stopped the request",
  },
  not_found = { level = "error", hint = "check base_url: it usually ends in /v1" },
  unknown_model = {
    level = "error",
    hint = "choose one that client:models() lists; older ones are retired",
  },
  invalid_request = { level = "error", hint = "change the part it names" },
  context_too_long = { level = "error", hint = "send less: a smaller range, or fewer messages" },
  rate_limited = { level = "warn", hint = "wait a moment, then try again" },
  overloaded = { level = "warn", hint = "the model is busy: try again, or choose another" },
  quota = {
    level = "error",
    hint = "this key's plan has nothing left for that model: choose another, or change the plan",
  },
  server = { level = "warn", hint = "the fault is on the service's side: try again" },
  -- found on the way
  broken = { level = "warn", hint = "the answer is not whole: try again" },
  timeout = { level = "warn", hint = "the service or the network is slow: try again" },
  network = { level = "warn", hint = "check the connection, the proxy and base_url" },
  tls = {
    level = "error",
    hint = "check base_url; a company's own certificates go into the option ca_file",
  },
  redirect = {
    level = "error",
    hint = "set base_url to the final address: redirects are not followed",
  },
  mismatch = {
    level = "error",
    hint = "ask again; response_format with a json_schema keeps a model to it best",
  },
  turns = {
    level = "warn",
    hint = "go on from the error's `messages`, or set max_turns higher",
  },
  too_large = { level = "error", hint = "ask for less at once" },
  cancelled = { level = "silent" },
  internal = { level = "error", hint = "this is a fault of the client: please report it" },
}

local Error = {}
Error.__index = Error

function Error.__tostring(err)
  if not err.hint then return err.message end
  return err.message .. "; " .. err.hint
end

-- `"failed: " .. err` is how a script tells of it.
function Error.__concat(one, other)
  return tostring(one) .. tostring(other)
end

--- Make an error. The hint is the code's own unless `fields` has one.
---@param code string
---@param message string one sentence, no full stop
---@param fields? table further fields of mistral.Error
---@return mistral.Error
function M.new(code, message, fields)
  local known = M.codes[code] or error("no such error code: " .. tostring(code), 2)
  local err = { code = code, message = (message:gsub("[.%s]+$", "")), hint = known.hint }
  for name, value in pairs(fields or {}) do
    err[name] = value
  end
  return setmetatable(err, Error)
end

---@param value any
---@return boolean
function M.is(value)
  return getmetatable(value) == Error
end

--- How loudly the user hears of it.
---@param err mistral.Error
---@return mistral.Level
function M.level(err)
  local known = M.codes[err.code]
  return known and known.level or "error"
end

return M
