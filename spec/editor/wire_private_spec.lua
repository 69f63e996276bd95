-- What stays here: files that hold keys, and secrets in other files. The loopback server is the
-- witness.
local config = require "mistral.config"
local editor = require "spec.editor.support.editor"
local made = require "spec.api.redact.corpus.made"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local TOKEN = made.files({ { name = "x", text = "@@gitlab@@" } }, 1)[1].text
local NAME = "REDACTED_GITLAB_TOKEN_1"
local CODE = { "local token = '" .. TOKEN .. "'", "return connect(token)" }

describe("a file that holds keys", function()
  local server

  before_each(function()
    server = wire.start()
    editor.command("imap <C-G>c <Plug>(mistral-complete)")
    editor.open({ "MODE=production", "NAME=shop" }, "sh")
    editor.command("silent file .env.production")
  end)
  after_each(function()
    editor.command("iunmap <C-G>c")
    wire.stop()
  end)

  local function assert_silence()
    local stats = server:stats()
    assert.equal(0, stats.requests)
    assert.equal(0, stats.connections)
  end

  for _, command in ipairs { "review", "explain", "preview review", "preview complete" } do
    it("is not sent by :Mistral " .. command .. ", which says why", function()
      editor.command("Mistral " .. command)

      assert.equal("warn: mistral: nothing of .env.production is sent: files of that name hold keys "
        .. "or passwords; option allow_files lets it through", wire.said())
      assert_silence()
    end)
  end

  it("is not completed, without a word", function()
    editor.in_insert_mode("GA", function(insert)
      insert.type("\\<C-G>c")
      insert.type("x")
    end)

    assert.equal("", wire.said())
    assert_silence()
  end)

  it("is sent when its name is allowed", function()
    assert(config.setup({ allow_files = { ".env.*" } }))

    editor.command("Mistral explain")
    wire.await("explain")

    assert.equal(1, server:stats().requests)
  end)
end)

-- The text of a preview, whose window is closed again.
local function preview_of(kind)
  local bufnr = function() return editor.call("bufnr", "mistral://preview") end
  editor.command("silent! bwipeout! mistral://preview")
  editor.command("Mistral preview " .. kind)
  wait_for(function() return bufnr() > 0 and editor.call("bufwinid", bufnr()) > 0 end, wire.said)
  local text = table.concat(editor.call("getbufline", bufnr(), 1, "$"), "\n")
  editor.command("close")
  return text
end

describe("a secret in a buffer", function()
  local server, host

  before_each(function()
    server = wire.start()
    host = require("mistral.host").get()
    editor.command("imap <C-G>c <Plug>(mistral-complete)")
    editor.open(CODE, "lua")
  end)
  after_each(function()
    editor.command("iunmap <C-G>c")
    wire.stop()
  end)

  local function text_of(name)
    return table.concat(host.lines(editor.call("bufnr", name), 1, -1), "\n")
  end

  local function sent()
    local bodies = {}
    for i, request in ipairs(server:requests()) do bodies[i] = request.body end
    return table.concat(bodies, "\n")
  end

  it("does not leave with an explanation, which has it all the same", function()
    server:fault({ kind = "say", text = "The token " .. NAME .. " is written into the code." })

    editor.command("Mistral explain")
    wire.await("explain")

    assert.is_nil(sent():find(TOKEN, 1, true))
    assert.truthy(sent():find(NAME, 1, true))
    assert.truthy(text_of("mistral://explain"):find("The token " .. TOKEN .. " is written into the code.",
      1, true))
    assert.equal("info: mistral: 1 secret was left out of what this explanation sends; "
      .. "see :Mistral preview", wire.said())
  end)

  it("is quoted by a finding, which is placed where it stands", function()
    local finding = ([[{"findings":[{"line":1,"quote":"local token = '%s'","severity":"error",]]
      .. [["category":"security","title":"A token in the code","detail":"Anyone who reads it has it."}]}]])
      :format(NAME)
    server:fault({ kind = "say", text = finding })

    editor.command("Mistral review")
    wire.await("review")

    assert.is_nil(sent():find(TOKEN, 1, true))
    assert.equal(1, wire.list().items[1].lnum)
    assert.is_nil(wire.said():find("without a place", 1, true))
  end)

  it("does not leave with completions, and that is said once", function()
    for _ = 1, 2 do
      server:fault({ kind = "say", text = " -- " .. NAME })
      editor.in_insert_mode("2GA", function(insert)
        insert.type("\\<C-G>c")
        insert.wait(function() return wire.ghost(host.buffer()) == " -- " .. TOKEN end,
          function() return "the ghost is " .. wire.ghost(host.buffer()) end)
      end)
    end

    assert.is_nil(sent():find(TOKEN, 1, true))
    assert.equal("info: mistral: 1 secret was left out of what this completion sends; "
      .. "see :Mistral preview", wire.said())
  end)

  it("is not in the preview, which shows what is sent", function()
    local preview = preview_of("explain")

    editor.command("Mistral explain")
    wire.await("explain")

    assert.is_nil(preview:find(TOKEN, 1, true))
    assert.truthy(preview:find(server:requests()[1].body, 1, true))
  end)

  it("is the user's own key, too, in the preview as well", function()
    editor.open({ "x = connect('" .. server.key .. "')" }, "lua")

    local preview = preview_of("explain")
    editor.command("Mistral explain")
    wire.await("explain")

    assert.is_nil(sent():find(server.key, 1, true))
    assert.truthy(preview:find(server:requests()[1].body, 1, true))
  end)

  it("leaves as it is when that is asked for, or allowed", function()
    assert(config.setup({ redact_allow = { "^glpat" } }))
    editor.command("Mistral explain")
    wire.await("explain")
    assert.truthy(sent():find(TOKEN, 1, true))
    assert.equal("", wire.said())

    server:reset()
    assert(config.setup({ redact_allow = {}, redact = false }))
    editor.command("Mistral explain")
    wire.await("explain")
    assert.truthy(sent():find(TOKEN, 1, true))
  end)

  it("is not sent when redact_allow has a pattern that is none", function()
    assert(config.setup({ redact_allow = { "[" } }))

    editor.command("Mistral explain")

    assert.truthy(wire.said():find("option redact_allow: `allow` has a malformed pattern: [", 1, true))
    assert.equal(0, server:stats().requests)
  end)
end)

