--- Every open connection, what it has done, and the rough ways to end it.

local cqueues = require "cqueues"
local condition = require "cqueues.condition"
local counters = require "counters"
local guard = require "guard"
local system = require "system"

local M = {}

local READ_BYTES = 65536

---@class Connection
---@field id integer
---@field socket userdata
---@field protocol string   "http/1.1" or "h2"
---@field tls? boolean
---@field streams integer   exchanges in progress
---@field frozen boolean    dead on purpose: reads on, never answers
---@field leaving? boolean   to be closed when its last exchange is over
---@field wire? table        the HTTP/2 connection of lua-http
---@field closed boolean
---@field changed userdata  condition: frozen or closed
local connection = {}
connection.__index = connection

local open = {}
local last_id = 0

---@return Connection
function M.add(sock, options)
  last_id = last_id + 1
  local self = setmetatable({
    id = last_id,
    socket = sock,
    protocol = "http/1.1",
    streams = 0,
    frozen = false,
    closed = false,
    private = options.private or false,
    mute = options.mute or false,
    changed = condition.new(),
  }, connection)
  open[self.id] = self
  if not self.private then counters.count(self.mute and "stalled" or "connections") end
  return self
end

function connection:secured(protocol)
  self.protocol, self.tls = protocol, true
  if not self.private then counters.count("tls") end
end

function connection:handshake_failed()
  counters.count("tls_failed")
  self:close()
end

--- Reads and throws away until the other side leaves; the kernel acknowledges all the while.
function connection:discard()
  repeat
    local bytes = self.socket:xread(-READ_BYTES)
  until not bytes
end

--- From now on nothing on this connection is answered, though it stays open.
function connection:freeze()
  self.frozen = true
  self.changed:signal()
end

--- Leaves as a server does that closes an idle connection: with GOAWAY where there is one.
function connection:leave()
  if self.wire then guard.call(self.wire.write_goaway_frame, self.wire, nil, 0, nil, 0) end
  self:close()
end

--- Breaks the TCP connection with no word of farewell: no GOAWAY, no TLS close alert.
---@param hard? boolean  send a TCP reset instead of a FIN
function connection:break_off(hard)
  if self.closed then return end
  system.shut(self.socket:pollfd(), hard)
  self:close()
end

--- Safe to call again. Whoever waits on the socket or on `changed` wakes up.
function connection:close()
  if self.closed then return end
  self.closed = true
  open[self.id] = nil
  self.changed:signal()
  cqueues.cancel(self.socket)
  self.socket:close()
end

---@return fun(): Connection  over the service's connections, oldest first
function M.each()
  local list = {}
  for _, each in pairs(open) do
    if not each.private and not each.mute then list[#list + 1] = each end
  end
  table.sort(list, function(a, b) return a.id < b.id end)
  local index = 0
  return function()
    index = index + 1
    return list[index]
  end
end

---@return integer connections, integer streams
function M.open_counts()
  local count, streams = 0, 0
  for each in M.each() do
    count = count + 1
    streams = streams + each.streams
  end
  return count, streams
end

return M
