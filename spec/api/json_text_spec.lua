local json = require "mistral.json"
local json_text = require "mistral.json_text"

describe("JSON in what a model wrote", function()
  local cases = {
    { "alone", ' {"a":1}\n', { a = 1 } },
    { "a scalar alone", "3", 3 },
    { "null alone", "null", json.null },
    { "between fences", 'Here:\n```json\n{"a": [1, 2]}\n```\nDone.', { a = { 1, 2 } } },
    { "between fences without a word", '```\n["x"]\n```', { "x" } },
    { "with a fence inside", '```json\n{"a":"```lua\\nx\\n```"}\n```', { a = "```lua\nx\n```" } },
    { "in prose, with a fence in a text of its own", 'so: {"a":"```","b":[{"c":1}]}.',
      { a = "```", b = { { c = 1 } } } },
    { "between fences within a line", 'so: ```{"a":1}```.', { a = 1 } },
    { "with a fence that is not closed", '```json\n{"a":1}', { a = 1 } },
    { "in prose", 'The answer is {"a":"}","b":"\\"{"} as you see.', { a = "}", b = '"{' } },
    { "behind brackets that are none", 'as {you} [see] (in "{here"): [true, null]',
      { true, json.null } },
    { "behind what never closes", '{"a": [1, {"b": 2} and then {"c": 3}', { b = 2 } },
    { "behind an unclosed quote in a bracket", '["oh, well {"a":1}', { a = 1 } },
    { "before fences of something else", 'I say {"a":1}.\n```lua\nprint "x"\n```', { a = 1 } },
    { "empty", "it is {}", {} },
    { "within what only looks like JSON", '[1.2.3, {"a":1}]', { a = 1 } },
    { "nested, with blanks", 'x [ { "a" : [ ] , "b" : -1.5e3 } , [ [ ] ] ] y',
      { { a = {}, b = -1500 }, { {} } } },
  }
  for _, case in ipairs(cases) do
    it("is read: " .. case[1], function()
      assert.same(case[3], (json_text.read(case[2])))
    end)
  end

  for _, said in ipairs { "", "no", "{a: 1}", "{'a': 1}", '{"a": 1', "[1,]", '{"a":1,}', "[01x]",
    '{"a" 1}' } do
    it("is not made up from " .. said, function()
      local value, reason = json_text.read(said)

      assert.is_nil(value)
      assert.is_nil(reason)
    end)
  end

  it("is passed over for a later one that is what was asked for", function()
    local function check(value) return value.a == nil and "a: is missing" or nil end

    local value = json_text.read('as [1] says: {"b":1}, so {"a":2} and {"a":3}', check)
    local none, reason = json_text.read('see [1] and {"b":2}', check)

    assert.same({ a = 2 }, value)
    assert.is_nil(none)
    assert.equal("a: is missing", reason)
  end)

  local hostile = {
    ["brackets that never close"] = function(count) return ('[{"a":'):rep(count) end,
    ["a string that never ends"] = function(count)
      return ("["):rep(math.floor(count / 100)) .. '"' .. ("x"):rep(count * 6)
    end,
  }
  for name, make in pairs(hostile) do
    it("is looked for in time linear to the text: " .. name, function()
      local function seconds(count)
        local source, before = make(count), os.clock()
        assert.is_nil(json_text.read(source))
        return os.clock() - before
      end
      seconds(1000)

      local small, large = seconds(20000), seconds(160000)

      assert.truthy(large < 8 * 4 * math.max(small, 0.005), large .. " against " .. small)
    end)
  end
end)
