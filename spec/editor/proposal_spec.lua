-- Lines and what may take their place: the core of edits and fixes, in every host.
local editor = require "spec.editor.support.editor"
local hosts = require "spec.editor.support.hosts"
local patch = require "mistral.editor.edit.patch"
local proposals = require "mistral.editor.edit.proposal"

local function slice(list, first, last)
  local out = {}
  for i = first, last do out[#out + 1] = list[i] end
  return out
end

local function joined(...)
  local out = {}
  for _, list in ipairs { ... } do
    for _, item in ipairs(list) do out[#out + 1] = item end
  end
  return out
end

local function promises(name, new_bench)
  describe("a proposal in the host " .. name, function()
    local host, bench

    before_each(function()
      bench = new_bench()
      host = bench.host
    end)
    if editor.kind then after_each(editor.clear) end

    local function propose(buffer, first, last, new)
      local proposal = proposals.new(host, { buffer = buffer, name = "a.c", first = first, last = last })
      proposal:offer(new)
      return proposal
    end

    it("puts in the hunks that are wanted, and no other", function()
      local buffer = bench.open({ "1", "2", "3", "4", "5", "6" })
      local proposal = propose(buffer, 1, 6, { "one", "2", "3", "4a", "4b", "5" })

      assert.equal(2, proposal:apply(function(i) return i ~= 2 end))

      assert.same({ "one", "2", "3", "4", "5" }, host.lines(buffer, 1, -1))
      proposal:close()
    end)

    it("fits no more once a hunk of it is in", function()
      local buffer = bench.open({ "1", "2", "3" })
      local proposal = propose(buffer, 1, 3, { "one", "2", "three" })
      proposal:apply(function(i) return i == 1 end)

      assert.same({ nil, "the code in a.c was changed meanwhile" }, { proposal:apply() })
      assert.same({ "one", "2", "3" }, host.lines(buffer, 1, -1))
      proposal:close()
    end)

    it("puts in several that have no line in common, or none of them", function()
      local buffer = bench.open({ "1", "2", "3", "4" })
      local one, two = propose(buffer, 1, 2, { "a" }), propose(buffer, 3, 4, { "b", "c", "d" })
      assert.equal(2, proposals.apply({ two, one }))
      assert.same({ "a", "b", "c", "d" }, host.lines(buffer, 1, -1))

      local three, four = propose(buffer, 1, 1, { "x" }), propose(buffer, 3, 3, { "y" })
      host.replace(buffer, 3, 3, { "!" })
      assert.is_nil(proposals.apply({ three, four }))
      assert.same({ "a", "b", "!", "d" }, host.lines(buffer, 1, -1))
      for _, proposal in ipairs { one, two, three, four } do proposal:close() end
    end)

    it("is a patch whose hunks show no line of each other around them", function()
      local buffer = bench.open({ "0", "1", "2", "3", "4", "5", "6", "7" })
      local proposal = propose(buffer, 2, 7, { "1", "two", "3", "4", "five\27", "6", "new" })

      assert.same({
        { row = 3, lines = { " 0", " 1", "-2", "+two", " 3", " 4" } },
        { row = 6, lines = { " 3", " 4", "-5", "+five\226\144\155", " 6" } },
        { row = 8, lines = { " 6", "+new", " 7" } },
      }, patch.hunks(proposal))
      proposal:close()
    end)

    -- What a user may do meanwhile; `inside` tells whether it changes what is marked.
    local function meddle(random, buffer, first, last)
      local count = host.line_count(buffer)
      local top = random(count)
      local bottom = math.min(count, top + random(3) - 2)
      local new = {}
      for i = 1, random(3) - (bottom < top and 0 or 1) do new[i] = "edited " .. random(1e6) end
      host.replace(buffer, top, bottom, new)
      local added = #new - (bottom - top + 1)
      if bottom < first then return false, first + added, last + added end
      return top <= last, first, last
    end

    it("is put in where its lines have gone, whole, or not at all", function()
      math.randomseed(5)
      local random, fitted = math.random, 0
      for _ = 1, 150 do
        local lines = {}
        for i = 1, 30 do lines[i] = random(2) == 1 and "}" or "line " .. i end
        local buffer = bench.open(lines)
        local first = random(30)
        local last = math.min(30, first + random(8) - 1)
        local new = joined(slice(lines, first, first + random(0, 3)), { "new " .. random(1e6) },
          random(2) == 1 and {} or slice(lines, last, last))
        local proposal = propose(buffer, first, last, new)
        local inside = false
        for _ = 1, random(4) do
          local hit
          hit, first, last = meddle(random, buffer, first, last)
          inside = inside or hit
          if inside then break end
        end
        local before = host.lines(buffer, 1, -1)

        local count = proposal:apply()

        local after = host.lines(buffer, 1, -1)
        if inside then
          assert.is_nil(count)
          assert.same(before, after)
        else
          fitted = fitted + 1
          assert.same(joined(slice(before, 1, first - 1), new, slice(before, last + 1, #before)), after)
        end
        proposal:close()
      end
      assert.truthy(fitted > 20 and fitted < 130, fitted .. " fitted")
    end)
  end)
end

hosts.each(promises)
