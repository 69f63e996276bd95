--- Writes every request down, with how it was answered, where MISTRAL_RECORD names a file: a check of
--- them all comes after the run. No header but the type and the client's name is kept, so no key is.

local base64 = require "base64"
local json = require "json"

local M = {}

local file
local path = os.getenv "MISTRAL_RECORD"

local function open()
  if file == nil then file = path and path ~= "" and io.open(path, "a") or false end
  return file
end

--- Writes down a request that has ended.
---@param record table as the module counters keeps it
function M.keep(record)
  if not path or not open() or not record.body then return end
  file:write(json.encode {
    method = record.method, path = record.path, content_type = record.headers["content-type"],
    agent = record.headers["user-agent"], status = record.status, fault = record.fault,
    outcome = record.state, cut = record.body_bytes > #record.body or nil,
    body = base64.encode(record.body),
  }, "\n")
  file:flush()
end

return M
