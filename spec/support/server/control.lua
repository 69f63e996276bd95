--- The control port: JSON over plain HTTP, for specs only. spec/support/loopback.lua says what each
--- call takes and gives.

local cqueues = require "cqueues"
local connections = require "connections"
local counters = require "counters"
local faults = require "faults"
local files = require "files"
local jobs = require "jobs"
local json = require "json"
local pace = require "pace"
local replies = require "reply"

local M = {}

local MAX_WAIT_S = 60

local function stats()
  local now = counters.now_ms()
  local answer = { now_ms = now }
  for name, value in pairs(counters.counts()) do answer[name] = value end
  answer.open_connections, answer.open_streams = connections.open_counts()
  if answer.last_reset_ms then answer.last_reset_age_ms = now - answer.last_reset_ms end
  return answer
end

local function requests()
  local list = counters.requests()
  return #list > 0 and list or nil
end

local function keep(wanted)
  counters.keep(wanted.requests)
  return wanted
end

local function close_idle()
  local count = 0
  for connection in connections.each() do
    if connection.streams == 0 then
      connection:leave()
      count = count + 1
    end
  end
  return { closed = count }
end

local function reset()
  counters.reset()
  faults.reset()
  files.reset()
  pace.reset()
  jobs.reset()
  return stats()
end

local function holds(wanted)
  local now = stats()
  for name, least in pairs(wanted.at_least or {}) do
    if (now[name] or now.ended[name] or 0) < least then return false end
  end
  for name, exact in pairs(wanted.equal or {}) do
    if (now[name] or now.ended[name] or 0) ~= exact then return false end
  end
  return true
end

--- Answers once the counts are as wanted, or the time is up.
local function wait(wanted)
  local seconds = math.min(wanted.seconds or 10, MAX_WAIT_S)
  local deadline = cqueues.monotime() + seconds
  while not holds(wanted) do
    local left = deadline - cqueues.monotime()
    if left <= 0 then return { met = false, stats = stats() } end
    cqueues.poll(counters.changed, math.min(left, 0.05))
  end
  return { met = true, stats = stats() }
end

local DOORS = {
  ["GET /stats"] = stats,
  ["GET /requests"] = requests,
  ["GET /now"] = function() return { now_ms = counters.now_ms() } end,
  ["GET /faults"] = faults.armed,
  ["POST /reset"] = reset,
  ["POST /keep"] = keep,
  ["POST /fault"] = faults.arm,
  ["POST /pace"] = pace.set,
  ["POST /jobs"] = jobs.set,
  ["POST /wait"] = wait,
  ["POST /close_idle"] = close_idle,
}

---@param exchange Exchange
function M.serve(exchange)
  local reply = replies.new(exchange)
  local door = DOORS[exchange.method .. " " .. exchange.path:match("^[^?]*")]
  if not door then return reply:json(404, { message = "no such control call" }) end
  local body, trouble = {}, nil
  if exchange.body ~= "" then body, trouble = json.decode(exchange.body) end
  if trouble or type(body) ~= "table" then
    return reply:json(400, { message = "the body is not a JSON object" })
  end
  local answer, message = door(body)
  if message then return reply:json(400, { message = message }) end
  local text = answer and (next(answer) ~= nil) and json.encode(answer) or "[]"
  reply:whole(200, text, { ["content-type"] = "application/json" })
end

return M
