-- A review of 5 000 changed lines in 60 files: what is found is shown while requests are still to be
-- sent, and nothing of it stays once it is cleared.
local Repository = require "spec.git.support.repository"
local config = require "mistral.config"
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
local memory = require "spec.support.memory"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local FILES, LINES = 60, 84

-- One defect in each file, and no two lines alike.
local function source(number)
  local lines = {}
  for row = 1, LINES do
    lines[row] = row == 40 and ("  gets(buffer_%d);"):format(number)
      or row % 12 == 1 and ("int f_%d_%d(void)\n{"):format(number, row):gsub("\n", " ")
      or row % 12 == 0 and "}"
      or ("  total_%d += %d;"):format(row, number)
  end
  return table.concat(lines, "\n") .. "\n"
end

describe("a large :Mistral review", function()
  local server, host, repo, verbs

  before_each(function()
    server = wire.start()
    host = require("mistral.host").get()
    repo = Repository.new()
    local files = {}
    for number = 1, FILES do files[("src/file_%02d.c"):format(number)] = source(number) end
    repo:write(files)
    repo:sh "git add -A"
    config.setup({ review = { request_tokens = 4000, ask_tokens = 0, ask_cost = 0, kept = 0 } })
    verbs = { findings = host.findings, add_to_list = host.add_to_list }
  end)
  after_each(function()
    for name, verb in pairs(verbs) do host[name] = verb end
    wire.stop()
    repo:remove()
  end)

  local function review()
    editor.command "Mistral review staged"
    wire.await("review", 60)
  end

  -- How many requests the server had when something was first shown.
  local function watch_first()
    local first = {}
    function host.add_to_list(list, items)
      first.listed = first.listed or server:stats().requests
      return verbs.add_to_list(list, items)
    end
    function host.findings(buffer, shown, virtual_text)
      if #shown > 0 then first.drawn = first.drawn or server:stats().requests end
      return verbs.findings(buffer, shown, virtual_text)
    end
    return first
  end

  it("shows the first finding before the last request is sent", function()
    editor.command("silent edit " .. repo.top .. "/src/file_01.c")
    local first = watch_first()

    review()

    local total = server:stats().requests
    assert.is_true(total >= 10, total .. " requests")
    assert.is_true(first.listed < total, ("%d of %d"):format(first.listed, total))
    assert.is_true(first.drawn < total, ("%d of %d"):format(first.drawn, total))
    assert.equal(FILES, #wire.list().items)
    assert.truthy(wire.said():find("60 findings in 60 files: 60 errors", 1, true), wire.said())
    assert.equal(1, #wire.shown(host.buffer()))
  end)

  it("opens no file, and has its list in the order of the files", function()
    editor.command "enew"
    editor.command("cd " .. repo.top)
    review()
    editor.command "cd -"

    local before = ""
    for _, item in ipairs(wire.list().items) do
      local name = editor.call("bufname", item.bufnr)
      assert.equal(0, editor.call("bufloaded", item.bufnr))
      assert.is_true(before < name)
      before = name
    end
  end)

  it("leaves nothing behind once it is cleared", function()
    local weak = setmetatable({}, { __mode = "k" })
    editor.command("silent edit " .. repo.top .. "/src/file_01.c")
    editor.command "Mistral review staged"
    weak[door.session():running("review")[1]] = "review"
    wire.await("review", 60)
    for _, record in ipairs(door.session().findings:all()) do
      weak[record], weak[record.finding], weak[record.file] = "record", "finding", "file"
      weak[record.board] = "board"
    end

    editor.command "Mistral clear"
    wait_for(function()
      for _ = 1, 2 do collectgarbage() end
      return next(weak) == nil
    end, function() return ("a %s is still held"):format(select(2, next(weak))) end)

    assert.same({}, door.session().findings:all())
    assert.same({}, wire.list().items)
    assert.same({}, wire.shown(host.buffer()))
  end)

  -- All that a review may put into an editor, except for the buffers that its list has named.
  local live = 0
  local function count_timers()
    local timer = host.timer
    verbs.timer, live = timer, 0
    function host.timer(delay_ms, fn)
      local running = true
      local function over()
        live, running = live - (running and 1 or 0), false
      end
      live = live + 1
      local stop = timer(delay_ms, function()
        over()
        fn()
      end)
      return function()
        over()
        stop()
      end
    end
  end

  local function marks(buffer)
    local count = #editor.call("sign_getplaced", buffer, { group = "*" })[1].signs
    if editor.kind == "vim" then
      for row = 1, host.line_count(buffer) do
        count = count + #editor.call("prop_list", row, { bufnr = buffer })
      end
      return count
    end
    local api = rawget(_G, "vim").api
    for _, space in pairs(api.nvim_get_namespaces()) do
      count = count + #api.nvim_buf_get_extmarks(buffer, space, 0, -1, {})
    end
    return count
  end

  -- Of ours; but for what keeps `User` events quiet, which stays.
  local function autocommands()
    if editor.kind == "nvim" then
      return #rawget(_G, "vim").api.nvim_get_autocmds({ group = "mistral" })
    end
    local count = 0
    for _ in editor.call("execute", "autocmd"):gmatch "\nmistral_%d+ " do count = count + 1 end
    return count
  end

  local function state()
    return {
      autocommands = autocommands(), timers = live,
      marks = marks(host.buffer()), windows = #editor.call("getwininfo"),
      shown = #wire.shown(host.buffer()), listed = #wire.list().items,
      streams = server:stats().open_streams,
    }
  end

  it("leaves marks, windows, timers and autocommands as they were, and memory, too", function()
    editor.command("silent edit " .. repo.top .. "/src/file_01.c")
    count_timers()
    local before, lua, resident = nil, {}, {}

    for round = 1, 4 do
      review()
      assert.equal(1, #wire.shown(host.buffer()))
      assert.is_true(marks(host.buffer()) > 0)
      editor.command "Mistral clear"
      wait_for(function() return live == 0 end, function() return live .. " timers are left" end)
      before = before or state()
      assert.same(before, state())
      for _ = 1, 2 do collectgarbage() end
      lua[round], resident[round] = collectgarbage "count", memory.resident() / 1024
    end

    assert.same({ 0, 0, 0, 1 }, { before.marks, before.shown, before.listed, before.windows })
    -- The first rounds fill what is kept on purpose: modules, prices, the redactor's memory.
    assert.is_true(lua[4] - lua[2] < 100, table.concat(lua, " ") .. " KiB of Lua")
    assert.is_true(resident[4] - resident[2] < 3000, table.concat(resident, " ") .. " KiB")
  end)
end)
