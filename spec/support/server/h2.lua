--- HTTP/2, server side, over lua-http's frame layer. One coroutine reads frames for the whole
--- connection; each exchange runs in its own and writes when the flow-control window allows.

local cqueues = require "cqueues"
local new_headers = require "http.headers".new
local h2_connection = require "http.h2_connection"
local h2_stream = require "http.h2_stream"
local counters = require "counters"
local guard = require "guard"
local uploads = require "uploads"

local M = {}

-- Lua 5.1 and LuaJIT have it from compat53, which lua-http needs anyway.
local pack = rawget(string, "pack") or require("compat53.string").pack

local SETTING, FRAME = h2_stream.known_settings, h2_stream.frame_types
local MAX_STREAMS = 1000
local STREAM_WINDOW = 32 * 1024 * 1024
local CONNECTION_WINDOW = 2 ^ 30
local REASON_INTERNAL = 2
local WIDEN_BYTES = 1024 * 1024
local WRITE_S = 10
-- A frame of this size with its head fills one TLS record.
local FRAME_BYTES = 16384 - 9

---@class H2Exchange : Exchange
---@field stream table     the stream of lua-http
---@field gone? string     why nothing more can be sent: reset, lost, cut or done
local exchange = {}
exchange.__index = exchange

--- lua-http handles these two frames silently; specs want to know when they came.
local function observe(kind, watch)
  local handle = h2_stream.frame_handlers[kind]
  h2_stream.frame_handlers[kind] = function(stream, flags, ...)
    local was = stream.state
    local ok, why, code = handle(stream, flags, ...)
    if ok then watch(stream, flags, was) end
    return ok, why, code
  end
end

observe(FRAME.RST_STREAM, function(stream, _, was)
  local each = stream.exchange
  if each and was ~= "closed" then each:lose("reset", counters.now_ms()) end
end)

observe(FRAME.PING, function(_, flags)
  if flags % 2 == 0 then counters.count("pings") end
end)

--- Marks the exchange as over; the first reason given stands.
function exchange:lose(reason, at_ms)
  if self.gone then return end
  self.gone = reason
  if self.record then counters.end_request(self.record, reason, at_ms) end
  self.stream.chunk_cond:signal()
  self.stream.peer_flow_credits_change:signal()
end

--- Sleeps; false as soon as nobody wants the answer any more.
---@param seconds? number  for ever when absent; 0 lets the others run once
function exchange:wait(seconds)
  if seconds == 0 then cqueues.poll(0) end
  local deadline = seconds and cqueues.monotime() + seconds
  while not self.gone and not self.connection.closed do
    local left = deadline and deadline - cqueues.monotime()
    if left and left <= 0 then break end
    cqueues.poll(self.stream.chunk_cond, self.connection.changed, left)
  end
  return self:alive()
end

--- A frozen connection holds its writers for as long as it lives.
function exchange:alive()
  while self.connection.frozen and not self.connection.closed do
    cqueues.poll(self.connection.changed)
  end
  -- lua-http closes a stream itself when its frames break the rules.
  if self.connection.closed or self.stream.state == "closed" then self:lose("lost") end
  return not self.gone
end

function exchange:credit()
  return math.min(self.stream.peer_flow_credits, self.stream.connection.peer_flow_credits)
end

local function await_credit(self)
  if self:credit() > 0 then return self:alive() end
  counters.count("flow_waits")
  self.record.flow_waited = true
  while self:alive() and self:credit() <= 0 do
    cqueues.poll(self.stream.peer_flow_credits_change, self.connection.changed,
      self.stream.connection.peer_flow_credits_change)
  end
  return not self.gone
end

function exchange:head(status, headers)
  if not self:alive() then return nil, self.gone end
  local list = new_headers()
  list:append(":status", tostring(status))
  -- Never indexed: lua-http 0.4 and its peer disagree on the table once it is full.
  for _, header in ipairs(headers) do list:append(header[1], header[2], true) end
  return self:written(self.stream:write_headers(list, false))
end

--- What a write came to; a connection that cannot be written to is lost.
function exchange:written(ok)
  if not ok then self:lose("lost") end
  return not self.gone or nil, self.gone
end

--- Takes the credit before the bytes go out. lua-http 0.4 takes it after, from what it read before,
--- and so loses a WINDOW_UPDATE that comes while it waits for the socket.
function exchange:spend(size)
  local stream = self.stream
  stream.peer_flow_credits = stream.peer_flow_credits - size
  stream.connection.peer_flow_credits = stream.connection.peer_flow_credits - size
end

