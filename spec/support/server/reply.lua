--- One answer on the wire: the service's usual headers, the body, and between the two whatever
--- the armed fault does to the bytes.

local counters = require "counters"
local json = require "json"
local refusal = require "refusal"

local M = {}

---@class Reply
---@field exchange Exchange
---@field fault? table       what is armed for this request
---@field filter? table      changes the body bytes: {feed=, finish=}
---@field usual fun(): table  the headers that every answer has: the service's, or another's
local reply = {}
reply.__index = reply

local function uuid()
  return (("xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx"):gsub("x", function()
    return ("%x"):format(math.random(0, 15))
  end))
end

--- The headers the service puts on every answer.
local function usual_headers()
  local id = uuid()
  return {
    ["mistral-correlation-id"] = id,
    ["x-kong-request-id"] = id,
    ["x-envoy-upstream-service-time"] = "12",
    ["x-ratelimit-limit-req-minute"] = "6000",
    ["x-ratelimit-remaining-req-minute"] = "5999",
    ["x-ratelimit-limit-tokens-minute"] = "2000000",
    ["x-ratelimit-remaining-tokens-minute"] = "1990000",
    ["x-ratelimit-limit-tokens-month"] = "10000000000",
    ["x-ratelimit-remaining-tokens-month"] = "9999000000",
    ["x-ratelimit-tokens-query-cost"] = "100",
  }
end

--- The usual headers, changed by `own` (false takes one away).
local function headers_of(usual, own)
  local all = usual()
  all.date = os.date("!%a, %d %b %Y %H:%M:%S GMT")
  for name, value in pairs(own or {}) do all[name:lower()] = value or nil end
  local list = {}
  for name, value in pairs(all) do list[#list + 1] = { name, tostring(value) } end
  table.sort(list, function(a, b) return a[1] < b[1] end)
  return list
end

---@param exchange Exchange
---@param fault? table
---@return Reply
function M.new(exchange, fault)
  return setmetatable({ exchange = exchange, fault = fault, usual = usual_headers }, reply)
end

function reply:head(status, headers)
  local record = self.exchange.record
  if record then record.status, record.head_ms = status, counters.now_ms() end
  headers = headers or {}
  if self.filter and self.filter.headers then self.filter.headers(headers) end
  return self.exchange:head(status, headers_of(self.usual, headers))
end

--- Past every filter.
function reply:send(bytes)
  local record = self.exchange.record
  local ok, gone = self.exchange:write(bytes)
  if ok and record then
    record.first_byte_ms = record.first_byte_ms or counters.now_ms()
    record.last_byte_ms = counters.now_ms()
    record.sent_bytes = record.sent_bytes + #bytes
  end
  return ok, gone
end

---@return true? ok  nil when nobody wants more of it
function reply:write(bytes)
  if self.filter then return self.filter.feed(self, bytes) end
  return self:send(bytes)
end

function reply:finish()
  if self.filter and self.filter.finish then self.filter.finish(self) end
  self.exchange:finish()
end

--- A whole answer with a known length.
function reply:whole(status, body, headers)
  local own = {}
  for name, value in pairs(headers or {}) do own[name] = value end
  if not self.filter then own["content-length"] = #body end
  if not self:head(status, own) then return end
  if #body > 0 and not self:write(body) then return end
  self:finish()
end

function reply:json(status, value)
  self:whole(status, json.encode(value), { ["content-type"] = "application/json" })
end

---@param why table  from the module refusal
function reply:refuse(why)
  local body, content_type = refusal.body(why)
  local headers = { ["content-type"] = why.content_type or content_type or false }
  for name, value in pairs(why.headers or {}) do headers[name] = value end
  self:whole(why.status, body, headers)
end

return M
