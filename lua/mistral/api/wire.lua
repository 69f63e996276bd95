--- From a plan to the table that the transport takes. The key goes into one header, and nowhere else.
local M = {}

---@class mistral.Plan what to send and how to read the answer
---@field method string
---@field url string
---@field body? string
---@field streamed boolean
---@field head_ms integer
---@field reuse_head_ms integer
---@field priority integer
---@field reader fun(options: mistral.ReaderOptions): mistral.Reader

---@class mistral.Timeout
---@field connect_ms? integer
---@field head_ms? integer until the answer begins
---@field idle_ms? integer silence within it
---@field total_ms? integer none unless told

---@class mistral.Sending what is decided anew for each try
---@field key? string
---@field lane string
---@field retry integer
---@field delay_ms? integer

--- The headers of ours; the transport adds User-Agent, Accept-Encoding, and the body's length.
---@param plan mistral.Plan
---@param key? string
---@return table<string, string>
function M.headers(plan, key)
  return {
    ["Accept"] = plan.streamed and "text/event-stream" or "application/json",
    ["Content-Type"] = plan.body and "application/json" or nil,
    ["Authorization"] = key and "Bearer " .. key or nil,
  }
end

---@param plan mistral.Plan
---@param callbacks mistral.Callbacks whose limits win over the plan's
---@param sending mistral.Sending
---@return table
function M.build(plan, callbacks, sending)
  local timeout = callbacks.timeout or {}
  return {
    method = plan.method,
    url = plan.url,
    headers = M.headers(plan, sending.key),
    body = plan.body,
    stream = plan.streamed,
    connect_ms = timeout.connect_ms,
    head_ms = timeout.head_ms or plan.head_ms,
    idle_ms = timeout.idle_ms,
    total_ms = timeout.total_ms,
    reuse_head_ms = plan.reuse_head_ms,
    retry = sending.retry,
    delay_ms = sending.delay_ms,
    lane = sending.lane,
    priority = callbacks.priority or plan.priority,
    allow_http = sending.key == nil,
  }
end

return M
