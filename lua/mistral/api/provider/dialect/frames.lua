--- Reads a stream of server-sent events that comes in Amazon's frames: their payloads are pieces of
--- it, cut anywhere. A frame may also tell of an error.
local errors = require "mistral.errors"
local failure = require "mistral.api.failure"
local json = require "mistral.json"

local M = {}

---@class mistral.FrameReader: mistral.Reader
local FrameReader = {}
FrameReader.__index = FrameReader

-- What is kept of a container that does not stream events: enough for what it says of an error.
local KEPT_BYTES = 64 * 1024

local function pass_on(self, events)
  for _, event in ipairs(events) do
    self.heard = true
    local err = self.inner:event(event.data)
    self.spoke, self.complete = self.inner.spoke, self.inner.complete
    self.failed = self.inner.failed
    if err then return err end
  end
end

local function take(self, bytes)
  if not self.heard and #self.start < KEPT_BYTES then
    self.start = self.start .. bytes:sub(1, KEPT_BYTES - #self.start)
  end
  local events, message, code = self.decoder:feed(bytes)
  if not events then
    return errors.new(code == "too_large" and "too_large" or "broken", message)
  end
  return pass_on(self, events)
end

local function told(self, event)
  local said = json.decode(event.data)
  if type(said) ~= "table" then said = { message = event.data } end
  said.type = event.type
  return failure.from_frame(said, {}, self.scrub)
end

--- One frame.
---@param data string
---@param event? table its kind, as the transport gives it
---@return mistral.Error?
function FrameReader:event(data, event)
  local kind = event and event.message_type
  if kind == "exception" or kind == "error" then return told(self, event) end
  return take(self, data)
end

--- Bytes without frames.
FrameReader.raw = take

function FrameReader:finish(headers)
  if not self.heard and self.start:find("%S") then self.inner:raw(self.start) end
  return self.inner:finish(headers)
end

function FrameReader:partial()
  return self.inner:partial()
end

--- A reader for frames around the reader of what is in them.
---@param inner mistral.Reader
---@param options mistral.ReaderOptions
---@return mistral.FrameReader
function M.reader(inner, options)
  -- Here, not at the top: nothing else of a provider needs the C module.
  local native = require "mistral.native"
  return setmetatable({
    inner = inner,
    decoder = native.decoder("sse"),
    scrub = options.scrub,
    start = "",
    heard = false,
    spoke = false,
    complete = false,
    failed = false,
  }, FrameReader)
end

return M
