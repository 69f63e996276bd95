-- What the fixes of a review look like on the screen.
local editors = require "spec.screen.editors"
local golden = require "spec.screen.golden"
local loopback = require "spec.support.loopback"

local CODE = {
  "int sum(const int *list, int n) {", "  int total = 0;", "  for (int i = 0; i <= n; i++)",
  "    total += list[i];", "  if (total = 0)", "    return -1;", "  return total;", "}",
}

for _, editor in ipairs(editors.list) do
  describe("in " .. editor.name .. ", fixes", function()
    local screen

    before_each(function()
      loopback.start():reset()
      screen = editors.open(editor, CODE, ".c")
      screen:ex("Mistral review")
      screen:await("2 findings")
    end)
    after_each(function() screen:close() end)

    local function look(what)
      golden.check(screen, ("fix-%s-%s"):format(what, editor.name:lower()))
    end

    it("are walked through as one patch", function()
      screen:ex("Mistral apply walk")
      screen:await("1 of 2")
      look "walk"
    end)

    it("are seen beside the code", function()
      screen:ex("Mistral diff")
      screen:await("y puts in the fix")
      look "diff"
    end)

    it("leave their lines clean", function()
      screen:ex("Mistral apply all")
      screen:await("2 fixes put in")
      look "applied"
    end)
  end)
end
