-- What a chat and a question on an explanation look like on the screen.
local editors = require "spec.screen.editors"
local golden = require "spec.screen.golden"
local loopback = require "spec.support.loopback"

local CODE = { "int add(int a, int b) {", "  return a + b;", "}" }

local ANSWER = "`add` **adds** two numbers:\n\n```c\nreturn a + b;\n```\n\nNothing checks for overflow."

for _, editor in ipairs(editors.list) do
  describe("in " .. editor.name .. ",", function()
    local screen, server

    before_each(function()
      server = loopback.start()
      server:reset()
      screen = editors.open(editor, CODE, ".c")
      -- Without it, Vim 9.2 draws one below the right one of two windows, and Vim 9.0 none.
      screen:ex "set laststatus=2"
      screen:await "lua_"
    end)
    after_each(function() screen:close() end)

    local function say(text)
      server:fault { kind = "say", text = text }
    end

    it("a chat is a buffer in which one asks on by Enter", function()
      say(ANSWER)
      screen:ex "Mistral chat what does @buffer do?"
      screen:await "overflow."
      screen:await ">>>"

      say "It is undefined in C."
      screen:literally "Awhat then?"
      screen:type "Enter"
      screen:await "undefined in C"
      local text = screen:await(function(now)
        return now:find("undefined in C.*>>>.*answered: %d+ tokens in, 7 out, 0%.000%d+ USD")
      end)

      assert.falsy(text:find("Press ENTER", 1, true), text)
      screen:ex "echo"
      screen:await_gone "tokens in"
      golden.check(screen, "chat-" .. editor.name:lower())
    end)

    it("a chat says that it waits, where its answer will be", function()
      server:pace(5, 3000)
      screen:ex "Mistral chat what does @buffer do?"

      local text = screen:await "waiting for mistral-medium-latest"
      assert.truthy(text:find("## Mistral%s*\n[^\n]*\n[^\n]*waiting for mistral%-medium%-latest"), text)
    end)

    it("an explanation goes on with what is asked below it", function()
      say "It adds two numbers."
      screen:ex "Mistral explain"
      screen:await ">>>"

      say "It wraps, or worse."
      screen:type "C-w l"
      screen:literally "GAand when they are large?"
      screen:type "Enter"
      screen:await(function(now) return now:find("or worse.*>>>") end)

      golden.check(screen, "explain-" .. editor.name:lower())
    end)

    it("chats that were kept are offered, the newest first", function()
      say "One."
      screen:ex "Mistral chat what is one?"
      screen:await "One."
      screen:ex "bwipeout!"
      screen:await_gone "One."

      screen:ex "Mistral chats"
      screen:await(function(now) return now:find("%d%d%d%d%-what%-is%-one") end)
    end)
  end)
end
