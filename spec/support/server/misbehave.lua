--- Faults that take the place of an answer. Each gets the reply and its settings, does its worst,
--- and returns true when nothing else is to be sent.

local cqueues = require "cqueues"
local gzip = require "gzip"
local refusal = require "refusal"

local M = {}

local MIB = 1024 * 1024
local PIECE = 16384
local EVENT_STREAM = "text/event-stream; charset=utf-8"

--- The same noise every time; it never forms an event or an HTTP/2 frame that means something.
local function noise(bytes)
  local state, out = 40503, {}
  for index = 1, bytes do
    state = (state * 1103 + 12345) % 65521
    out[index] = string.char(state % 256)
  end
  return table.concat(out)
end

--- Sends a long body piece by piece, so that other connections get their turn.
local function send_long(reply, body)
  for start = 1, #body, PIECE do
    if not reply:write(body:sub(start, start + PIECE - 1)) then return end
    if not reply.exchange:wait(0) then return end
  end
  reply:finish()
end

local function with_retry_after(headers, fault)
  local all = {}
  for name, value in pairs(headers or {}) do all[name] = value end
  for name, value in pairs(fault.headers or {}) do all[name] = value end
  if fault.retry_after then all["retry-after"] = tostring(fault.retry_after) end
  return all
end

local DEFAULT_NAME = {
  [400] = "order", [401] = "unauthorized", [403] = "forbidden", [404] = "no_route",
  [408] = "timeout", [422] = "unprocessable", [425] = "too_early", [429] = "rate_limited",
  [500] = "internal", [502] = "bad_gateway", [503] = "unavailable", [504] = "gateway_timeout",
}

--- status{name= | status=, shape=, body=, message=, type=, code=, headers=, retry_after=}
function M.status(reply, fault)
  local base = refusal.named[fault.name or DEFAULT_NAME[fault.status] or "internal"]
  local why = {}
  for key, value in pairs(base) do why[key] = value end
  for _, key in ipairs { "status", "shape", "message", "type", "code", "content_type" } do
    if fault[key] ~= nil then why[key] = fault[key] end
  end
  why.headers = with_retry_after(base.headers, fault)
  if not fault.body then
    reply:refuse(why)
  else
    why.headers["content-type"] = why.content_type or "application/json"
    reply:whole(why.status, fault.body, why.headers)
  end
  return true
end

--- redirect{location=, status=307}
function M.redirect(reply, fault)
  local location = fault.location or "https://elsewhere.invalid/"
  reply:whole(fault.status or 307, "", { location = location })
  return true
end

--- not_stream{}: 200 with a page of HTML.
function M.not_stream(reply)
  local body = refusal.shapes.html { status = 200, message = "Welcome" }
  reply:whole(200, body, { ["content-type"] = "text/html" })
  return true
end

