-- :Mistral review of what git knows, in a real editor with real repositories.
local Repository = require "spec.git.support.repository"
local config = require "mistral.config"
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
local json = require "mistral.json"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local CLEAN = "int one(void) {\n  return 0;\n}\n"
local BAD = "int one(void) {\n  gets(buffer);\n  return 0;\n}\n"

describe(":Mistral review of a repository", function()
  local server, host, repo

  before_each(function()
    server = wire.start()
    host = require("mistral.host").get()
    repo = Repository.new()
    repo:commit({ ["one.c"] = CLEAN, ["a folder/zwei ß.c"] = CLEAN, ["three.c"] = CLEAN }, "first")
  end)
  after_each(function()
    wire.stop()
    repo:remove()
  end)

  local function edit(name)
    editor.command("silent edit " .. editor.call("fnameescape", repo.top .. "/" .. name))
    return host.buffer()
  end

  local function review(words)
    editor.command("Mistral review " .. words)
    wire.await("review", 30)
  end

  -- What the list has, as "name:row", in its order.
  local function listed()
    local out = {}
    for i, item in ipairs(wire.list().items) do
      local name = editor.call("bufname", item.bufnr):gsub(".*/", "")
      out[i] = ("%s:%d"):format(name, item.lnum)
    end
    return out
  end

  local function rows(buffer)
    local list = {}
    for i, shown in ipairs(wire.shown(buffer)) do list[i] = shown[1] end
    table.sort(list)
    return list
  end

  local function await_rows(buffer, wanted)
    wait_for(function() return table.concat(rows(buffer), " ") == wanted end, function()
      return ("rows are %s, not %s"):format(table.concat(rows(buffer), " "), wanted)
    end)
  end

  it("takes what is staged, though the work tree has gone on", function()
    repo:write { ["one.c"] = BAD }
    repo:sh "git add one.c"
    repo:write { ["one.c"] = "// above\n" .. BAD }
    local buffer = edit "one.c"

    review "staged"

    assert.same({ 3 }, rows(buffer))
    assert.same({ "one.c:3" }, listed())
    assert.truthy(wire.said():find("info: mistral: reviewing ", 1, true), wire.said())
    assert.truthy(wire.said():find("1 finding: 1 error", 1, true), wire.said())
  end)

  it("takes what is not staged, with files that git does not know", function()
    edit "three.c"
    repo:write { ["one.c"] = BAD, ["new.c"] = BAD }

    review "unstaged"

    assert.same({ "new.c:2", "one.c:2" }, (function()
      local list = listed()
      table.sort(list)
      return list
    end)())
  end)

  it("takes a branch since it left its base", function()
    repo:sh "git checkout -q -b work"
    repo:commit({ ["one.c"] = BAD }, "bad")
    edit "three.c"

    review "branch main -- mind the buffers"

    assert.same({ "one.c:2" }, listed())
    assert.truthy(server:requests()[1].body:find("mind the buffers", 1, true))
    assert.truthy(wire.list().title:find("^Mistral review: .*main %(merge base %x+%)$"), wire.list().title)
    assert.truthy(wire.said():find("mistral: branch against main: 1 finding: 1 error", 1, true), wire.said())
  end)

  it("takes a commit", function()
    repo:commit({ ["one.c"] = BAD }, "bad")
    repo:commit({ ["three.c"] = BAD }, "worse")
    edit "one.c"

    review "commit HEAD~1"

    assert.same({ "one.c:2" }, listed())
  end)

  it("takes files, whole, with blanks and umlauts in their names", function()
    repo:commit({ ["a folder/zwei ß.c"] = BAD }, "bad")
    edit "three.c"

    review("files " .. (repo.top .. "/a folder/zwei ß.c"):gsub(" ", "\\ "))
    editor.command "cfirst"

    assert.equal(repo.top .. "/a folder/zwei ß.c", editor.call("expand", "%:p"))
    await_rows(host.buffer(), "2")
    assert.equal(2, editor.call("line", "."))
  end)

  it("opens no file by itself, and places findings in one that is opened", function()
    repo:write { ["one.c"] = BAD }
    repo:sh "git add one.c"
    edit "three.c"

    review "staged"

    assert.equal(0, editor.call("bufloaded", repo.top .. "/one.c"))
    repo:write { ["one.c"] = "// later\n" .. BAD }
    local buffer = edit "one.c"
    await_rows(buffer, "3")
    wait_for(function() return listed()[1] == "one.c:3" end, "the list did not follow")
  end)

  it("goes from finding to finding, through files that were not open, and round", function()
    repo:write { ["one.c"] = BAD .. BAD, ["three.c"] = BAD }
    repo:sh "git add -A"
    edit "one.c"
    review "staged"
    local visited = {}

    for i = 1, 4 do
      editor.command "Mistral next"
      visited[i] = ("%s:%d"):format(editor.call("expand", "%:t"), editor.call("line", "."))
    end
    editor.command "Mistral previous"

    assert.same({ "one.c:2", "one.c:6", "three.c:2", "one.c:2" }, visited)
    assert.equal("three.c", editor.call("expand", "%:t"))
    assert.truthy(wire.notes[#wire.notes].message:find("^mistral: 3/3 error: "))
  end)

  it("leaves out what was dismissed, also when its lines have moved", function()
    repo:write { ["one.c"] = BAD }
    local buffer = edit "one.c"
    review "unstaged"
    editor.command "Mistral next"
    editor.command "Mistral dismiss"
    await_rows(buffer, "")

    repo:write { ["one.c"] = "// above\n" .. BAD }
    editor.command "silent edit!"
    review "unstaged"

    assert.same({}, rows(buffer))
    assert.truthy(wire.said():find("1 dismissed before", 1, true)
      or wire.said():find("nothing found", 1, true), wire.said())
    editor.command "Mistral! dismiss"
  end)

  it("is shown again by a new session, wherever its lines still stand", function()
    repo:write { ["one.c"] = BAD, ["three.c"] = BAD }
    local buffer = edit "one.c"
    review "unstaged"
    door.session():close()
    assert.same({}, rows(buffer))
    repo:write { ["one.c"] = "// above\n" .. BAD, ["three.c"] = CLEAN }
    editor.command "silent edit!"
    wire.notes = {}

    editor.command "Mistral restore"

    await_rows(buffer, "3")
    wait_for(function() return wire.said():find("restored ", 1, true) end, "no word of it")
    local other = edit "three.c"
    wait_for(function()
      return table.concat(listed(), " ") == "one.c:3 three.c:0"
    end, function() return table.concat(listed(), " ") end)
    assert.same({}, rows(other))
  end)

  it("asks above a threshold, and sends nothing when told not to", function()
    config.setup({ review = { ask_tokens = 1 } })
    repo:write { ["one.c"] = BAD }
    edit "one.c"
    local ask, question, answer = host.ask, nil, nil
    host.ask = function(said, _, done) question, answer = said, done end

    editor.command "Mistral review unstaged"
    wait_for(function() return question end, "nobody asked")
    assert.truthy(question:find("1 file in 1 request, about", 1, true), question)
    answer(2)
    wire.await "review"

    host.ask = ask
    assert.equal(0, server:stats().requests)
    assert.truthy(wire.said():find("nothing was sent", 1, true), wire.said())
  end)

  it("says what is left out, and what is not written yet", function()
    repo:write { ["one.c"] = BAD, ["package-lock.json"] = "{}\n" }
    edit "one.c"
    editor.command "call setline(1, 'int two(void) {')"

    review "unstaged"

    local said = wire.notes[1].message
    assert.truthy(said:find("left out 1 file (package-lock.json)", 1, true), said)
    assert.truthy(said:find("what is not written yet is not seen (", 1, true), said)
    editor.command "silent edit!"
  end)

  it("says one sentence when there is nothing, or no such thing", function()
    edit "one.c"
    for words, wanted in pairs {
      staged = "nothing is staged", ["branch nowhere"] = "nowhere", ["commit 123456"] = "123456",
      ["files no.c"] = "there is no file no.c",
    } do
      wire.notes = {}
      review(words)
      assert.equal(1, #wire.notes, wire.said())
      assert.truthy(wire.said():find(wanted, 1, true), wire.said())
    end
    assert.equal(0, server:stats().requests)
  end)

  -- Answers that lie. Whatever they say: the text stays, no file is opened, one sentence ends it.
  local function hostile(fields)
    local whole = {
      path = "one.c", line = 2, quote = "  gets(buffer);", severity = "error", category = "bug",
      title = "T", detail = "D", scenario = "S", confidence = 1, fix = json.null,
    }
    for name, value in pairs(fields) do whole[name] = value end
    return whole
  end

  local LIES = {
    ["a path outside"] = { hostile { path = "../../etc/passwd" }, hostile { path = "/etc/passwd" } },
    ["control characters"] = { hostile { title = "\27[31mT\7\n|quit!", detail = "\0\r\8" } },
    ["a quote that is nowhere"] = { hostile { quote = "system(\"rm\")" } },
    ["a path that is a command"] = { hostile { path = "one.c|call writefile([], 'x')" } },
    ["rows without end"] = { hostile { line = 1e300 }, hostile { line = -1 } },
  }
  for what, findings in pairs(LIES) do
    it("is not led astray by " .. what, function()
      repo:write { ["one.c"] = BAD }
      local buffer = edit "one.c"
      local before, buffers = host.lines(buffer, 1, -1), #editor.call("getbufinfo")
      server:fault { kind = "say", text = json.encode { findings = findings } }

      review "unstaged"

      assert.same(before, host.lines(buffer, 1, -1))
      assert.equal(buffers, #editor.call("getbufinfo"))
      assert.equal(2, #wire.notes, wire.said())
      assert.is_nil(wire.said():find("[%z\1-\9\11-\31]"))
      for _, item in ipairs(wire.list().items) do
        assert.is_nil(item.text:find("[%z\1-\31]"))
        assert.is_true(item.bufnr == buffer or item.bufnr == 0 and item.valid == 0)
      end
    end)
  end

  it("bounds a flood of findings", function()
    repo:write { ["one.c"] = BAD }
    local buffer = edit "one.c"
    local one, many = json.encode(hostile {}), {}
    for i = 1, 3000 do many[i] = one:gsub('"T"', '"T' .. i .. '"') end
    server:fault { kind = "say", text = '{"findings":[' .. table.concat(many, ",") .. "]}" }

    review "unstaged"

    assert.is_true(#wire.list().items <= 20)
    assert.is_true(#rows(buffer) <= 20)
    assert.truthy(wire.said():find("cut off", 1, true) or wire.said():find("left out", 1, true), wire.said())
  end)

  it("keeps what came when a request of several fails, and says which files that was", function()
    config.setup({ review = { request_tokens = 500 } })
    local padding = ("// padding that fills the request\n"):rep(60)
    repo:write { ["one.c"] = BAD .. padding, ["three.c"] = BAD .. padding }
    server:fault { kind = "status", name = "context" }
    edit "one.c"

    review "unstaged"

    assert.is_true(#wire.list().items >= 1, wire.said())
    assert.truthy(wire.notes[#wire.notes].message:find("could be reviewed (", 1, true), wire.said())
    assert.equal("warn", wire.notes[#wire.notes].level)
  end)
end)
