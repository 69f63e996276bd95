local json = require "mistral.json"
local schema = require "mistral.json_schema"

local FINDINGS = {
  type = "object", required = { "findings" }, additionalProperties = false,
  properties = { findings = { type = "array", items = { ["$ref"] = "#/$defs/finding" } } },
  ["$defs"] = {
    finding = {
      type = "object", required = { "line" },
      properties = { line = { type = "integer", minimum = 1 }, note = { type = "string" } },
    },
  },
}

local TREE = {
  ["$ref"] = "#/definitions/node",
  definitions = { node = { type = "object", properties = {
    children = { type = "array", items = { ["$ref"] = "#/definitions/node" } },
    name = { type = "string" },
  } } },
}

local function read(source)
  return (assert(json.decode(source)))
end

local function with(name, says)
  return { [name] = says }
end

describe("a value that a schema takes", function()
  local cases = {
    { "nothing asked", {}, "[1]" },
    { "a schema that takes all", true, "null" },
    { "nested through $ref", FINDINGS, '{"findings":[{"line":3,"note":"x"}]}' },
    { "recursive", TREE, '{"name":"a","children":[{"children":[]}]}' },
    { "an integer written as a float", { type = "integer" }, "3.0" },
    { "several types", { type = { "string", "null" } }, "null" },
    { "nullable", { type = "string", nullable = true }, "null" },
    { "an empty object where a list may be", { type = "array" }, "{}" },
    { "an enum with null", { enum = { "a", json.null } }, "null" },
    { "an enum with a table", { enum = { { 1, 2 }, "x" } }, "[1,2]" },
    { "lengths in characters", { minLength = 3, maxLength = 3 }, '"é漢😀"' },
    { "a multiple with fractions", { multipleOf = 0.1 }, "0.3" },
    { "a tuple", { prefixItems = { { type = "string" } }, items = { type = "integer" } },
      '["a",1,2]' },
    { "a tuple of draft 7", { items = { { type = "string" }, { type = "integer" } } }, '["a",1]' },
    { "one of two", { oneOf = { { type = "string" }, { type = "integer" } } }, "3" },
    { "what is not forbidden", { ["not"] = { type = "string" } }, "3" },
    { "a bound on something else", { minimum = 5, minLength = 3, minItems = 2 }, "true" },
    { "a condition", { ["if"] = { required = { "a" } }, ["then"] = { required = { "b" } } },
      '{"a":1,"b":2}' },
    { "further fields with a schema of their own",
      { properties = { a = {} }, additionalProperties = { type = "integer" } }, '{"a":"x","b":1}' },
    { "a keyword nobody knows", { pattern = "^x$", unheard = 3 }, '"y"' },
    { "a reference elsewhere", with("$ref", "https://example.invalid/a.json"), "1" },
    { "unique items", { uniqueItems = true }, '[1,"1",[1],{"a":1}]' },
    { "a null keyword", { enum = json.null, type = "integer" }, "1" },
  }
  for _, case in ipairs(cases) do
    it("is taken: " .. case[1], function()
      assert.is_nil(schema.check(case[2], read(case[3])))
    end)
  end
end)

