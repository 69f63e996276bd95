--- Reads a transcription: one JSON value, or events that have names.
local errors = require "mistral.errors"
local failure = require "mistral.api.failure"
local json = require "mistral.json"

local M = {}

---@class mistral.Segment
---@field text string
---@field start number seconds
---@field end number
---@field speaker_id? string where `diarize` asked for it
---@field score? number

---@class mistral.TranscriptDelta
---@field text string the new text, often ""
---@field segments? mistral.Segment[] that have ended
---@field language? string once it is known
---@field usage? table in the last one

---@class mistral.Transcript
---@field text string
---@field segments mistral.Segment[]
---@field language? string
---@field model? string
---@field usage? table prompt_audio_seconds among others

---@class mistral.TranscriptReader: mistral.Reader
local Reader = {}
Reader.__index = Reader

local MOST_BYTES = 64 * 1024 * 1024
local SEGMENT_BYTES = 256 -- what one counts for besides its text

---@param options mistral.ReaderOptions
---@return mistral.TranscriptReader
function M.new(options)
  return setmetatable({
    options = options,
    limit = options.limit or MOST_BYTES,
    size = 0,
    texts = {},
    segments = {},
    pieces = {},
    spoke = false,
    complete = false,
    failed = false,
  }, Reader)
end

local function broken(what)
  return errors.new("broken", what)
end

local function string_of(value)
  return type(value) == "string" and value or nil
end

local function number_of(value)
  return type(value) == "number" and value == value and value or nil
end

local function segment_of(item)
  if type(item) ~= "table" or type(item.text) ~= "string" then return nil end
  local start, stop = number_of(item.start), number_of(item["end"])
  if not start or not stop then return nil end
  return { text = item.text, start = start, ["end"] = stop, score = number_of(item.score),
    speaker_id = string_of(item.speaker_id) }
end

local function segments_of(list)
  local out = {}
  for _, item in ipairs(type(list) == "table" and list or {}) do
    out[#out + 1] = segment_of(item)
  end
  return out
end

function Reader:grow(bytes)
  self.size = self.size + bytes
  if self.size > self.limit then
    return errors.new("too_large", "the transcription grew larger than allowed")
  end
end

function Reader:tell(delta)
  self.spoke = true
  self.options.emit(delta)
end

local TAKE = {}

TAKE["transcription.language"] = function(self, event)
  self.language = string_of(event.audio_language) or string_of(event.language)
  if self.language then self:tell { text = "", language = self.language } end
end

TAKE["transcription.text.delta"] = function(self, event)
  local text = string_of(event.text)
  if not text then return broken "a piece of the transcription has no text" end
  if text == "" then return end
  local err = self:grow(#text)
  if err then return err end
  self.texts[#self.texts + 1] = text
  self:tell { text = text }
end

TAKE["transcription.segment"] = function(self, event)
  local segment = segment_of(event)
  if not segment then return broken "a segment of the transcription has no text and times" end
  local err = self:grow(#segment.text + SEGMENT_BYTES)
  if err then return err end
  self.segments[#self.segments + 1] = segment
  self:tell { text = "", segments = { segment } }
end

-- The last event has the whole once more; what it lacks is what has come.
TAKE["transcription.done"] = function(self, event)
  local err = self:take_whole(event)
  if err then return err end
  self.complete = true
  self:tell { text = "", usage = self.usage }
end

function Reader:take_whole(value)
  local text = string_of(value.text)
  if not text and not self.texts[1] then return broken "the transcription has no text" end
  self.text = text
  self.language = string_of(value.language) or self.language
  self.model = string_of(value.model)
  self.usage = type(value.usage) == "table" and json.without_nulls(value.usage) or nil
  local segments = segments_of(value.segments)
  if segments[1] then self.segments = segments end
end

--- One event of the stream. Kinds that are not known are passed over.
---@param data string
---@param event? table
---@return mistral.Error?
function Reader:event(data, event)
  if self.complete or data == "" or data:find("^%s*%[DONE%]%s*$") then return end
  local value, message = json.decode(data)
  if value == nil then return broken("the stream has an event that is " .. message) end
  if type(value) ~= "table" then return broken "the server sent JSON that is not an answer" end
  local take = TAKE[string_of(value.type) or event and event.type]
  if take then return take(self, value) end
  if failure.is_frame(value) then return failure.from_frame(value, {}, self.options.scrub) end
end

---@param bytes string
---@return mistral.Error?
function Reader:raw(bytes)
  self.pieces[#self.pieces + 1] = bytes
  return self:grow(#bytes)
end

function Reader:take_body(headers)
  local body = table.concat(self.pieces)
  local value = json.decode(body)
  if value == nil then return failure.from_page(body, headers, self.options.scrub) end
  if type(value) ~= "table" then return broken "the server sent JSON that is not an answer" end
  if failure.is_frame(value) then return failure.from_frame(value, headers, self.options.scrub) end
  return self:take_whole(value)
end

---@param headers table<string, string>
---@return mistral.Transcript? reply
---@return mistral.Error? err
function Reader:finish(headers)
  if not self.complete then
    if self.options.streamed and not self.pieces[1] then
      return nil, broken "the transcription broke off before its end"
    end
    local err = self:take_body(headers)
    if err then return nil, err end
  end
  return self:partial()
end

--- What there is so far.
---@return mistral.Transcript
function Reader:partial()
  return { text = self.text or table.concat(self.texts), segments = self.segments,
    language = self.language, model = self.model, usage = self.usage }
end

return M
