local native = require "mistral.native"
local vectors = require "spec.core.sse_vectors"

local function append(list, more)
  for _, event in ipairs(more) do
    list[#list + 1] = event
  end
end

---Feeds the pieces to a fresh decoder and gives all its events.
local function decode(pieces)
  local decoder, events = native.decoder("sse"), {}
  for _, piece in ipairs(pieces) do
    append(events, assert(decoder:feed(piece)))
  end
  append(events, decoder:finish())
  return events
end

local function bytes_of(text)
  local pieces = {}
  for i = 1, #text do
    pieces[i] = text:sub(i, i)
  end
  return pieces
end

describe("the event decoder", function()
  for _, vector in ipairs(vectors) do
    it("decodes whole: " .. vector.name, function()
      assert.same(vector.events, decode { vector.bytes })
    end)

    it("decodes byte by byte: " .. vector.name, function()
      assert.same(vector.events, decode(bytes_of(vector.bytes)))
    end)

    it("decodes cut at every point: " .. vector.name, function()
      for at = 1, #vector.bytes - 1 do
        local events = decode { vector.bytes:sub(1, at), vector.bytes:sub(at + 1) }
        assert.same(vector.events, events, "cut after byte " .. at)
      end
    end)
  end

  it("decodes cut at every pair of points", function()
    local bytes = "\239\187\191event: e\r\ndata: a\r\n\r\ndata:b\rid:1\r\r"
    local expected = decode { bytes }
    for i = 1, #bytes - 2 do
      for j = i + 1, #bytes - 1 do
        assert.same(expected, decode { bytes:sub(1, i), bytes:sub(i + 1, j), bytes:sub(j + 1) })
      end
    end
  end)
end)

describe("the decoder's limit", function()
  it("lets an event of exactly that size pass", function()
    local decoder = native.decoder("sse", 11)

    assert.equal(1, #decoder:feed "data: 12345\n\n")
    assert.equal(1, #decoder:feed "data: 67890\n\n")
  end)

  it("refuses one byte more, however it is cut", function()
    local bytes = "data: 123456\n\n"
    for at = 1, #bytes - 1 do
      local decoder = native.decoder("sse", 11)
      local events, message, code = decoder:feed(bytes:sub(1, at))
      if events then
        events, message, code = decoder:feed(bytes:sub(at + 1))
      end
      assert.is_nil(events)
      assert.equal("too_large", code)
      assert.truthy(message:find("limit", 1, true))
    end
  end)

  it("counts all lines of an event", function()
    local decoder = native.decoder("sse", 20)

    assert.is_nil((decoder:feed "data: 1234567\ndata: 1234567\n\n"))
  end)

  it("does not count comments together", function()
    local decoder = native.decoder("sse", 20)

    assert.equal(1, #decoder:feed((": ping\n"):rep(100) .. "data: a\n\n"))
  end)

  it("is a small one for the id, which every event carries", function()
    local decoder = native.decoder "sse"
    assert.equal(1, #decoder:feed("id: " .. ("x"):rep(1024) .. "\ndata: a\n\n"))

    local events, _, code = decoder:feed("id: " .. ("x"):rep(1025) .. "\n")

    assert.is_nil(events)
    assert.equal("too_large", code)
  end)

  it("ends the decoder", function()
    local decoder = native.decoder("sse", 4)
    decoder:feed "data: a\n\n"

    assert.has_error(function() decoder:feed "x" end, "decoder: feed on a decoder that has ended")
  end)
end)

---CPU seconds of the best of three runs.
local function cost(work)
  local best = math.huge
  for _ = 1, 3 do
    collectgarbage()
    local before = os.clock()
    work()
    best = math.min(best, os.clock() - before)
  end
  return best
end

local function feed_all(bytes, piece)
  local decoder, count = native.decoder("sse"), 0
  for at = 1, #bytes, piece do
    count = count + #assert(decoder:feed(bytes:sub(at, at + piece - 1)))
  end
  return count
end

---Eight times the bytes: eight times the work when linear, sixty-four when not.
local function assert_linear(small, large, piece)
  local few = cost(function() feed_all(small, piece) end)
  local many = cost(function() feed_all(large, piece) end)
  assert.is_true(many < 24 * few, ("8 times the bytes cost %.1f times as much"):format(many / few))
end

describe("the decoder's cost", function()
  local MIB = 1024 * 1024

  local function event(size)
    return "data: " .. ("x"):rep(size) .. "\n\n"
  end

  it("yields one event of 8 MiB from feeds of 16 KiB", function()
    local decoder, found = native.decoder("sse"), nil
    local bytes = event(8 * MIB)
    for at = 1, #bytes, 16384 do
      found = assert(decoder:feed(bytes:sub(at, at + 16383)))[1] or found
    end

    assert.equal(8 * MIB, #found.data)
  end)

  it("is linear for one huge event in feeds of 16 KiB", function()
    assert_linear(event(MIB), event(8 * MIB), 16384)
  end)

  it("is linear for one large event in feeds of one byte", function()
    assert_linear(event(MIB / 16), event(MIB / 2), 1)
  end)

  it("is linear for many lines in one feed, with only CR", function()
    local lines = ("data: a\r"):rep(20000)
    assert_linear(lines .. "\r", lines:rep(8) .. "\r", 8 * MIB)
  end)

  it("is linear for many lines in one feed, with only LF", function()
    local lines = ("data: a\n\n"):rep(10000)
    assert_linear(lines, lines:rep(8), 8 * MIB)
  end)
end)

describe("native.decoder", function()
  it("refuses another kind by name", function()
    assert.has_error(function() native.decoder "xml" end)
  end)

  it("says which method was called after the end", function()
    local decoder = native.decoder "sse"
    decoder:finish()

    assert.has_error(function() decoder:finish() end, "decoder: finish on a decoder that has ended")
  end)

  it("survives collection in any state", function()
    for _ = 1, 100 do
      native.decoder("sse"):feed "data: half"
    end
    collectgarbage()
    collectgarbage()
  end)
end)