describe("a value that a schema does not take", function()
  local cases = {
    { FINDINGS, "{}", "findings: is missing" },
    { FINDINGS, "[1]", "the value: should be an object, got a list" },
    { FINDINGS, '{"findings":[{"line":1},{"line":2},{"line":"3"}]}',
      "findings[3].line: should be an integer, got a string" },
    { FINDINGS, '{"findings":[{"line":0}]}', "findings[1].line: should be at least 1, got 0" },
    { FINDINGS, '{"findings":[],"more":1}', "more: is not one of the known fields" },
    { FINDINGS, '{"findings":null}', "findings: should be a list, got null" },
    { TREE, '{"children":[{"children":[{"name":1}]}]}',
      "children[1].children[1].name: should be a string, got a number" },
    { { type = { "string", "integer" } }, "1.5",
      "the value: should be a string or an integer, got a number" },
    { { enum = { "low", 2, json.null } }, '"high"',
      'the value: should be one of "low", 2, null, got "high"' },
    { { const = "a" }, '"b"', 'the value: should be "a", got "b"' },
    { { const = json.null }, "1", "the value: should be null, got 1" },
    { { exclusiveMinimum = 1 }, "1", "the value: should be more than 1, got 1" },
    { { exclusiveMaximum = 1 }, "1", "the value: should be less than 1, got 1" },
    { { maximum = 1.5 }, "2", "the value: should be at most 1.5, got 2" },
    { { multipleOf = 3 }, "4", "the value: should be a multiple of 3, got 4" },
    { { maxLength = 2 }, '"é漢😀"', "the value: should have at most 2 characters, got 3" },
    { { minLength = 1 }, '""', "the value: should have at least 1 characters, got 0" },
    { { minItems = 2 }, "[1]", "the value: should hold at least 2 items, got 1" },
    { { maxItems = 1 }, "[1,2]", "the value: should hold at most 1 items, got 2" },
    { { minProperties = 1 }, "{}", "the value: should have at least 1 fields, got 0" },
    { { maxProperties = 1 }, '{"a":1,"b":1}', "the value: should have at most 1 fields, got 2" },
    { { uniqueItems = true }, '[{"a":1,"b":2},3,{"b":2,"a":1}]',
      "[3]: is the same as number 1 of the list" },
    { { contains = { type = "integer" } }, '["a"]', "the value: should hold at least one item" },
    { { prefixItems = { { type = "string" } }, items = false }, '["a",1]',
      "[2]: is more than the list may hold" },
    { { items = { { type = "string" }, { type = "integer" } } }, '["a","b"]',
      "[2]: should be an integer, got a string" },
    { { anyOf = { { type = "string" }, { properties = { a = { type = "string" } } } } },
      '{"a":1}', "a: should be a string, got a number (the nearest of 2 alternatives)" },
    { { oneOf = { { type = "integer" }, { minimum = 0 } } }, "1",
      "the value: fits 2 alternatives where one should" },
    { { allOf = { { type = "integer" }, { minimum = 9 } } }, "1",
      "the value: should be at least 9, got 1" },
    { { ["not"] = { type = "string" } }, '"x"', "the value: is what the schema says it should not" },
    { { ["if"] = { required = { "a" } }, ["then"] = { required = { "b" } } }, '{"a":1}',
      "b: is missing" },
    { { properties = { a = false } }, '{"a":1}', "a: should not be there" },
    { { propertyNames = { maxLength = 1 } }, '{"ab":1}', "ab: should have at most 1 characters" },
    { { required = { "a b\n" } }, "{}", '["a b"]: is missing' },
    { with("$ref", "#/$defs/none"), "1", "the value: the schema has no #/$defs/none" },
  }
  for index, case in ipairs(cases) do
    it(("%d is told of: %s"):format(index, case[3]), function()
      local reason = schema.check(case[1], read(case[2]))

      assert.equal(case[3], (reason or "taken"):sub(1, #case[3]))
    end)
  end

  it("is found though the reference goes in a circle", function()
    local circle = { ["$ref"] = "#/$defs/a", ["$defs"] = {
      a = { ["$ref"] = "#/$defs/b" }, b = { ["$ref"] = "#/$defs/a" } } }

    assert.truthy(schema.check(circle, 1):find("goes in circles", 1, true))
  end)

  it("ends though alternatives multiply", function()
    local again = with("$ref", "#")
    local multiplying = { anyOf = { again, again, again, again } }

    assert.truthy(schema.check(multiplying, 1):find("goes in circles", 1, true))
  end)

  it("is not taken for well because nobody could check it", function()
    local circle = { ["not"] = { ["$ref"] = "#/$defs/a" },
      ["$defs"] = { a = { anyOf = { { ["$ref"] = "#/$defs/a" }, { type = "string" } } } } }

    assert.equal("the value: cannot be checked: the schema goes in circles, or nests too deep",
      schema.check(circle, 1))
  end)

  it("asks no further alternative once one fits", function()
    assert.is_nil(schema.check({ anyOf = { { type = "integer" }, { ["$ref"] = "#" } } }, 1))
  end)

  it("is the schema where that is none", function()
    local none = {
      { properties = "a" }, { anyOf = 3 }, { enum = 3 }, { required = 3 }, { prefixItems = 3 },
      { properties = json.null, additionalProperties = false },
    }
    for _, wrong in ipairs(none) do
      for _, value in ipairs { { a = 1 }, { 1 } } do
        local reason = schema.check(wrong, value)

        assert.truthy(not reason or reason:find("the schema is no JSON Schema", 1, true), reason)
      end
    end
  end)

  it("is told in one line that a terminal does not obey", function()
    local reason = schema.check({ enum = { "a" } }, "\27[2J\n" .. ("x"):rep(5000))

    assert.is_nil(reason:find "%c")
    assert.truthy(#reason < 600)
  end)
end)

describe("json_schema.unsupported", function()
  it("lists the keywords that are passed over, wherever they stand", function()
    local names = schema.unsupported {
      ["$schema"] = "x", title = "t", type = "object", patternProperties = { a = {} },
      properties = { pattern = { pattern = "a" }, b = { items = { format = "date" } } },
      anyOf = { { unevaluatedItems = false } },
    }

    assert.same({ "format", "pattern", "patternProperties", "unevaluatedItems" }, names)
  end)
end)
