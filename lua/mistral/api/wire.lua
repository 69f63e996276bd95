--- From a plan to the table that the transport takes. The key goes where the provider puts it, and
--- nowhere else.
local M = {}

---@class mistral.Timeout
---@field connect_ms? integer
---@field head_ms? integer until the answer begins
---@field idle_ms? integer silence within it
---@field total_ms? integer none unless told

---@class mistral.Pace how fast its lane may go, for all its requests; nil where nothing is known
---@field rate? number requests per second
---@field in_flight? integer at once
---@field tokens_minute? integer tokens per minute
---@field firm? boolean the service's own limits can only lower rate and tokens_minute
---@field tokens? integer what this request will take of them

---@class mistral.Sending what is decided anew for each try
---@field key? string
---@field lane string
---@field pace mistral.Pace
---@field retry integer
---@field delay_ms? integer

---@param plan mistral.Plan
---@param callbacks mistral.Callbacks whose limits win over the plan's
---@param sending mistral.Sending
---@return table
function M.build(plan, callbacks, sending)
  local timeout = callbacks.timeout or {}
  return {
    method = plan.method,
    url = plan.url,
    headers = plan.headers(sending.key),
    body = plan.body,
    parts = plan.parts,
    sink = plan.sink,
    sink_replace = plan.sink_replace,
    sigv4 = plan.sigv4(sending.key),
    stream = plan.streamed,
    connect_ms = timeout.connect_ms,
    head_ms = timeout.head_ms or plan.head_ms,
    idle_ms = timeout.idle_ms,
    total_ms = timeout.total_ms,
    reuse_head_ms = plan.reuse_head_ms,
    retry = sending.retry,
    delay_ms = sending.delay_ms,
    progress = callbacks.on_progress and true or nil,
    lane = sending.lane,
    lane_rate = sending.pace.rate,
    lane_limit = sending.pace.in_flight,
    lane_tokens = sending.pace.tokens_minute,
    lane_firm = sending.pace.firm,
    tokens = sending.pace.tokens,
    priority = callbacks.priority or plan.priority,
    allow_http = sending.key == nil,
  }
end

return M
