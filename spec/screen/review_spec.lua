-- What a review looks like on the screen.
local editors = require "spec.screen.editors"
local golden = require "spec.screen.golden"
local json = require "mistral.json"
local loopback = require "spec.support.loopback"

local CODE = {
  "#include <string.h>",
  "",
  "static char buffer[16];",
  "",
  "int read_name(const char *name) {",
  "  strcpy(buffer, name);",
  "  gets(buffer);",
  "  return 0;",
  "}",
}

local FINDINGS = {
  {
    line = 7, quote = "  gets(buffer);", severity = "error", category = "security",
    title = "gets cannot know how large its buffer is",
    detail = "A longer line overwrites what lies behind the buffer, and whoever wrote it decides what "
      .. "the program does next. C has done without gets since 2011 for this very reason.",
    scenario = "A line of twenty bytes.", confidence = 0.95,
    fix = { existing = "  gets(buffer);", replacement = "  fgets(buffer, sizeof buffer, stdin);" },
  },
  {
    line = 6, quote = "  strcpy(buffer, name);", severity = "warning", category = "bug",
    title = "strcpy writes past the end", detail = "", scenario = "", confidence = 0.6, fix = json.null,
  },
  {
    line = 1, quote = "#include <stdlib.h>", severity = "hint", category = "style",
    title = "stdlib.h is not needed", detail = "", scenario = "", confidence = 0.5, fix = json.null,
  },
}

for _, editor in ipairs(editors.list) do
  describe("in " .. editor.name .. ", :Mistral review", function()
    local screen

    before_each(function()
      loopback.start():reset()
      screen = editors.open(editor, CODE, ".c")
    end)
    after_each(function() screen:close() end)

    local function line_with(text, part)
      for line in (text .. "\n"):gmatch("([^\n]*)\n") do
        if line:gsub("\27%[[%d;:]*m", ""):find(part, 1, true) then return line end
      end
    end

    it("shows a sign and the title at each finding's line, and one sentence", function()
      screen:ex("Mistral review")

      local text = screen:await("2 findings")

      assert.truthy(line_with(text, "strcpy(buffer, name);"):find(
        "^E.*strcpy%(buffer, name%);.*strcpy writes past the end"), text)
      assert.truthy(line_with(text, "  gets(buffer);"):find("^E.*gets%(buffer%);.*gets cannot"), text)
      assert.falsy(line_with(text, "return 0;"):find("^E"), text)
      assert.falsy(text:find("Press ENTER", 1, true), text)
    end)

    it("underlines the lines in question, and no other", function()
      screen:ex("Mistral review")
      screen:await("2 findings")

      local colours = screen:colours()

      assert.truthy(line_with(colours, "gets(buffer);"):find("\27%[4m[^\n]*gets%(buffer%);"), colours)
      assert.falsy(line_with(colours, "0;"):find("\27%[4m"), colours)
    end)

    it("lists them in the quickfix window, from where they are reached", function()
      screen:ex("Mistral review")
      screen:await("2 findings")

      screen:ex("copen")
      screen:await("|6 error| strcpy writes past the end of the target")
      screen:type("j Enter")

      screen:await(function() return screen:cursor() == 7 end)
    end)

    it("keeps signs and titles at their lines while lines are put in above", function()
      screen:ex("Mistral review")
      screen:await("2 findings")

      screen:literally("ggO// above")
      screen:type("Escape")

      local text = screen:await("// above")
      assert.truthy(line_with(text, "  gets(buffer);"):find("^E.*gets cannot"), text)
    end)

    local function look(what)
      golden.check(screen, ("review-%s-%s"):format(what, editor.name:lower()))
    end

    it("looks like this: text, list, and a finding whole", function()
      loopback.start():fault { kind = "say", text = json.encode { findings = FINDINGS } }
      screen:ex("Mistral review")
      screen:await("3 findings")
      look "text"

      screen:ex("Mistral findings")
      screen:await("|7 error|")
      look "list"

      screen:ex("cclose")
      screen:ex("Mistral next! error")
      -- Neovim before 0.9 has no titles in borders.
      local titled = screen:await("```diff"):find("┌ error", 1, true)
      look(titled and "detail" or "detail-untitled")

      screen:type("q")
      screen:await_gone("```diff")
    end)
  end)
end
