---Frames of application/vnd.amazon.eventstream, written down from its description and not from our
---decoder: the encoder, and vectors. Plain arithmetic, so that it is the same in every Lua.
local M = {}

---The bits that are in one of both, of numbers below 2^32.
local function xor(a, b)
  local result, bit = 0, 1
  while a > 0 or b > 0 do
    local low_a, low_b = a % 2, b % 2
    if low_a ~= low_b then
      result = result + bit
    end
    a, b, bit = (a - low_a) / 2, (b - low_b) / 2, bit * 2
  end
  return result
end

local XOR_BYTES = {} -- [a * 256 + b]
for a = 0, 255 do
  for b = 0, 255 do
    XOR_BYTES[a * 256 + b] = xor(a, b)
  end
end

local CRC_TABLE = {}
for byte = 0, 255 do
  local crc = byte
  for _ = 1, 8 do
    local low = crc % 2
    crc = (crc - low) / 2
    crc = low == 1 and xor(crc, 3988292384) or crc
  end
  CRC_TABLE[byte] = crc
end

---Numbers below 2^32, byte by byte.
local function xor_words(a, b)
  local result, place = 0, 1
  for _ = 1, 4 do
    local low_a, low_b = a % 256, b % 256
    result = result + XOR_BYTES[low_a * 256 + low_b] * place
    a, b, place = (a - low_a) / 256, (b - low_b) / 256, place * 256
  end
  return result
end

---CRC-32 as gzip has it.
function M.crc(bytes)
  local crc = 4294967295
  for i = 1, #bytes do
    local low = crc % 256
    crc = xor_words((crc - low) / 256, CRC_TABLE[XOR_BYTES[low * 256 + bytes:byte(i)]])
  end
  return 4294967295 - crc
end

---A number of n bytes, high byte first; negative ones as two's complement.
function M.number(value, n)
  local bytes = {}
  for i = n, 1, -1 do
    local low = value % 256
    bytes[i] = string.char(low)
    value = (value - low) / 256
  end
  return table.concat(bytes)
end

---One header: a name, the number of its kind, and its value as bytes.
function M.header(name, kind, value) return string.char(#name) .. name .. string.char(kind) .. value end

function M.string(name, text) return M.header(name, 7, M.number(#text, 2) .. text) end

---A frame around header bytes and a payload. `crc` may be another function that does the same.
function M.frame(headers, payload, crc)
  local prelude = M.number(16 + #headers + #payload, 4) .. M.number(#headers, 4)
  local covered = prelude .. M.number(M.crc(prelude), 4) .. headers .. payload
  return covered .. M.number((crc or M.crc)(covered), 4)
end

---An event as Bedrock and SageMaker send it.
function M.event(type, payload, crc)
  local headers = M.string(":event-type", type)
    .. M.string(":content-type", "application/json")
    .. M.string(":message-type", "event")
  return M.frame(headers, payload, crc)
end

local function hex(text)
  return (text:gsub("%s", ""):gsub("%x%x", function(pair) return string.char(tonumber(pair, 16)) end))
end

local EVERY_KIND = M.header("true", 0, "")
  .. M.header("false", 1, "")
  .. M.header("byte", 2, "\255")
  .. M.header("short", 3, "\128\0")
  .. M.header("int", 4, M.number(-2, 4))
  .. M.header("long", 5, M.number(-9007199254740991, 8))
  .. M.header("bytes", 6, "\0\3\0\1\2")
  .. M.string("string", "f\195\188r")
  .. M.header("time", 8, M.number(1700000000123, 8))
  .. M.header("uuid", 9, ("\1"):rep(16))

---{name, bytes, events}
M.vectors = {
  {
    name = "nothing at all",
    bytes = "",
    events = {},
  },
  {
    name = "an empty frame, as published",
    bytes = hex "00000010 00000000 05c248eb 7d98c8ff",
    events = { { headers = {}, data = "" } },
  },
  {
    name = "a payload, as published",
    bytes = hex "0000001d 00000000 fd528c5a 7b27666f6f273a27626172277d c3653936",
    events = { { headers = {}, data = "{'foo':'bar'}" } },
  },
  {
    name = "a header and a payload, as published",
    bytes = hex "0000003d 00000020 07fd8396 0c"
      .. "content-type\7\0\16application/json"
      .. "{'foo':'bar'}"
      .. hex "8d9c08b1",
    events = { { headers = { ["content-type"] = "application/json" }, data = "{'foo':'bar'}" } },
  },
  {
    name = "an event",
    bytes = M.event("chunk", '{"bytes":"e30="}'),
    events = {
      {
        type = "chunk",
        message_type = "event",
        headers = {
          [":event-type"] = "chunk",
          [":content-type"] = "application/json",
          [":message-type"] = "event",
        },
        data = '{"bytes":"e30="}',
      },
    },
  },
  {
    name = "an exception",
    bytes = M.frame(
      M.string(":message-type", "exception") .. M.string(":exception-type", "throttlingException"),
      '{"message":"later"}'
    ),
    events = {
      {
        type = "throttlingException",
        message_type = "exception",
        headers = { [":message-type"] = "exception", [":exception-type"] = "throttlingException" },
        data = '{"message":"later"}',
      },
    },
  },
  {
    name = "an error, whose words are in a header",
    bytes = M.frame(
      M.string(":error-code", "500") .. M.string(":error-message", "broke") .. M.string(":message-type", "error"),
      ""
    ),
    events = {
      {
        type = "500",
        message_type = "error",
        headers = { [":error-code"] = "500", [":error-message"] = "broke", [":message-type"] = "error" },
        data = "broke",
      },
    },
  },
  {
    name = "every kind of header",
    bytes = M.frame(EVERY_KIND, "x"),
    events = {
      {
        headers = {
          ["true"] = true,
          ["false"] = false,
          byte = -1,
          short = -32768,
          int = -2,
          long = -9007199254740991,
          bytes = "\0\1\2",
          string = "f\195\188r",
          time = 1700000000123,
          uuid = ("\1"):rep(16),
        },
        data = "x",
      },
    },
  },
  {
    name = "names that are no strings name nothing, and the last of a name counts",
    bytes = M.frame(
      M.header(":event-type", 6, "\0\1x") .. M.string("a", "1") .. M.string("a", "2"),
      "\0\255"
    ),
    events = { { headers = { [":event-type"] = "x", a = "2" }, data = "\0\255" } },
  },
  {
    name = "a long name and an empty value",
    bytes = M.frame(M.string(("n"):rep(255), ""), ""),
    events = { { headers = { [("n"):rep(255)] = "" }, data = "" } },
  },
  {
    name = "several frames",
    bytes = M.frame("", "one") .. M.frame("", "") .. M.frame(M.string("a", "b"), "three"),
    events = {
      { headers = {}, data = "one" },
      { headers = {}, data = "" },
      { headers = { a = "b" }, data = "three" },
    },
  },
}

return M
