-- What every host promises for what is changed in several places, and asked for by keys.
local editor = require "spec.editor.support.editor"
local hosts = require "spec.editor.support.hosts"
local wait_for = require "spec.support.wait"

local function promises(name, new_bench)
  describe("the host " .. name, function()
    local host, bench

    before_each(function()
      bench = new_bench()
      host = bench.host
    end)
    if editor.kind then after_each(editor.clear) end

    -- parts as first and last row and new lines, and what is there then
    local CASES = {
      { "from whatever order", { { 1, 1, { "a", "b" } }, { 4, 4, {} }, { 3, 3, { "c" } } },
        { "a", "b", "2", "c" } },
      { "with lines above a row that is replaced", { { 2, 1, { "x" } }, { 2, 2, { "two" } } },
        { "1", "x", "two", "3", "4" } },
      { "with lines above a row twice, in order", { { 3, 2, { "x" } }, { 3, 2, { "y" } } },
        { "1", "2", "x", "y", "3", "4" } },
      { "with all rows gone", { { 1, 2, {} }, { 3, 4, {} } }, { "" } },
      { "with nothing", {}, { "1", "2", "3", "4" } },
    }
    for _, case in ipairs(CASES) do
      it("replaces several parts " .. case[1], function()
        local buffer = bench.open({ "1", "2", "3", "4" })
        local parts = {}
        for i, part in ipairs(case[2]) do
          parts[i] = { first = part[1], last = part[2], lines = part[3] }
        end

        assert.is_true(host.replace_parts(buffer, parts))

        assert.same(case[3], host.lines(buffer, 1, -1))
      end)
    end

    it("keeps what is marked between them", function()
      local buffer = bench.open({ "1", "2", "3", "4", "5" })
      local mark = host.mark(buffer, 3, 3)

      host.replace_parts(buffer, {
        { first = 1, last = 2, lines = { "x" } }, { first = 4, last = 4, lines = { "y", "z" } },
      })

      assert.same({ 2, 2 }, { mark.range() })
      mark.remove()
    end)

    it("looks at a row of the current window", function()
      bench.open({ "1", "2", "3" })

      host.look(2, 1, 3)

      assert.same({ 2, 0 }, { host.cursor() })
    end)
  end)
end

hosts.each(promises)

if not editor.kind then return end

