---Base64, floats, and where text looks as if a machine had made it.
local native = require "mistral.native"
local output_of = require "spec.support.output"

local SANITIZED = os.getenv "MISTRAL_SANITIZER" ~= nil

---CPU seconds of the best of some runs.
local function cost(work)
  local best = math.huge
  for _ = 1, 5 do
    collectgarbage()
    local before = os.clock()
    work()
    best = math.min(best, os.clock() - before)
  end
  return best
end

local function every_byte()
  local bytes = {}
  for byte = 0, 255 do
    bytes[byte + 1] = string.char(byte)
  end
  return table.concat(bytes)
end

---Bytes that follow from the seed, the same in every Lua.
local function random_bytes(n, seed)
  local bytes = {}
  for i = 1, n do
    seed = (seed * 16807) % 2147483647
    bytes[i] = string.char(seed % 256)
  end
  return table.concat(bytes)
end

-- RFC 4648, section 10, and every digit.
local VECTORS = {
  { "", "" },
  { "f", "Zg==" },
  { "fo", "Zm8=" },
  { "foo", "Zm9v" },
  { "foob", "Zm9vYg==" },
  { "fooba", "Zm9vYmE=" },
  { "foobar", "Zm9vYmFy" },
  { "\0\0\0", "AAAA" },
  { "\255\255\255", "////" },
  { "\251\239\190", "++++" },
}

describe("base64", function()
  for _, vector in ipairs(VECTORS) do
    local bytes, text = vector[1], vector[2]
    it(("is %q there and back"):format(text), function()
      assert.equal(text, native.base64(bytes))
      assert.equal(bytes, native.unbase64(text))
    end)
  end

  it("says what base64(1) says", function()
    local path = output_of("mktemp"):match "%S+"
    local file = assert(io.open(path, "wb"))
    file:write(every_byte(), random_bytes(5000, 7))
    file:close()

    local expected = output_of("base64 -w 0 " .. path)

    os.remove(path)
    assert.equal(expected, native.base64(every_byte() .. random_bytes(5000, 7)))
  end)

  it("gives back any bytes of any length", function()
    for n = 0, 200 do
      local bytes = random_bytes(n, n + 1)
      assert.equal(bytes, native.unbase64(native.base64(bytes)))
    end
  end)

  it("refuses what it would not have written", function()
    local wrong = {
      "Z", "Zg", "Zg=", "Zg===", "Zm9vYg", "Zm8", -- no padding, or not all of it
      "Zh==", "Zm9=", "Zg=A", "Z===", "====", "=", "Zg==Zg==", -- bits or text where there are none
      "Zm9\n", "Zm9v\n", " Zm9v", "Zm 9v", "Zm-_", "Zm9\0", "Zm9\255", "Zm9.", "Zm:v",
    }
    for _, text in ipairs(wrong) do
      local bytes, message, code = native.unbase64(text)

      assert.is_nil(bytes, text)
      assert.same({ "this is not base64 with padding", "base64" }, { message, code })
    end
  end)

  it("refuses a wrong character at each place", function()
    local text = native.base64(random_bytes(29, 3) .. "\255")
    for at = 1, #text do
      for _, c in ipairs { "\n", "=", "-", "\200" } do
        assert.is_nil((native.unbase64(text:sub(1, at - 1) .. c .. text:sub(at + 1))), at .. c)
      end
    end
  end)

  it("takes no wrong type", function()
    assert.has_error(function() native.base64() end)
    assert.has_error(function() native.unbase64 {} end)
  end)

  it("goes through 10 MiB in no time, there and back", function()
    local bytes = random_bytes(1024, 1):rep(10 * 1024)
    local text = native.base64(bytes)

    local there = cost(function() native.base64(bytes) end)
    local back = cost(function() native.unbase64(text) end)

    assert.equal(bytes, native.unbase64(text))
    local most = SANITIZED and 10 or 0.1
    assert.is_true(there < most and back < most, ("%.3f s there, %.3f s back"):format(there, back))
  end)

  it("does not hold on to what it needed meanwhile", function()
    if SANITIZED then return end -- which looks for leaks by itself
    local bytes = ("x"):rep(1024 * 1024)
    for _ = 1, 300 do
      native.unbase64(native.base64(bytes))
    end
    collectgarbage()
    collectgarbage()
    local file = assert(io.open "/proc/self/statm")
    local pages = file:read("*a"):match "^%d+ (%d+)"
    file:close()

    assert.is_true(tonumber(pages) * 4096 < 500e6)
  end)
end)

