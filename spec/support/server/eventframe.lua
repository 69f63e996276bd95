--- Writes frames of application/vnd.amazon.eventstream.

local gzip = require "gzip"

local M = {}

M.CONTENT_TYPE = "application/vnd.amazon.eventstream"

local function big_endian(number, count)
  local bytes = {}
  for index = count, 1, -1 do
    bytes[index] = string.char(number % 256)
    number = math.floor(number / 256)
  end
  return table.concat(bytes)
end

local function header(name, value)
  return string.char(#name) .. name .. "\7" .. big_endian(#value, 2) .. value
end

--- One frame.
---@param headers string[][]  name and value, in order
---@param payload string
---@return string
function M.frame(headers, payload)
  local parts = {}
  for index, each in ipairs(headers) do parts[index] = header(each[1], each[2]) end
  local head = table.concat(parts)
  local prelude = big_endian(16 + #head + #payload, 4) .. big_endian(#head, 4)
  local covered = prelude .. big_endian(gzip.crc32(prelude), 4) .. head .. payload
  return covered .. big_endian(gzip.crc32(covered), 4)
end

---@param kind string
---@param payload string
---@return string
function M.event(kind, payload)
  return M.frame({ { ":event-type", kind }, { ":content-type", "application/octet-stream" },
    { ":message-type", "event" } }, payload)
end

---@param kind string
---@param payload string
---@return string
function M.exception(kind, payload)
  return M.frame({ { ":exception-type", kind }, { ":content-type", "application/json" },
    { ":message-type", "exception" } }, payload)
end

return M
