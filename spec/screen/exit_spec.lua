-- Leaving the editor while something runs: it is gone at once, whatever the network does.
local editors = require "spec.screen.editors"
local loopback = require "spec.support.loopback"
local wait_for = require "spec.support.wait"

local MOST_MS = 300

-- What the editor's clock says right before it goes, against when the terminal is gone.
local function milliseconds()
  local pipe = io.popen("date +%s%N")
  local text = pipe:read("*l")
  pipe:close()
  return tonumber(text) / 1e6
end

for _, editor in ipairs(editors.list) do
  describe(editor.name .. " is gone within 300 ms of :qa!", function()
    local server, screen

    before_each(function()
      server = loopback.start()
      server:reset()
      screen = editors.open(editor, { "gets(buffer);", "strcpy(a, b);" }, ".c")
    end)
    after_each(function()
      server:pace(0)
      screen:close()
    end)

    local function leave()
      screen:literally(":qa!")
      local started = milliseconds()
      screen:type("Enter")
      wait_for(function() return screen:screen():find("no server running", 1, true) end,
        "it did not go", 10, function() end)
      return milliseconds() - started
    end

    it("in the middle of a stream", function()
      server:pace(20)
      screen:ex("Mistral explain")
      wait_for(function() return server:stats().open_streams == 1 end, "no stream")

      assert.is_true(leave() < MOST_MS)
    end)

    it("before the answer begins", function()
      server:fault({ kind = "silence", head = true })
      screen:ex("Mistral review")
      wait_for(function() return server:stats().requests == 1 end, "no request")

      assert.is_true(leave() < MOST_MS)
    end)

    it("in the middle of a handshake", function()
      screen:ex("let g:mistral.base_url = '" .. server.url_stalled .. "'")
      screen:ex("Mistral review")
      wait_for(function() return server:stats().stalled >= 1 end, "no connection")

      assert.is_true(leave() < MOST_MS)
    end)

    it("while a key command runs", function()
      screen:ex("let g:mistral.api_key = ''")
      screen:ex("let g:mistral.api_key_command = ['sleep', '3']")
      screen:ex("Mistral review")

      assert.is_true(leave() < MOST_MS)
    end)

    it("with a completion on the screen", function()
      server:fault({ kind = "say", text = "rn a + b" })
      screen:literally("ggA")
      screen:type("C-f")
      screen:await("gets(buffer);rn a + b")
      screen:type("Escape")

      assert.is_true(leave() < MOST_MS)
    end)

    it("after a review has ended", function()
      screen:ex("Mistral review")
      screen:await("2 findings")

      assert.is_true(leave() < MOST_MS)
    end)
  end)
end
