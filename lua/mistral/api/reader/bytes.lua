--- Reads an answer that is a file: kept in memory, or on its way to the disk past us.
local errors = require "mistral.errors"

local M = {}

---@class mistral.Bytes: mistral.Reader
local Bytes = {}
Bytes.__index = Bytes

local MOST_BYTES = 64 * 1024 * 1024

---@param options mistral.ReaderOptions
---@return mistral.Bytes
function M.new(options)
  return setmetatable({
    to = options.call.own.to,
    limit = options.limit or MOST_BYTES,
    size = 0,
    pieces = {},
    spoke = false,
    complete = false,
    failed = false,
  }, Bytes)
end

---@param bytes string
---@return mistral.Error?
function Bytes:raw(bytes)
  self.size = self.size + #bytes
  if self.size > self.limit then
    return errors.new("too_large", "the file is too large to hold in memory",
      { hint = "give `to`, the path it is to be written to" })
  end
  self.pieces[#self.pieces + 1] = bytes
end

function Bytes:event(data)
  return self:raw(data)
end

function Bytes:partial() -- luacheck: ignore 212/self
  return nil
end

---@class mistral.Download
---@field content? string the bytes, where no `to` was given
---@field path? string where they are now
---@field content_type? string

---@param headers table<string, string>
---@return mistral.Download
function Bytes:finish(headers)
  return {
    path = self.to,
    content = not self.to and table.concat(self.pieces) or nil,
    content_type = headers["content-type"],
  }
end

return M
