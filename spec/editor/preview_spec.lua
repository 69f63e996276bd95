-- Looking at what would be sent, when that is many requests, or found out later.
local config = require "mistral.config"
local fake = require "mistral.host.fake"
local kinds = require "mistral.editor.preview.kinds"
local preview = require "mistral.editor.preview"
local sessions = require "mistral.editor.session"

local RANGE = { buffer = 1 }

describe("a preview", function()
  local host, session, options, offer

  before_each(function()
    host = fake.new({ api_key = "key-0123456789" })
    session = sessions.new(host, {})
    options = assert(config.globals(host.options()))
  end)
  after_each(function()
    session:close()
    host.advance(1)
    assert.equal(0, host.live())
  end)

  local function chat(text)
    return { model = "m", messages = { { role = "user", content = text } } }
  end

  local function shown()
    local buffer
    for id in pairs(host.splits) do buffer = id end
    return buffer and table.concat(host.lines(buffer, 1, -1), "\n"), buffer
  end

  local function plan(count)
    local made = {}
    return {
      title = "staged changes", files = { {}, {} }, count = count, tokens = 1200, cost = 0.01,
      skipped = { { path = "go.sum", why = "go.sum is a lock file" } }, top = "/work/repo",
      params = function(index)
        made[#made + 1] = index
        return chat("part " .. index)
      end,
    }, made
  end

  it("has each subcommand that it names", function()
    for _, name in ipairs(kinds.names()) do assert.equal("function", type(kinds.find(name)), name) end
    assert.is_nil(kinds.find("nothing"))
  end)

  it("shows one request, with the body as it is sent", function()
    offer = function() return chat("hello") end

    assert.is_true(preview.start(session, offer, RANGE, options))

    local text = shown()
    assert.truthy(text:find("^POST https://api%.mistral%.ai/v1/chat/completions\n"), text)
    assert.truthy(text:find('"content":"hello"', 1, true))
    assert.truthy(text:find("---- user ----\nhello", 1, true))
    assert.falsy(text:find("key-0123456789", 1, true))
    assert.falsy(text:find("====", 1, true))
  end)

  it("shows all requests of a plan, one in each turn of the editor", function()
    local said, made = plan(3)
    offer = function(_, _, _, done)
      host.schedule(function() done(said) end)
      return true
    end

    preview.start(session, offer, RANGE, options)
    assert.is_nil((shown()))
    host.state.now = host.state.now + 1
    host.advance(0)

    local text = shown()
    assert.truthy(text:find("^Review of staged changes: 2 files, 3 requests, about 1200 tokens, "
      .. "about 0%.01 USD\nof the files in /work/repo\n"
      .. "left out: go%.sum is a lock file\n\n==== request 1 of 3 ====\nPOST "), text)
    for i = 1, 3 do assert.truthy(text:find('"content":"part ' .. i .. '"', 1, true), i) end
    assert.truthy(text:find("\n\n==== request 3 of 3 ====\n", 1, true), text)
    assert.same({ 1, 2, 3 }, made)
  end)

  it("ends with its window, and makes room for the next", function()
    local said, made = plan(500)
    offer = function() return said end
    local timers = {}
    host.timer = function(_, fn)
      timers[#timers + 1] = fn
      return function() timers[#timers] = nil end
    end

    preview.start(session, offer, RANGE, options)
    timers[#timers]()
    assert.same({ 1, 2 }, made)
    local _, buffer = shown()
    preview.start(session, offer, RANGE, options)
    assert.equal(1, #timers - 1)
    host.unload(buffer)
    timers[#timers]()

    assert.same({ 1, 2, 1 }, made)
  end)

  it("says why nothing would be sent, at once and later", function()
    offer = function() return nil, "nothing to review" end
    assert.same({ nil, "nothing to review" }, { preview.start(session, offer, RANGE, options) })

    offer = function(_, _, _, done)
      host.schedule(function() done(nil, "no changes are staged") end)
      return true
    end
    preview.start(session, offer, RANGE, options)
    host.advance(1)
    assert.equal("mistral: no changes are staged", host.notes[1].message)
    assert.is_nil((shown()))
  end)

  it("says, later, too, that there is no room for its window", function()
    host.split = function() error("no window can be opened here", 0) end
    offer = function(_, _, _, done)
      host.schedule(function() done { model = "m", messages = { { role = "user", content = "x" } } } end)
      return true
    end

    preview.start(session, offer, RANGE, options)
    host.advance(1)

    assert.same({ message = "mistral: no window can be opened here", level = "error" }, host.notes[1])
  end)
end)