describe("a key in a file", function()
  local server, folder

  local function write(name, text, mode)
    local path = folder .. "/" .. name
    local file = assert(io.open(path, "wb"))
    file:write(text)
    file:close()
    os.execute(("chmod %s '%s'"):format(mode, path))
    return path
  end

  before_each(function()
    server = wire.start()
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir -m 700 '" .. folder .. "'")
    editor.command("cd " .. folder)
    editor.open({ "return 1" }, "lua")
  end)
  after_each(function()
    editor.command("cd -")
    wire.stop()
    os.execute("rm -r '" .. folder .. "'")
  end)

  local function health()
    editor.command("Mistral health")
    return table.concat(editor.call("getbufline", "mistral://health", 1, "$"), "\n")
  end

  it("is taken from .env in the working folder, as health says", function()
    write(".env", "OTHER=1\nMISTRAL_API_KEY='" .. server.key .. "'\n", "600")
    assert(config.setup({ api_key = "" }))

    assert.truthy(health():find("key: from .env in the working folder", 1, true))
    editor.command("close")
    editor.command("Mistral explain")
    wire.await("explain")

    assert.is_true(server:requests()[1].authorization)
    assert.equal("", wire.said())
  end)

  it("is not taken from one that everybody may read", function()
    write(".env", "MISTRAL_API_KEY=" .. server.key .. "\n", "644")
    assert(config.setup({ api_key = "" }))

    assert.truthy(health():find("may be read by everybody (mode 644): chmod 600 .env", 1, true))
    editor.command("close")
    editor.command("Mistral explain")
    wire.await("explain")

    assert.truthy(wire.said():find("may be read by everybody", 1, true))
    assert.equal(0, server:stats().requests)
  end)

  it("is taken from the file of option key_file", function()
    local path = write("key", server.key .. "\n", "600")
    assert(config.setup({ api_key = "", key_file = path }))

    assert.truthy(health():find("key: from the file " .. path, 1, true))
    editor.command("close")
    editor.command("Mistral explain")
    wire.await("explain")

    assert.is_true(server:requests()[1].authorization)
  end)

  it("is kept out of the preview as well, from wherever it will come", function()
    local path = write("key", server.key .. "\n", "600")
    for _, options in ipairs({ { key_file = path }, { key_file = "" } }) do
      options.api_key = ""
      assert(config.setup(options))
      editor.open({ "x = connect('" .. server.key .. "')" }, "lua")
      local preview = preview_of("explain")

      assert.truthy(preview:find("x = connect('REDACTED_", 1, true), preview)
      assert.is_nil(preview:find(server.key, 1, true))
      write(".env", "MISTRAL_API_KEY=" .. server.key .. "\n", "600") -- for the next round
    end
  end)
end)
