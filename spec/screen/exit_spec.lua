-- Leaving the editor while something runs: it is gone at once, whatever the network does.
local editors = require "spec.screen.editors"
local loopback = require "spec.support.loopback"
local wait_for = require "spec.support.wait"

local MOST_MS = 300

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

-- What the editor's clock says right before it goes, against when the terminal is gone.
local function milliseconds()
  return tonumber(output_of("date +%s%N")) / 1e6
end

-- A library that keeps names in slow.test from being found, for ten seconds.
local function slow_dns()
  local path = output_of("mktemp --suffix .so"):match("%S+")
  assert(os.execute(("cc -shared -fPIC -o %s spec/core/slow_dns.c -ldl"):format(path)))
  return path
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

    it("while a name is looked up", function()
      local library = slow_dns()
      screen:close()
      screen = editors.open(editor, { "gets(buffer);" }, ".c", "LD_PRELOAD=" .. library)
      os.remove(library)
      local before = screen:threads()
      screen:ex("let g:mistral.base_url = 'https://name.slow.test/v1'")
      screen:ex("Mistral review")
      -- One thread does the network, and one more waits for the name.
      wait_for(function() return screen:threads() >= before + 2 end, function()
        return ("%d threads, then %d"):format(before, screen:threads())
      end)

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
