-- A key that reaches the editor stays in its memory: it is in no message, register, list, preview,
-- child or file, while a request runs and after requests have failed.
local config = require "mistral.config"
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local CANARY = ("CANARY%d%06d"):format(os.time(), math.floor(require("system").gettime() * 1e6) % 1e6)
local KEY = "test-key-" .. CANARY

--- The command lines, environments and files that have it, all of this user's. The shell puts the
--- words together, so that it does not find itself.
local function traces()
  local pattern = CANARY:sub(1, 8) .. "'" .. "'" .. CANARY:sub(9)
  local pipe = assert(io.popen(([[
    grep -l -a -F '%s' /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null
    for folder in "$HOME" "${TMPDIR:-/tmp}" "$XDG_STATE_HOME" "$XDG_DATA_HOME" "$XDG_CACHE_HOME"; do
      [ -d "$folder" ] && grep -r -l -a -F '%s' "$folder" 2>/dev/null
    done]]):format(pattern, pattern)))
  local text = pipe:read("*a")
  pipe:close()
  return text
end

--- All that the editor shows or keeps where a user, or another plugin, would look.
local function visible()
  local parts = { wire.said(), editor.call("execute", "messages"), editor.call("execute", "registers") }
  for _, item in ipairs(wire.list().items) do parts[#parts + 1] = item.text end
  for number = 1, editor.call("bufnr", "$") do
    if editor.call("bufexists", number) == 1 then
      parts[#parts + 1] = table.concat(editor.call("getbufline", number, 1, "$"), "\n")
    end
  end
  return table.concat(parts, "\n")
end

describe("the key in the editor", function()
  local server

  before_each(function()
    server = wire.start()
    assert(config.setup({ api_key = KEY }))
    editor.open({ "gets(buffer);", "strcpy(a, b);" }, "c")
  end)
  after_each(function()
    server:pace(0)
    wire.stop()
  end)

  it("is nowhere else while a review streams", function()
    server:pace(30)
    editor.command("Mistral review")
    wait_for(function() return server:stats().open_streams == 1 end, "no stream")

    assert.equal("", traces())
    editor.command("Mistral stop")
    wire.await("review")
    assert.is_nil(visible():find(CANARY, 1, true))
    assert.is_true(server:requests()[1].authorization)
  end)

  for _, name in ipairs { "unauthorized", "forbidden", "no_route", "unprocessable", "internal" } do
    it("is in nothing that is said of an error: " .. name, function()
      server:fault({ kind = "status", name = name, retry_after = 0, times = 0 })
      editor.command("Mistral review")
      wire.await("review")

      assert.truthy(#wire.said() > 0)
      assert.is_nil(visible():find(CANARY, 1, true))
      assert.equal("", traces())
    end)
  end

  it("is in nothing that is said of a connection that fails", function()
    for _, url in ipairs { server.url_untrusted, server.url_wrong_host, "https://127.0.0.1:1/v1" } do
      assert(config.setup({ api_key = KEY, base_url = url }))
      editor.command("Mistral explain")
      wire.await("explain")
    end

    assert.truthy(#wire.said() > 0)
    assert.is_nil(visible():find(CANARY, 1, true))
    assert.equal("", traces())
  end)

  it("is in no preview and no health report", function()
    editor.command("Mistral preview review")
    editor.command("Mistral health online")
    wire.await("health")

    assert.is_nil(visible():find(CANARY, 1, true))
    for name, value in pairs(door.session()) do
      assert.is_nil(tostring(value):find(CANARY, 1, true), name)
    end
  end)
end)
