local json = require "mistral.json"

local INTEGERS = rawget(math, "type") ~= nil

describe("json", function()
  local written = {
    { "an unmarked empty table as an object", {}, "{}" },
    { "a marked empty table as an array", json.array {}, "[]" },
    { "a list in order", { "a", 1, true, false }, '["a",1,true,false]' },
    { "keys in order", { b = 1, a = 2, c = { d = {} } }, '{"a":2,"b":1,"c":{"d":{}}}' },
    { "null", { json.null }, "[null]" },
    { "null alone", json.null, "null" },
    { "2^53 with all its digits", { 2 ^ 53, -(2 ^ 53) }, "[9007199254740992,-9007199254740992]" },
    { "whole numbers without a point", { 3.0, -0.0 + 1 }, "[3,1]" },
    { "what fourteen digits would damage", { 1 / 3 }, "[0.3333333333333333]" },
    { "a short fraction shortly", { 0.1, 1.5, -0.25 }, "[0.1,1.5,-0.25]" },
    { "quotes, backslashes and control characters", '"\\\n\1\0', [["\"\\\n\u0001\u0000"]] },
    { "text beyond ASCII as it is", "é漢😀", '"é漢😀"' },
  }
  for _, case in ipairs(written) do
    it("writes " .. case[1], function()
      assert.equal(case[3], json.encode(case[2]))
    end)
  end

  local damaged = {
    { "a lone byte", "a\255b", "a\239\191\189b" },
    { "a surrogate", "\237\160\128", ("\239\191\189"):rep(3) },
    { "an overlong form", "\192\175", ("\239\191\189"):rep(2) },
    { "what is past U+10FFFF", "\244\144\128\128", ("\239\191\189"):rep(4) },
    { "a character cut off at the end", "ab\226\130", "ab\239\191\189" },
    { "a character cut off in the middle", "\240\159\152x", "\239\191\189x" },
  }
  for _, case in ipairs(damaged) do
    it("replaces " .. case[1] .. " by U+FFFD", function()
      assert.equal('"' .. case[3] .. '"', json.encode(case[2]))
    end)
  end

  local endless = {}
  endless.again = endless
  local refused = {
    { "not a number", { a = 0 / 0 }, "JSON has no way to write .*nan at a" },
    { "infinity", { math.huge }, "JSON has no way to write inf at 1" },
    { "a function", { a = { b = print } }, "JSON has no way to write a function at a%.b" },
    { "a list with a hole", { list = { 1, nil, 3 } }, "a list has holes or named fields at list" },
    { "a list with a name in it", { 1, x = 2 }, "a list has holes or named fields" },
    { "numbers as names", { [5] = 1 }, "a table that is not a list has the key 5" },
    { "a table in itself", endless, "nested deeper than 128, perhaps in itself," },
  }
  for _, case in ipairs(refused) do
    it("refuses " .. case[1] .. " with a sentence that says where", function()
      local text, message = json.encode(case[2])

      assert.is_nil(text)
      assert.truthy(message:find("^" .. case[3]), message)
    end)
  end

  it("reads what it wrote", function()
    local value = { a = { 1, 2.5, "x" }, b = { c = true }, d = 9007199254740991 }

    assert.same(value, json.decode(json.encode(value)))
  end)

  it("reads null as its one sentinel", function()
    local value = json.decode '{"a":null,"b":[null,1]}'

    assert.equal(json.null, value.a)
    assert.is_true(json.is_null(value.b[1]))
    assert.is_false(json.is_null(value.b[2]))
    assert.is_false(json.is_null(nil))
  end)

  it("reads whole numbers as integers where Lua has them", function()
    local value = json.decode '{"a":3,"b":[1,2.5,9007199254740992],"c":1e300}'

    assert.equal(INTEGERS and "3" or tostring(3), tostring(value.a))
    assert.equal(("%d"):format(9007199254740992), ("%d"):format(value.b[3]))
    assert.equal(2.5, value.b[2])
    assert.equal(1e300, value.c)
    if INTEGERS then assert.equal("integer", rawget(math, "type")(value.b[1])) end
  end)

  local bad = { "", "{", "nope", '{"a":}', "[1,]", "NaN", "[Infinity]", "<html>", '"\1' }
  for _, source in ipairs(bad) do
    it(("answers nil and a message to %q"):format(source), function()
      local value, message = json.decode(source)

      assert.is_nil(value)
      assert.truthy(message:find("^not JSON: "))
    end)
  end

  it("reads half a surrogate pair as U+FFFD, and leaves whole pairs and text alone", function()
    local value = json.decode [["\ud83d\ude00 \ud83d. \ude00. \\ud83d"]]

    assert.equal("😀 \239\191\189. \239\191\189. \\ud83d", value)
  end)

  it("changes no setting of the cjson that others use", function()
    local found, cjson = pcall(require, "cjson")
    if not found then return end

    assert.equal("[0.33333333333333]", cjson.encode { 1 / 3 })
    assert.equal(math.huge, cjson.decode("[Infinity]")[1])
  end)
end)

describe("json with another codec", function()
  local own = require "cjson"
  after_each(function() json.use(own) end)

  it("writes the same and knows the other's null", function()
    local sentinel = setmetatable({}, { __tostring = function() return "null" end })
    local function with_sentinel(value)
      for key, item in pairs(value) do
        if item == own.null then value[key] = sentinel end
      end
      return value
    end

    json.use {
      encode = own.encode,
      decode = function(text) return with_sentinel(own.decode(text)) end,
    }

    assert.equal(sentinel, json.null)
    assert.equal('{"a":null,"b":null,"c":[],"d":{}}', json.encode {
      a = json.null, b = own.null, c = json.array {}, d = {},
    })
    assert.is_true(json.is_null(json.decode('{"x":null}').x))
  end)
end)
