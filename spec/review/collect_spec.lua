local collect = require "mistral.review.collect"
local json = require "mistral.json"

local unpack = rawget(_G, "unpack") or rawget(table, "unpack")

local F1 = '{"line":1,"quote":"a {\\"b\\": [1]}","title":"one \\\\"}'
local F2 = '{ "title" : "tw\\u006f", "extra": {"deep": [{"er": "]}"}]} }'
local F3 = '{"title":"日本語 \\"quoted\\""}'
local ALL = { F1, F2, F3 }

-- name, whole answer, objects in it, is JSON, is cut
local VECTORS = {
  { "the asked-for object", '{"findings":[' .. table.concat(ALL, ",") .. "]}", ALL, true, false },
  { "a top-level array", "[" .. table.concat(ALL, " ,\n") .. "]", ALL, true, false },
  { "a code fence", "```json\n{\"findings\": [\n" .. F1 .. "\n]}\n```\n", { F1 }, true, false },
  { "prose around it", 'Sure! See a[0] and {x}: {"findings":[' .. F1 .. "]} I hope [this] helps {",
    { F1 }, true, false },
  { "quotes in prose", 'He said "look [here" { and: [' .. F2 .. "]", { F2 }, true, false },
  { "code in prose", "int a[] = {1, 2}; x = {}; [" .. F1 .. "]", { F1 }, true, false },
  { "an empty list", '{"findings":[]}', {}, true, false },
  { "an empty array", "[]", {}, true, false },
  { "a deeper list", '{"result":{"data":{"findings":[' .. F1 .. "]}}}", { F1 }, true, false },
  { "two answers", "[" .. F1 .. "]\n[" .. F2 .. "]", { F1, F2 }, true, false },
  { "other arrays", '{"n":[1,"{",[2]],"findings":[' .. F1 .. "]}", { F1 }, true, false },
  { "no JSON at all", "I found nothing to complain about.", {}, false, false },
  { "nothing", "", {}, false, false },
  { "an end within a finding", '{"findings":[' .. F1 .. "," .. F2:sub(1, -9), { F1 }, true, true },
  { "an end within a string", '{"findings":[' .. F1 .. ',{"title":"b\\', { F1 }, true, true },
  { "an end after a finding", '{"findings":[' .. F1 .. ",", { F1 }, true, true },
  { "a wrong bracket", '{"findings":[{"title":"x"]} [' .. F1 .. "]", { F1 }, true, false },
}

local function run(chunks)
  local collector, found = collect.new(), {}
  for _, chunk in ipairs(chunks) do
    for _, object in ipairs(collector:feed(chunk)) do
      found[#found + 1] = object
    end
  end
  return found, collector:finish()
end

local function bytes(whole)
  local chunks = {}
  for i = 1, #whole do
    chunks[i] = whole:sub(i, i)
  end
  return chunks
end

describe("collecting findings", function()
  for _, vector in ipairs(VECTORS) do
    local name, whole, wanted, is_json, is_cut = unpack(vector)

    it("takes " .. name .. " at once", function()
      local found, finish = run({ whole })

      assert.same(wanted, found)
      assert.same({ is_json, is_cut }, { finish.json, finish.cut })
    end)

    it("takes " .. name .. " a byte at a time", function()
      local found, finish = run(bytes(whole))

      assert.same(wanted, found)
      assert.same({ is_json, is_cut }, { finish.json, finish.cut })
    end)

    it("takes " .. name .. " cut in two anywhere", function()
      for cut = 0, #whole do
        local found, finish = run({ whole:sub(1, cut), whole:sub(cut + 1) })

        assert.same(wanted, found)
        assert.same({ is_json, is_cut }, { finish.json, finish.cut })
      end
    end)
  end

  it("hands out a finding with its last brace, not later", function()
    local collector = collect.new()

    assert.same({}, collector:feed('{"findings":[' .. F1:sub(1, -2)))
    assert.same({ F1 }, collector:feed("}"))
  end)

  it("hands out text that can be decoded", function()
    for _, object in ipairs((run({ VECTORS[1][2] }))) do
      assert.is_table(json.decode(object))
    end
  end)

  it("skips an object past its ceiling and goes on", function()
    local huge = '{"title":"' .. ("x"):rep(70000) .. '"}'

    local found, finish = run(bytes("[" .. huge .. "," .. F1 .. "]"))

    assert.same({ F1 }, found)
    assert.equal(1, finish.oversized)
  end)

  it("keeps nothing of brackets that only open", function()
    local collector, deep = collect.new(), ("["):rep(100000)
    collectgarbage()
    local before = collectgarbage "count"

    for _ = 1, 10 do
      assert.same({}, collector:feed(deep))
    end

    collectgarbage()
    assert.is_true(collectgarbage "count" - before < 64)
    assert.same({ F1 }, collector:feed("} [" .. F1 .. "]"))
  end)

  it("is linear: 8 MiB in small pieces", function()
    local collector, piece = collect.new(), '{"title":"' .. ("y"):rep(50) .. '"},'
    local count, started = 0, os.clock()
    collector:feed("[")

    for _ = 1, 8 * 1024 * 1024 / #piece do
      for from = 1, #piece, 16 do
        count = count + #collector:feed(piece:sub(from, from + 15))
      end
    end

    assert.equal(math.floor(8 * 1024 * 1024 / #piece), count)
    assert.is_true(os.clock() - started < 10)
  end)

  it("keeps nothing of a string that never ends", function()
    local collector = collect.new()
    collector:feed('[{"title":"')
    for _ = 1, 200 do
      collector:feed(("z"):rep(10000))
    end
    collectgarbage()

    local kept = table.concat(collector.pieces)

    assert.is_true(#kept <= 64 * 1024)
  end)
end)
