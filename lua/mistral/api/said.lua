--- What the body of an error says, in any of the shapes that services and the gateways before them
--- use: message, type and code, wherever they were put.
local json = require "mistral.json"

local M = {}

local function value_of(value)
  if not json.is_null(value) then return value end
end

local function say_detail(item)
  if type(item) ~= "table" then return tostring(item) end
  local where = {}
  for _, step in ipairs(type(item.loc) == "table" and item.loc or {}) do
    if step ~= "body" then where[#where + 1] = tostring(step) end
  end
  local message = tostring(value_of(item.msg) or value_of(item.type) or "not accepted")
  return #where > 0 and table.concat(where, ".") .. ": " .. message or message
end

local function say_details(list)
  local said = {}
  for index = 1, math.min(#list, 5) do
    said[index] = say_detail(list[index])
  end
  return #said > 0 and table.concat(said, "; ") or nil
end

local speak

-- The places where a message has been seen, most telling first.
local function speak_table(value, depth)
  if depth > 4 then return nil end
  if #value > 0 then return say_details(value) end
  for _, name in ipairs { "detail", "message", "error", "errors", "msg", "Message" } do
    local said = speak(value[name], depth + 1)
    if said then return said end
  end
end

-- Some gateways put the service's body, as text, into their own message.
local function speak_string(value, depth)
  local inner = value:find("^%s*{") and depth < 4 and json.decode(value)
  return type(inner) == "table" and speak_table(inner, depth + 1) or value ~= "" and value or nil
end

function speak(value, depth)
  value = value_of(value)
  if type(value) == "string" then return speak_string(value, depth) end
  if type(value) == "table" then return speak_table(value, depth) end
end

-- A page of HTML says little more than its title. The pattern has one way to match and no more: a
-- page may be all blanks, and this runs in the editor's thread.
local function speak_plain(body)
  if not body:find("^%s*<") then return body end
  local title = body:match("<[Tt][Ii][Tt][Ll][Ee]>([^<]*)")
  return title and title:find("%S") and title or nil
end

-- The body, or what a service that streams put into a list.
local function unlisted(body)
  local first = body[1]
  return type(first) == "table" and value_of(first.error) and first or body
end

-- The table that carries type and code: the body, or what a gateway wrapped.
local function carrier(body)
  local inner = value_of(body.error)
  return type(inner) == "table" and inner or body
end

local function scalar(value)
  value = value_of(value)
  if type(value) == "string" or type(value) == "number" then return tostring(value) end
end

---@class mistral.Said what an error body says, not yet redacted
---@field message? string
---@field type? string
---@field code? string
---@field status? integer
---@field request_id? string

--- A decoded body, or the error frame of a stream.
---@param body table
---@return mistral.Said
function M.from_table(body)
  body = unlisted(body)
  local from = carrier(body)
  return {
    message = speak(body, 0),
    type = scalar(from.type),
    code = scalar(from.code),
    status = tonumber(scalar(from.raw_status_code) or scalar(from.status) or nil),
    request_id = scalar(body.request_id),
  }
end

--- A body as it came.
---@param body? string
---@return mistral.Said
function M.from_body(body)
  if not body or body == "" then return {} end
  local decoded = json.decode(body)
  if type(decoded) == "table" then return M.from_table(decoded) end
  return { message = type(decoded) == "string" and decoded or speak_plain(body) }
end

return M
