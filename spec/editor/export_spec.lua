-- The findings that are shown, as text for other programs.
local config = require "mistral.config"
local disk = require "mistral.api.disk"
local exports = require "mistral.editor.review.export"
local fake = require "mistral.host.fake"
local findings = require "mistral.editor.review.findings"
local json = require "mistral.json"
local place = require "mistral.review.place"

local CODE = { "int main(void) {", "  char name[4];", "  gets(name);", "  return 0;", "}" }

describe(":Mistral export", function()
  local host, session, said, folder

  before_each(function()
    config.reset()
    host, said = fake.new(), {}
    session = {
      host = host, findings = findings.new(host),
      tell = function(_, message, level) said[#said + 1] = level .. ": " .. message end,
    }
    folder = os.tmpname()
    os.remove(folder)
    os.execute("mkdir " .. folder)
  end)
  after_each(function()
    session.findings:close()
    host.advance(500)
    assert.equal(0, host.live(), "timers, marks or handlers left")
    os.execute("rm -rf " .. folder)
  end)

  local function settle()
    for _ = 1, 60 do host.advance(10) end
  end

  local function export(rest, bang)
    local started, message = exports.start(session, rest, bang or false)
    settle()
    return started, message
  end

  local function board_of(path)
    return session.findings:open("something", config.get().review, { { key = path, path = path } })
  end

  local function add(board, path, row, fields)
    local finding = {
      severity = "error", category = "bug", title = "row " .. row, detail = "", scenario = "",
      quote = CODE[row], first = row, last = row, fingerprint = "f" .. row, confidence = 1,
    }
    for name, value in pairs(fields or {}) do finding[name] = value end
    return session.findings:add(board, path, finding, place.text(CODE))
  end

  local function read(path)
    local file = io.open(path, "rb")
    local all = file and file:read "*a"
    if file then file:close() end
    return all
  end

  local function diagnostics(text)
    local out = {}
    for line in text:gmatch "[^\n]+" do out[#out + 1] = assert(json.decode(line)) end
    return out
  end

  it("has the findings where they are now, with paths of the project", function()
    local buffer = host.open(CODE, "main.c", "c")
    local board = board_of "/project/main.c"
    add(board, "/project/main.c", 3, { fix = {
      existing = "  gets(name);", replacement = "  fgets(name, 4, stdin);", first = 3, last = 3,
    } })
    host.replace(buffer, 1, 0, { "// above" })

    assert.is_true(export("rdjsonl " .. folder .. "/out"))

    local one = diagnostics(read(folder .. "/out"))[1]
    assert.equal("main.c", one.location.path)
    assert.equal(4, one.location.range.start.line)
    assert.equal(4, one.suggestions[1].range.start.line)
    assert.same({ ("info: exported 1 finding in %s/out"):format(folder) }, said)
  end)

  it("leaves out what is dismissed, applied or stale, and says so of the last", function()
    local buffer = host.open(CODE, "main.c", "c")
    local board = board_of "/project/main.c"
    add(board, "/project/main.c", 1):set_state "dismissed"
    add(board, "/project/main.c", 2):set_state "applied"
    add(board, "/project/main.c", 3)
    add(board, "/project/main.c", 4)
    host.replace(buffer, 3, 3, { "  something else" })
    settle()

    export("rdjsonl " .. folder .. "/out")

    local all = diagnostics(read(folder .. "/out"))
    assert.equal(1, #all)
    assert.equal("row 4", all[1].message)
    assert.same({
      ("warn: exported 1 finding in %s/out; 1 finding left out, since the lines have changed"):format(folder),
    }, said)
  end)

  it("has no rows for a fix that does not fit now", function()
    local buffer = host.open(CODE, "main.c", "c")
    local board = board_of "/project/main.c"
    add(board, "/project/main.c", 3, { fix = {
      existing = "  gets(name);\n  return 0;", replacement = "x", first = 3, last = 4,
    } })
    host.replace(buffer, 4, 4, { "  return 1;" })

    export("rdjsonl " .. folder .. "/out")

    assert.is_nil(diagnostics(read(folder .. "/out"))[1].suggestions)
  end)

  it("has the rows of the review for a file that is not loaded, and its line ends", function()
    local path = folder .. "/dos.c"
    local file = assert(io.open(path, "wb"))
    file:write(table.concat(CODE, "\r\n"))
    file:close()
    local board = board_of(path)
    add(board, path, 3, { fix = {
      existing = "  gets(name);", replacement = "a\nb", first = 3, last = 3,
    } })

    export("rdjsonl " .. folder .. "/out")

    local one = diagnostics(read(folder .. "/out"))[1]
    assert.equal(path, one.location.path)
    assert.equal("a\r\nb", one.suggestions[1].text)
  end)

  it("writes over nothing without a !", function()
    local board = board_of "/project/main.c"
    add(board, "/project/main.c", 3)
    local path = folder .. "/my file.md"
    local typed = "markdown " .. path:gsub(" ", "\\ ")

    assert.is_true(export(typed))
    local first = read(path)
    local started, message = export(typed)
    assert.is_nil(started)
    assert.equal(path .. " is there already; :Mistral export! markdown writes over it", message)
    assert.is_true(export(typed, true))

    assert.equal(first, read(path))
    assert.truthy(first:find("# Mistral review: something", 1, true))
  end)

  it("waits for nobody who reads from a pipe, and writes into no folder", function()
    add(board_of "/project/main.c", "/project/main.c", 3)
    os.execute("mkfifo " .. folder .. "/pipe")

    for _, path in ipairs { folder .. "/pipe", folder } do
      assert.equal(path .. " is no file; name one to write", select(2, export("sarif " .. path, true)))
    end
  end)

  it("says so when there was no room for all of it", function()
    if not disk.exists "/dev/full" then return end
    add(board_of "/project/main.c", "/project/main.c", 3)

    export("sarif /dev/full", true)

    assert.truthy(said[1]:find("^error: the findings could not be written: "), said[1])
    assert.is_nil(said[2])
  end)

  it("is shown in a window, where the cursor goes, and no file is touched", function()
    add(board_of "/project/main.c", "/project/main.c", 3)

    assert.is_true(export "markdown")

    local buffer = host.buffer()
    assert.is_true(host.splits[buffer])
    assert.equal("markdown", host.filetype(buffer))
    assert.equal("# Mistral review: something", host.lines(buffer, 1, 1)[1])
    assert.same({}, said)
  end)

  it("completes formats, and then names of files", function()
    assert.same({ "rdjsonl", "sarif", "markdown" }, exports.offer(session, {}, ""))
    host.file_names = function(start) return { start .. " x" } end
    assert.same({ "my\\ file\\ x" }, exports.offer(session, { "sarif" }, "my\\ file"))
  end)

  it("says what is wrong in a sentence", function()
    assert.equal("there are no findings to export; :Mistral review looks for some",
      select(2, export "sarif"))
    add(board_of "/project/main.c", "/project/main.c", 3)

    assert.equal(":Mistral export needs one of rdjsonl, sarif, markdown, and perhaps a file to write",
      select(2, export "xml"))
    assert.equal(select(2, export "xml"), select(2, export ""))
    export("sarif " .. folder .. "/no/such/out")
    assert.truthy(said[1]:find("^error: the findings could not be written: "), said[1])
  end)

  it("writes two thousand findings in steps, none of which keeps the editor waiting", function()
    local board = board_of "/project/main.c"
    for index = 1, 2000 do
      add(board, "/project/main.c", index % 5 + 1, { detail = ("words "):rep(200), id = index })
    end
    settle()

    host.now = function() return os.clock() * 1000 end -- in memory time stands still
    local turns = 0
    assert.is_true(exports.start(session, "sarif " .. folder .. "/out", false))
    while not said[1] and turns < 5000 do
      turns = turns + 1
      host.advance(1)
    end

    local log = assert(json.decode(read(folder .. "/out")))
    assert.equal(2000, #log.runs[1].results)
    assert.is_true(turns > 3, turns)
  end)
end)
