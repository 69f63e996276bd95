local ids_of = require "mistral.api.provider.dialect.ids"
local tool_ids = require "mistral.api.work.tool_ids"

local FITS = "^" .. ("[A-Za-z0-9]"):rep(9) .. "$"

local function calls(...)
  local list = {}
  for index, id in ipairs { ... } do
    list[index] = { id = id or nil, ["function"] = { name = "f", arguments = "{}" } }
  end
  return list
end

describe("the id of a tool call", function()
  it("takes no more work for being the same as thousands of others", function()
    local fit, work, list = ids_of.fit, 0, {}
    for index = 1, 1000 do list[index] = "the same for all" end
    finally(function() ids_of.fit = fit end)
    ids_of.fit = function(id)
      work = work + 1
      return fit(id)
    end

    tool_ids.fit(calls((table.unpack or unpack)(list)))

    assert.is_true(work < 3000, work)
  end)

  it("stays when it fits", function()
    assert.same({ "abcDEF123", "000000000" }, tool_ids.fit(calls("abcDEF123", "000000000")))
  end)

  it("is made to fit, always the same for the same call", function()
    local foreign = calls("call_8Xz1", "toolu_01A09q90qw90lq917835lq9", "x", "", "null", false)

    local first, again = tool_ids.fit(foreign), tool_ids.fit(foreign)

    assert.same(first, again)
    assert.equal(6, #first)
    local seen = {}
    for _, id in ipairs(first) do
      assert.truthy(id:find(FITS), id)
      assert.is_nil(seen[id])
      seen[id] = true
    end
    assert.equal(first[1], tool_ids.fit(calls("call_8Xz1"))[1])
  end)

  it("does not collide with another of the message", function()
    local taken = tool_ids.fit(calls("foreign"))[1]

    local both = tool_ids.fit(calls("foreign", taken))
    local twice = tool_ids.fit(calls("abcDEF123", "abcDEF123", "x", "x"))

    assert.equal(taken, both[2])
    assert.not_equal(taken, both[1])
    assert.equal("abcDEF123", twice[1])
    assert.not_equal(twice[1], twice[2])
    assert.not_equal(twice[3], twice[4])
  end)

  it("is another for another call, over very many", function()
    local seen = {}
    for index = 1, 20000 do
      local id = tool_ids.fit(calls("call_" .. index))[1]
      assert.is_nil(seen[id], id)
      seen[id] = true
    end
  end)
end)
