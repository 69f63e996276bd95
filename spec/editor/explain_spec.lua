-- An explanation, with an editor in memory.
local config = require "mistral.config"
local explain = require "mistral.editor.explain"
local fake = require "mistral.host.fake"
local fake_client = require "spec.editor.support.client"
local session = require "mistral.editor.session"

describe("an explanation", function()
  local host, client, here, buffer

  before_each(function()
    config.reset()
    host = fake.new()
    client = fake_client.new(host)
    here = session.new(host, client)
    buffer = host.open({ "x = 1" }, "a.lua", "lua")
  end)
  after_each(function()
    here:close()
    host.advance(100)
    assert.equal(0, host.live(), "timers, marks or handlers left")
  end)

  local function start()
    local started = assert(explain.start(here, { buffer = buffer }, assert(here:options())))
    host.advance(0)
    return client.requests[#client.requests], started.talk.buffer
  end

  -- The explanation, without the heading for what is asked next.
  local function text_of(window)
    return (table.concat(host.lines(window, 1, -1), "\n"):gsub("\n\n## You\n\n>>> $", ""))
  end

  it("asks about the numbered code in plain markdown", function()
    local request = start()

    assert.truthy(request.params.messages[2].content:find("    1| x = 1", 1, true))
    assert.is_nil(request.params.response_format)
    request:done()
  end)

  it("names no file when there is none", function()
    buffer = host.open({ "x = 1" }, "", "lua")
    local request = start()
    request:done("length")

    assert.truthy(request.params.messages[2].content:find("^Language: lua\nLines 1 to 1:"))
    assert.equal("mistral: the explanation of [No Name] was cut off", host.notes[1].message)
  end)

  it("shows its first words at once, and the rest by the frame", function()
    local request, window = start()

    request:say("One")
    host.advance(0)
    assert.equal("One", text_of(window))
    for _ = 1, 20 do
      request:say(" more")
      host.advance(1)
    end
    assert.equal("One", text_of(window))
    host.advance(30)
    assert.equal("One" .. (" more"):rep(20), text_of(window))
    assert.equal(2, host.state.appends)
    request:done()
  end)

  it("writes what is left at its end", function()
    local request, window = start()

    request:say("One\n")
    request:say("two")
    request:done()

    assert.equal("One\ntwo", text_of(window))
    assert.same({ "MistralStarted", "MistralFinished", "MistralExplain" }, host.emitted)
    assert.equal(0, #host.notes)
  end)

  it("keeps what came when it is stopped", function()
    local request, window = start()
    request:say("One")

    here:stop("explain", "user")
    assert.is_true(request.cancelled)
    host.advance(1)

    assert.equal("One", text_of(window))
    assert.equal("mistral: the explanation of a.lua was stopped", host.notes[1].message)
  end)

  it("stops when its window is closed, without a word", function()
    local request, window = start()
    request:say("One")

    host.fire("BufWinLeave", window)
    assert.is_true(request.cancelled)
    host.advance(1)

    assert.equal(0, #host.notes)
  end)

  it("makes room for the next one, which has the window for itself", function()
    local first, window = start()
    first:say("old")
    local second, other = start()

    assert.equal(window, other)
    assert.is_true(first.cancelled)
    host.advance(100)
    second:say("new")
    second:done()

    assert.equal("new", text_of(window))
  end)

  it("stays in the code, or goes along when told to", function()
    start():done()
    assert.equal(buffer, host.buffer())

    config.setup({ explain = { focus = true } })
    local request, window = start()
    request:say("One")
    request:done()

    assert.equal(window, host.buffer())
    config.reset()
  end)

  it("says so when it was cut off, came back empty, or failed", function()
    local request = start()
    request:say("One")
    request:done("length")
    start():done()
    start():fail("network", "the host cannot be reached")

    assert.equal("mistral: the explanation of a.lua was cut off", host.notes[1].message)
    assert.equal("mistral: the explanation of a.lua came back empty", host.notes[2].message)
    assert.truthy(host.notes[3].message:find("the host cannot be reached", 1, true))
  end)

  it("leaves no empty window when nothing came", function()
    local failed, window = start()
    failed:fail("network", "the host cannot be reached")
    assert.is_nil(host.splits[window])
    assert.truthy(host.notes[1].message:find("the host cannot be reached", 1, true))

    start():done()
    assert.is_nil(host.splits[window])

    start()
    here:stop("explain", "user")
    host.advance(1)
    assert.is_nil(host.splits[window])
  end)

  it("keeps the window with what came, and the one that another has taken over", function()
    local request, window = start()
    request:say("One")
    request:fail("network", "the connection was lost")
    assert.is_true(host.splits[window])

    start()
    local second = start()
    host.advance(1)
    assert.is_true(host.splits[window])
    second:fail("network", "the host cannot be reached")
    assert.is_nil(host.splits[window])
  end)

  it("says that it is tried again, and why", function()
    local request = start()

    request:retry("the model is overloaded")

    assert.equal("mistral: trying again in 1.5 s: the model is overloaded", host.notes[1].message)
    request:done()
  end)

  it("obeys no control character", function()
    local request, window = start()

    request:say("a\27[2Jb\r\nc\0\td")
    request:done()

    assert.equal("a\226\144\155[2Jb\nc\226\144\128\td", text_of(window))
  end)

  it("sends nothing for an empty buffer", function()
    host.fill(buffer, { "" })

    local started, message = explain.start(here, { buffer = buffer }, assert(here:options()))

    assert.is_nil(started)
    assert.equal("nothing to explain: a.lua is empty", message)
    assert.equal(0, #client.requests)
  end)
end)
