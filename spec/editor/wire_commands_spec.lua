-- The plugin file, :Mistral preview and :Mistral health in a real editor.
local config = require "mistral.config"
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
local json = require "mistral.json"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local function text_of(name)
  local buffer = editor.call("bufnr", name)
  return table.concat(require("mistral.host").get().lines(buffer, 1, -1), "\n")
end

-- The lines of the preview: its headers by lower-case name, and the line behind a line.
local function read_preview()
  local lines, headers = {}, {}
  for line in (text_of("mistral://preview") .. "\n"):gmatch("([^\n]*)\n") do
    lines[#lines + 1] = line
  end
  local at = 2
  while lines[at] ~= "" do
    local name, value = lines[at]:match("^([%w-]+): (.+)$")
    headers[name:lower()] = value
    at = at + 1
  end
  return { first = lines[1], headers = headers, body = lines[at + 1], lines = lines }
end

local function line_behind(lines, wanted)
  for i, line in ipairs(lines) do
    if line == wanted then return lines[i + 1] end
  end
end

describe(":Mistral preview", function()
  local server
  before_each(function() server = wire.start() end)
  after_each(wire.stop)

  local LINES = { "int x = 1; // 日本 \255", "\tgets(\"a\\b\");", "nul\0" }

  -- Previews, then sends; returns the preview and what the server got.
  local function preview(command, kind)
    editor.open(LINES, "c")
    editor.command("Mistral preview " .. command)
    wait_for(function() return editor.call("bufnr", "mistral://preview") > 0 end, "no preview")
    local shown = read_preview()
    assert.equal(0, server:stats().requests)
    editor.command("close")
    editor.command("Mistral " .. command)
    wire.await(kind)
    return shown, server:requests()[1]
  end

  for _, command in ipairs { "review", "explain", "review mind the tabs" } do
    it("shows byte for byte what `" .. command .. "` sends", function()
      local shown, request = preview(command, command:match("%a+"))

      assert.equal("POST " .. server.url .. "/chat/completions", shown.first)
      assert.equal(request.body, shown.body)
    end)
  end

  -- Previews a completion, then asks for one by these keys.
  local function preview_completion(keys)
    local buffer = editor.open(LINES, "c")
    require("mistral.host").get().set_cursor(2, 3)
    editor.command("Mistral preview complete")
    local shown = read_preview()
    editor.command("close")
    assert.equal(buffer, editor.call("bufnr", "%"))
    editor.command("set completefunc=MistralComplete")
    editor.in_insert_mode("2G03li", function(insert)
      insert.type(keys)
      insert.wait(function() return server:stats().requests == 1 end, "nothing was sent")
    end)
    editor.command("set completefunc=")
    wait_for(function() return server:requests()[1].body end, "no body")
    return shown, server:requests()[1]
  end

  it("shows byte for byte what a completion sends", function()
    local shown, request = preview_completion("\\<C-O>:Mistral complete\\<CR>")

    assert.equal("POST " .. server.url .. "/fim/completions", shown.first)
    assert.equal(request.body, shown.body)
  end)

  it("shows what a completion in the menu sends, which is not the same", function()
    local shown, request = preview_completion("\\<C-X>\\<C-U>")

    assert.same({ "\n" }, json.decode(request.body).stop)
    assert.equal(request.body,
      line_behind(shown.lines, "The body of one that opens in the completion menu:"))
  end)

  -- What both say of each header; the address has the host.
  local function assert_headers(request, shown)
    local sent = {}
    for name, value in pairs(request.headers) do
      if name ~= "host" and name:sub(1, 1) ~= ":" then sent[name] = value end
    end
    if sent.authorization then sent.authorization = "Bearer «not shown»" end
    assert.same(sent, shown.headers)
  end

  it("names every header that is sent, and no key", function()
    local shown, request = preview("review", "review")

    assert_headers(request, shown)
    assert.is_true(request.authorization)
    assert.falsy(table.concat(shown.lines, "\n"):find(server.key, 1, true))
  end)

  it("names no header for a key where there is none", function()
    config.setup({ api_key = "" })
    local shown, request = preview("review", "review")

    assert_headers(request, shown)
    assert.is_nil(shown.headers.authorization)
  end)

  it("shows what another provider is sent, in its dialect", function()
    local root = server.url:gsub("/v1$", "")
    config.setup({ provider = "bedrock", base_url = root .. "/bedrock/v1" })
    config.setup({ review = { model = "mistral.ministral-3-8b-instruct" } })
    local shown, request = preview("review", "review")

    assert.equal("POST " .. root .. "/bedrock/v1/chat/completions", shown.first)
    assert.equal(request.body, shown.body)
    assert.truthy(shown.body:find("include_usage", 1, true))
  end)

  for _, url in ipairs { "ftp://llm.example", "http://llm.example/v1", "https://a b/v1" } do
    it("says of " .. url .. " what the command says", function()
      config.setup({ base_url = url })
      editor.open(LINES, "c")

      editor.command("Mistral preview review")
      assert.equal(-1, editor.call("bufwinnr", "mistral://preview"))
      editor.command("Mistral review")
      wire.await("review")

      assert.equal(2, #wire.notes)
      assert.equal(wire.notes[2].message, wire.notes[1].message)
    end)
  end

  it("shows the texts once more, to read", function()
    local shown = preview("review", "review")
    local all = table.concat(shown.lines, "\n")

    assert.truthy(all:find("\n---- user ----\n", 1, true))
    assert.truthy(all:find("\n    2| \tgets(\"a\\b\");\n", 1, true))
  end)

  it("says why there would be nothing to send", function()
    editor.open({ "" }, "c")

    editor.command("Mistral preview review")

    assert.equal("warn: mistral: nothing to review: [No Name] is empty", wire.said())
  end)
end)

describe(":Mistral health", function()
  local server
  before_each(function() server = wire.start() end)
  after_each(wire.stop)

  it("tells what is there, sends nothing, and shows no key", function()
    config.setup({ proxy = "http://user:secret@proxy.example:3128" })
    editor.command("Mistral health")
    local text = text_of("mistral://health")

    assert.truthy(text:find("OK      C module", 1, true))
    assert.truthy(text:find("libcurl: 7", 1, true) or text:find("libcurl: 8", 1, true))
    assert.truthy(text:find("http2", 1, true))
    assert.truthy(text:find("certificates: " .. server.ca_file, 1, true))
    assert.truthy(text:find("proxy: http://proxy.example:3128, from option proxy", 1, true))
    assert.truthy(text:find("key: from option api_key", 1, true))
    assert.falsy(text:find(server.key, 1, true))
    assert.falsy(text:find("secret", 1, true))
    assert.equal(0, server:stats().requests)
  end)

  it("tells of the provider, and where its key would come from", function()
    config.setup({ provider = "ollama", base_url = "http://127.0.0.1:1", api_key = "" })
    editor.command("Mistral health")
    local text = text_of("mistral://health")

    assert.truthy(text:find("service: http://127.0.0.1:1, by the provider ollama", 1, true))
    assert.truthy(text:find("key: none, and none is needed", 1, true))
  end)

  it("tells of the command that a provider's key comes from", function()
    config.setup({ provider = "vertex", project = "p", base_url = "", api_key = "" })
    editor.command("Mistral health")
    local text = text_of("mistral://health")

    assert.truthy(text:find("service: https://europe-west4-aiplatform.googleapis.com", 1, true))
    assert.truthy(text:find("from the command gcloud auth print-access-token", 1, true))
  end)

  it("tells what a provider still needs", function()
    config.setup({ provider = "azure", base_url = "" })
    editor.command("Mistral health")

    assert.truthy(text_of("mistral://health"):find("needs `endpoint`", 1, true))
  end)

  for _, command in ipairs { "Mistral health online", "Mistral! health", "Mistral health!" } do
    it("asks for the models, once, with :" .. command, function()
      editor.command(command)
      wire.await("health")

      assert.truthy(text_of("mistral://health"):find("OK      the service answered in", 1, true))
      assert.equal(1, server:stats().requests)
      assert.equal("/v1/models", server:requests()[1].path)
    end)
  end

  it("tells why the service did not answer", function()
    server:fault({ kind = "status", name = "unauthorized" })
    editor.command("Mistral health online")
    wire.await("health")

    assert.truthy(text_of("mistral://health"):find("ERROR", 1, true))
  end)

  it("tells that a page is not from the service", function()
    server:fault({ kind = "not_stream" })
    editor.command("Mistral health online")
    wire.await("health")

    assert.truthy(text_of("mistral://health"):find("the answer is not from the service", 1, true))
  end)

  it("warns of a model that the service does not list", function()
    config.setup({ review = { model = "open-mistral-7b" } })
    editor.command("Mistral health online")
    wire.await("health")

    assert.truthy(text_of("mistral://health"):find(
      "WARNING the service does not list open-mistral-7b, the model for review", 1, true))
  end)

  it("tells what is wrong with an option", function()
    editor.command("let g:mistral = {'prox': 'x'}")
    editor.command("Mistral health")
    editor.command("unlet g:mistral")

    assert.truthy(text_of("mistral://health"):find("ERROR   unknown option `prox`", 1, true))
  end)

  if editor.kind == "nvim" then
    it("is what :checkhealth mistral says", function()
      editor.command("checkhealth mistral")
      local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
      editor.command("bwipeout!")

      assert.truthy(text:find("C module", 1, true))
      assert.truthy(text:find("key: from option api_key", 1, true))
      assert.falsy(text:find(server.key, 1, true))
    end)
  end
end)

describe("a wrong :Mistral", function()
  after_each(editor.clear)

  it("says one sentence, and nothing else, and is no exception", function()
    editor.command("runtime plugin/mistral.vim")
    editor.messages()

    local ran, problem = pcall(editor.command, "Mistral revew")
    editor.command("try | execute 'Mistral revew' | catch | let g:mistral_caught = 1 | endtry")

    assert.is_true(ran, problem)
    assert.equal(0, editor.call("exists", "g:mistral_caught"))
    local sentence = "mistral: there is no :Mistral revew; there are "
      .. table.concat(require("mistral.editor.command").names(), ", ")
    local said = {}
    for line in editor.messages():gmatch("[^\n]+") do said[#said + 1] = line end
    assert.same({ sentence, sentence }, said)
  end)

  if editor.kind == "nvim" then
    it("is said by the vim.notify that a user has put there", function()
      local said, notify = nil, vim.notify
      vim.notify = function(message, level) said = level .. message end

      editor.command("Mistral revew")

      vim.notify = notify
      assert.equal(vim.log.levels.ERROR .. "mistral: there is no :Mistral revew", said:match("^[^;]+"))
    end)
  end
end)

describe("the plugin file", function()
  after_each(editor.clear)

  local function source_changed(from, to)
    local path = editor.call("globpath", editor.eval("&runtimepath"), "plugin/mistral.vim")
    local file = assert(io.open(path:match("[^\n]+")))
    local text = file:read("*a")
    file:close()
    local start, stop = text:find(from, 1, true)
    assert(start, "it does not have " .. from)
    local changed = os.tmpname()
    file = assert(io.open(changed, "w"))
    file:write(text:sub(1, start - 1) .. to .. text:sub(stop + 1))
    file:close()
    editor.command("unlet! g:loaded_mistral")
    editor.command("source " .. changed)
    os.remove(changed)
  end

  it("completes subcommands and their words", function()
    editor.command("runtime plugin/mistral.vim")

    assert.same({ "review" }, editor.call("getcompletion", "Mistral rev", "cmdline"))
    assert.same({ "chat", "commit", "complete", "edit", "explain", "fix", "review" },
      editor.call("sort", editor.call("getcompletion", "1,3Mistral preview ", "cmdline")))
  end)

  it("takes no key", function()
    editor.command("runtime plugin/mistral.vim")
    local maps = editor.call("execute", "map | map! ")

    for line in maps:gmatch("[^\n]+") do
      if line:lower():find("mistral", 1, true) then
        assert.truthy(line:find("^i%s+<Plug>%(mistral%-%a+%)"), line)
      end
    end
  end)

  it("loads no Lua of ours at start, and costs at most 0.3 ms", function()
    local text = editor.run_another([[
      let s:best = 1000.0
      for s:i in range(20)
        unlet! g:loaded_mistral
        let s:start = reltime()
        runtime plugin/mistral.vim
        let s:best = min([float2nr(reltimefloat(reltime(s:start)) * 1000000), float2nr(s:best)])
      endfor
      let s:loaded = luaeval('(function() local n = 0 for name in pairs(package.loaded) do '
            \ .. 'if name:find("mistral", 1, true) then n = n + 1 end end return n end)()')
      call writefile([string(s:best), string(s:loaded)], 'OUT')
    ]])
    local microseconds, loaded = text:match("^([%d.]+)\n([%d.]+)\n")

    assert.is_true(tonumber(microseconds) <= 300, microseconds .. " µs")
    assert.equal(0, tonumber(loaded))
  end)

  it("says one sentence in an editor that lacks something, and sends nothing", function()
    source_changed("if has('nvim')\n    return has('nvim-0.7') ? '' :", "if 1\n    return")
    editor.messages()

    editor.command("Mistral review")

    local said = editor.messages():gsub("^%s+", ""):gsub("%s+$", "")
    assert.equal("mistral: needs Neovim 0.7 or newer", said)
    editor.command("unlet! g:loaded_mistral")
    editor.command("runtime plugin/mistral.vim")
  end)

  it("says that a Vim has no Lua, in one sentence", function()
    source_changed("if has('nvim')\n    return has('nvim-0.7') ? '' : 'mistral: needs Neovim 0.7 or "
      .. "newer'\n  endif\n  if !has('lua')", "if 1")
    editor.messages()

    editor.command("Mistral review")

    local said = editor.messages():gsub("^%s+", ""):gsub("%s+$", "")
    assert.equal("mistral: needs a Vim with +lua; this one has none (in Debian, vim-nox has it)", said)
    editor.command("unlet! g:loaded_mistral")
    editor.command("runtime plugin/mistral.vim")
  end)

  it("leaves nothing of the session when the editor goes", function()
    local server = wire.start()
    server:pace(20)
    editor.open({ "gets(x);" }, "c")
    editor.command("Mistral review")
    local session = door.session()

    editor.command("doautocmd <nomodeline> VimLeavePre")

    assert.is_true(session.closed)
    assert.same({}, session:running())
    wire.stop()
  end)

  if editor.kind == "nvim" and vim.deprecate then
    it("calls nothing that this Neovim has deprecated", function()
      local called, deprecate = {}, vim.deprecate
      vim.deprecate = function(name) called[#called + 1] = name end
      wire.start()
      editor.open({ "gets(x);" }, "c")
      editor.command("Mistral review")
      editor.command("Mistral explain")
      wire.await()
      editor.command("Mistral preview review")
      editor.command("checkhealth mistral")
      wire.stop()
      vim.deprecate = deprecate

      assert.same({}, called)
    end)
  end

  for kind, said in pairs {
    review = "warn: mistral: the review of [No Name] was stopped",
    explain = "warn: mistral: the explanation of [No Name] was stopped",
  } do
    it("says why the " .. kind .. " ends when the way to the service changed", function()
      local server = wire.start()
      editor.open({ "gets(x);" }, "c")
      server:fault({ kind = "silence", head = true })
      editor.command("Mistral " .. kind)
      wait_for(function() return server:stats().requests == 1 end, "no request")

      config.setup({ base_url = server.url_h1 })
      editor.command("Mistral health online")
      wire.await()

      assert.equal(said .. ": the options of its connection changed", wire.said())
      assert.truthy(text_of("mistral://health"):find("OK      the service answered", 1, true))
      wire.stop()
    end)
  end

  it("says why a completion ends when the way to the service changed", function()
    local server = wire.start()
    server:fault({ kind = "silence", head = true })
    editor.open({ "gets(x);" }, "c")
    editor.in_insert_mode("A", function(insert)
      editor.command("Mistral complete")
      insert.wait(function() return server:stats().requests == 1 end, "no request")
      config.setup({ base_url = server.url_h1 })
      editor.command("Mistral review")
    end)
    wire.await()

    assert.equal("warn: mistral: the completion was stopped: the options of its connection changed",
      wire.said():match("^[^\n]*"))
    wire.stop()
  end)

  it("says why the question of health ends when the way to the service changed", function()
    local server = wire.start()
    server:fault({ kind = "silence", head = true })
    editor.command("Mistral health online")
    wait_for(function() return server:stats().requests == 1 end, "no request")
    config.setup({ base_url = server.url_h1 })
    editor.open({ "gets(x);" }, "c")
    editor.command("Mistral review")
    wire.await()

    assert.truthy(text_of("mistral://health"):find(
      "WARNING the question to the service was stopped: the options of its connection changed", 1, true))
    wire.stop()
  end)

  it("makes a new client when the way to the service changed", function()
    local server = wire.start()
    editor.open({ "gets(x);" }, "c")
    config.setup({ base_url = "http://127.0.0.1:9/v1" })
    editor.command("Mistral health online")
    wire.await("health", 60)
    config.setup({ base_url = server.url })
    editor.command("bwipeout!")
    editor.command("Mistral health online")
    wire.await("health")

    assert.truthy(text_of("mistral://health"):find("OK      the service answered", 1, true))
    assert.is_nil(json.decode("x"))
    wire.stop()
  end)
end)
