--- The service's own door: authentication first, then the endpoint the path belongs to.

local dialects = require "dialects"
local doors = require "doors.init"
local faults = require "faults"
local refusal = require "refusal"
local replies = require "reply"

local M = {}

local KEY_PATTERN = "^test%-key"

local function unauthorized(headers)
  local key = (headers.authorization or ""):match("^Bearer (.+)$")
  if not key then return refusal.named.unauthorized_detail end
  if not key:find(KEY_PATTERN) then return refusal.named.unauthorized end
end

--- Whether there is such a path among the routes; if so, it has been answered.
local function found(exchange, reply, path, routes)
  for _, each in ipairs(routes) do
    local capture = path:match(each[1])
    if capture then
      local handle = each[exchange.method]
      if handle then
        handle(exchange, reply, capture)
      else
        reply:refuse(refusal.new(405, { shape = "detail_text", message = "Method Not Allowed" }))
      end
      return true
    end
  end
  return false
end

local function route(exchange, reply, path)
  if not found(exchange, reply, path, doors.routes) then reply:refuse(refusal.named.no_route) end
end

--- Answers one request.
---@param exchange Exchange
function M.serve(exchange)
  local fault = faults.take(exchange)
  local reply = replies.new(exchange, fault)
  if faults.instead(reply) then return end
  local other, rest = dialects.of(exchange.path)
  if other then return other.serve(exchange, reply, rest, route) end
  local path = exchange.path:match "^[^?]*"
  if found(exchange, reply, path, doors.open_routes) then return end
  local stranger = unauthorized(exchange.headers)
  if stranger then return reply:refuse(stranger) end
  route(exchange, reply, path)
end

return M