local function send_pieces(reply, body, count, pause_s)
  local size = math.max(1, math.ceil(#body / count))
  for start = 1, #body, size do
    if not reply:write(body:sub(start, start + size - 1)) then return nil end
    if not reply.exchange:wait(pause_s) then return nil end
  end
  return true
end

--- replay{body=, status=200, content_type=, headers=, pieces=1, pause_ms=0, repeats=1}: these bytes,
--- verbatim.
function M.replay(reply, fault)
  local headers = with_retry_after({ ["content-type"] = fault.content_type or EVENT_STREAM }, fault)
  if not reply:head(fault.status or 200, headers) then return true end
  for _ = 1, fault.repeats or 1 do
    local pause_s = (fault.pause_ms or 0) / 1000
    if not send_pieces(reply, fault.body or "", fault.pieces or 1, pause_s) then return true end
  end
  reply:finish()
  return true
end

--- silence{head=true, for_ms=nil}: not even a response head, for good or for a while.
function M.silence(reply, fault)
  if not fault.head then return false end
  reply.filter = { feed = reply.send }
  return not reply.exchange:wait(fault.for_ms and fault.for_ms / 1000)
end

--- cut{head=true}: the connection breaks before the response head.
function M.cut(reply, fault)
  if not fault.head then return false end
  reply.exchange:lose("cut")
  reply.exchange.connection:break_off(fault.tcp_reset)
  return true
end

--- reset{head=true, code=}: the stream is reset before the response head.
function M.reset(reply, fault)
  if not fault.head then return false end
  reply.exchange:abort(fault.code)
  return true
end

--- goaway{code=0} without after_bytes: this request was not looked at, and no other will be.
function M.goaway(reply, fault)
  if fault.after_bytes then return false end
  local exchange = reply.exchange
  exchange.connection.leaving = true
  if exchange.goaway then
    exchange:goaway(exchange.stream_id - 2, fault.code)
    exchange:lose("cut")
    return true
  end
  return M.cut(reply, { head = true })
end

local function random_bytes_on_the_line(reply, bytes)
  local exchange = reply.exchange
  if exchange.raw then
    exchange:raw(bytes)
    exchange:lose("cut")
  else
    exchange.connection.socket:xwrite(bytes, "n")
    exchange:wait()
  end
  exchange.connection:break_off()
end

--- garbage{where="body"|"event"|"frames", bytes=4096}: noise for a body, events that are not JSON,
--- or noise where HTTP itself should be.
function M.garbage(reply, fault)
  local bytes = fault.bytes or 4096
  if fault.where == "frames" then
    random_bytes_on_the_line(reply, noise(bytes))
    return true
  end
  if not reply:head(200, { ["content-type"] = EVENT_STREAM }) then return true end
  if fault.where == "event" then
    send_long(reply, "data: {\"choices\":[{\"delta\"\n\ndata: nonsense\n\ndata: [DONE]\n\n")
  else
    send_long(reply, noise(bytes))
  end
  return true
end

--- bomb{bytes=256 MiB, content_type=}: gzip of zeros.
function M.bomb(reply, fault)
  local headers = { ["content-type"] = fault.content_type or EVENT_STREAM,
    ["content-encoding"] = "gzip" }
  if reply:head(200, headers) then send_long(reply, gzip.zeros(fault.bytes or 256 * MIB)) end
  return true
end

--- lying_length{by=1000, body=}: a content-length that is wrong by so many bytes. In HTTP/1.1 a
--- body that is too short ends with the connection.
function M.lying_length(reply, fault)
  local by, exchange = fault.by or 1000, reply.exchange
  local body = fault.body or 'data: {"choices":[]}\n\ndata: [DONE]\n\n'
  local headers = { ["content-type"] = EVENT_STREAM, ["content-length"] = math.max(0, #body + by) }
  if not reply:head(200, headers) or not reply:write(body) then return true end
  if exchange.http == "2" then
    reply:finish()
  else
    exchange:lose("cut")
    exchange.connection:break_off()
  end
  return true
end

--- A header field in HPACK, spelled out and never indexed: lengths of less than 127 need one byte.
local function plain_field(name, value)
  return "\16" .. string.char(#name) .. name .. string.char(#value) .. value
end

local function header_blocks()
  local count = 0
  return function()
    local fields = {}
    for index = 1, 64 do
      count = count + 1
      fields[index] = plain_field("x-endless-" .. count, ("a"):rep(100))
    end
    return table.concat(fields)
  end
end

local END_HEADERS, STATUS_200, STATUS_103 = 4, "\136", "\8\003103"

--- The pieces of a head without end, over HTTP/2: one block in many frames, or block after block.
local function endless_frames(exchange, informational)
  local block, is_first = header_blocks(), true
  return function()
    local payload = block()
    if informational then
      return exchange:frame("HEADERS", END_HEADERS, STATUS_103 .. payload), #payload
    elseif is_first then
      is_first = false
      return exchange:frame("HEADERS", 0, STATUS_200 .. payload), #payload
    end
    return exchange:frame("CONTINUATION", 0, payload), #payload
  end
end

--- The same over HTTP/1.1.
local function endless_lines(exchange, informational)
  local count = 0
  return function()
    count = count + 1
    local line = ("x-endless-%d: %s\r\n"):format(count, ("a"):rep(1000))
    if informational then
      line = "HTTP/1.1 103 Early Hints\r\n" .. line .. "\r\n"
    elseif count == 1 then
      line = "HTTP/1.1 200 OK\r\n" .. line
    end
    return exchange:raw(line), #line
  end
end

--- endless_headers{bytes=64 MiB, informational=false}: a response head that does not end, or one
--- 103 Early Hints after the other.
function M.endless_headers(reply, fault)
  local exchange, left = reply.exchange, fault.bytes or 64 * MIB
  local make = exchange.http == "2" and endless_frames or endless_lines
  local write_more = make(exchange, fault.informational)
  repeat
    local ok, sent = write_more()
    left = left - sent
    cqueues.poll(0)
  until not ok or left <= 0
  exchange:lose("cut")
  exchange.connection:break_off()
  return true
end

return M
