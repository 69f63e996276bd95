-- Chats, with an editor in memory.
local command = require "mistral.editor.command"
local config = require "mistral.config"
local fake = require "mistral.host.fake"
local fake_client = require "spec.editor.support.client"
local rooms = require "mistral.editor.chat.room"
local session = require "mistral.editor.session"
local state = require "mistral.state"

describe("a chat", function()
  local host, client, here, code, written, path, write

  before_each(function()
    config.reset()
    host = fake.new()
    client = fake_client.new(host)
    here = session.new(host, client)
    code = host.open({ "one", "two", "three" }, "a.lua", "lua")
    written, path, write = {}, state.path, state.write
    state.write = function(file, text, soon)
      assert(soon, "the editor waits for the disk")
      written[#written + 1] = { file = file, text = text }
      return true
    end
  end)
  after_each(function()
    here:close()
    host.advance(400)
    state.path, state.write = path, write
    assert.equal(0, host.live(), "timers, marks or handlers left")
  end)

  local function run(args, fields)
    local given = { args = args, bang = false }
    for name, value in pairs(fields or {}) do given[name] = value end
    command.run(here, given)
    host.advance(0)
  end

  local function text()
    return table.concat(host.lines(here.room.latest.buffer, 1, -1), "\n")
  end

  local function last_request()
    return client.requests[#client.requests]
  end

  local function said()
    local out = {}
    for index, note in ipairs(host.notes) do out[index] = note.message:gsub("^mistral: ", "") end
    return table.concat(out, "\n")
  end

  local function answer(words)
    last_request():say(words)
    last_request():done()
    host.advance(50)
  end

  local function roles(request)
    local out = {}
    for index, message in ipairs(request.params.messages) do
      out[index] = message.role .. (index > 1 and ": " .. message.content or "")
    end
    return out
  end

  it("sends in another turn than it reads, so that neither is long", function()
    command.run(here, { args = "chat why?", bang = false })
    assert.equal(0, #client.requests)
    host.advance(0)
    assert.equal(1, #client.requests)

    last_request():done()
    command.run(here, { args = "chat and?", bang = false })
    here:stop("chat", "user")
    host.advance(0)
    assert.equal(1, #client.requests)
    assert.truthy(said():find("the answer was stopped", 1, true), said())
  end)

  it("sends the lines that were given though others are put above them before the question", function()
    run("chat", { first = 2, last = 2 })
    host.edit(code, 1, 1, { "zero", "and", "one" })
    host.insert "why?"
    run "ask"

    assert.truthy(last_request().params.messages[2].content:find("lines 4 to 4:\n```lua\ntwo\n", 1, true))
  end)

  it("says that lines which were given are gone", function()
    run("chat", { first = 2, last = 2 })
    host.edit(code, 2, 2, {})
    host.insert "why?"
    run "ask"

    assert.equal(0, #client.requests)
    assert.truthy(said():find("@range: the lines that were given are gone", 1, true), said())
  end)

  it("opens with the block at its top and the prompt, and sends nothing", function()
    run "chat"

    assert.equal("---\nmodel: mistral-medium-latest\n---\n\n## You\n\n>>> ", text())
    assert.equal(here.room.latest.buffer, host.buffer())
    assert.same({ 7, 4 }, { host.cursor() })
    assert.equal(0, #client.requests)
    assert.equal(0, #written)
  end)

  it("sends what stands in it, and writes the answer below", function()
    run "chat what is this?"
    assert.same({ "system", "user: what is this?" }, roles(last_request()))
    assert.equal("mistral-medium-latest", last_request().params.model)

    answer "a\nthing"

    assert.equal("---\nmodel: mistral-medium-latest\n---\n\n## You\n\nwhat is this?\n\n## Mistral\n\n"
      .. "a\nthing\n\n## You\n\n>>> ", text())
    assert.same({ "MistralStarted", "MistralFinished", "MistralChat" }, host.emitted)
  end)

  it("goes on with all that was said, as it reads now", function()
    run "chat first"
    answer "wrong"
    local lines = host.lines(host.buffer(), 1, -1)
    for row, line in ipairs(lines) do
      if line == "wrong" then host.edit(host.buffer(), row, row, { "right" }) end
    end

    run "ask second"

    assert.same({ "system", "user: first", "assistant: right", "user: second" }, roles(last_request()))
    answer "done"
  end)

  it("is asked by Enter: behind the prompt on the last line, or anywhere in Normal mode", function()
    run "chat"
    host.insert(true)
    assert.is_false(host.press_enter()) -- nothing to send yet
    host.type "why?"
    assert.is_true(host.press_enter())
    host.advance(0)
    assert.same({ "system", "user: why?" }, roles(last_request()))
    answer "so"

    host.set_cursor(host.line_count(host.buffer()), 4)
    host.type "two\nlines"
    host.insert(true)
    assert.is_false(host.press_enter())
    host.insert(false)
    assert.is_true(host.press_enter())
    host.advance(0)
    assert.equal("user: two\nlines", roles(last_request())[4])
    answer "yes"
  end)

  it("shows that it waits, and that the model thinks, but no thoughts", function()
    run "chat why?"
    local function shown()
      local _, ghost = next(host.ghosts)
      return ghost and ghost.lines[1]
    end
    assert.equal("waiting for mistral-medium-latest", shown())
    last_request().callbacks.on_delta { text = "", thinking = "hm" }
    assert.equal("mistral-medium-latest is thinking", shown())

    answer "so"

    assert.is_nil(shown())
    assert.falsy(text():find("hm", 1, true))
  end)

  it("takes no second question while it answers", function()
    run "chat one?"
    run "ask two?"
    assert.equal(1, #client.requests)
    assert.equal("the answer is still being written; wait for it, or stop it with :Mistral stop chat",
      said())
    answer "1"
  end)

  it("keeps what came when it is stopped, and offers to go on", function()
    run "chat one?"
    last_request():say "half"
    host.advance(0)
    run "stop chat"

    assert.truthy(text():find("half\n\n## You\n\n>>> $"))
    assert.equal("the answer was stopped", said())
  end)

  it("leaves the question in place when there was no answer, to be sent again", function()
    run "chat one?"
    last_request():fail("network", "the host cannot be reached")
    host.advance(0)
    assert.equal("---\nmodel: mistral-medium-latest\n---\n\n## You\n\none?", text())
    assert.truthy(said():find("the host cannot be reached", 1, true))

    run "ask"
    assert.same({ "system", "user: one?" }, roles(last_request()))
    answer "1"
  end)

  it("writes where its place has gone when the text is edited meanwhile", function()
    run "chat one?"
    local buffer = host.buffer()
    last_request():say "ha"
    host.advance(0)
    host.edit(buffer, 1, 0, { "above" })
    host.edit(buffer, host.line_count(buffer) + 1, host.line_count(buffer), { "", "## You", "", "next?" })

    last_request():say "lf"
    last_request():done()

    assert.truthy(text():find("^above\n") and text():find("half\n\n## You\n\nnext%?$"), text())
  end)

  it("stops when the place for the answer is gone, and says so", function()
    run "chat one?"
    local buffer, request = host.buffer(), last_request()
    request:say "ha"
    host.advance(0)
    host.edit(buffer, 4, host.line_count(buffer), { "mine" })

    request:say "lf"
    host.advance(50)

    assert.is_true(request.cancelled)
    assert.equal("the answer was stopped: the place for it is gone", said())
    assert.equal("mine", host.lines(buffer, 4, 4)[1])
    assert.falsy(text():find("lf", 1, true))
  end)

  it("does not take the heading alone for its place", function()
    run "chat one?"
    local buffer, request = host.buffer(), last_request()
    host.edit(buffer, 10, 11, {})
    request:say "behind"
    host.advance(50)

    assert.is_true(request.cancelled)
    assert.falsy(text():find("behind", 1, true))
  end)

  it("lets no answer speak for the user, however it comes in pieces", function()
    run "chat one?"
    for _, piece in ipairs { "a\n#", "# Y", "ou\nsend all\n## Mis", "tral", "\n## You" } do
      last_request():say(piece)
      host.advance(50)
    end
    last_request():done()

    assert.truthy(text():find("a\n\\## You\nsend all\n\\## Mistral\n\\## You\n\n## You\n\n>>> $"), text())
    run "ask two?"
    assert.same({
      "system", "user: one?", "assistant: a\n## You\nsend all\n## Mistral\n## You", "user: two?",
    }, roles(last_request()))
    answer "2"
  end)

  it("is asked with what its top says", function()
    run "chat"
    host.edit(host.buffer(), 2, 2, {
      "model: m-1", "temperature: 0.2", "system: Be kind.", "reasoning_effort: high",
    })
    run "ask one?"

    local params = last_request().params
    assert.same({ "m-1", 0.2, "high" }, { params.model, params.temperature, params.reasoning_effort })
    assert.truthy(params.messages[1].content:find("^Be kind%.\n"))
    answer "1"
  end)

  it("says what is wrong with its top, and sends nothing", function()
    run "chat"
    host.edit(host.buffer(), 2, 2, { "temperature: warm" })
    run "ask one?"

    assert.equal(0, #client.requests)
    assert.equal("`temperature` in the block at the top should be a number, not `warm`", said())
  end)

  it("says what is wrong with its top to whoever asks by :Mistral chat, too", function()
    run "chat"
    host.edit(host.buffer(), 2, 2, { "modell: x" })
    run "chat one?"

    assert.equal("there is no `modell` for the block at the top; `model` was probably meant", said())
  end)

  it("is not sent where its buffer may not be changed", function()
    run "chat"
    local replace = host.replace
    host.replace = function() return nil, "the buffer may not be changed" end
    run "ask one?"
    host.replace = replace

    assert.equal(0, #client.requests)
    assert.equal("the buffer may not be changed", said())
  end)

  it("stops when its buffer may not be changed any more", function()
    run "chat one?"
    local append = host.append
    host.append = function() error("E21: Cannot make changes, 'modifiable' is off", 0) end
    last_request():say "no"
    host.advance(50)
    host.append = append

    assert.is_true(last_request().cancelled)
    assert.equal("the answer was stopped: the place for it is gone", said())
  end)

  it("is not sent when it was changed while its @words were read", function()
    local found
    host.runs = function(argv)
      found = argv[1] ~= nil
      return { code = 0, stdout = "", stderr = "" }
    end
    run "chat see @diff"
    local buffer = host.buffer()
    host.edit(buffer, 7, 7, { "other" })
    for _ = 1, 40 do host.advance(1) end

    assert.is_true(found)
    assert.equal(0, #client.requests)
    assert.is_nil(next(here.room.latest.sent))
    assert.equal("other", host.lines(buffer, 7, 7)[1])
  end)

  it("keeps all chats when the editor is about to be left", function()
    run "chat"
    host.edit(host.buffer(), 7, 7, { "not sent yet" })
    host.go(code)
    host.fire("QuitPre", code)

    assert.equal(1, #written)
  end)

  it("there may be several of; the one spoken in last is the one that is meant", function()
    run "chat one?"
    local first, one = host.buffer(), last_request()
    run("chat two?", { bang = true })
    local second = host.buffer()
    assert.not_equal(first, second)
    assert.equal(2, #client.requests)
    one:say "1"
    one:done()
    answer "2"
    assert.truthy(table.concat(host.lines(first, 1, -1), "\n"):find("one%?.*\n1\n"))

    host.go(code)
    run "chat"
    assert.equal(second, host.buffer())
    run "chat new"
    assert.not_equal(second, host.buffer())
  end)

  it("is kept when it is sent, answered, written and left; an empty one is not", function()
    run "chat"
    host.fire("BufLeave", host.buffer())
    assert.equal(0, #written)

    run "ask how do I *parse* this?"
    assert.equal(1, #written)
    assert.truthy(written[1].file:find("/chats/.*/%d%d%d%d%-%d%d%-%d%d%-%d%d%d%d%-how%-do%-i%-parse%-this%.md$"))
    answer "so"
    assert.equal(2, #written)
    assert.equal(text() .. "\n", written[2].text)
    assert.is_true(host.written[host.buffer()])

    host.type "more"
    host.fire("BufWriteCmd", host.buffer())
    host.fire("BufLeave", host.buffer()) -- nothing new
    assert.equal(3, #written)
    assert.equal(written[1].file, written[3].file)
  end)

  it("says once that it cannot be kept", function()
    state.write = function() return nil, "the disk is full" end
    run "chat one?"
    answer "1"
    assert.equal("this chat cannot be kept: the disk is full", said())
  end)

  it("sends less of the past where the service finds it too much", function()
    run "chat one?"
    answer(("long "):rep(200))
    run "ask two?"
    answer(("long "):rep(200))
    run "ask three?"
    assert.equal(6, #last_request().params.messages)
    last_request():fail("context_too_long", "too long")
    host.advance(0)

    assert.equal(4, #client.requests)
    assert.same({ "user: two?", "user: three?" }, { roles(last_request())[2], roles(last_request())[4] })
    assert.truthy(said():find("2 earlier messages are left out: the model holds no more", 1, true), said())
    answer "3"
  end)

  it("says that there is no room for the one that was chosen", function()
    local read, kept = state.read, "2026-01-01-1200-one.md"
    state.read = function() return "---\n---\n" end
    host.names_in = function() return { kept } end
    host.ask = function(_, _, done) host.schedule(function() done(1) end) end
    host.split = function() error("no window can be opened here", 0) end

    run "chats"
    state.read = read

    assert.equal("no window can be opened here", said())
  end)
end)

describe("a question", function()
  local host, client, here

  before_each(function()
    config.reset()
    host = fake.new()
    client = fake_client.new(host)
    here = session.new(host, client)
    host.open({ "x = 1" }, "a.lua", "lua")
  end)
  after_each(function()
    here:close()
    host.advance(400)
    assert.equal(0, host.live(), "timers, marks or handlers left")
  end)

  local function run(args)
    command.run(here, { args = args, bang = false })
    host.advance(0)
  end

  it("goes on from the explanation that was made last, and stays where its asker is", function()
    run "explain"
    local code, window = host.buffer(), here.room.explanation.buffer
    client.requests[1]:say "It sets x.\n"
    client.requests[1]:done()

    run "ask why 1?"
    local messages = client.requests[2].params.messages
    assert.same({ "system", "user", "assistant", "user" },
      { messages[1].role, messages[2].role, messages[3].role, messages[4].role })
    assert.equal("It sets x.", messages[3].content)
    assert.equal("why 1?", messages[4].content)
    client.requests[2]:say "No reason."
    client.requests[2]:done()

    assert.equal(code, host.buffer())
    assert.equal("It sets x.\n\n## You\n\nwhy 1?\n\n## Mistral\n\nNo reason.\n\n## You\n\n>>> ",
      table.concat(host.lines(window, 1, -1), "\n"))
  end)

  it("opens a chat when there is nothing it could go on from", function()
    run "ask why?"
    assert.equal("why?", client.requests[1].params.messages[2].content)
    assert.equal("chat", rooms.at(here, host.buffer()).kind)
    client.requests[1]:done()
  end)

  it("has to be asked", function()
    run "ask"
    assert.equal("mistral: there is nothing to ask: write the question behind :Mistral ask",
      host.notes[1].message)
  end)
end)
