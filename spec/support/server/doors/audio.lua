--- Speech to text: whole, or as events that have names.

local files = require "files"
local form = require "form"
local gate = require "gate"
local json = require "json"
local pace = require "pace"
local refusal = require "refusal"
local shape = require "shape"
local tokens = require "tokens"

local M = {}

local PATH = "/v1/audio/transcriptions"
local BYTES_PER_S = 16000
local SENTENCE_S = 3
local MAX_S = 3 * 60 * 60
local SPEECH = { "Good morning, everybody.", "Today we look at how a request travels.",
  "It leaves the editor, and it comes back as text." }

local function language()
  return shape.optional(shape.matching("^[%w_][%w_]$", "^\\w{2}$"))
end

local FIELDS = {
  model = shape.text(),
  file = { kind = "file" },
  file_url = shape.optional(shape.matching("^https?://[%w.-]+", "a URL")),
  file_id = shape.optional(shape.text()),
  language = language(),
  temperature = shape.optional(shape.number()),
  stream = shape.boolean(),
  diarize = shape.boolean(),
  context_bias = shape.list(shape.matching("^[^,%s]+$", "^[^,\\s]+$")),
  timestamp_granularities = shape.list(shape.enum("segment", "word")),
}
local SHAPE = shape.object(FIELDS, { "model" })

--- The bytes of what is to be heard; an address is not fetched, and stands for a sentence.
local function audio(fields)
  local given = 0
  for _, name in ipairs { "file", "file_url", "file_id" } do
    if gate.given(fields[name]) then given = given + 1 end
  end
  if given ~= 1 then
    return nil, gate.invalid_args "Exactly one of file, file_url and file_id must be given"
  elseif gate.given(fields.file_url) then
    return ("x"):rep(BYTES_PER_S * SENTENCE_S)
  elseif gate.given(fields.file) then
    return fields.file.data
  end
  local file = files.find(fields.file_id)
  if file then return file.data end
  return nil, refusal.new(404, { message = "File not found: " .. fields.file_id })
end

local function segments_of(seconds, diarize)
  local list = json.array {}
  for number = 1, math.max(1, math.ceil(seconds / SENTENCE_S)) do
    list[number] = { type = "transcription_segment", text = SPEECH[(number - 1) % #SPEECH + 1],
      start = (number - 1) * SENTENCE_S, ["end"] = math.min(number * SENTENCE_S, seconds),
      score = json.null, speaker_id = diarize and "speaker_" .. (number - 1) % 2 + 1 or json.null }
  end
  return list
end

local function text_of(segments)
  local texts = {}
  for index, segment in ipairs(segments) do texts[index] = segment.text end
  return table.concat(texts, " ")
end

local function transcript(fields)
  local bytes, trouble = audio(fields)
  if not bytes then return nil, trouble end
  local seconds = math.max(1, math.ceil(#bytes / BYTES_PER_S))
  if #bytes == 0 then return nil, gate.invalid_args "The audio is empty" end
  if seconds > MAX_S then return nil, gate.invalid_args "The audio is longer than three hours" end
  local segments = segments_of(seconds, fields.diarize)
  local text = text_of(segments)
  local wanted = #(fields.timestamp_granularities or {}) > 0 or fields.diarize
  local completion = tokens.count(text)
  return {
    model = fields.model, text = text,
    language = gate.given(fields.language) and fields.language or "en",
    segments = wanted and segments or json.array {},
    usage = { prompt_tokens = 4 + seconds * 12, completion_tokens = completion,
      total_tokens = 4 + seconds * 12 + completion, prompt_audio_seconds = seconds },
  }
end

local function event(kind, data)
  data.type = kind
  return ("event: %s\ndata: %s\n\n"):format(kind, json.encode(data))
end

local function segment_event(segment)
  return event("transcription.segment", { text = segment.text, start = segment.start,
    ["end"] = segment["end"], speaker_id = segment.speaker_id })
end

--- The pieces of the text, each followed by the segments that have ended with it.
local function events_of(result)
  local events = { event("transcription.language", { audio_language = result.language }) }
  for _, piece in ipairs(tokens.split(result.text)) do
    events[#events + 1] = event("transcription.text.delta", { text = piece })
  end
  for _, segment in ipairs(result.segments) do events[#events + 1] = segment_event(segment) end
  local done = {}
  for name, value in pairs(result) do done[name] = value end
  events[#events + 1] = event("transcription.done", done)
  return events
end

local function stream(reply, result)
  local headers = { ["content-type"] = "text/event-stream; charset=utf-8" }
  if not reply:head(200, headers) then return end
  local first_s = pace.first_s()
  if first_s > 0 and not reply.exchange:wait(first_s) then return end
  for _, each in ipairs(events_of(result)) do
    if not reply:write(each) then return end
    local rate = pace.tokens_per_s()
    if rate > 0 and not reply.exchange:wait(1 / rate) then return end
  end
  reply:finish()
end

local function checked(fields)
  local model, trouble = gate.model(fields, "audio_transcription")
  if not model then return nil, trouble end
  return transcript(fields)
end

local function transcribe(exchange, reply)
  local fields, trouble = form.read(exchange, SHAPE)
  if not fields then return reply:refuse(trouble) end
  local result
  result, trouble = checked(fields)
  if not result then return reply:refuse(trouble) end
  if fields.stream then return stream(reply, result) end
  reply:json(200, result)
end

--- In a batch there is no form, so no file either.
local function answer(body)
  local trouble = gate.misfit(SHAPE, body)
  if trouble then return nil, trouble end
  return checked(body)
end

M.routes = { { "^" .. PATH .. "$", POST = transcribe } }
M.answers = { [PATH] = answer }

return M
