--- The manual says what is there, all of it, and its examples run.
local command = require "mistral.editor.command"
local config = require "mistral.config"
local errors = require "mistral.errors"
local loopback = require "spec.support.loopback"
local manual = require("spec.doc.manual").read()
local mistral = require "mistral"
local native = require "mistral.native"
local wait_for = require "spec.support.wait"

local function source(path)
  local file = assert(io.open(path))
  local text = file:read("*a")
  file:close()
  return text
end

local function assert_tag(tag)
  assert.truthy(manual.tags[tag], "the manual has no tag *" .. tag .. "*")
end

-- All tags that match a pattern, as what it captures.
local function tags_like(pattern)
  local list = {}
  for tag in pairs(manual.tags) do
    local captured = tag:match(pattern)
    if captured then list[#list + 1] = captured end
  end
  assert.is_true(#list > 0, "no tag is like " .. pattern)
  return list
end

local function set(list)
  local out = {}
  for _, item in ipairs(list) do out[item] = true end
  return out
end

-- Both ways: all that is there has its tag, and each such tag has its thing.
local function assert_all(names, prefix, suffix)
  local plain = function(text) return (text:gsub("%p", "%%%0")) end
  for _, name in ipairs(names) do assert_tag(prefix .. name .. suffix) end
  local known = set(names)
  for _, name in ipairs(tags_like("^" .. plain(prefix) .. "([%w_]+)" .. plain(suffix) .. "$")) do
    assert.is_true(known[name] == true, "there is no " .. prefix .. name .. suffix)
  end
end

local function functions_of(object)
  local names = {}
  for name, value in pairs(object) do
    if type(value) == "function" and not name:find("^__") then names[#names + 1] = name end
  end
  return names
end

local function captures(text, pattern)
  local found, names = {}, {}
  for name in text:gmatch(pattern) do
    if not found[name] then names[#names + 1] = name end
    found[name] = true
  end
  assert.is_true(#names > 0, "nothing is like " .. pattern)
  return names
end

describe("the manual", function()
  it("keeps to the form of help files", function()
    assert.truthy(manual.lines[1]:find("^%*mistral%.txt%*\t?"))
    assert.equal(" vim:tw=78:ts=8:ft=help:norl:", manual.lines[#manual.lines])
    for number, line in ipairs(manual.lines) do
      assert.is_true(#line <= 78, ("line %d is longer than 78"):format(number))
    end
    for tag, count in pairs(manual.tags) do
      assert.equal(1, count, tag .. " is set more than once")
    end
  end)

  it("has no link of its own that leads nowhere", function()
    for _, link in ipairs(manual.links) do
      if link:lower():find("mistral") then assert_tag(link) end
    end
  end)

  it("has a tag for every subcommand, and every word that may follow one", function()
    assert_all(command.candidates("Mistral "), ":Mistral-", "")
    for _, name in ipairs(command.candidates("Mistral ")) do
      for _, word in ipairs(command.candidates("Mistral " .. name .. " ")) do
        assert.truthy(manual.text:find("`" .. word .. "`", 1, true), name .. " " .. word)
      end
    end
  end)

  it("has a tag for every map and function of plugin/", function()
    local plugin = source("plugin/mistral.vim")

    assert_all(captures(plugin, "noremap[^\n]*<Plug>%(mistral%-(%l+)%)"), "<Plug>(mistral-", ")")
    assert_all(captures(plugin, "\nfunction! (Mistral%w+)%("), "", "()")
  end)

  it("has a tag for every option, and none for another", function()
    local known = {}
    for _, key in ipairs(config.schema) do
      known[key.path] = true
      assert_tag("mistral-" .. key.path)
    end
    for _, path in ipairs(tags_like("^mistral%-(%l+%.[%l_]+)$")) do
      assert.is_true(known[path] or path:find("^native%.") ~= nil, "there is no option " .. path)
    end
  end)

  it("has a tag for every error, and says of each what to do", function()
    local codes = {}
    for code in pairs(errors.codes) do codes[#codes + 1] = code end

    assert_all(codes, "mistral-error-", "")
    for _, code in ipairs(codes) do
      local said = manual.text:match("%*mistral%-error%-" .. code .. "%*\n" .. code .. "%s+(%u?%d?[^\n]+)")
      assert.truthy(said, "nothing is said about " .. code)
    end
  end)

  it("has a tag for every event and highlight group", function()
    local events = {}
    for _, kind in ipairs(command.candidates("Mistral stop ")) do
      events[#events + 1] = kind:gsub("^%l", string.upper)
    end
    for _, name in ipairs(captures(source("lua/mistral/editor/events.lua"), '"Mistral(%a+)"')) do
      events[#events + 1] = name
    end
    local groups = { "MistralGhost" }
    local looks = source("lua/mistral/host/vim/looks.lua")
    for _, group in ipairs(captures(looks, 'group = "(Mistral%a+)"')) do
      for _, suffix in ipairs { "", "Sign", "Text" } do groups[#groups + 1] = group .. suffix end
    end

    assert_all(events, "Mistral", "")
    assert_all(groups, "hl-", "")
  end)
end)

describe("the manual's Lua part", function()
  local client
  before_each(function()
    config.reset()
    client = assert(mistral.client { api_key = "test-key", base_url = "https://127.0.0.1:1/v1" })
  end)
  after_each(function() client:close() end)

  it("has every function of the door, the client and the C module", function()
    assert_all(functions_of(mistral), "mistral.", "()")
    assert_all(functions_of(getmetatable(client).__index), "mistral-client:", "()")
    assert_all(functions_of(native), "mistral-native.", "()")
    assert_all(captures(source("csrc/lua_transport.c"), '{"(%l+)", transport_'), "mistral-transport:", "()")
  end)

  it("speaks of no method of requests and streams that is not there", function()
    local request = client:models({}, {})
    local stream = client:stream { model = "m", messages = { { role = "user", content = "x" } } }

    for _, name in ipairs(tags_like("^mistral%-request:(%l+)%(%)$")) do
      assert.equal("function", type(request[name]), name)
    end
    for _, name in ipairs(tags_like("^mistral%-stream:(%l+)%(%)$")) do
      assert.equal("function", type(stream[name]), name)
    end
  end)

  it("has every function of the smaller modules", function()
    for module, name in pairs { ["mistral.errors"] = "errors", ["mistral.json"] = "json" } do
      for _, fn in ipairs(functions_of(require(module))) do
        assert.truthy(manual.text:find("\n" .. name .. "." .. fn .. "(", 1, true), name .. "." .. fn)
      end
    end
  end)

  it("has every kind of secret", function()
    local from = assert(manual.text:find("*mistral-redact-kinds*", 1, true))
    local said = manual.text:sub(from, manual.text:find("\n\n", from) or -1)
    for kind in pairs(require("mistral.redact.find").kinds()) do
      assert.truthy(said:find("%f[%w_]" .. kind .. "%f[^%w_]"), kind)
    end
  end)

  -- Where a class is annotated, and where the manual begins to tell of it, for how many bytes.
  local CLASSES = {
    { "lua/mistral/api/options.lua", "ClientOptions", "mistral-client-options", 4500 },
    { "lua/mistral/api/request.lua", "Callbacks", "mistral-callbacks" },
    { "lua/mistral/api/request.lua", "Retry", "mistral-retry" },
    { "lua/mistral/api/wire.lua", "Timeout", "mistral-callbacks" },
    { "lua/mistral/api/reader/answer.lua", "Reply", "mistral-reply" },
    { "lua/mistral/api/reader/answer.lua", "Delta", "mistral-delta" },
    { "lua/mistral/api/endpoint/models.lua", "Model", "mistral-model" },
    { "lua/mistral/errors.lua", "Error", "mistral-error" },
    { "lua/mistral/api/endpoint/embed.lua", "Embeddings", "mistral-client:embed()" },
    { "lua/mistral/api/endpoint/moderate.lua", "Moderation", "mistral-client:moderate()" },
    { "lua/mistral/api/endpoint/moderate.lua", "Moderations", "mistral-client:moderate()" },
    { "lua/mistral/api/reader/pages.lua", "Document", "mistral-client:ocr()" },
    { "lua/mistral/api/reader/pages.lua", "Page", "mistral-client:ocr()" },
    { "lua/mistral/api/reader/transcript.lua", "Transcript", "mistral-client:transcribe()" },
    { "lua/mistral/api/reader/transcript.lua", "Segment", "mistral-client:transcribe()" },
    { "lua/mistral/api/endpoint/files.lua", "File", "mistral-client:upload()" },
    { "lua/mistral/api/reader/bytes.lua", "Download", "mistral-client:upload()" },
    { "lua/mistral/api/work/batch.lua", "BatchParams", "mistral-client:batch()" },
    { "lua/mistral/api/work/batch.lua", "BatchReply", "mistral-client:batch()" },
    { "lua/mistral/api/work/batch.lua", "BatchProgress", "mistral-client:batch()" },
    { "lua/mistral/api/work/batch.lua", "BatchCallbacks", "mistral-client:batch()" },
    { "lua/mistral/api/work/review_params.lua", "ReviewParams", "mistral-client:review()", 3500 },
    { "lua/mistral/api/work/review_params.lua", "ReviewCallbacks", "mistral-client:review()", 3500 },
    { "lua/mistral/api/work/review_tally.lua", "ReviewResult", "mistral-review-result" },
    { "lua/mistral/api/work/review_tally.lua", "ReviewDropped", "mistral-review-result" },
    { "lua/mistral/api/work/review_plan.lua", "ReviewPlan", "mistral-client:review_plan()" },
    { "lua/mistral/review/finding.lua", "Finding", "mistral-finding" },
    { "lua/mistral/api/endpoint/batch.lua", "Job", "mistral-client:batch_jobs()" },
  }
  for _, class in ipairs(CLASSES) do
    local path, name, tag = class[1], class[2], class[3]

    it("has every field of mistral." .. name, function()
      local from = assert(manual.text:find("*" .. tag .. "*", 1, true))
      local said = manual.text:sub(from, from + (class[4] or 2500))
      local fields = source(path):match("@class mistral%." .. name .. "[^\n]*\n(.-)\n\n")

      for field in fields:gmatch("%-%-%-@field ([%w_]+)") do
        assert.truthy(said:find("%f[%w_]" .. field .. "%f[^%w_]"), name .. " has " .. field)
      end
    end)
  end

  it("has every field of what the transport may be asked", function()
    local from = assert(manual.text:find("*mistral-transport:submit()*", 1, true))
    local said = manual.text:sub(from, manual.text:find("*mistral-transport:drain()*", from, true))

    for _, field in ipairs(captures(source("csrc/lua_request.c"), '%f["]"(%l[%l_%d]+)"[,)]')) do
      assert.truthy(said:find("%f[%w_]" .. field .. "%f[^%w_]"), field)
    end
  end)

  it("has every code the transport may give", function()
    local said = manual.text:match("%*mistral%-transport%-codes%*(.-)\n%s*\n")

    for code in source("csrc/failure.h"):gmatch('X%(%u[%u_]*, "([%l_]+)"') do
      if code ~= "none" then assert.truthy(said:find("%f[%w_]" .. code .. "%f[^%w_]"), code) end
    end
  end)
end)

describe("an example in Lua", function()
  local server, clients, printed

  before_each(function()
    server = loopback.start()
    server:reset()
    clients, printed = {}, {}
    config.reset()
    mistral.setup { base_url = server.url, ca_file = server.ca_file, api_key = server.key }
  end)

  after_each(function()
    for _, client in ipairs(clients) do client:close() end
    config.reset()
  end)

  -- The files that examples speak of are in a folder of theirs.
  local function with_files(read)
    return function(path, options) return read("spec/doc/files/" .. path, options) end
  end

  -- Where the dialect of each provider is, on the loopback server.
  local DIALECTS = {
    azure = "/azure/openai/v1", vertex = "/vertex", bedrock = "/bedrock/v1",
    compatible = "/vllm/v1", ollama = "/ollama", sagemaker = "/sagemaker",
  }

  -- The secret that the dialect of sagemaker knows.
  local AWS_SECRET = "test-secret/0123456789+abcdefghijklmnop"

  -- Options that lead to a provider, with the loopback server in its place.
  local function redirected(options)
    local path = DIALECTS[options and options.provider]
    if not path then return options end
    local out = {}
    for name, value in pairs(options) do out[name] = value end
    out.base_url, out.api_key = server.url:gsub("/v1$", "") .. path, server.key
    if options.provider == "azure" then out.endpoint = nil end
    if options.secret_key then out.secret_key = AWS_SECRET end
    if options.project then out.project = "test-project" end
    return out
  end

  local PATHS = { upload = "file", transcribe = "file", ocr = "document" }

  local function with_paths(client)
    for method, field in pairs(PATHS) do
      local call = client[method]
      client[method] = function(self, params, callbacks)
        local path = params[field]
        local is_name = type(path) == "string" and not path:find "://"
        local fields = {}
        for name, value in pairs(params) do fields[name] = value end
        fields[field] = is_name and "spec/doc/files/" .. path or path
        return call(self, fields, callbacks)
      end
    end
    return client
  end

  -- The door as an example sees it: what it opens is closed when the test ends.
  local function watched_door()
    return setmetatable({
      image = with_files(mistral.image),
      document = with_files(mistral.document),
      client = function(options)
        clients[#clients + 1] = with_paths(assert(mistral.client(redirected(options))))
        return clients[#clients]
      end,
    }, { __index = mistral })
  end

  local function say(...)
    for i = 1, select("#", ...) do printed[#printed + 1] = (select(i, ...)) end
  end

  -- In place of an editor: mail waits until the test drains.
  local host = {
    watch = function() return function() end end,
    job = function(_, done) done { code = 1, stdout = "", stderr = "" } end,
  }

  local function environment()
    local door = watched_door()
    local stand_in = { mistral = door, ["mistral.host"] = { get = function() return host end } }
    return setmetatable({
      mistral = door,
      client = door.client(),
      native = native,
      key = server.key,
      print = say,
      io = { write = say },
      require = function(name) return stand_in[name] or require(name) end,
    }, { __index = _G })
  end

  local function compile(example)
    local name, env = "@doc/mistral.txt:" .. example.line, environment()
    local confine = rawget(_G, "setfenv") -- Lua 5.1
    if confine then return confine(assert(loadstring(example.code, name)), env) end
    return assert(load(example.code, name, "t", env))
  end

  local function run(example)
    compile(example)()
    for _, client in ipairs(clients) do
      wait_for(function() return next(client.requests) == nil end, "a request did not end", 10, function()
        client.pump.transport:wait(20)
        client:drain()
      end)
    end
  end

  local count = 0
  for _, example in ipairs(manual.examples) do
    if example.kind == "lua" then
      count = count + 1
      local head = example.code:match("%S[^\n]*")

      it(("runs: line %d, %s"):format(example.line, head), function()
        run(example)

        assert.is_true(#printed > 0 or not example.code:find("print"), "it printed nothing")
        local wants_error = example.code:find("errors.is", 1, true) ~= nil
        for _, value in ipairs(printed) do
          assert.is_true(wants_error or not errors.is(value), tostring(value))
        end
      end)
    end
  end

  it("is there, often", function()
    assert.is_true(count >= 15, count .. " examples")
  end)
end)

describe("an example for the editor", function()
  local function of_kind(kind)
    local list = {}
    for _, example in ipairs(manual.examples) do
      if example.kind == kind then list[#list + 1] = example.code end
    end
    assert.is_true(#list > 0, "no example is of kind " .. kind)
    return list
  end

  it("names a subcommand that is there", function()
    local known = set(command.candidates("Mistral "))

    for _, code in ipairs(of_kind("command")) do
      for line in code:gmatch("[^\n]+") do
        local name = line:match("^%s*:%S*Mistral (%l+)")
        assert.is_true(known[name] == true, line)
      end
    end
  end)

  local EDITORS = {
    nvim = "--headless -u NONE -i NONE -n",
    vim = "-es -u NONE -i NONE -n -N",
  }
  for editor, flags in pairs(EDITORS) do
    it("is Vim script that " .. editor .. " takes", function()
      local path = os.tmpname()
      local file = assert(io.open(path, "w"))
      file:write(table.concat(of_kind("vim"), "\n"), "\n")
      file:close()

      local program = os.getenv("MISTRAL_" .. editor:upper()) or editor
      local taken = os.execute(
        ("%s %s -c 'try | source %s | catch | cquit | endtry' -c 'qa!' </dev/null >%s.out 2>&1"):format(
          program, flags, path, path))
      os.remove(path)
      os.remove(path .. ".out")

      assert.is_true(taken == true or taken == 0) -- the status itself in Lua 5.1
    end)
  end
end)
