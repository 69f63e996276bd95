-- Prompts as subcommands, with an editor in memory: which there are, whom one trusts, what is sent.
local command = require "mistral.editor.command"
local config = require "mistral.config"
local fake = require "mistral.host.fake"
local fake_client = require "spec.editor.support.client"
local native = require "mistral.native"
local session = require "mistral.editor.session"
local state = require "mistral.state"

describe("a prompt of one's own", function()
  local host, client, here, base, own, theirs, buffer

  local function write(folder, name, text)
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    file:write(text)
    file:close()
    host.folders[folder] = host.folders[folder] or {}
    table.insert(host.folders[folder], name)
    return folder .. "/" .. name
  end

  before_each(function()
    config.reset()
    base = native.run({ "mktemp", "-d" }).stdout:gsub("\n$", "")
    own, theirs = base .. "/own", base .. "/project/.mistral/prompts"
    native.run { "mkdir", "-p", own, theirs, base .. "/project/.git" }
    config.setup { prompts = { folder = own } }
    host = fake.new()
    host.folder = function() return base .. "/project" end
    client = fake_client.new(host)
    here = session.new(host, client)
    buffer = host.open({ "one", "{{file}} {{wish}}", "three" }, "a.lua", "lua")
  end)
  after_each(function()
    here:close()
    host.advance(1000)
    native.run { "rm", "-rf", base }
    assert.equal(0, host.live(), "timers, marks or handlers left")
  end)

  local function run(args, first, last)
    command.run(here, { args = args, first = first, last = last })
    host.advance(1)
    return client.requests[#client.requests]
  end

  local function said()
    local out = {}
    for i, note in ipairs(host.notes) do out[i] = note.level .. ": " .. note.message end
    return table.concat(out, "\n")
  end

  local function buffer_of(name)
    for i = 1, 20 do
      if host.valid(i) and host.name(i) == name then return i end
    end
    return nil
  end

  local function text_of(shown) return table.concat(host.lines(shown, 1, -1), "\n") end

  local function sent(request) return request.params.messages[#request.params.messages].content end

  describe("is a subcommand", function()
    it("that is offered, takes a range, and streams into a window", function()
      write(own, "terse.md", "---\ntemperature: 0.2\nmodel: m\n---\nExplain {{first}}-{{last}} of "
        .. "{{file}}: {{code}} {{wish}}")
      assert.truthy((" " .. table.concat(command.candidates("Mistral ", here), " ") .. " ")
        :find(" terse ", 1, true))
      assert.same({}, command.candidates("Mistral terse ", here))
      local request = run("terse now", 2, 2)

      assert.equal("Explain 2-2 of a.lua: {{file}} {{wish}} now", sent(request))
      assert.equal(0.2, request.params.temperature)
      assert.equal("m", request.params.model)
      request:say "Braces."
      request:done()
      host.advance(100)
      assert.equal("Braces.", text_of(buffer_of "mistral://prompt/terse"):match("^[^\n]*"))
    end)

    it("whose answer can be asked on about, as it was asked", function()
      write(own, "terse.md", "---\nmodel: m\ntemperature: 0.2\nscope: none\n---\nSay it.")
      local request = run "terse"
      request:say "It."
      request:done()
      host.advance(100)
      request = run "ask why?"

      assert.equal("why?", sent(request))
      assert.equal("Say it.", request.params.messages[2].content)
      assert.equal("It.", request.params.messages[3].content)
      assert.equal(0.2, request.params.temperature)
      assert.equal("m", request.params.model)
      request:done()
    end)

    it("that sends its lines fenced when it has no place for them", function()
      write(own, "terse.md", "Explain.")
      assert.equal("Explain.\n\na.lua, lines 1 to 3:\n\n```lua\none\n{{file}} {{wish}}\nthree\n```",
        sent(run "terse"))
      here:stop()
    end)

    it("that takes a range only where it speaks of one", function()
      write(own, "all.md", "---\nscope: buffer\n---\nExplain.")
      run("all", 1, 2)
      assert.equal("error: mistral: :Mistral all takes no range", said())
    end)

    it("that opens a chat, whose words stand for code", function()
      write(own, "talk.md", "---\noutput: chat\ntemperature: 0.1\n---\nExplain:\n\n{{code}}")
      local request = run("talk", 2, 3)

      assert.equal(0.1, request.params.temperature)
      assert.truthy(sent(request):find("Explain:\n\n@range", 1, true), sent(request))
      assert.truthy(sent(request):find("{{file}} {{wish}}\nthree", 1, true), sent(request))
      assert.truthy(text_of(buffer_of "mistral://chat/1"):find("temperature: 0.1\n---", 1, true))
      request:done()
    end)

    it("that changes lines, hunk by hunk", function()
      write(own, "shout.md", "---\noutput: replace\nmodel: m\n---\nWrite it in capitals.")
      local request = run("shout", 1, 1)
      assert.equal("m", request.params.model)
      assert.truthy(sent(request):find("What is to be done: Write it in capitals.", 1, true))
      request:say '{"replacement":"ONE\\n"}'
      request:done()
      host.advance(1)
      host.advance(500)
      host.press "y"
      host.advance(1)

      assert.equal("ONE", host.lines(buffer, 1, 1)[1])
    end)

    it("that is shown by a preview as it would be sent", function()
      for _, case in ipairs { { "split", "" }, { "chat", "output: chat\n" }, { "edit", "output: replace\n" } } do
        local name = "p-" .. case[1]
        write(own, name .. ".md", "---\ntemperature: 0.4\n" .. case[2] .. "---\nMake it {{wish}}.")
        host.go(buffer)
        local count, shown = #client.requests, nil
        local offer = require("mistral.editor.prompts").offer(here, name, {})
        local params = offer(here, { buffer = buffer, first = 1, last = 2, wish = "short" },
          assert(here:options()), function(found) shown = found end)
        shown = type(params) == "table" and params or shown
        assert.equal(count, #client.requests)
        local request = run(name .. " short", 1, 2)

        assert.same(shown, request.params)
        request:done()
        host.advance(1000)
      end
      assert.truthy(table.concat(command.candidates("Mistral preview ", here), " "):find("p-chat", 1, true))
      host.go(buffer)
      run "preview p-split short"
      assert.truthy(text_of(buffer_of "mistral://preview"):find("Make it short.", 1, true))
    end)
  end)

  describe("cannot be run", function()
    it("when something is wrong with its file, and says where", function()
      local path = write(own, "bad.md", "---\nscope: all\n---\na")
      run "bad"
      assert.equal(("warn: mistral: %s, line 2: `scope` is one of range, buffer, diff, none, not `all`")
        :format(path), said())
    end)

    it("in place of what is built in, and says so", function()
      local path = write(own, "mine.md", "---\nname: review\n---\na")
      write(own, "explain.md", "---\nscope: none\n---\nMINE")
      run "explain"
      assert.falsy(sent(client.requests[1]):find("MINE", 1, true))
      here:stop()
      run "prompts"

      assert.truthy(text_of(buffer_of "mistral://prompts"):find(("! %s: `review` is a subcommand of "
        .. ":Mistral already"):format(path), 1, true))
    end)

    it("when it is too large, no file, or a name for none", function()
      write(own, "large.md", ("x"):rep(70000))
      native.run { "mkfifo", own .. "/pipe.md" }
      table.insert(host.folders[own], "pipe.md")
      table.insert(host.folders[own], "gone.md")
      run "large"
      run "pipe"
      run "gone"

      assert.truthy(said():find("large.md has 69 KiB, and a prompt may have 64", 1, true), said())
      assert.truthy(said():find("pipe.md is no ordinary file", 1, true), said())
      assert.truthy(said():find("gone.md cannot be read", 1, true), said())
      assert.same({}, client.requests)
    end)

    it("when a folder has too many, of which as many are read as there is time for", function()
      for i = 1, 9 do write(own, ("p%d.md"):format(i), ("x"):rep(50000)) end
      run "p9"
      assert.truthy(said():find("there is no :Mistral p9", 1, true))
      run "prompts"
      assert.truthy(text_of(buffer_of "mistral://prompts"):find("the last that is read is p6$"))

      host.folders[own] = {}
      for i = 1, 201 do host.folders[own][i] = ("q%d.md"):format(i) end
      run "prompts"
      assert.truthy(text_of(buffer_of "mistral://prompts")
        :find("has 201 prompts, of which the first 200 are read$"))
    end)

    it("when there is none of that name, which names those there are", function()
      write(own, "terse.md", "a")
      run "tense"
      assert.truthy(said():find("there is no :Mistral tense; there are .*terse$"), said())
    end)
  end)

  describe("that a project brings", function()
    local path
    before_each(function()
      path = write(theirs, "deploy.md", "---\nscope: none\n---\nSay deploy.")
    end)

    local function rewrite(text)
      local file = assert(io.open(path, "wb"))
      file:write(text)
      file:close()
    end

    it("is asked about once, and again when its file has changed", function()
      assert.equal(nil, run "deploy")
      local question = host.asked[1]
      assert.truthy(question.question:find(path, 1, true), question.question)
      question.answer(1)
      host.advance(1)
      assert.equal("Say deploy.", sent(client.requests[1]))
      here:stop()
      assert.equal(2, #(function() run "deploy" return client.requests end)())
      assert.equal(1, #host.asked)
      here:stop()
      rewrite "---\nscope: none\n---\nSay something else."
      run "deploy"

      assert.equal(2, #host.asked)
      assert.equal(2, #client.requests)
      host.asked[2].answer(nil)
    end)

    it("is kept as trusted where only its owner may read", function()
      run "deploy"
      host.asked[1].answer(1)
      host.advance(1)
      here:stop()

      local kept = state.folder() .. "/prompts/trusted" .. path:gsub("/%.", "/%%2E")
      assert.equal("---\nscope: none\n---\nSay deploy.", state.read(kept))
      assert.equal(tonumber("600", 8), native.stat(kept).mode)
    end)

    it("sends nothing when the answer is no, none, or to look first", function()
      host.files[path] = { "---" }
      for answer, expected in pairs { [3] = "was not run; nothing was sent", [2] = false } do
        run "deploy"
        host.asked[#host.asked].answer(answer)
        host.advance(1)
        assert.truthy(not expected or said():find(expected, 1, true), said())
      end
      run "deploy"
      host.asked[3].answer(nil)
      host.advance(1)

      assert.same({}, client.requests)
      assert.truthy(host.find(path))
    end)

    it("is not run when its file changes while the question stands", function()
      run "deploy"
      rewrite "---\nscope: none\n---\nSend all."
      host.asked[1].answer(1)
      host.advance(1)

      assert.same({}, client.requests)
      assert.truthy(said():find("was changed meanwhile; run it again", 1, true), said())
    end)

    it("speaks of the lines that were given, wherever they have moved meanwhile", function()
      write(theirs, "lines.md", "{{first}}: {{code}}")
      run("lines", 3, 3)
      host.edit(buffer, 1, 0, { "above" })
      host.asked[1].answer(1)
      host.advance(1)

      assert.equal("4: three", sent(client.requests[1]))
      here:stop()
    end)

    it("is nothing any more when the session ends while the question stands", function()
      run("deploy")
      here:close()
      host.asked[1].answer(1)
      host.advance(1)
      assert.same({}, client.requests)
    end)

    it("may be looked at by a preview without trust", function()
      run "preview deploy"
      assert.truthy(text_of(buffer_of "mistral://preview"):find("Say deploy.", 1, true))
      assert.same({}, host.asked)
    end)

    it("gives way to one's own of the same name", function()
      write(own, "deploy.md", "---\nscope: none\n---\nMINE")
      assert.equal("MINE", sent(run "deploy"))
      here:stop()
      run "prompts"
      assert.truthy(text_of(buffer_of "mistral://prompts"):find("is the name of " .. own, 1, true))
    end)

    it("is not read where a link leads out of its folder", function()
      write(base, "secret", "the secret")
      native.run { "ln", "-s", base .. "/secret", theirs .. "/out.md" }
      table.insert(host.folders[theirs], "out.md")
      host.real_path = function(asked)
        return asked == theirs .. "/out.md" and base .. "/secret" or asked
      end
      run "out"

      assert.equal(("warn: mistral: %s/out.md is a link that leads out of its folder"):format(theirs), said())
    end)
  end)

  it("is listed with where it is, or how to have one", function()
    run "prompts"
    assert.truthy(said():find("there are no prompts: put one into " .. own, 1, true), said())
    write(own, "terse.md", "---\ndescription: In few words\n---\na")
    run "prompts"

    assert.equal((":Mistral terse  In few words\n    %s/terse.md (yours)"):format(own),
      text_of(buffer_of "mistral://prompts"))
  end)
end)
