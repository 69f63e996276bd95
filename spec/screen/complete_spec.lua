-- What a completion looks like on the screen.
local editors = require "spec.screen.editors"
local loopback = require "spec.support.loopback"
local wait_for = require "spec.support.wait"

local CODE = { "local function add(a, b)", "  retu", "end", "print(add(1, ))" }

for _, editor in ipairs(editors.list) do
  describe("in " .. editor.name .. ", a completion", function()
    local screen, server

    before_each(function()
      server = loopback.start()
      server:reset()
      screen = editors.open(editor, CODE, ".lua")
    end)
    after_each(function() screen:close() end)

    local function lines()
      local list = {}
      for line in (screen:screen() .. "\n"):gmatch("([^\n]*)\n") do list[#list + 1] = line end
      return list
    end

    it("stands behind the cursor at the end of a line, and goes with Esc", function()
      server:fault({ kind = "say", text = "rn a + b" })
      screen:literally("2GA")
      screen:type("C-f")

      screen:await("  return a + b")
      screen:await(function()
        local row, column = screen:cursor()
        return row == 2 and column == 6
      end)
      screen:type("Escape")

      screen:await_gone("return a + b")
      assert.equal("  retu", lines()[2])
    end)

    it("goes with CTRL-C, also in the first column", function()
      server:fault({ kind = "say", text = "local sum = 0" })
      screen:literally("ggO")
      screen:type("C-f")
      screen:await("local sum = 0")

      screen:type("C-c")

      screen:await_gone("local sum")
    end)

    it("is stopped on the wire by CTRL-C before the answer begins", function()
      server:fault({ kind = "silence", head = true })
      screen:literally("ggO")
      screen:type("C-f")
      wait_for(function() return server:stats().requests == 1 end, "no request")

      screen:type("C-c")

      wait_for(function() return server:stats().resets == 1 end, "no reset", 3)
    end)

    it("makes room in the middle of a line", function()
      server:fault({ kind = "say", text = "2" })
      screen:literally("4G$hi")
      screen:type("C-f")

      screen:await("print(add(1, 2))")
      screen:await(function()
        local row, column = screen:cursor()
        return row == 4 and column == 13
      end)
    end)

    it("shows its further lines below, tabs as blanks, and the text after them", function()
      server:fault({ kind = "say", text = "rn a\n\tb\n  end" })
      screen:literally("2GA")
      screen:type("C-f")

      screen:await("  return a\n        b\n  end\nend\nprint(add(1, ))")
    end)

    it("shrinks under what is typed, and is then taken", function()
      server:fault({ kind = "say", text = "rn a + b" })
      screen:literally("2GA")
      screen:type("C-f")
      screen:await("  return a + b")

      screen:literally("rn ")
      screen:await(function() return select(2, screen:cursor()) == 9 end)
      assert.equal("  return a + b", lines()[2])
      screen:type("C-l")

      screen:await(function() return select(2, screen:cursor()) == 14 end)
      screen:type("Escape")
      assert.equal("  return a + b", lines()[2])
    end)

    it("has a look of its own, which is not the text's", function()
      server:fault({ kind = "say", text = "rn a" })
      screen:literally("2GA")
      screen:type("C-f")
      screen:await("  return a")

      local colours = screen:colours()

      assert.truthy(colours:find("retu[\27%[%d;:m]*\27%[[%d;:]*mrn a"), colours)
    end)

    it("comes in the menu with CTRL-X CTRL-U", function()
      server:fault({ kind = "say", text = "rn a + b" })
      screen:literally("2GA")
      screen:type("C-x C-u")

      screen:await("[mistral]")
      screen:type("C-y Escape")
      screen:await_gone("[mistral]")

      assert.equal("  return a + b", lines()[2])
    end)
  end)
end
