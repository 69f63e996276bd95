-- A review of 5 000 changed lines in 60 files: what is found is shown while requests are still to be
-- sent, and nothing of it stays once it is cleared.
local Repository = require "spec.git.support.repository"
local config = require "mistral.config"
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
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
end)
