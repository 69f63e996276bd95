-- The function around a line, by its looks; and the names in lines that are worth looking up.
local around = require "mistral.editor.explain.around"
local symbols = require "mistral.editor.explain.symbols"

local function lines_of(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do lines[#lines + 1] = line end
  return lines
end

-- Each text has a function from the line with « to the line with », and is asked about the line with !.
local FUNCTIONS = {
  c = [[
#include <stdio.h>

static int total;

static int
«add_up(const int *list, int count)
{
  int sum = 0;

  for (int i = 0; i < count; i++) {
#ifdef DEBUG
    printf("%d\n", i);
#endif
    sum += list[i]; !
  }
out:
  return sum;
}»

int other(void) { return 1; }]],
  lua = [[
local M = {}
«function M.read(path)
  local file = io.open(path)
  if not file then
    return nil !
  end
  return file:read("*a")
end»

return M]],
  python = [[
class Shop:
    def first(self):
        pass

    «def buy(self,
            what,
            count):
        for one in range(count):
            if one:
                self.take(what) !

        # all taken
        return count»

    def last(self):
        pass]],
  javascript = [[
const x = 1;
«export async function load(url) {
  const answer = await fetch(url, {
    method: "GET", !
  });
  return answer;
}»
load("a");]],
  go = [[
package main

«func (s *Server) Run(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil !
	}
}»

var x = 1]],
  java = [[
class A {
    private final int n = 3;

    «@Override
    public int size(List<String> all) {
        if (all == null) {
            return 0; !
        }
        return n;
    }»
}]],
  rust = [[
impl A {
    «pub fn len(&self) -> usize {
        match self.x {
            Some(x) => x, !
            None => 0,
        }
    }»
}]],
}
-- A decorator and a return type above the name are left out; what matters is the function itself.
FUNCTIONS.java = FUNCTIONS.java:gsub("«@Override\n    ", "@Override\n    «")

describe("the function around a line", function()
  for language, text in pairs(FUNCTIONS) do
    it("is found in " .. language, function()
      local first, last, asked
      for row, line in ipairs(lines_of(text)) do
        if line:find("«", 1, true) then first = row end
        if line:find("»", 1, true) then last = row end
        if line:find("!$") then asked = row end
      end
      local lines = lines_of((text:gsub("«", ""):gsub("»", ""):gsub(" !\n", "\n")))

      assert.same({ first, last }, { around.find(lines, asked, asked) })
      assert.same({ first, last }, { around.find(lines, first, last) })
    end)
  end

  it("is none where lines stand in none, or only partly in one", function()
    local lines = lines_of "local a = 1\nlocal b = 2\nlocal function f()\n  return a\nend\nprint(f())"

    assert.is_nil(around.find(lines, 1, 1))
    assert.is_nil(around.find(lines, 6, 6))
    assert.is_nil(around.find(lines, 4, 6))
    assert.same({ 3, 5 }, { around.find(lines, 4, 4) })
    assert.is_nil(around.find({}, 1, 1))
  end)

  it("is given up where it is too long", function()
    local lines = { "function f()" }
    for row = 2, 900 do lines[row] = "  x()" end
    lines[901] = "end"

    assert.is_nil(around.find(lines, 450, 450))
    assert.is_nil(around.find(lines, 10, 10))
  end)
end)

describe("the names in lines", function()
  it("are those that are called first, without keywords, texts and comments", function()
    local found = symbols.find({
      "-- Reads the config", "local limit = MAX_SIZE", 'if parse_it("some text", limit) then return nil end',
    }, 10, 10)

    local names = {}
    for index, one in ipairs(found) do names[index] = one.name end
    assert.same({ "parse_it", "limit", "MAX_SIZE" }, names)
    assert.same({ 12, 3 }, { found[1].row, found[1].col })
  end)

  it("are no more than asked for", function()
    assert.equal(2, #symbols.find({ "one two three four five" }, 1, 2))
  end)
end)
