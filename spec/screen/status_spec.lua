-- What the status line, the log, the usage, a preview and a long sentence look like on the screen.
local editors = require "spec.screen.editors"
local golden = require "spec.screen.golden"
local lfs = require "lfs"
local loopback = require "spec.support.loopback"

local CODE = { "int add(int a, int b) {", "  return a + b;", "}" }

local function without_time(text)
  return (text:gsub("%d%d%d%d%-%d%d%-%d%d", "2026-11-22"):gsub("%d%d:%d%d:%d%d", "12:34:56")
    :gsub("%d+%.%d%ds", "0.00s")
    :gsub("(      1  )%S+", "%1"))
end

--- A month in which four requests were made, all of them today.
local function write_ledger(folder)
  local file = assert(io.open(folder .. "/ledger-" .. os.date("!%Y-%m") .. ".jsonl", "w"))
  local line = '{"time":"%s","model":"%s","provider":"mistral","kind":"chat","tokens_in":%d,'
    .. '"tokens_cached":0,"tokens_out":%d,%s"outcome":"done"}\n'
  local now = os.date("!%Y-%m-%dT%H:%M:%SZ")
  file:write(line:format(now, "mistral-large-latest", 21000, 1800, '"cost":0.0132,'),
    line:format(now, "mistral-large-latest", 9000, 200, '"cost":0.0048,'),
    line:format(now, "codestral-latest", 1500, 40, '"cost":0.0005,'),
    line:format(now, "my-own-model", 1000, 100, ""))
  file:close()
end

for _, editor in ipairs(editors.list) do
  describe("in " .. editor.name, function()
    local screen, server, state

    before_each(function()
      server = loopback.start()
      server:reset()
      state = os.tmpname()
      os.remove(state)
      assert(lfs.mkdir(state) and lfs.mkdir(state .. "/mistral"))
      write_ledger(state .. "/mistral")
      screen = editors.open(editor, CODE, ".c", "XDG_STATE_HOME=" .. state)
      screen:ex("set laststatus=2 statusline=%f\\ %=%{MistralStatus()}")
    end)
    after_each(function()
      screen:close()
      os.execute("rm -rf '" .. state .. "'")
    end)

    it("the status line tells what runs, and how long, by itself", function()
      server:fault { kind = "silence", head = true }
      screen:ex("Mistral explain")
      screen:await("mistral explain mistral-medium-latest 2s waiting")

      screen:ex("Mistral stop")
      local text = screen:await_gone("waiting")

      assert.falsy(text:find("mistral explain", 1, true), text)
      assert.falsy(text:find("Press ENTER", 1, true), text)
    end)

    it("a sentence that is wider than the screen is cut, and asks for nothing", function()
      server:fault { kind = "status", status = 400, message = ("far too long a reason "):rep(20) }
      screen:ex("Mistral explain")

      local text = screen:await("please report it")
      assert.truthy(text:find("refused the request (400): far to…; if no option", 1, true), text)
      assert.falsy(text:find("ENTER", 1, true), text)
      screen:ex("messages")
      screen:await("Press ENTER")
      screen:type("Enter")
    end)

    it("the usage and the log are tables", function()
      screen:ex("set laststatus=0 | Mistral usage")
      screen:await("Today:")
      screen:ex("only!")
      golden.check(screen, "usage-" .. editor.name:lower(), without_time)
      screen:ex("enew | call setline(1, 'int x;') | Mistral explain")
      screen:await("What this code does")
      server:fault { kind = "status", status = 401 }
      screen:ex("wincmd t | Mistral explain")
      screen:await("the service refused the key")
      screen:ex("Mistral log")
      screen:await("tries")
      screen:ex("only!")
      golden.check(screen, "log-" .. editor.name:lower(), without_time)
    end)

    it("a preview begins at its first line, however long the body is", function()
      screen:ex("%d | call setline(1, map(range(3000), '\"int x\" .. v:val .. \";\"'))")
      screen:ex("Mistral preview explain")
      local text = screen:await("POST https://")
      assert.truthy(text:find('{"', 1, true), text)
      assert.falsy(text:find("\n@", 1, true), text)
    end)
  end)
end
