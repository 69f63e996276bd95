-- A completion, with an editor in memory: what is shown, what is taken, and when it is dropped.
local complete = require "mistral.editor.complete"
local config = require "mistral.config"
local fake = require "mistral.host.fake"
local fake_client = require "spec.editor.support.client"
local session = require "mistral.editor.session"

describe("a completion", function()
  local host, client, here, buffer

  before_each(function()
    config.reset()
    host = fake.new()
    client = fake_client.new(host)
    here = session.new(host, client)
    buffer = host.open({ "above", "fo)", "below" }, "a.lua", "lua")
    host.set_cursor(2, 2)
    host.insert(true)
  end)
  after_each(function()
    here:close()
    host.advance(100)
    assert.equal(0, host.live(), "timers, marks or handlers left")
    assert.is_nil(next(host.ghosts))
    config.reset()
  end)

  local function start(as_menu)
    local started = assert(complete.start(here, assert(here:options()), as_menu))
    return client.requests[#client.requests], started
  end

  local function ghost()
    host.advance(1)
    local only, lines = nil, 0
    for _, shown in pairs(host.ghosts) do
      only, lines = shown, lines + 1
    end
    assert.is_true(lines <= 1, "two ghosts")
    return only and table.concat(only.lines, "\n"), only and { only.row, only.col }
  end

  it("sends what stands before and behind the cursor", function()
    local request = start()

    assert.equal("fim", request.kind)
    assert.equal("above\nfo", request.params.prompt)
    assert.equal(")\nbelow", request.params.suffix)
    assert.equal("codestral-latest", request.params.model)
    assert.equal(5000, request.callbacks.timeout.head_ms)
    request:done()
  end)

  it("shows the ghost as it streams", function()
    local request = start()

    request:say("o(")
    assert.equal("o(", (ghost()))
    request:say("bar\n  baz")
    local text, place = ghost()
    request:done()

    assert.equal("o(bar\n  baz", text)
    assert.same({ 2, 2 }, place)
    assert.same({ "above", "fo)", "below" }, host.lines(buffer, 1, -1))
  end)

  it("is taken as it was shown, with the cursor at its end", function()
    local request, completion = start()
    request:say("o(bar\n  baz\n\n")
    request:done()
    assert.equal("o(bar\n  baz", (ghost()))

    completion:accept()

    assert.same({ "above", "foo(bar", "  baz)", "below" }, host.lines(buffer, 1, -1))
    assert.same({ 3, 5 }, { host.cursor() })
    assert.is_nil((ghost()))
  end)

  it("can be taken while it streams; the rest is stopped on the wire", function()
    local request, completion = start()
    request:say("o(")
    ghost()

    completion:accept()

    assert.is_true(request.cancelled)
    assert.equal("foo()", host.lines(buffer, 2, 2)[1])
    assert.same({ 2, 4 }, { host.cursor() })
  end)

  it("goes with CTRL-C, of which InsertLeave does not tell, and is stopped on the wire", function()
    local request = start()
    request:say("o(bar)")
    ghost()

    host.interrupt()

    assert.is_nil((ghost()))
    assert.is_true(request.cancelled)
  end)

  it("says that it is tried again once, until one has succeeded", function()
    start():retry("the service failed")
    start():retry("the service failed")
    assert.equal(1, #host.notes)
    assert.equal("mistral: trying again in 1.5 s: the service failed", host.notes[1].message)

    local request = start()
    request:say("x")
    request:done()
    start():retry("the service failed")
    assert.equal(2, #host.notes)
  end)

  it("shrinks by what is typed", function()
    local request, completion = start()
    request:say("o(bar)")
    ghost()

    host.type("o")
    host.type("(")

    local text, place = ghost()
    assert.equal("bar)", text)
    assert.same({ 2, 4 }, place)
    completion:accept()
    assert.equal("foo(bar))", host.lines(buffer, 2, 2)[1])
  end)

  it("fits what was typed before the answer came", function()
    local request, completion = start()

    host.type("o")
    request:say("obar()")

    assert.equal("bar()", (ghost()))
    completion:accept()
    assert.equal("foobar())", host.lines(buffer, 2, 2)[1])
  end)

  it("is taken right after typing, before any event was heard", function()
    local request, completion = start()
    request:say("obar()")
    ghost()
    host.splice(buffer, 2, 2, { "o" })
    host.set_cursor(2, 3)

    completion:accept()

    assert.equal("foobar())", host.lines(buffer, 2, 2)[1])
  end)

  it("ends when all of it was typed", function()
    local request = start()
    request:say("ab")
    request:done()
    ghost()

    host.type("ab")

    assert.is_nil((ghost()))
    assert.is_nil(here.completion)
  end)

  local DROPS = {
    { "other text is typed", function() host.type("x") end },
    { "a line end is typed", function() host.type("\n") end },
    { "the cursor moves", function() host.move(1, 0) end },
    { "the cursor moves back", function() host.move(2, 1) end },
    { "Insert mode is left", function() host.insert(false) end },
    { "another buffer is entered", function() host.fire("BufLeave", buffer) end },
    { "the buffer goes", function() host.fire("BufUnload", buffer) end },
    { "a line above changes", function()
      host.edit(buffer, 1, 1, { "changed" })
      host.fire("TextChangedI", buffer)
    end },
    { "a line comes in above", function()
      host.edit(buffer, 1, 0, { "new" })
      host.fire("TextChangedI", buffer)
    end },
    { "the line behind the cursor changes", function()
      host.edit(buffer, 2, 2, { "fo]" })
      host.fire("TextChangedI", buffer)
    end },
    { "the completion menu opens", function()
      host.state.menu_open = true
      host.fire("CompleteChanged", buffer)
    end },
    { "it is stopped", function() here:stop("complete") end },
  }
  for _, case in ipairs(DROPS) do
    it("is dropped and stopped on the wire when " .. case[1], function()
      local request = start()
      request:say("o(")
      ghost()

      case[2]()

      assert.is_true(request.cancelled)
      assert.is_nil((ghost()))
      assert.equal(0, #host.notes)
    end)

    it("is never shown when " .. case[1] .. " before the answer comes", function()
      local request = start()

      case[2]()
      request:say("o(")
      if not request.cancelled then ghost() end

      assert.is_nil((ghost()))
      assert.is_true(request.cancelled)
    end)
  end

  it("takes nothing when the text changed behind its back", function()
    local request, completion = start()
    request:say("o(")
    ghost()
    host.edit(buffer, 2, 2, { "fo]" })

    completion:accept()

    assert.equal("fo]", host.lines(buffer, 2, 2)[1])
  end)

  it("is dropped when it never ends", function()
    local request = start()

    for _ = 1, 40 do request:say(("x"):rep(1024)) end

    assert.is_true(request.cancelled)
    assert.is_nil((ghost()))
  end)

  it("is drawn once for the same text", function()
    local request = start()
    request:say("o(")
    ghost()
    local only = next(host.ghosts)

    host.fire("CursorMovedI", buffer)

    assert.equal(only, next(host.ghosts))
    request:done()
  end)

  it("is taken down by a stop after its answer ended", function()
    local request = start()
    request:say("o(")
    request:done()
    ghost()

    assert.equal(1, here:stop("complete"))

    assert.is_nil((ghost()))
    assert.equal(0, here:stop())
  end)

  it("makes room for the next one: one trigger, one request", function()
    local first = start()
    local second = start()

    assert.is_true(first.cancelled)
    second:say("x")
    assert.equal("x", (ghost()))
    assert.equal(2, #client.requests)
  end)

  it("says so when nothing came, and when it failed", function()
    start():done()
    start():fail("rate_limited", "too many requests")

    assert.equal("mistral: no completion here", host.notes[1].message)
    assert.equal("warn", host.notes[2].level)
    assert.is_nil(here.completion)
  end)

  it("needs Insert mode", function()
    host.insert(false)

    local started, message = complete.start(here, assert(here:options()))

    assert.is_nil(started)
    assert.truthy(message:find("Insert mode", 1, true))
    assert.equal(0, #client.requests)
  end)

  it("shows control characters and takes what it shows", function()
    local request, completion = start()
    request:say("a\0\27b\r\nc")
    request:done()

    assert.equal("a\226\144\128\226\144\155b\nc", (ghost()))
    completion:accept()
    assert.equal("foa\226\144\128\226\144\155b", host.lines(buffer, 2, 2)[1])
  end)

  describe("in the menu", function()
    it("asks for one line, and opens when it has come", function()
      local request = start(true)
      assert.same({ "\n" }, request.params.stop)

      request:say("o(bar)\nrest")
      host.advance(1)
      assert.equal(0, #host.menus)
      request:done()

      assert.same({ { col = 2, words = { "o(bar)" } } }, host.menus)
      assert.is_nil((ghost()))
    end)

    it("opens over what was typed meanwhile, if that agrees", function()
      local request = start(true)
      host.type("o")
      request:say("o(bar)")
      request:done()

      assert.same({ { col = 2, words = { "o(bar)" } } }, host.menus)
    end)

    it("does not open when something else was typed", function()
      local request = start(true)
      host.type("x")
      request:say("o(bar)")
      host.advance(1)

      assert.is_true(request.cancelled)
      assert.same({}, host.menus)
    end)
  end)

  describe("of a long file", function()
    local function params(row, col)
      host.set_cursor(row, col)
      local request = start()
      request:done()
      return request.params
    end

    it("sends whole lines up to the budget", function()
      config.setup({ complete = { prefix_bytes = 25, suffix_bytes = 12 } })
      local lines = {}
      for i = 1, 1000 do lines[i] = ("line %04d"):format(i) end
      host.fill(buffer, lines)

      local sent = params(500, 9)

      assert.equal("line 0499\nline 0500", sent.prompt)
      assert.equal("\nline 0501", sent.suffix)
    end)

    it("cuts within a line only when that line alone is too long, between characters", function()
      config.setup({ complete = { prefix_bytes = 7, suffix_bytes = 7 } })
      host.fill(buffer, { "x", ("日"):rep(20), "y" })

      local sent = params(2, 30)

      assert.equal("日日", sent.prompt)
      assert.equal("日日", sent.suffix)
    end)

    it("sends nothing around the cursor when told so", function()
      config.setup({ complete = { prefix_bytes = 0, suffix_bytes = 0 } })

      local sent = params(2, 2)

      assert.same({ "", "" }, { sent.prompt, sent.suffix })
    end)

    it("sends CR, NUL and invalid UTF-8 as what can be sent, and takes them as they are", function()
      host.fill(buffer, { "a\r", "b\0\255", "c" })
      host.set_cursor(2, 3)
      local request, completion = start()
      request:say("X")
      ghost()
      completion:accept()

      assert.equal("a\nb\226\144\128\239\191\189", request.params.prompt)
      assert.equal("b\0\255X", host.lines(buffer, 2, 2)[1])
    end)
  end)
end)