describe("floats", function()
  it("are IEEE 754 singles, low byte first", function()
    local bytes = "\0\0\128\63" .. "\0\0\0\192" .. "\0\0\0\0" .. "\205\204\204\61" .. "\1\0\0\0" .. "\255\255\127\127"

    local list = native.floats(bytes)

    assert.same({ 1, -2, 0, 0.10000000149011612, 2 ^ -149, (2 - 2 ^ -23) * 2 ^ 127 }, list)
  end)

  it("may be infinite or none at all", function()
    local list = native.floats "\0\0\128\127\0\0\128\255\0\0\192\127"

    assert.equal(math.huge, list[1])
    assert.equal(-math.huge, list[2])
    assert.is_true(list[3] ~= list[3])
  end)

  it("are an empty list without bytes", function() assert.same({}, native.floats "") end)

  it("refuse bytes that are no whole number of floats", function()
    for n = 1, 11 do
      if n % 4 > 0 then
        local list, message, code = native.floats(("x"):rep(n))
        assert.is_nil(list)
        assert.is_string(message)
        assert.equal("floats", code)
      end
    end
  end)
end)

---The same as native.tokens, looked for byte by byte.
local function naive_tokens(text, min)
  local list, from = {}, nil
  for at = 1, #text + 1 do
    local belongs = text:sub(at, at):find "^[%w+/_=-]$"
    if belongs and not from then
      from = at
    elseif not belongs and from then
      if at - from >= min then
        list[#list + 1], list[#list + 2] = from, at - 1
      end
      from = nil
    end
  end
  return list
end

describe("tokens", function()
  it("are the places of long enough runs, first and last", function()
    assert.same({ 3, 7, 15, 21 }, native.tokens("a abcde  abc  AZaz09_", 5))
    assert.same({ 1, 6 }, native.tokens("+/_=-0", 6))
    assert.same({}, native.tokens("+/_=-0", 7))
    assert.same({}, native.tokens("", 1))
  end)

  it("are made of exactly those characters", function()
    local members = {}
    for byte = 0, 255 do
      if #native.tokens(string.char(byte), 1) > 0 then
        members[#members + 1] = string.char(byte)
      end
    end

    assert.equal("+-/0123456789=ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz", table.concat(members))
  end)

  it("are what a look at each byte finds, in any text, for any length", function()
    for seed = 1, 60 do
      local text = random_bytes(300, seed):gsub("[^a-l]", { ["\0"] = " ", ["\200"] = "." })
      text = text:gsub("[\128-\190]", "a"):gsub("[\1-\31]", "Z")
      for min = 1, 12 do
        assert.same(naive_tokens(text, min), native.tokens(text, min))
      end
    end
  end)

  it("are ten thousand at most", function()
    local list = native.tokens(("ab "):rep(20000), 2)

    assert.equal(20000, #list)
    assert.equal(3 * 9999 + 2, list[20000])
  end)

  it("refuse a length below 1", function()
    assert.has_error(function() native.tokens("a", 0) end)
    assert.has_error(function() native.tokens "a" end)
  end)

  it("take at most 20 µs for 16 KiB, on a quiet machine, of code, of one run, and of none", function()
    local texts = {
      ("local value = object.field(argument, 12) -- why\n"):rep(342),
      ("x"):rep(16384),
      ("."):rep(16384),
    }
    for _, text in ipairs(texts) do
      local seconds = cost(function()
        for _ = 1, 100 do
          native.tokens(text:sub(1, 16384), 16)
        end
      end) / 100
      assert.is_true(SANITIZED or seconds < 60e-6, ("%.1f µs"):format(seconds * 1e6))
    end
  end)
end)

describe("entropy", function()
  local function near(expected, got) assert.is_true(math.abs(expected - got) < 1e-9, tostring(got)) end

  it("is the bits that each byte carries", function()
    near(0, native.entropy "")
    near(0, native.entropy "aaaaaaaa")
    near(1, native.entropy "abababab")
    near(2, native.entropy "abcd")
    near(8, native.entropy(every_byte()))
    near(0.8112781244591328, native.entropy "aaab")
  end)

  it("may be asked of a part, from first to last", function()
    local text = "aaaabcdaaaa"

    near(2, native.entropy(text, 4, 7))
    near(native.entropy(text), native.entropy(text, 1, 100))
    near(0, native.entropy(text, 8))
    near(0, native.entropy(text, 12))
    near(0, native.entropy(text, 5, 4))
    near(0, native.entropy(text, 5, -1))
    assert.has_error(function() native.entropy(text, 0) end)
  end)
end)
