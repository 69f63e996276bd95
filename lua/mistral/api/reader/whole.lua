--- Reads an answer that is one JSON value, and comes whole.
local errors = require "mistral.errors"
local failure = require "mistral.api.failure"
local json = require "mistral.json"

local M = {}

---@class mistral.Whole: mistral.Reader
local Whole = {}
Whole.__index = Whole

---@alias mistral.Shaper fun(decoded: table, options: mistral.ReaderOptions): any, mistral.Error?

--- Bytes of the answer.
---@param bytes string
function Whole:raw(bytes)
  self.pieces[#self.pieces + 1] = bytes
end

-- A server that answers with events though nobody asked for any.
function Whole:event(data)
  self:raw(data)
end

--- Half a JSON value says nothing.
function Whole:partial() -- luacheck: ignore 212/self
  return nil
end

--- The reply, or what is wrong with the answer.
---@param headers table<string, string>
---@return any reply
---@return mistral.Error? err
function Whole:finish(headers)
  local body = table.concat(self.pieces)
  local decoded = json.decode(body)
  if decoded == nil then return nil, failure.from_page(body, headers, self.options.scrub) end
  if type(decoded) ~= "table" then
    return nil, errors.new("broken", "the server sent JSON that is not an answer")
  end
  if failure.is_frame(decoded) then
    return nil, failure.from_frame(decoded, headers, self.options.scrub)
  end
  return self.shape(decoded, self.options)
end

--- A maker of readers for an endpoint: `shape` gets the decoded answer, and returns the reply, or
--- nil and an error.
---@param shape mistral.Shaper
---@return fun(options: mistral.ReaderOptions): mistral.Whole
function M.reader(shape)
  return function(options)
    return setmetatable({
      shape = shape,
      options = options,
      pieces = {},
      spoke = false,
      complete = false,
      failed = false,
    }, Whole)
  end
end

return M
