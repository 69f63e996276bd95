-- What an edit looks like on the screen.
local editors = require "spec.screen.editors"
local golden = require "spec.screen.golden"
local loopback = require "spec.support.loopback"

local CODE = {
  "#include <stdio.h>", "", "int add(int a, int b) {", "  return a + b;", "}", "",
  "int main(void) {", '  printf("%d\\n", add(1, 2));', "  return 0;", "}",
}

for _, editor in ipairs(editors.list) do
  describe("in " .. editor.name .. ", :Mistral edit", function()
    local screen

    before_each(function()
      loopback.start():reset()
      screen = editors.open(editor, CODE, ".c")
    end)
    after_each(function() screen:close() end)

    local function look(what)
      golden.check(screen, ("edit-%s-%s"):format(what, editor.name:lower()))
    end

    --- Waits until the patch hears keys: the cursor is at its second hunk then.
    local function wake()
      screen:await("1 of 2")
      screen:await(function(text)
        screen:type("']c'")
        return text:find("@@ 2 of 2, line 8 @@", 1, true)
      end)
    end

    it("shows a patch below the code, and what was answered", function()
      screen:ex("Mistral edit rename add to sum")
      wake()
      screen:literally("[c")
      look "patch"

      screen:literally("n[c")
      look "answered"

      screen:literally("]cy")
      look "done"
    end)

    it("waits until the command-line window is closed", function()
      local server = loopback.start()
      server:pace(100)
      screen:ex("Mistral edit rename add to sum")
      assert.truthy(server:wait({ at_least = { requests = 1 } }))
      screen:literally("q:")
      screen:await("\n:Mistral edit rename add to sum\n:\n")
      server:pace(0)
      assert.truthy(server:wait({ equal = { open_streams = 0 } }))
      assert.falsy(screen:screen():find("E11", 1, true))

      screen:ex("q")

      screen:await("1 of 2")
    end)

    it("shows both texts side by side", function()
      screen:ex("3,5Mistral edit rename add to sum")
      screen:await("1 of 1")
      screen:await(function(text)
        screen:type("v")
        return text:find("sum(int", 1, true) and not text:find("# y take", 1, true)
      end)
      look "beside"
    end)
  end)
end