---@return true? ok, string? gone
function exchange:write(bytes)
  local sent = 0
  while sent < #bytes do
    if not await_credit(self) then return nil, self.gone end
    local piece = bytes:sub(sent + 1, sent + math.min(self:credit(), FRAME_BYTES))
    sent = sent + #piece
    self:spend(#piece)
    self:frame("DATA", 0, piece)
  end
  return self:alive() or nil, self.gone
end

function exchange:finish()
  if self:credit() < 0 and not await_credit(self) then return end
  if not self:alive() then return end
  self:written(self.stream:write_data_frame("", true))
  self:lose("done")
end

--- Ends this stream by RST_STREAM, leaving the connection up.
function exchange:abort(code)
  if not self:alive() then return end
  self:lose("cut")
  self.stream:write_rst_stream_frame(code or REASON_INTERNAL)
end

--- Writes one frame as it is told, without looking at what the protocol allows.
function exchange:frame(kind, flags, payload)
  if not self:alive() then return nil, self.gone end
  return self:written(self.stream.connection:write_http2_frame(FRAME[kind], flags,
    self.stream.id, payload))
end

--- Says GOAWAY: streams above `last_stream` were not and will not be handled.
function exchange:goaway(last_stream, code)
  if not self:alive() then return end
  self:written(self.stream.connection:write_goaway_frame(last_stream, code or 0, nil))
end

local function read_head(self)
  local stream = self.stream
  while stream.recv_headers_fifo:length() == 0 do
    if stream.state == "closed" or self.connection.closed then return nil end
    cqueues.poll(stream.recv_headers_cond, self.connection.changed)
  end
  self.headers = {}
  for name, value in stream.recv_headers_fifo:pop():each() do self.headers[name] = value end
  self.method, self.path = self.headers[":method"], self.headers[":path"]
  return self
end

--- Gives the client back what it has used up of its windows. Flushed here: whoever waits for more to
--- read flushes nothing, and a client without a window sends nothing.
local function widen(stream, bytes, is_last)
  if bytes == 0 then return end
  if not is_last then stream:write_window_update_frame(bytes, WRITE_S) end
  stream.connection.stream0:write_window_update_frame(bytes, WRITE_S, "f")
end

local function next_chunk(self)
  local stream = self.stream
  while stream.chunk_fifo:length() == 0 do
    if self.gone == "lost" or stream.state == "closed" or self.connection.closed then return nil end
    if self.gone and not self.answered then return nil end
    cqueues.poll(stream.chunk_cond, self.connection.changed)
  end
  return stream.chunk_fifo:pop() or false
end

--- nil when it did not come, or a fault had its way with it.
local function read_body(self, watch)
  local pieces, bytes, owed = {}, 0, 0
  while watch(bytes) do
    local chunk = next_chunk(self)
    if chunk == nil then return nil end
    if not chunk then
      widen(self.stream, owed, true)
      return table.concat(pieces)
    end
    local size = chunk:ack()
    bytes, owed = bytes + size, owed + size
    pieces[#pieces + 1] = chunk.data
    if owed >= WIDEN_BYTES then
      widen(self.stream, owed, false)
      owed = 0
    end
  end
end

local function exchange_on(connection, stream)
  local self = setmetatable({
    stream = stream, stream_id = stream.id, connection = connection, http = "2",
  }, exchange)
  stream.exchange = self
  return self
end

local function run_stream(connection, stream, serve)
  local self = exchange_on(connection, stream)
  if not read_head(self) then return end
  self.record = counters.open_request(self)
  self.body = read_body(self, uploads.watch(self))
  if not self.body then return self:lose("lost") end
  if self.answered then return end
  counters.keep_body(self.record, self.body)
  serve(self)
  self:lose("cut")
end

--- The trouble of one exchange is not the trouble of the others.
local function guarded(connection, stream, serve)
  connection.streams = connection.streams + 1
  local ok, trouble = guard.call(run_stream, connection, stream, serve)
  connection.streams = connection.streams - 1
  counters.changed:signal()
  if connection.leaving and connection.streams == 0 then connection:close() end
  if ok or connection.closed then return end
  io.stderr:write("stream ", stream.id, ": ", tostring(trouble), "\n")
  if not guard.call(stream.exchange.abort, stream.exchange) then connection:close() end
end

--- Asks for what it waits for by name: the socket would ask for what was done with it last, which may
--- be a write that another coroutine came in with.
local function read_frames(connection, wire)
  local readable = { pollfd = connection.socket:pollfd(), events = "r" }
  while not connection.closed and not connection.frozen and not wire:empty() do
    local ok, why, code = wire:step(0)
    if not ok then return nil, why, code end
    while wire.new_streams:length() > 0 do
      cqueues.running():wrap(guarded, connection, wire.new_streams:pop(), connection.serve)
    end
    if wire.had_eagain then cqueues.poll(readable, connection.changed) end
  end
end

--- One write, so one TLS record, for a frame: lua-http takes two, of which the first is 9 bytes.
local function write_frame(wire, kind, flags, stream_id, payload, timeout, flush)
  local head = pack(">I3 B B I4", #payload, kind, flags, stream_id)
  return wire.socket:xwrite(head .. payload, flush, timeout)
end

---@param connection Connection
---@param serve fun(exchange: H2Exchange)
function M.run(connection, serve)
  local wire = h2_connection.new(connection.socket, "server", {
    [SETTING.MAX_CONCURRENT_STREAMS] = MAX_STREAMS,
    [SETTING.INITIAL_WINDOW_SIZE] = STREAM_WINDOW,
  })
  wire.write_http2_frame = write_frame
  connection.serve, connection.wire = serve, wire
  wire:write_window_update(CONNECTION_WINDOW - 65536, 0, "n")
  read_frames(connection, wire)
  if connection.frozen then connection:discard() end
end

return M
