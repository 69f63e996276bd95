--- HTTP/1.1, server side. Requests are read with lua-http's parser; answers are written to the
--- socket directly, because a server that has to lie on demand cannot use one that will not.

local cqueues = require "cqueues"
local condition = require "cqueues.condition"
local errno = require "cqueues.errno"
local h1_connection = require "http.h1_connection"
local reasons = require "http.h1_reason_phrases"
local counters = require "counters"
local uploads = require "uploads"

local M = {}

local IDLE_S = 600
local READ_S = 30
local PIECE = 65536

---@class Exchange
---@field method string
---@field path string
---@field headers table<string, string>
---@field body string
---@field connection Connection
---@field record table     what counters keeps of it
---@field http string      "1.1" or "2"
---@field gone? string     why nothing more can be sent: reset, lost, cut or done
local exchange = {}
exchange.__index = exchange

function exchange:lose(reason)
  if self.gone then return end
  self.gone = reason
  if self.record then counters.end_request(self.record, reason) end
  self.over:signal()
end

--- In HTTP/1.1 a client can only stop an answer by closing the connection.
local function notice_departure(self)
  local sock = self.connection.socket
  local ok, _, why = sock:fill(1, 0)
  if ok then
    self.pipelined = true
  elseif why ~= errno.ETIMEDOUT then
    self:lose("reset")
  end
end

--- Sleeps; false as soon as nobody wants the answer any more.
---@param seconds? number  for ever when absent; 0 lets the others run once
function exchange:wait(seconds)
  if seconds == 0 then cqueues.poll(0) end
  local deadline = seconds and cqueues.monotime() + seconds
  while self:alive() do
    local left = deadline and deadline - cqueues.monotime()
    if left and left <= 0 then break end
    local readable = not self.pipelined and self.readable or nil
    local woken = cqueues.poll(self.over, self.connection.changed, left, readable)
    if readable and woken == readable and not self.connection.closed then
      notice_departure(self)
    end
  end
  return not self.gone
end

--- A frozen connection holds its writers for as long as it lives.
function exchange:alive()
  while self.connection.frozen and not self.connection.closed do
    cqueues.poll(self.connection.changed)
  end
  if self.connection.closed then self:lose("lost") end
  return not self.gone
end

--- Writes bytes that are no part of any HTTP rule.
function exchange:raw(bytes)
  if not self:alive() then return nil, self.gone end
  local ok = self.connection.socket:xwrite(bytes, "n")
  if not ok then self:lose("reset") end
  return not self.gone or nil, self.gone
end

function exchange:head(status, headers)
  local lines = { ("HTTP/1.1 %d %s"):format(status, reasons[tostring(status)] or "Unknown") }
  local has_length = false
  for _, header in ipairs(headers) do
    has_length = has_length or header[1] == "content-length"
    lines[#lines + 1] = header[1] .. ": " .. header[2]
  end
  self.chunked = not has_length and self.method ~= "HEAD"
  if self.chunked then lines[#lines + 1] = "transfer-encoding: chunked" end
  if self.last then lines[#lines + 1] = "connection: close" end
  return self:raw(table.concat(lines, "\r\n") .. "\r\n\r\n")
end

---@return true? ok, string? gone
function exchange:write(bytes)
  if bytes == "" or self.method == "HEAD" then return self:alive() or nil, self.gone end
  if self.chunked then bytes = ("%x\r\n"):format(#bytes) .. bytes .. "\r\n" end
  return self:raw(bytes)
end

function exchange:finish()
  if self.chunked and not self:raw("0\r\n\r\n") then return end
  if self:alive() then self:lose("done") end
end

--- HTTP/1.1 has no stream to reset: the connection goes, by a TCP reset.
function exchange:abort()
  self:lose("cut")
  self.connection:break_off(true)
end

local function read_headers(wire)
  local headers = {}
  while true do
    local name, value = wire:read_header(READ_S)
    if not name then break end
    headers[name:lower()] = value
  end
  return wire:read_headers_done(READ_S) and headers
end

local function read_chunks(wire, watch)
  local pieces, bytes = {}, 0
  while watch(bytes) do
    local piece = wire:read_body_chunk(READ_S)
    if piece == nil then return nil end
    if piece == false then return read_headers(wire) and table.concat(pieces) end
    pieces[#pieces + 1], bytes = piece, bytes + #piece
  end
end

local function read_length(wire, length, watch)
  local pieces, bytes = {}, 0
  while true do
    local go_on, more = watch(bytes)
    if not go_on then return nil end
    pieces[#pieces + 1], bytes = more, bytes + #(more or "")
    if bytes == length then return table.concat(pieces) end
    local piece = wire:read_body_by_length(-math.min(length - bytes, PIECE), READ_S)
    if not piece then return nil end
    pieces[#pieces + 1], bytes = piece, bytes + #piece
  end
end

--- nil when it did not come, or a fault had its way with it.
local function read_body(wire, headers, watch)
  local is_chunked = (headers["transfer-encoding"] or ""):lower() == "chunked"
  if is_chunked then return read_chunks(wire, watch) end
  return read_length(wire, tonumber(headers["content-length"]) or 0, watch)
end

local function wants_close(self, version)
  local word = (self.headers.connection or ""):lower()
  return word == "close" or (version < 1.1 and word ~= "keep-alive")
end

--- Reads one request head, or nil when the client has nothing more to say.
local function next_exchange(connection, wire)
  local method, target, version = wire:read_request_line(IDLE_S)
  if not method then return nil end
  local self = setmetatable({
    method = method, path = target, connection = connection, http = "1.1",
    over = condition.new(),
    readable = { pollfd = connection.socket:pollfd(), events = "r" },
  }, exchange)
  self.headers = read_headers(wire)
  if not self.headers then return nil end
  self.last = wants_close(self, version)
  return self
end

local function answer(self, wire, serve)
  if not self.connection.private then self.record = counters.open_request(self) end
  if (self.headers.expect or ""):lower() == "100-continue" then
    self:raw("HTTP/1.1 100 Continue\r\n\r\n")
  end
  self.body = read_body(wire, self.headers, uploads.watch(self))
  if not self.body then return self:lose("lost") end
  if self.answered then return end
  if self.record then counters.keep_body(self.record, self.body) end
  serve(self)
end

---@param connection Connection
---@param serve fun(exchange: Exchange)
function M.run(connection, serve)
  local wire = h1_connection.new(connection.socket, "server", 1.1)
  while not connection.closed and not connection.frozen do
    local self = next_exchange(connection, wire)
    if not self or connection.closed then break end
    if connection.frozen then break end
    connection.streams = 1
    answer(self, wire, serve)
    connection.streams = 0
    counters.changed:signal()
    if self.last or connection.leaving or self.gone ~= "done" then break end
  end
  if connection.frozen and not connection.closed then connection:discard() end
end

return M
