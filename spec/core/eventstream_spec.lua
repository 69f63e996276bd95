---Amazon's frames, decoded: all of them, however they are cut, and none that is damaged.
local frames = require "spec.core.eventstream_frames"
local native = require "mistral.native"

---Feeds the pieces to a fresh decoder: all its events, and what finish says of it.
local function decode(pieces)
  local decoder, events = native.decoder "eventstream", {}
  for _, piece in ipairs(pieces) do
    for _, event in ipairs(assert(decoder:feed(piece))) do
      events[#events + 1] = event
    end
  end
  return events, decoder:finish()
end

local function bytes_of(text)
  local pieces = {}
  for i = 1, #text do
    pieces[i] = text:sub(i, i)
  end
  return pieces
end

---What a decoder says of bytes it must refuse: a code, and how many events came before.
local function refusal(bytes, limit)
  local decoder = native.decoder("eventstream", limit)
  local events, message, code = decoder:feed(bytes)
  assert.is_nil(events)
  assert.is_string(message)
  return code
end

describe("the frame decoder", function()
  for _, vector in ipairs(frames.vectors) do
    it("decodes whole: " .. vector.name, function()
      local events, rest = decode { vector.bytes }

      assert.same(vector.events, events)
      assert.same({}, rest)
    end)

    it("decodes byte by byte: " .. vector.name, function()
      assert.same(vector.events, (decode(bytes_of(vector.bytes))))
    end)

    it("decodes cut at every point: " .. vector.name, function()
      for at = 0, #vector.bytes do
        local events = decode { vector.bytes:sub(1, at), "", vector.bytes:sub(at + 1) }
        assert.same(vector.events, events, "cut after byte " .. at)
      end
    end)
  end

  it("decodes cut at every pair of points", function()
    local bytes = frames.frame(frames.string("a", "b"), "one") .. frames.frame("", "")
    local expected = decode { bytes }
    for i = 1, #bytes - 2 do
      for j = i + 1, #bytes - 1 do
        assert.same(expected, (decode { bytes:sub(1, i), bytes:sub(i + 1, j), bytes:sub(j + 1) }))
      end
    end
  end)

  it("keeps the digits of a 64-bit number where the Lua can", function()
    local bytes = frames.frame(frames.header("n", 5, "\127" .. ("\255"):rep(7)), "")

    local n = native.decoder("eventstream"):feed(bytes)[1].headers.n

    assert.equal(rawget(math, "maxinteger") or 2 ^ 63, n)
  end)
end)

describe("a stream of frames that ends early", function()
  it("gives the frames it had, and says that it was cut off", function()
    local first, second = frames.event("chunk", "one"), frames.event("chunk", "two")
    for at = 0, #first + #second do
      local decoder = native.decoder "eventstream"
      local events = decoder:feed((first .. second):sub(1, at))
      local rest, _, code = decoder:finish()

      local complete = (at >= #first and 1 or 0) + (at == #first + #second and 1 or 0)
      local between = at == 0 or at == #first or at == #first + #second
      assert.equal(complete, #events)
      assert.same(between and {} or nil, rest)
      assert.equal(not between and "protocol" or nil, code)
    end
  end)
end)

describe("a damaged frame", function()
  -- Every single byte, each of its bits.
  it("is never accepted", function()
    local bytes = frames.event("chunk", '{"bytes":"e30="}')
    for at = 1, #bytes do
      for bit = 0, 7 do
        local byte = bytes:byte(at)
        local set = math.floor(byte / 2 ^ bit) % 2 == 1
        local other = string.char(byte + (set and -1 or 1) * math.floor(2 ^ bit))
        assert.equal("crc", refusal(bytes:sub(1, at - 1) .. other .. bytes:sub(at + 1)), "byte " .. at)
      end
    end
  end)

  it("is never accepted when two bytes changed places or one is missing", function()
    local bytes = frames.event("chunk", '{"bytes":"e30="}')
    for at = 1, #bytes - 1 do
      local a, b = bytes:sub(at, at), bytes:sub(at + 1, at + 1)
      if a ~= b then
        assert.equal("crc", refusal(bytes:sub(1, at - 1) .. b .. a .. bytes:sub(at + 2)))
        assert.equal("crc", refusal(bytes:sub(1, at - 1) .. bytes:sub(at + 1) .. "\0"))
      end
    end
  end)

  it("is noticed by its first twelve bytes when its lengths are wrong", function()
    local bytes = frames.frame("", "x")
    local wrong = "\127" .. bytes:sub(2, 12)

    assert.equal("crc", refusal(wrong))
  end)

  it("ends the decoder", function()
    local decoder = native.decoder "eventstream"
    decoder:feed(("x"):rep(12))

    assert.has_error(function() decoder:feed "x" end, "decoder: feed on a decoder that has ended")
  end)
end)

---A frame that says of itself what it likes, with good checks.
local function lying(total, headers_len, rest)
  local prelude = frames.number(total, 4) .. frames.number(headers_len, 4)
  local covered = prelude .. frames.number(frames.crc(prelude), 4) .. rest
  return covered .. frames.number(frames.crc(covered), 4)
end

describe("a frame that makes no sense", function()
  it("is refused when it says it is shorter than the shortest", function()
    for total = 0, 15 do
      assert.equal("protocol", refusal(lying(total, 0, "")))
    end
  end)

  it("is refused when its headers are longer than itself", function()
    assert.equal("protocol", refusal(lying(20, 5, "abcd")))
    assert.equal("protocol", refusal(lying(16, 4294967295, "")))
  end)

  it("is refused when a header passes the end of them, wherever they end", function()
    for _, header in ipairs {
      frames.string("name", "value"),
      frames.header("name", 6, "\0\1x"),
      frames.header("n", 9, ("\1"):rep(16)),
      frames.header("n", 5, ("\1"):rep(8)),
      frames.header("n", 2, "\1"),
      frames.header("n", 0, ""),
    } do
      for n = 1, #header - 1 do
        assert.equal("protocol", refusal(frames.frame(header:sub(1, n), "payload that may be read as header")))
      end
    end
  end)

  it("is refused when a header has no name, or a kind that there is not", function()
    assert.equal("protocol", refusal(frames.frame(frames.string("", "value"), "")))
    for kind = 10, 255 do
      assert.equal("protocol", refusal(frames.frame(frames.header("name", kind, "\0\1x"), "")))
    end
  end)
end)

describe("the frame decoder's limit", function()
  it("lets a frame of exactly that size pass, again and again", function()
    local bytes = frames.frame("", ("x"):rep(84))
    local decoder = native.decoder("eventstream", 100)

    for _ = 1, 3 do
      assert.equal(1, #decoder:feed(bytes))
      assert.equal(0, #decoder:feed(bytes:sub(1, 50)))
      assert.equal(1, #decoder:feed(bytes:sub(51)))
    end
  end)

  it("refuses one byte more as soon as the frame says so", function()
    local bytes = frames.frame("", ("x"):rep(85))

    assert.equal("too_large", refusal(bytes, 100))
    assert.equal("too_large", refusal(bytes:sub(1, 12), 100))
    assert.equal("too_large", refusal(frames.frame("", ""), 15))
  end)

  it("is 16 MiB unless told", function()
    local most, more = lying(16 * 1024 * 1024, 0, ""), lying(16 * 1024 * 1024 + 1, 0, "")

    assert.same({}, native.decoder("eventstream"):feed(most:sub(1, 12)))
    assert.equal("too_large", refusal(more:sub(1, 12)))
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
  local decoder, count = native.decoder "eventstream", 0
  for at = 1, #bytes, piece do
    count = count + #assert(decoder:feed(bytes:sub(at, at + piece - 1)))
  end
  assert(decoder:finish())
  return count
end

---Eight times the bytes: eight times the work when linear, sixty-four when not.
local function assert_linear(small, large, piece)
  local few = cost(function() feed_all(small, piece) end)
  local many = cost(function() feed_all(large, piece) end)
  assert.is_true(many < 24 * few, ("8 times the bytes cost %.1f times as much"):format(many / few))
end

---CRC-32 of a lot of bytes, by gzip, which ends with it.
local function gzip_crc(bytes)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
  local pipe = assert(io.popen(("gzip -1 -c <%s | tail -c 8"):format(path)))
  local a, b, c, d = pipe:read("*a"):byte(1, 4)
  pipe:close()
  os.remove(path)
  return a + b * 256 + c * 65536 + d * 16777216
end

describe("the frame decoder's cost", function()
  local MIB = 1024 * 1024

  local function giant(size) return frames.frame("", ("x"):rep(size), gzip_crc) end

  it("is measured with checks that agree with gzip's", function()
    assert.equal(3421780262, frames.crc "123456789")
    assert.equal(3421780262, gzip_crc "123456789")
  end)

  it("yields one frame of 8 MiB from feeds of 16 KiB", function()
    local decoder, found = native.decoder "eventstream", nil
    local bytes = giant(8 * MIB)
    for at = 1, #bytes, 16384 do
      found = assert(decoder:feed(bytes:sub(at, at + 16383)))[1] or found
    end

    assert.equal(8 * MIB, #found.data)
  end)

  it("is linear for one huge frame in feeds of 16 KiB", function()
    assert_linear(giant(MIB), giant(8 * MIB), 16384)
  end)

  it("is linear for one large frame in feeds of one byte", function()
    assert_linear(giant(MIB / 16), giant(MIB / 2), 1)
  end)

  it("is linear for many frames in one feed, and in feeds that cut them", function()
    local some = frames.event("chunk", "{}"):rep(2000)

    assert_linear(some, some:rep(8), 8 * MIB)
    assert_linear(some, some:rep(8), 100)
  end)
end)

describe("native.decoder of frames", function()
  it("says which method was called after the end", function()
    local decoder = native.decoder "eventstream"
    decoder:finish()

    assert.has_error(function() decoder:finish() end, "decoder: finish on a decoder that has ended")
  end)

  it("survives collection in any state", function()
    for _ = 1, 100 do
      native.decoder("eventstream"):feed(frames.frame("", "half"):sub(1, 14))
    end
    collectgarbage()
    collectgarbage()
  end)
end)
