-- Completion in the Insert mode of a real editor, against the loopback server.
local at_best = require "spec.support.at_best"
local config = require "mistral.config"
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

describe("completion in Insert mode", function()
  local server, host, buffer

  before_each(function()
    server = wire.start()
    host = require("mistral.host").get()
    editor.command("imap <C-G>a <Plug>(mistral-accept)")
    editor.command("imap <C-G>c <Plug>(mistral-complete)")
    editor.command("imap <C-G>d <Plug>(mistral-dismiss)")
    editor.command("set completefunc=MistralComplete completeopt=menuone backspace=start")
    buffer = editor.open({ "local function add(a, b)", "  retu", "end" }, "lua")
  end)
  after_each(function()
    for _, key in ipairs { "a", "c", "d" } do editor.command("iunmap <C-G>" .. key) end
    editor.command("set completefunc= completeopt&")
    wire.stop()
  end)

  local function say(text, times)
    server:fault({ kind = "say", text = text, times = times or 1 })
  end

  local function ghost() return wire.ghost(buffer) end

  local function lines() return host.lines(buffer, 1, -1) end

  local function ghost_of(insert, wanted)
    insert.wait(function() return ghost() == wanted end,
      function() return "the ghost is " .. ghost() end)
  end

  it("shows a ghost, which is no text, and takes it in one undo step", function()
    say("rn a + b")
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<C-G>c")
      ghost_of(insert, "rn a + b")
      assert.equal("  retu", lines()[2])

      insert.type("\\<C-G>a")
      insert.wait(function() return lines()[2] == "  return a + b" end)
      assert.same({ 2, 14 }, { host.cursor() })
      assert.equal("", ghost())
      assert.is_true(host.inserting())
    end)

    editor.command("undo")

    assert.equal("  retu", lines()[2])
  end)

  it("leaves what was typed before in an undo step of its own", function()
    say("rn a")
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<BS>\\<BS>tu")
      insert.type("\\<C-G>c")
      ghost_of(insert, "rn a")
      insert.type("\\<C-G>a")
      insert.type(" + b")
    end)
    assert.equal("  return a + b", lines()[2])

    editor.command("undo")

    assert.equal("  retu", lines()[2])
  end)

  it("takes several lines, exactly as they are shown", function()
    editor.command("setlocal autoindent shiftwidth=8 expandtab indentexpr=99")
    say("rn a\n\tif b then\n    c()\n  end\n")
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<C-G>c")
      insert.wait(function() return ghost():find("end", 1, true) end)
      insert.type("\\<C-G>a")
    end)

    assert.same({ "local function add(a, b)", "  return a", "\tif b then", "    c()", "  end", "end" },
      lines())
  end)

  it("works in the middle of a line", function()
    host.fill(buffer, { "x", "call()", "y" })
    say("a, b")
    editor.in_insert_mode("2G$i", function(insert)
      insert.type("\\<C-G>c")
      ghost_of(insert, "a, b")
      insert.type("\\<C-G>a")
      insert.wait(function() return lines()[2] == "call(a, b)" end)
      assert.same({ 2, 9 }, { host.cursor() })
    end)
  end)

  it("shrinks as it is typed, and is taken whole", function()
    say("rn a + b")
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<C-G>c")
      ghost_of(insert, "rn a + b")

      insert.type("rn ")
      ghost_of(insert, "a + b")
      insert.type("\\<C-G>a")
    end)

    assert.equal("  return a + b", lines()[2])
    assert.equal(1, server:stats().requests)
  end)

  it("goes with other text, and is stopped on the wire", function()
    server:pace(20)
    say("rn a + b and much more than that, so that it takes its time to come in all of its words")
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<C-G>c")
      insert.wait(function() return ghost() ~= "" end, "no ghost")

      insert.type("x")
      insert.wait(function() return ghost() == "" end, "the ghost stayed")
    end)

    assert.is_true((server:wait({ at_least = { resets = 1 } })))
    assert.equal("  retux", lines()[2])
  end)

  it("goes with Esc, and is stopped on the wire within 50 ms", function()
    local took = at_best(50, function()
      server:reset()
      server:pace(20)
      say("rn a + b and much more than that, so that it takes its time to come in all of its words")
      local left
      editor.in_insert_mode("2GA", function(insert)
        insert.type("\\<C-G>c")
        insert.wait(function() return ghost() ~= "" end, "no ghost")
        left = server:now()
      end)
      local met, stats = server:wait({ at_least = { resets = 1 } })

      assert.is_true(met)
      assert.equal("", ghost())
      assert.equal("n", editor.call("mode"))
      return stats.last_reset_ms - left
    end)

    assert.is_true(took < 50, took)
  end)

  it("goes when the cursor moves, and before the answer came, too", function()
    server:fault({ kind = "silence", head = true })
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<C-G>c")
      insert.wait(function() return server:stats().requests == 1 end, "no request")

      insert.type("\\<Left>")
      insert.wait(function() return server:stats().resets == 1 end, "no reset")
    end)
    assert.equal("", ghost())
    assert.equal("", wire.said())
  end)

  it("is dropped on demand", function()
    say("rn a")
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<C-G>c")
      ghost_of(insert, "rn a")

      insert.type("\\<C-G>d")
      insert.wait(function() return ghost() == "" end, "the ghost stayed")
      assert.is_true(host.inserting())
    end)
    assert.equal("  retu", lines()[2])
  end)

  it("types the mapped key when there is nothing to take", function()
    editor.command("imap <Tab> <Plug>(mistral-accept)")
    editor.command("iunmap <C-G>a")
    editor.command("setlocal noexpandtab")

    editor.call("feedkeys", editor.eval([["2GA\<Tab>x\<Esc>"]]), "tx")

    editor.command("iunmap <Tab>")
    editor.command("imap <C-G>a <Plug>(mistral-accept)")
    assert.equal("  retu\tx", lines()[2])
  end)

  it("works from :Mistral complete through CTRL-O", function()
    say("rn a")
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<C-O>:Mistral complete\\<CR>")
      ghost_of(insert, "rn a")
      insert.type("\\<C-G>a")
    end)
    assert.equal("  return a", lines()[2])
  end)

  it("opens the menu for i_CTRL-X_CTRL-U when the answer is there", function()
    say("rn a + b")
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<C-X>\\<C-U>")
      -- Not pumvisible(): on a terminal without colours, Vim draws no menu.
      insert.wait(function() return editor.call("complete_info").mode ~= "" end, "it did not open")
      assert.equal("rn a + b", editor.call("complete_info").items[1].word)
      insert.type("\\<C-N>\\<C-P>;")
    end)

    assert.equal("  return a + b;", lines()[2])
    assert.equal("", ghost())
  end)

  it("puts the only candidate in at once where 'completeopt' says so, as any completion", function()
    editor.command("set completeopt=menu")
    say("rn a + b")
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<C-X>\\<C-U>")
      insert.wait(function() return lines()[2] == "  return a + b" end, "nothing was put in")
      insert.type("\\<C-E>")
      insert.wait(function() return lines()[2] == "  retu" end, "CTRL-E did not take it out")
    end)
  end)

  it("opens no menu when something else was typed meanwhile", function()
    server:pace(20)
    say("rn a + b and much more than that, so that it takes its time to come in all of its words")
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<C-X>\\<C-U>")
      insert.wait(function() return server:stats().requests == 1 end, "no request")
      insert.type("x")
      insert.wait(function() return server:stats().resets == 1 end, "no reset")
      assert.is_false(host.menu_open())
    end)
    assert.equal("  retux", lines()[2])
  end)

  it("says so once when there is no completion", function()
    say("")
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<C-G>c")
      insert.wait(function() return #wire.notes > 0 end, "nothing was said")
    end)
    assert.equal("info: mistral: no completion here", wire.said())
  end)

  it("asks once, with what stands around the cursor", function()
    config.setup({ complete = { model = "codestral-2508" } })
    editor.in_insert_mode("2GA", function(insert)
      insert.type("\\<C-G>c")
      insert.wait(function() return #door.session():running("complete") == 0 end)
    end)

    local requests = server:requests()
    assert.equal(1, #requests)
    local body = require("mistral.json").decode(requests[1].body)
    assert.equal("local function add(a, b)\n  retu", body.prompt)
    assert.equal("\nend", body.suffix)
    assert.equal("codestral-2508", body.model)
  end)
end)
