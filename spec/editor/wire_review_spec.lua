-- :Mistral review in a real editor, through the C module, over TLS and HTTP/2, to the loopback server.
local door = require "mistral.editor"
local editor = require "spec.editor.support.editor"
local wait_for = require "spec.support.wait"
local wire = require "spec.editor.support.wire"

if not editor.kind then return end

local unpack = rawget(_G, "unpack") or rawget(table, "unpack")

local CODE = {
  "#include <string.h>",
  "",
  "static char buffer[16];",
  "",
  "int read_name(const char *name) {",
  "  strcpy(buffer, name);",
  "  gets(buffer);",
  "  return 0;",
  "}",
}

describe(":Mistral review", function()
  local server, host

  before_each(function()
    server = wire.start()
    host = require("mistral.host").get()
  end)
  after_each(wire.stop)

  -- Reviews these lines; returns the buffer, and its text once more to compare.
  local function review(lines, command)
    local buffer = editor.open(lines, "c")
    editor.command(command or "Mistral review")
    wire.await("review", 60)
    assert.same(lines, host.lines(buffer, 1, -1))
    assert.equal(0, editor.eval("&modified"))
    return buffer
  end

  local function rows(buffer)
    local list = {}
    for i, shown in ipairs(wire.shown(buffer)) do list[i] = shown[1] end
    table.sort(list)
    return list
  end

  it("shows findings on their lines and in the quickfix list", function()
    local buffer = review(CODE)

    assert.same({ 6, 7 }, rows(buffer))
    local list = wire.list()
    assert.equal("Mistral review: [No Name]", list.title)
    assert.same({ 6, 7 }, { list.items[1].lnum, list.items[2].lnum })
    assert.same({ buffer, "E", 1 },
      { list.items[1].bufnr, list.items[1].type, list.items[1].valid })
    assert.equal("info: mistral: [No Name]: 2 findings: 2 errors; see :copen", wire.said())
  end)

  it("leaves cursor and windows as they were", function()
    local buffer = editor.open(CODE, "c")
    host.set_cursor(3, 4)

    editor.command("Mistral review")
    wire.await("review")

    assert.same({ buffer, 3, 4, 1 }, { host.buffer(), editor.call("line", "."),
      editor.call("col", ".") - 1, editor.call("winnr", "$") })
  end)

  it("opens the list when told to, with the cursor left in the code", function()
    require("mistral.config").setup({ review = { open_list = true } })
    local buffer = review(CODE)

    assert.equal(buffer, host.buffer())
    assert.equal(2, editor.call("winnr", "$"))
  end)

  it("reviews a range only", function()
    local buffer = review(CODE, "7,9Mistral review")

    assert.same({ 7 }, rows(buffer))
  end)

  it("shows the first finding while the answer goes on", function()
    server:pace(200)
    local buffer = editor.open(CODE, "c")

    editor.command("Mistral review")
    wait_for(function() return #rows(buffer) == 1 end, "no first finding")

    assert.equal(1, #door.session():running("review"))
    wire.await("review")
    assert.same({ 6, 7 }, rows(buffer))
  end)

  it("moves findings with the text, in the list too", function()
    local buffer = review(CODE)

    editor.call("appendbufline", buffer, 0, "// above")

    if editor.kind == "vim" then assert.same({ 7, 8 }, rows(buffer)) end
    local list = wire.list()
    assert.same({ 7, 8 }, { list.items[1].lnum, list.items[2].lnum })
  end)

  it("is stopped on the wire, and its connection serves the next", function()
    server:pace(20)
    editor.open(CODE, "c")
    editor.command("Mistral review")
    wait_for(function() return server:stats().open_streams == 1 end, "no stream was opened")

    editor.command("Mistral stop")
    wire.await("review")
    local met, stats = server:wait({ at_least = { resets = 1 } })
    assert(met, require("mistral.json").encode({ stats, server:requests() }))
    server:pace(0)
    local buffer = review(CODE)

    assert.same({ 6, 7 }, rows(buffer))
    assert.equal(1, server:stats().connections)
  end)

  it("is stopped when its buffer is wiped out", function()
    server:pace(20)
    local buffer = editor.open(CODE, "c")
    editor.command("Mistral review")
    wait_for(function() return server:stats().open_streams == 1 end, "no stream was opened")

    editor.command("enew! | bwipeout! " .. buffer)
    wire.await("review")

    assert.equal("warn: mistral: the review of [No Name] was stopped: its buffer is gone",
      wire.said())
    local met, stats = server:wait({ at_least = { resets = 1 } })
    assert(met, require("mistral.json").encode({ stats, server:requests() }))
  end)

  it("finds the lines again when the buffer is read again", function()
    local path = os.tmpname()
    editor.open(CODE, "c")
    editor.command("silent write! " .. path)
    editor.command("edit " .. path)
    editor.command("Mistral review")
    wire.await("review")
    local buffer = host.buffer()
    assert.same({ 6, 7 }, rows(buffer))

    editor.call("writefile", { "// above", unpack(CODE) }, path)
    editor.command("edit!")

    wait_for(function() return rows(buffer)[1] == 7 end, "the findings did not come back")
    assert.same({ 7, 8 }, rows(buffer))
    os.remove(path)
  end)

  -- Every odd file and every odd answer.

  it("says one sentence about an empty file and sends nothing", function()
    review({ "" })

    assert.equal("warn: mistral: nothing to review: [No Name] is empty", wire.said())
    assert.equal(0, server:stats().requests)
  end)

  it("reviews 10 000 lines, and finds what is in the last of them", function()
    require("mistral.config").setup({ review = { max_findings = 1000 } })
    local lines = {}
    for i = 1, 10000 do lines[i] = ("  total_%d = total_%d + %d;"):format(i, i - 1, i) end
    lines[9000] = "  gets(buffer);"
    lines[10000] = "  strcpy(buffer, name);"

    local buffer = review(lines)

    local found = {}
    for _, row in ipairs(rows(buffer)) do found[row] = true end
    assert.is_true(found[9000] and found[10000])
  end)

  it("reviews lines with CR at their ends", function()
    local lines = {}
    for i, line in ipairs(CODE) do lines[i] = line .. "\r" end

    assert.same({ 6, 7 }, rows(review(lines)))
  end)

  it("reviews a file in the DOS format", function()
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    file:write(table.concat(CODE, "\r\n") .. "\r\n")
    file:close()
    editor.command("edit " .. path)

    editor.command("Mistral review")
    wire.await("review")

    assert.same({ 6, 7 }, rows(host.buffer()))
    assert.equal("dos", editor.eval("&fileformat"))
    assert.equal(0, editor.eval("&modified"))
    os.remove(path)
  end)

  it("reviews lines with tabs, NUL, invalid UTF-8 and CJK text", function()
    local lines = {
      "// 日本語のコメント \255\254",
      "\t\tgets(buffer);\t// タブ",
      "n\0ul \1\27[31m",
      "\tstrcpy(buffer, name); // \192\175 中文\0",
      "",
    }

    assert.same({ 2, 4 }, rows(review(lines)))
  end)

  it("shows what came before the answer was cut off within a finding", function()
    server:fault({ kind = "truncate", after_text = 600 })

    local buffer = review(CODE)

    assert.equal(1, #rows(buffer))
    assert.equal("warn: mistral: the review of [No Name] was cut off: 1 finding: 1 error",
      wire.said())
  end)

  it("shows what came before the connection broke", function()
    server:fault({ kind = "cut", after_bytes = 6000 })
    require("mistral.config").setup({ review = { max_findings = 1 } })

    review(CODE)

    assert.equal(1, #wire.notes)
    assert.truthy(wire.said():find("broke off", 1, true), wire.said())
  end)

  it("says one sentence about an answer that is not JSON at all", function()
    server:fault({ kind = "not_json", text = "I like this code. It has {braces} and [brackets]." })

    local buffer = review(CODE)

    assert.same({}, rows(buffer))
    assert.equal("warn: mistral: the answer about [No Name] was no list of findings", wire.said())
  end)

  it("does not believe the model's line numbers", function()
    server:fault({ kind = "wrong_lines", by = 3 })

    assert.same({ 6, 7 }, rows(review(CODE)))
  end)

  it("places nothing whose quote is not there", function()
    server:fault({ kind = "wrong_quotes" })

    local buffer = review(CODE)

    assert.same({}, rows(buffer))
    local list = wire.list()
    assert.equal(2, #list.items)
    assert.equal(0, list.items[1].valid)
    assert.truthy(wire.said():find("2 without a place", 1, true))
  end)

  it("shows an answer in a code fence", function()
    server:fault({ kind = "say", text = "Here it is:\n```json\n"
      .. '[{"line":6,"quote":"  gets(buffer);","severity":"hint","category":"style",'
      .. '"title":"T","detail":"D"}]\n```\nDone.' })

    assert.same({ 7 }, rows(review(CODE)))
  end)

  it("says what the service refused", function()
    server:fault({ kind = "status", name = "unauthorized" })

    review(CODE)

    assert.equal("error", wire.notes[1].level)
    assert.equal(1, #wire.notes)
    assert.falsy(wire.said():find(server.key, 1, true))
  end)

  it("tries again when the service is busy, and says so", function()
    server:fault({ kind = "status", name = "unavailable", headers = { ["retry-after"] = "0" } })

    local buffer = review(CODE)

    assert.same({ 6, 7 }, rows(buffer))
    assert.truthy(wire.notes[1].message:find("^mistral: trying again in %d"), wire.said())
    assert.equal(2, #wire.notes)
  end)

  it("says that the certificate is wrong", function()
    require("mistral.config").setup({ base_url = server.url_untrusted })

    review(CODE)

    assert.equal("error", wire.notes[1].level)
    assert.truthy(wire.said():find("ca_file", 1, true), wire.said())
  end)

  it("says what is wrong with an option, and sends nothing", function()
    editor.command("let g:mistral = {'review': {'modell': 'x'}}")

    review(CODE)

    editor.command("unlet g:mistral")
    assert.equal("warn: mistral: unknown option `review.modell`; did you mean `review.model`?",
      wire.said())
    assert.equal(0, server:stats().requests)
  end)

  it("reads the key from a command, once", function()
    local config = require "mistral.config"
    local options = wire.options()
    config.reset()
    options.api_key = nil
    local runs = os.tmpname()
    options.api_key_command = { "sh", "-c", "echo run >>\"$0\"; echo \"$1\"", runs, server.key }
    assert(config.setup(options))

    for _ = 1, 2 do assert.same({ 6, 7 }, rows(review(CODE))) end

    local file = assert(io.open(runs))
    assert.equal("run\n", file:read "*a")
    file:close()
    os.remove(runs)
  end)
end)
