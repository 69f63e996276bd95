local cjson = require "cjson"
local curl = require "spec.server.curl"
local loopback = require "spec.support.loopback"

--- What curl says with its exit status.
local PARTIAL, TIMED_OUT, NO_ANSWER, HTTP2_STREAM, HTTP2, RECEIVE, BAD_ENCODING, BAD_HEAD =
  18, 28, 52, 92, 16, 56, 61, 1

describe("the loopback server, told to misbehave,", function()
  local server = loopback.start()

  before_each(function() server:reset() end)

  teardown(function() server:stop() end)

  local function one_of(code, ...)
    for _, each in ipairs { ... } do
      if code == each then return true end
    end
    return false
  end

  local function last_event(answer)
    return cjson.decode(answer.events[#answer.events - 1])
  end

  it("tells a story: each request takes the next fault, and then all is well", function()
    server:fault { kind = "status", status = 503 }
    server:fault { kind = "status", status = 429, retry_after = 7, times = 2 }

    local seen = {}
    for index = 1, 4 do seen[index] = curl.chat(server) end

    assert.same({ 503, 429, 429, 200 },
      { seen[1].status, seen[2].status, seen[3].status, seen[4].status })
    assert.equal("7", seen[2].headers["retry-after"])
    assert.equal(3, server:stats().faults)
  end)

  it("strikes only the path that was named, until it is reset", function()
    server:fault { kind = "status", status = 500, path = "fim", times = 0 }
    local fim = { path = "/fim/completions", body = { model = "codestral-latest", prompt = "x" } }

    assert.equal(200, curl.chat(server).status)
    assert.equal(500, curl.request(server, fim).status)
    assert.equal(500, curl.request(server, fim).status)
    server:reset()
    assert.equal(200, curl.request(server, fim).status)
  end)

  it("strikes a part of the requests, the same ones for the same seed", function()
    local function struck()
      server:reset()
      server:fault { kind = "status", status = 500, rate = 0.3, seed = 5, times = 0 }
      local places = {}
      for index = 1, 20 do
        if curl.chat(server).status == 500 then places[#places + 1] = index end
      end
      return places
    end

    local first = struck()

    assert.truthy(#first > 1 and #first < 14, #first)
    assert.same(first, struck())
  end)

  it("keeps as many requests on record as it was told", function()
    server:keep(2)
    for _ = 1, 3 do curl.chat(server) end
    assert.equal(2, #server:requests())
    server:reset()
    for _ = 1, 3 do curl.chat(server) end
    assert.equal(3, #server:requests())
  end)

  it("refuses to arm what it does not know", function()
    assert.has_error(function() server:fault { kind = "earthquake" } end,
      "no such fault: earthquake")
    assert.has_error(function() server:fault { kind = "status", shape = "round" } end,
      "no such body shape: round")
    assert.same({}, server:faults())
  end)

  describe("sends every body shape of an error:", function()
    local shapes = {
      error = function(body) return cjson.decode(body).object == "error" end,
      detail_object = function(body) return #cjson.decode(body).message.detail == 1 end,
      detail = function(body) return #cjson.decode(body).detail == 1 end,
      detail_both = function(body) return cjson.decode(body).code == 3001 end,
      gateway = function(body) return cjson.decode(body).request_id ~= nil end,
      detail_text = function(body) return type(cjson.decode(body).detail) == "string" end,
      azure = function(body) return type(cjson.decode(body).error) == "table" end,
      azure_nested = function(body)
        return #cjson.decode(cjson.decode(body).error.message).detail == 1
      end,
      html = function(body) return body:find("^<html>") ~= nil end,
      text = function(body) return body:find("^upstream connect error") ~= nil end,
      broken_json = function(body) return not pcall(cjson.decode, body) and #body > 0 end,
      empty = function(body) return body == "" end,
    }
    for shape, fits in pairs(shapes) do
      it(shape, function()
        server:fault { kind = "status", status = 502, shape = shape, message = "Bad Gateway" }

        local answer = curl.chat(server)

        assert.equal(502, answer.status)
        assert.is_true(fits(answer.body))
      end)
    end
  end)

  it("tells a key without allowance from a busy minute", function()
    server:fault { kind = "status", name = "no_allowance" }
    server:fault { kind = "status", name = "capacity" }

    local none, busy = curl.chat(server), curl.chat(server)

    assert.equal("0", none.headers["x-ratelimit-limit-req-minute"])
    assert.equal("1300", none.json.code)
    assert.equal("3505", busy.json.code)
    assert.is_nil(busy.headers["retry-after"])
  end)

  it("redirects", function()
    server:fault { kind = "redirect", location = "https://elsewhere.invalid/v1" }

    local answer = curl.chat(server)

    assert.equal(307, answer.status)
    assert.equal("https://elsewhere.invalid/v1", answer.headers.location)
  end)

  it("answers 200 with a web page where a stream was asked for", function()
    server:fault { kind = "not_stream" }

    local answer = curl.chat(server)

    assert.equal(200, answer.status)
    assert.equal("text/html", answer.headers["content-type"])
  end)

  for _, http in ipairs { "2", "1.1" } do
    describe("over HTTP/" .. http, function()
      local way = { http = http }

      it("cuts the connection after so many bytes", function()
        server:fault { kind = "cut", after_bytes = 300 }

        local answer = curl.chat(server, nil, way)

        assert.is_true(one_of(answer.exit, PARTIAL, RECEIVE, HTTP2, HTTP2_STREAM), answer.errors)
        assert.equal(300, #answer.body)
        assert.equal(1, server:stats().ended.cut)
      end)

      it("cuts the connection before the head", function()
        server:fault { kind = "cut", head = true }

        local answer = curl.chat(server, nil, way)

        assert.is_true(one_of(answer.exit, PARTIAL, NO_ANSWER, RECEIVE, HTTP2, HTTP2_STREAM),
          answer.errors)
        assert.equal("", answer.body)
      end)

      it("resets the answer after so many bytes", function()
        server:fault { kind = "reset", after_bytes = 200 }

        local answer = curl.chat(server, nil, way)

        assert.is_true(one_of(answer.exit, RECEIVE, HTTP2_STREAM), answer.errors)
        assert.is_true(#answer.body <= 200)
      end)

      it("falls silent, and sees the client give up", function()
        server:fault { kind = "silence", after_bytes = 250 }

        local answer = curl.chat(server, nil, { http = http, seconds = 0.3 })

        assert.equal(TIMED_OUT, answer.exit)
        assert.equal(250, #answer.body)
        assert.is_true((server:wait { equal = { open_streams = 0 } }))
        local ended = server:stats().ended
        assert.equal(1, ended.reset + ended.lost)
      end)

      it("falls silent before the head, for a while", function()
        server:fault { kind = "silence", head = true, for_ms = 200 }

        local answer = curl.chat(server, nil, way)

        assert.equal(200, answer.status)
        assert.is_true(answer.total_s >= 0.2)
        assert.equal("[DONE]", answer.events[#answer.events])
      end)

      it("sends one byte at a time", function()
        server:fault { kind = "trickle" }

        local answer = curl.chat(server, nil, way)

        assert.equal(0, answer.exit)
        assert.truthy(answer.text:find("You wrote 4 words", 1, true))
      end)

      it("compresses, whole and readable as it comes", function()
        server:fault { kind = "compressed" }

        local answer = curl.chat(server, nil, { http = http, args = "--compressed" })

        assert.equal(0, answer.exit)
        assert.equal("gzip", answer.headers["content-encoding"])
        assert.truthy(answer.text:find("You wrote 4 words", 1, true))
      end)

      it("sends a small bomb that unpacks to many megabytes", function()
        server:fault { kind = "bomb", bytes = 8 * 1024 * 1024 }

        local answer = curl.chat(server, nil, { http = http, args = "--compressed" })

        assert.is_true(#answer.body >= 8 * 1024 * 1024)
        assert.is_nil(answer.body:find("[^%z]"))
        assert.is_true(server:requests()[1].sent_bytes < 100000)
        assert.is_true(one_of(answer.exit, 0, BAD_ENCODING, 23))
      end)

      it("lies about the length", function()
        server:fault { kind = "lying_length", by = 500 }

        local answer = curl.chat(server, nil, way)

        assert.is_true(one_of(answer.exit, PARTIAL, HTTP2_STREAM, RECEIVE), answer.errors)
      end)

      it("never ends its headers", function()
        server:fault { kind = "endless_headers" }

        local answer = curl.chat(server, nil, way)

        assert.is_true(answer.exit ~= 0 and answer.exit ~= TIMED_OUT, answer.errors)
        assert.is_true((server:wait { equal = { open_connections = 0 } }))
      end)

      it("sends heads that only say that there is more to come", function()
        server:fault { kind = "endless_headers", informational = true, bytes = 1024 * 1024 }

        local answer = curl.chat(server, nil, way)

        assert.is_true(answer.exit ~= 0 and answer.exit ~= TIMED_OUT, answer.errors)
        assert.is_true((server:wait { equal = { open_connections = 0 } }))
      end)

      it("sends noise for a body, for events, and for HTTP", function()
        server:fault { kind = "garbage" }
        server:fault { kind = "garbage", where = "event" }
        server:fault { kind = "garbage", where = "frames" }

        local body = curl.chat(server, nil, way)
        local events = curl.chat(server, nil, way)
        local frames = curl.chat(server, nil, way)

        assert.equal(4096, #body.body)
        assert.same({}, body.events)
        assert.is_false((pcall(cjson.decode, events.events[1])))
        assert.is_true(frames.exit ~= 0 and frames.exit ~= TIMED_OUT, frames.errors)
        assert.is_true(frames.exit ~= BAD_HEAD or http == "1.1")
      end)

      it("leaves without looking at the request", function()
        server:fault { kind = "goaway" }

        local answer = curl.chat(server, nil, way)

        assert.equal(1, server:stats().faults)
        assert.is_true(answer.status == 200 and answer.connects == 2 or answer.exit ~= 0)
      end)

      it("announces that it leaves, and finishes the answer", function()
        server:fault { kind = "goaway", after_bytes = 10 }

        local answer = curl.chat(server, nil, way)

        assert.equal(0, answer.exit)
        assert.equal("[DONE]", answer.events[#answer.events])
        assert.is_true((server:wait { equal = { open_connections = 0 } }))
      end)
    end)
  end

  it("shows GOAWAY and RST_STREAM frames to curl's own trace", function()
    server:fault { kind = "goaway", after_bytes = 10 }
    local leaving = curl.chat(server, nil, { args = "-v" })
    server:fault { kind = "reset", after_bytes = 10 }
    local reset = curl.chat(server)

    assert.truthy(leaving.errors:find("GOAWAY, error=0, last_stream=1", 1, true))
    assert.truthy(reset.errors:find("INTERNAL_ERROR", 1, true))
  end)

  it("puts one giant event into the stream", function()
    server:fault { kind = "giant_event", bytes = 3 * 1024 * 1024 }

    local answer = curl.chat(server)

    assert.equal(3 * 1024 * 1024, #answer.text:match("x+"))
    assert.equal("[DONE]", answer.events[#answer.events])
  end)

  it("fails inside a 200: by finish_reason, by an error frame", function()
    server:fault { kind = "finish_error", after_text = 5 }
    server:fault { kind = "error_frame", after_text = 5, shape = "azure", message = "boom" }

    local finished, framed = curl.chat(server), curl.chat(server)

    assert.equal("error", last_event(finished).choices[1].finish_reason)
    assert.is_true(#finished.text >= 5 and #finished.text < 15)
    assert.equal("boom", cjson.decode(framed.events[#framed.events]).error.message)
  end)

  it("ends without [DONE], with and without a reason", function()
    server:fault { kind = "no_done" }
    server:fault { kind = "no_done", finish = false }

    local finished, broken = curl.chat(server), curl.chat(server)

    assert.equal("stop", cjson.decode(finished.events[#finished.events]).choices[1].finish_reason)
    assert.equal(cjson.null, cjson.decode(broken.events[#broken.events]).choices[1].finish_reason)
  end)

  it("says what it is told to say, cut off where it is told", function()
    server:fault { kind = "say", text = "Grüße, 世界 \1 \240\159\152\128" }
    server:fault { kind = "say", text = "whole", finish_reason = "content_filter" }
    server:fault { kind = "truncate", after_text = 9 }

    local said, filtered, truncated = curl.chat(server), curl.chat(server), curl.chat(server)

    assert.equal("Grüße, 世界 \1 \240\159\152\128", said.text)
    assert.equal("content_filter", last_event(filtered).choices[1].finish_reason)
    assert.is_true(#truncated.text >= 9 and #truncated.text < 17)
    assert.equal("length", last_event(truncated).choices[1].finish_reason)
  end)

  it("replays bytes as they are", function()
    local bytes = ": comment\r\n\r\ndata: a\r\ndata: b\r\n\r\n\n\n"
    server:fault { kind = "replay", body = bytes, pieces = 7, headers = { ["x-own"] = "yes" } }

    local answer = curl.chat(server)

    assert.equal(bytes, answer.body)
    assert.equal("yes", answer.headers["x-own"])
    assert.equal(#bytes, server:requests()[1].sent_bytes)
  end)
end)
