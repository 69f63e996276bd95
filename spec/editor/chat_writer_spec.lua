-- An answer that streams into a buffer while its user edits there.
local editor = require "spec.editor.support.editor"
local hosts = require "spec.editor.support.hosts"
local wait_for = require "spec.support.wait"
local writers = require "mistral.editor.chat.writer"

local RUNS, CHUNKS = 25, 20

-- The same numbers everywhere: no Lua's own random is that of another.
local function numbers(seed)
  return function(most)
    seed = (seed * 16807) % 2147483647
    return seed % most + 1
  end
end

hosts.each(function(name, new_bench)
  describe("an answer on its way into a buffer of " .. name, function()
    local bench, host

    before_each(function()
      bench = new_bench()
      host = bench.host
    end)
    if editor.kind then after_each(editor.clear) end

    local function lines_of(buffer)
      return host.lines(buffer, 1, host.line_count(buffer))
    end

    local function row_of(buffer, wanted)
      for row, line in ipairs(lines_of(buffer)) do
        if line == wanted then return row end
      end
    end

    -- Above the heading, or below the answer: put a line in, take one out, change one.
    local function edit(buffer, random, count)
      local heading, below = row_of(buffer, "## Mistral"), row_of(buffer, "below")
      local last = host.line_count(buffer)
      local row = random(2) == 1 and random(heading - 1) or below + random(last - below)
      local what = random(3)
      if what == 1 then
        bench.edit(buffer, row, row - 1, { "new " .. count })
      elseif what == 2 and row > 1 and row < last then
        bench.edit(buffer, row, row, {})
      else
        bench.edit(buffer, row, row, { "changed " .. count })
      end
    end

    local function begin(lines, heading, row)
      local buffer, lost = bench.open(lines), 0
      local writer = writers.new(host, buffer, { heading = heading, row = row }, function()
        lost = lost + 1
      end)
      return buffer, writer, function() return lost end
    end

    it("stays whole, and where it belongs, whatever is edited around it", function()
      for run = 1, RUNS do
        local random, said = numbers(run), {}
        local buffer, writer, lost = begin(
          { "top", "a", "b", "## Mistral", "", "below", "c", "d" }, 4, 5)
        for count = 1, CHUNKS do
          said[count] = ("w%d%s"):format(count, random(3) == 1 and "\n" or " ")
          writer:say(said[count])
          writer:flush()
          edit(buffer, random, count)
        end
        writer:rest()
        writer:close()

        local lines, out = lines_of(buffer), {}
        for row = row_of(buffer, "## Mistral") + 1, row_of(buffer, "below") - 1 do
          out[#out + 1] = lines[row]
        end
        assert.equal(table.concat(said), table.concat(out, "\n"), "run " .. run)
        assert.equal(0, lost())
      end
    end)

    it("ends when its lines are deleted, all of them or its heading", function()
      local cases = {
        { 2, 4, { "mine" } }, { 1, 4, { "mine" } }, { 2, 2, { "mine" } }, { 2, 2, {} }, { 3, 4, {} },
      }
      for _, rows in ipairs(cases) do
        local buffer, writer, lost = begin({ "top", "## Mistral", "", "below" }, 2, 3)
        writer:say "one\ntwo"
        writer:flush()
        bench.edit(buffer, rows[1], rows[2], rows[3])
        local left = table.concat(lines_of(buffer), "\n")

        writer:say "three"
        writer:flush()
        writer:say "four"
        writer:rest()
        writer:close()

        assert.equal(1, lost())
        assert.equal(left, table.concat(lines_of(buffer), "\n"))
      end
    end)

    it("is written by the frame, its first words at once", function()
      local buffer, writer = begin({ "## Mistral", "" }, 1, 2)
      writer:say "one"
      wait_for(function()
        bench.pass()
        return lines_of(buffer)[2] == "one"
      end, "the first words did not come")
      writer:say " two"
      assert.equal("one", lines_of(buffer)[2])
      wait_for(function()
        bench.pass()
        return lines_of(buffer)[2] == "one two"
      end, "the frame did not come")
      writer:close()
    end)
  end)
end)
