--- The regional hosts: the service's own doors, fewer of them, and no tools but functions.

local json = require "json"
local refusal = require "refusal"

local M = {}

local ABSENT = { "^/v1/files", "^/v1/batch", "^/v1/agents", "^/v1/conversations" }

local function offers(path)
  for _, pattern in ipairs(ABSENT) do
    if path:find(pattern) then return false end
  end
  return true
end

local function other_tool(exchange)
  local body = exchange.body ~= "" and json.decode(exchange.body)
  local tools = type(body) == "table" and json.is_array(body.tools) and body.tools or {}
  for _, tool in ipairs(tools) do
    local kind = type(tool) == "table" and tool.type
    if type(kind) == "string" and kind ~= "function" then return kind end
  end
end

function M.serve(exchange, reply, rest, route)
  local path = rest:match "^[^?]*"
  if not (exchange.headers.authorization or ""):find "^Bearer test%-key" then
    return reply:refuse(refusal.named.unauthorized)
  elseif not offers(path) then
    return reply:refuse(refusal.named.no_route)
  end
  local kind = other_tool(exchange)
  if kind then
    return reply:refuse(refusal.bad_request("invalid_request_invalid_args", "3051",
      "Tool type " .. kind .. " is not available in this region"))
  end
  route(exchange, reply, path)
end

return M