describe("the host " .. editor.kind, function()
  local host = require("mistral.host").get()
  after_each(editor.clear)

  it("takes several parts back with one undo", function()
    local buffer = editor.open({ "1", "2", "3" })
    host.replace(buffer, 2, 2, { "two" })
    host.replace_parts(buffer, {
      { first = 1, last = 1, lines = {} }, { first = 3, last = 3, lines = { "x", "y" } },
    })

    editor.command("silent undo")

    assert.same({ "1", "two", "3" }, host.lines(buffer, 1, -1))
  end)

  local function press(keys)
    editor.call("feedkeys", keys, "tx")
  end

  it("hears the keys of a split, those of the last time it was opened", function()
    local code, heard = editor.open({ "code" }), {}
    local function open(word, focus)
      return host.split({
        name = "mistral://keys", filetype = "", position = "below", focus = focus,
        keys = {
          y = function() heard[#heard + 1] = word .. "y" end,
          ["]c"] = function() heard[#heard + 1] = word .. "c" end,
          q = function() heard[#heard + 1] = word .. "q" end,
        },
      })
    end

    local buffer = open("one ", true)
    press("y]cq")
    assert.equal(buffer, open("two ", false))
    assert.equal(buffer, host.buffer())
    press("y")
    host.unsplit(buffer)

    assert.same({ "one y", "one c", "one q", "two y" }, heard)
    assert.equal(code, host.buffer())
  end)

  it("shows the rows around the one that it looks at", function()
    local lines = {}
    for i = 1, 200 do lines[i] = tostring(i) end
    editor.open(lines)
    local height = editor.call("winheight", 0)

    host.look(102, 100, 105)
    editor.command("redraw")
    assert.truthy(editor.call("line", "w0") <= 100)
    assert.truthy(editor.call("line", "w$") >= 105)

    local top = editor.call("line", "w0")
    host.look(top + 2, top + 1, top + 3)
    editor.command("redraw")
    assert.equal(top, editor.call("line", "w0"), "it scrolled without need")

    host.look(199, 198, 200)
    editor.command("redraw")
    assert.equal(200 - height + 1, editor.call("line", "w0"))
  end)
end)

local vim = rawget(_G, "vim")
local lsp_starts = editor.kind == "nvim" and vim.fn.has("nvim-0.8") == 1

describe("code actions in the host " .. editor.kind, function()
  local host = require("mistral.host").get()
  local actions
  local function clients(buffer)
    local get = vim.lsp.get_clients or vim.lsp.get_active_clients
    return get(buffer and { bufnr = buffer } or nil)
  end

  after_each(function()
    actions.stop()
    if lsp_starts then wait_for(function() return #clients() == 0 end) end
    editor.clear()
  end)

  local function offer(run)
    actions = host.code_actions(function(buffer, first, last)
      return { { title = ("fix %d: %d to %d"):format(buffer, first, last), run = run } }
    end)
  end

  if not lsp_starts then
    it("are nowhere, since it has none, and nothing is started", function()
      local buffer = editor.open({ "code" })
      local client = package.loaded["vim.lsp"] -- of another file's
      package.loaded["vim.lsp"] = nil
      offer(function() end)

      actions.show({ buffer })

      assert.falsy(package.loaded["vim.lsp"])
      package.loaded["vim.lsp"] = client
    end)
    return
  end

  local function offered(buffer, row, context)
    local params = {
      textDocument = { uri = vim.uri_from_bufnr(buffer) },
      range = { start = { line = row - 1, character = 0 }, ["end"] = { line = row, character = 0 } },
      context = context or { diagnostics = {} },
    }
    local answers = vim.lsp.buf_request_sync(buffer, "textDocument/codeAction", params, 5000)
    local _, answer = next(answers or {})
    return answer and answer.result or {}
  end

  local function show(buffers)
    actions.show(buffers)
    wait_for(function()
      local client = clients()[1]
      return client and client.initialized or #buffers == 0
    end)
  end

  it("are offered for the lines that are asked about, and run when chosen", function()
    local ran = 0
    local buffer = editor.open({ "one", "two" })
    offer(function() ran = ran + 1 end)
    show({ buffer })
    local select = vim.ui.select
    vim.ui.select = function(items, _, done) done(items[1], 1) end

    assert.equal(("fix %d: 2 to 3"):format(buffer), offered(buffer, 2)[1].title)
    vim.lsp.buf.code_action({ apply = true })
    wait_for(function() return ran == 1 end)

    vim.ui.select = select
  end)

  it("are in the buffers that have some, and in no other", function()
    local one = editor.open({ "one" })
    editor.command("set hidden")
    local two = editor.open({ "two" })
    offer(function() end)
    show({ one })
    assert.same({ 1, 0 }, { #clients(one), #clients(two) })

    actions.show({ two })

    assert.same({ 0, 1, 1 }, { #clients(one), #clients(two), #clients() })
    assert.truthy(offered(two, 1)[1])
    editor.command("set hidden&")
  end)

  it("are none of another kind than is asked for", function()
    local buffer = editor.open({ "one" })
    offer(function() end)
    show({ buffer })

    assert.same({}, offered(buffer, 1, { diagnostics = {}, only = { "refactor" } }))
    assert.equal(1, #offered(buffer, 1, { diagnostics = {}, only = { "quickfix" } }))
  end)

  it("go without a trace", function()
    local buffer = editor.open({ "one" })
    offer(function() end)
    show({ buffer })

    actions.show({})
    wait_for(function() return #clients() == 0 end)

    actions.stop()
  end)

  it("do not keep the editor from ending", function()
    local began = os.time()
    local said = editor.run_another([[
      lua actions = require("mistral.host").get().code_actions(function() return {} end)
      lua actions.show({ 1 })
      lua vim.wait(2000, function() return #(vim.lsp.get_clients or vim.lsp.get_active_clients)() == 1 end)
      lua vim.fn.writefile({ "up" }, "OUT")
    ]])

    assert.equal("up\n", said)
    assert.truthy(os.time() - began < 5)
  end)
end)
