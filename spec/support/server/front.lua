--- The listeners: accept, shake hands, and hand the connection to HTTP/1.1 or HTTP/2.

local cqueues = require "cqueues"
local socket = require "cqueues.socket"
local connections = require "connections"
local guard = require "guard"
local h1 = require "h1"
local h2 = require "h2"

local M = {}

local HANDSHAKE_S = 10
local BACKLOG_WAIT_S = 0.05
-- A write to a connection that broke fails each time; the library would call that a mistake soon.
local MAX_ERRORS = 1000000
local loop

--- The event loop every listener and connection runs on.
function M.use(event_loop)
  loop = event_loop
end

local function return_errors(_, _, why)
  return why
end

--- A port that never says a word after the handshake, if there is one: it only notices that the other
--- side has left.
local function keep_mute(connection)
  connection:discard()
  connection:close()
end

local function shake_hands(connection, context)
  local sock = connection.socket
  local ok = sock:starttls(context, HANDSHAKE_S)
  local session = ok and sock:checktls()
  if not session then return nil end
  connection:secured(session:getAlpnSelected() or "http/1.1")
  return connection.protocol == "h2" and h2 or h1
end

local function run(connection, options)
  local protocol = h1
  if options.tls then
    protocol = shake_hands(connection, options.tls)
    if not protocol then return connection:handshake_failed() end
  end
  if options.mute then return keep_mute(connection) end
  protocol.run(connection, options.serve)
  connection:close()
end

--- A connection that breaks is the business of its own coroutine only. A mistake of ours is
--- printed, for the spec run's log, and the server lives on.
local function guarded(connection, options)
  local ok, trouble = guard.call(run, connection, options)
  if not ok and not connection.closed then
    io.stderr:write("connection ", connection.id, ": ", tostring(trouble), "\n")
  end
  connection:close()
end

local function accept_all(listener, options)
  while true do
    local peer, why = listener:accept { nodelay = true }
    if peer then
      peer:onerror(return_errors)
      peer:setmaxerrs("rw", MAX_ERRORS)
      peer:setvbuf("full", math.huge)
      peer:setmode("b", "bf")
      local connection = connections.add(peer, options)
      loop:wrap(guarded, connection, options)
    elseif why then
      cqueues.sleep(BACKLOG_WAIT_S)
    end
  end
end

---@class FrontOptions
---@field tls? userdata     server context; plain when absent
---@field serve? fun(exchange: table)
---@field mute? boolean     accept, shake hands if there is `tls`, and never speak
---@field private? boolean  not counted (the control port)

--- Listens on a free loopback port.
---@param options FrontOptions
---@return integer port
function M.listen(options)
  local listener = assert(socket.listen { host = "127.0.0.1", port = 0 })
  assert(listener:listen())
  listener:onerror(return_errors)
  loop:wrap(accept_all, listener, options)
  local _, _, port = listener:localname()
  return port
end

return M
