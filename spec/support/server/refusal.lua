--- Error answers, in every shape the service and the gateways before it have been seen to send.

local json = require "json"

local M = {}

local null = json.null

local function request_id()
  return ("%08x%08x"):format(math.random(0, 2 ^ 31 - 1), math.random(0, 2 ^ 31 - 1))
end

local DEFAULT_DETAIL = {
  { type = "extra_forbidden", loc = { "body", "x" }, msg = "Extra inputs are not permitted",
    input = 1 },
}

local TYPE_OF_STATUS = {
  [401] = "authentication_error", [422] = "invalid_request_error", [429] = "rate_limited",
}

local JSON, HTML, TEXT = "application/json", "text/html; charset=UTF-8", "text/plain"

--- One function per shape of body: refusal in, text and content type out.
M.shapes = {
  error = function(refusal)
    return json.encode {
      object = "error", message = refusal.message,
      type = refusal.type or TYPE_OF_STATUS[refusal.status] or "internal_error",
      param = null, code = refusal.code or null, raw_status_code = refusal.status,
    }, JSON
  end,
  detail_object = function(refusal)
    return json.encode {
      object = "error", message = { detail = refusal.detail or DEFAULT_DETAIL },
      type = "invalid_request_error", param = null, code = null,
    }, JSON
  end,
  detail = function(refusal)
    return json.encode { detail = refusal.detail or DEFAULT_DETAIL }, JSON
  end,
  detail_both = function(refusal)
    local detail = refusal.detail or DEFAULT_DETAIL
    return json.encode {
      object = "Error", detail = detail, message = detail, type = "invalid_request_error",
      code = 3001,
    }, JSON
  end,
  gateway = function(refusal)
    return json.encode { message = refusal.message, request_id = request_id() }, JSON
  end,
  detail_text = function(refusal)
    return json.encode { detail = refusal.message }, JSON
  end,
  azure = function(refusal)
    return json.encode {
      error = { code = refusal.code or "Invalid input", message = refusal.message,
        status = refusal.status },
    }, JSON
  end,
  azure_nested = function(refusal)
    local inner = json.encode { detail = refusal.detail or DEFAULT_DETAIL }
    return json.encode {
      error = { code = "Invalid input", message = inner, status = refusal.status },
    }, JSON
  end,
  html = function(refusal)
    return ("<html>\r\n<head><title>%d %s</title></head>\r\n<body>\r\n<center><h1>%d %s</h1>"
      .. "</center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"):format(
      refusal.status, refusal.message, refusal.status, refusal.message), HTML
  end,
  text = function()
    return "upstream connect error or disconnect/reset before headers. reset reason: overflow",
      TEXT
  end,
  broken_json = function()
    return '{"object":"error","message":"Serv', JSON
  end,
  empty = function()
    return "", nil
  end,
}

--- Refusals by name, as a spec may ask for one: status, shape, and what goes into it.
M.named = {
  unauthorized = { status = 401, shape = "gateway", message = "Unauthorized" },
  unauthorized_detail = { status = 401, shape = "detail_text", message = "Unauthorized" },
  authentication = { status = 401, shape = "error", message = "Invalid API key" },
  forbidden = { status = 403, shape = "error", type = "forbidden",
    message = "You do not have access to this model" },
  no_route = { status = 404, shape = "gateway", message = "no Route matched with those values" },
  timeout = { status = 408, shape = "empty", message = "" },
  too_early = { status = 425, shape = "empty", message = "" },
  order = { status = 400, shape = "error", type = "invalid_request_message_order", code = "3230",
    message = "Expected last role User or Tool (or Assistant with prefix True) for serving but got "
      .. "assistant" },
  function_call = { status = 400, shape = "error", type = "invalid_function_call", code = "3280",
    message = "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9." },
  context = { status = 400, shape = "error", type = "invalid_request_invalid_args", code = "3051",
    message = "Prompt contains 300000 tokens and 0 draft tokens, too large for model with 256000 "
      .. "maximum context length" },
  context_422 = { status = 422, shape = "error", type = "model_context_exceeded",
    message = "prompt is too long" },
  invalid_model = { status = 400, shape = "error", type = "invalid_model", code = "1500",
    message = "Invalid model: no-such-model" },
  unprocessable = { status = 422, shape = "detail_object" },
  rate_limited = { status = 429, shape = "error", type = "rate_limited", code = "1300",
    message = "Rate limit exceeded" },
  capacity = { status = 429, shape = "error", type = "service_tier_capacity_exceeded",
    code = "3505", message = "Service tier capacity exceeded for this model." },
  no_allowance = { status = 429, shape = "error", type = "rate_limited", code = "1300",
    message = "Rate limit exceeded",
    headers = { ["x-ratelimit-limit-req-minute"] = "0",
      ["x-ratelimit-remaining-req-minute"] = "0" } },
  month_spent = { status = 429, shape = "error", type = "rate_limited", code = "1300",
    message = "Rate limit exceeded", headers = { ["x-ratelimit-remaining-tokens-month"] = "0" } },
  internal = { status = 500, shape = "error", code = "1000", message = "Internal server error" },
  bad_gateway = { status = 502, shape = "html", message = "Bad Gateway" },
  unavailable = { status = 503, shape = "text", message = "" },
  gateway_timeout = { status = 504, shape = "html", message = "Gateway Timeout" },
}

---@return table refusal  {status=, shape=, message=, …}
function M.new(status, fields)
  local refusal = { status = status, shape = "error" }
  for key, value in pairs(fields) do refusal[key] = value end
  return refusal
end

--- 422 with the list of what is wrong in the body.
function M.unprocessable(detail)
  return M.new(422, { shape = "detail_object", detail = detail })
end

--- 400 of the service, with its own kind and number.
function M.bad_request(kind, code, message)
  return M.new(400, { type = kind, code = code, message = message })
end

--- A refusal as bytes.
---@return string body, string? content_type
function M.body(refusal)
  return M.shapes[refusal.shape](refusal)
end

return M
