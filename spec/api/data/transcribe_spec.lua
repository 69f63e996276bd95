local live = require "spec.api.support.live"
local subject = require "spec.api.support.subject"

local MODEL = "voxtral-mini-latest"
local ADDRESS = "https://example.com/talk.mp3"
local SPEECH = "Good morning, everybody. Today we look at how a request travels."

describe("transcription", function()
  local it_is, one

  before_each(function()
    it_is = live.new()
    one = it_is.one
  end)
  after_each(function() it_is:close() end)

  local function recording()
    return it_is:write("talk.wav", ("x"):rep(16000 * 6))
  end

  it("comes whole from a file", function()
    local reply = assert(one:transcribe { model = MODEL, file = recording() })

    assert.equal(SPEECH, reply.text)
    assert.equal("en", reply.language)
    assert.same({}, reply.segments)
    assert.equal(6, reply.usage.prompt_audio_seconds)
    assert.equal(MODEL, reply.model)
  end)

  it("comes from an address, and from a file at the service", function()
    local card = assert(one:upload { file = recording(), purpose = "audio" })

    assert.equal("Good morning, everybody.", one:transcribe({ model = MODEL, file_url = ADDRESS }).text)
    assert.equal(SPEECH, one:transcribe({ model = MODEL, file_id = card.id }).text)
  end)

  it("has segments with their speakers where they are asked for", function()
    local reply = assert(one:transcribe { model = MODEL, file = recording(), diarize = true,
      timestamp_granularities = { "segment", "word" }, language = "fr", temperature = 0.5,
      context_bias = { "Lua", "libcurl" } })

    assert.equal("fr", reply.language)
    assert.equal(2, #reply.segments)
    assert.same({ text = "Today we look at how a request travels.", start = 3, ["end"] = 6,
      speaker_id = "speaker_2" }, reply.segments[2])
  end)

  it("comes piece by piece with on_delta", function()
    local texts, languages, segments = {}, {}, {}
    local callbacks, heard = live.listener { on_delta = function(delta)
      texts[#texts + 1] = delta.text
      languages[#languages + 1] = delta.language
      for _, segment in ipairs(delta.segments or {}) do segments[#segments + 1] = segment end
    end }
    one:transcribe({ model = MODEL, file = recording(), timestamp_granularities = { "segment" } },
      callbacks)
    it_is:await(function() return heard.ends > 0 end)

    assert.is_nil(heard.err)
    assert.equal(SPEECH, table.concat(texts))
    assert.is_true(#texts > 5)
    assert.same({ "en" }, languages)
    assert.same(heard.reply.segments, segments)
    assert.equal(SPEECH, heard.reply.text)
    assert.equal(6, heard.reply.usage.prompt_audio_seconds)
  end)

  it("is a loop for a script", function()
    local texts = {}
    local stream = one:stream { model = MODEL, file_url = ADDRESS }
    for delta in stream do texts[#texts + 1] = delta.text end

    assert.equal("Good morning, everybody.", table.concat(texts))
    assert.equal("Good morning, everybody.", stream.reply.text)
  end)

  it("hands over what had come when it is cut off, and when it is cancelled", function()
    it_is.server:fault { kind = "cut", after_bytes = 400 }
    local callbacks, heard = live.listener { on_delta = function() end }
    one:transcribe({ model = MODEL, file = recording() }, callbacks)
    it_is:await(function() return heard.ends > 0 end)
    assert.equal("broken", heard.err.code)
    assert.equal(1, (SPEECH:find(heard.err.reply.text, 1, true)))

    it_is.server:fault { kind = "silence", after_bytes = 400 }
    local request
    callbacks, heard = live.listener { on_delta = function(delta)
      if delta.text ~= "" then request:cancel() end
    end }
    request = one:transcribe({ model = MODEL, file = recording() }, callbacks)
    it_is:await(function() return heard.ends > 0 end)
    assert.equal("cancelled", heard.err.code)
    assert.is_true(#heard.err.reply.text > 0)
  end)
end)

local function many_words()
  local words = {}
  for i = 1, 901 do words[i] = "w" .. i end
  return words
end

describe("transcription is refused here", function()
  local refused = {
    { {}, "one of `file`, `file_url` and `file_id` is missing" },
    { { file_url = ADDRESS, file_id = "x" }, "give only one of `file_url` and `file_id`" },
    { { file = "/no/such/talk.wav" }, "`file` cannot be read" },
    { { file_url = "talk.mp3" }, "`file_url` should be an http or https address" },
    { { file_url = ADDRESS, language = "eng" }, "`language` should be two letters" },
    { { file_url = ADDRESS, context_bias = { "two words" } }, "without blanks and commas" },
    { { file_url = ADDRESS, timestamp_granularities = {} }, "is empty; leave it out" },
    { { file_url = ADDRESS, context_bias = many_words() }, "`context_bias` may hold at most 900, got 901" },
    { { file_url = ADDRESS, stream = true }, "the form of the call decides" },
    { { file_url = ADDRESS, diarise = true }, "did you mean `diarize`?" },
  }
  for _, case in ipairs(refused) do
    it(case[2], function()
      local one, transport = subject.client()
      case[1].model = MODEL
      local reply, err = one:transcribe(case[1])

      assert.is_nil(reply)
      assert.equal("refused", err.code)
      assert.truthy(err.message:find(case[2], 1, true), err.message)
      assert.is_nil(transport.submitted)
      one:close()
    end)
  end
end)

describe("a form", function()
  it("is nothing that could be shown as JSON", function()
    local one = subject.client()
    local body, err = one:encode("transcribe", { model = MODEL, file_url = ADDRESS })

    assert.is_nil(body)
    assert.equal("refused", err.code)
    one:close()
  end)
end)

describe("a transcription that makes no sense", function()
  local function streamed(...)
    local one, transport = subject.client()
    local callbacks, heard = subject.listener()
    one:transcribe({ model = MODEL, file_url = ADDRESS }, callbacks)
    transport:head()
    for _, data in ipairs { ... } do transport:event(data) end
    if not transport.ended[1] then transport:done() end
    one:drain()
    one:close()
    return heard.ends[1].reply, heard.ends[1].err, heard
  end
  local DONE = '{"type":"transcription.done","model":"m","text":"ab","language":null,"usage":{}}'

  local bad = {
    ["no end"] = { '{"type":"transcription.text.delta","text":"a"}' },
    ["nothing at all"] = {},
    ["no JSON"] = { "oops" },
    ["a number"] = { "5" },
    ["a piece without text"] = { '{"type":"transcription.text.delta","text":5}' },
    ["a segment without times"] = { '{"type":"transcription.segment","text":"a","start":"0"}' },
    ["an end without text"] = { '{"type":"transcription.done","model":"m"}' },
  }
  for what, events in pairs(bad) do
    it("is broken: " .. what, function()
      local reply, err = streamed((table.unpack or unpack)(events))
      assert.is_nil(reply)
      assert.equal("broken", err.code, tostring(err))
    end)
  end

  it("is an error where the stream says so", function()
    local _, err = streamed '{"object":"error","message":"bad audio","code":"3051","type":"x"}'
    assert.truthy(err.message:find("bad audio", 1, true))
  end)

  it("is passed over where a kind of event is new", function()
    local reply, _, heard = streamed('{"type":"transcription.mood","text":"x"}',
      '{"type":"transcription.text.delta","text":"ab"}', DONE)
    assert.equal("ab", reply.text)
    assert.same({ "ab", "" }, heard.texts)
    assert.is_nil(reply.language)
  end)

  it("is taken from the pieces where the end has none", function()
    local reply = streamed('{"type":"transcription.text.delta","text":"ab"}',
      '{"type":"transcription.done","model":"m","usage":{"total_tokens":2}}')
    assert.equal("ab", reply.text)
    assert.equal(2, reply.usage.total_tokens)
  end)

  for what, body in pairs { ["no text"] = '{"model":"m"}', ["no JSON"] = "<html>" } do
    it("is broken where it comes whole: " .. what, function()
      local one, transport = subject.client()
      transport.script = { function(t) t:body(body) end }
      local reply, err = one:transcribe { model = MODEL, file_url = ADDRESS }
      assert.is_nil(reply)
      assert.equal("broken", err.code, tostring(err))
      one:close()
    end)
  end
end)
