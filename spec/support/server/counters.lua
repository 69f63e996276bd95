--- What specs may ask about: counts, and a record of the last requests.
--- Times are milliseconds of the system's monotonic clock, the one uv.hrtime() reads.

local cqueues = require "cqueues"
local condition = require "cqueues.condition"
local digest = require "openssl.digest"
local recorder = require "recorder"

local M = {}

local KEPT_REQUESTS = 100
local KEPT_BODY_BYTES = 1024 * 1024
local SECRET_HEADERS = { authorization = true, ["api-key"] = true, ["x-amz-security-token"] = true }

local counts, requests, kept
local last_request_id = 0

--- Signalled at every change, for those who wait for a count.
M.changed = condition.new()

---@return number
function M.now_ms()
  return cqueues.monotime() * 1000
end

function M.reset()
  counts = {
    connections = 0, tls = 0, tls_failed = 0, stalled = 0, requests = 0, resets = 0, pings = 0,
    flow_waits = 0, faults = 0, ended = { done = 0, reset = 0, lost = 0, cut = 0 },
  }
  requests, kept = {}, KEPT_REQUESTS
end

--- How many of the last requests are kept on record, until the next reset.
---@param count integer
function M.keep(count)
  kept = count
end

function M.count(name)
  counts[name] = counts[name] + 1
  M.changed:signal()
end

local function sha256(text)
  local raw = digest.new("sha256"):final(text)
  return (raw:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

--- Secrets are kept as "yes, there was one" and a hash, so that no log of ours can leak a key.
local function masked(headers)
  local copy, hash = {}, nil
  for name, value in pairs(headers) do
    copy[name] = SECRET_HEADERS[name] or value
    if SECRET_HEADERS[name] and name ~= "x-amz-security-token" then hash = sha256((value:gsub("^Bearer ", ""))) end
  end
  return copy, hash
end

--- Opens the record of one request; the exchange keeps it up to date.
function M.open_request(exchange)
  last_request_id = last_request_id + 1
  local headers, hash = masked(exchange.headers)
  local record = {
    id = last_request_id,
    method = exchange.method,
    path = exchange.path,
    headers = headers,
    authorization = headers.authorization == true or headers["api-key"] == true,
    authorization_sha256 = hash,
    connection = exchange.connection.id,
    stream = exchange.stream_id,
    http = exchange.http,
    state = "reading",
    started_ms = M.now_ms(),
    sent_bytes = 0,
  }
  requests[#requests + 1] = record
  if #requests > kept then table.remove(requests, 1) end
  M.count("requests")
  return record
end

function M.keep_body(record, body)
  record.body = body:sub(1, KEPT_BODY_BYTES)
  record.body_bytes = #body
  record.state = "answering"
end

--- What a form was made of: no bytes, but how many and their hash.
function M.keep_parts(record, parts)
  record.parts = {}
  for index, part in ipairs(parts) do
    record.parts[index] = { name = part.name, filename = part.filename,
      content_type = part.content_type, bytes = #part.data, sha256 = sha256(part.data) }
  end
end

--- Closes the record. `outcome` is done, reset (the client stopped it), lost (its connection went
--- away) or cut (a fault of ours).
function M.end_request(record, outcome, at_ms)
  if record.ended_ms then return end
  record.state = outcome
  record.ended_ms = at_ms or M.now_ms()
  counts.ended[outcome] = counts.ended[outcome] + 1
  if outcome == "reset" then
    record.reset_ms = record.ended_ms
    counts.last_reset_ms = record.ended_ms
    counts.resets = counts.resets + 1
  end
  recorder.keep(record)
  M.changed:signal()
end

---@return table counts  live; copy before keeping
function M.counts()
  return counts
end

---@return table[] records  oldest first
function M.requests()
  return requests
end

return M
