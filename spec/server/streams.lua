--- Many streams over one HTTP/2 connection, by lua-http's client: for what the curl command does
--- not do (more than 100 streams, a small window). LuaJIT and Lua 5.1 only.

local cqueues = require "cqueues"
local client = require "http.client"
local new_headers = require "http.headers".new
local ssl_context = require "openssl.ssl.context"
local tls = require "http.tls"

local M = {}

local SECONDS = 30

local function connect(server)
  local context = tls.new_client_context()
  context:setVerify(ssl_context.VERIFY_NONE)
  return assert(client.connect { host = "127.0.0.1", port = server.url:match(":(%d+)/"),
    tls = true, ctx = context, version = 2 })
end

--- One coroutine reads for all; the streams only wait for what it finds.
local function read_frames(connection)
  while not connection:empty() do
    cqueues.poll(connection)
    if not connection:step(0) then return end
  end
end

local function request_headers(server)
  local headers = new_headers()
  headers:append(":method", "POST")
  headers:append(":scheme", "https")
  headers:append(":authority", "127.0.0.1")
  headers:append(":path", "/v1/chat/completions")
  headers:append("authorization", "Bearer " .. server.key)
  headers:append("content-type", "application/json")
  return headers
end

local function ask(connection, server, body)
  local stream = connection:new_stream()
  assert(stream:write_headers(request_headers(server), false))
  assert(stream:write_chunk(body, true))
  return assert(stream:get_body_as_string())
end

--- Sends `body` on `count` streams at once.
---@param server Loopback
---@param count integer
---@param body string
---@return string[] answers
function M.ask(server, count, body)
  local loop, answers, left = cqueues.new(), {}, count
  loop:wrap(function()
    local connection = connect(server)
    loop:wrap(read_frames, connection)
    for index = 1, count do
      loop:wrap(function()
        answers[index] = ask(connection, server, body)
        left = left - 1
        if left == 0 then connection:close() end
      end)
    end
  end)
  assert(loop:loop(SECONDS))
  return answers
end

return M
