-- What reviews have found and still show: where each finding stands while text is edited, and files
-- that are loaded later.
local config = require "mistral.config"
local fake = require "mistral.host.fake"
local findings = require "mistral.editor.review.findings"
local place = require "mistral.review.place"

local CODE = { "int main(void) {", "  char name[4];", "  gets(name);", "  return 0;", "}" }

describe("findings", function()
  local host, all, options

  before_each(function()
    config.reset()
    options = config.get().review
    host = fake.new()
    all = findings.new(host)
  end)
  after_each(function()
    all:close()
    host.advance(500)
    assert.equal(0, host.live(), "timers, marks or handlers left")
  end)

  local function settle()
    for _ = 1, 30 do host.advance(10) end
  end

  -- A finding whose quote is the lines from first to last of the code.
  local function finding(code, first, last, fields)
    local found = {
      severity = "error", category = "bug", title = "row " .. tostring(first), detail = "",
      quote = first and table.concat(code, "\n", first, last or first) or "nowhere",
      first = first, last = last or first,
    }
    for name, value in pairs(fields or {}) do found[name] = value end
    return found
  end

  local function board_of(...)
    local covered = {}
    for i, path in ipairs { ... } do covered[i] = { key = path, path = path } end
    return all:open("something", options, covered)
  end

  local function rows(buffer)
    settle()
    local list = {}
    for i, shown in ipairs(host.shown[buffer] or {}) do list[i] = shown.first end
    return list
  end

  local function listed(list)
    settle()
    local out = {}
    for i, item in ipairs(host.lists[list].items) do
      out[i] = ("%s:%s %s"):format(item.path or item.buffer, item.row or "-", item.text)
    end
    return out
  end

  local function open(code) return host.open(code or CODE, "main.c", "c") end

  local function add(board, key, ...)
    local code = place.text(CODE)
    return all:add(board, key, finding(CODE, ...), code)
  end

  it("stand on their lines in a file that is loaded", function()
    local buffer = open()
    local board = board_of("/project/main.c")

    local record = add(board, "/project/main.c", 3)

    assert.same({ 3 }, rows(buffer))
    assert.same({ 3, 3 }, { record:place() })
    assert.equal(buffer, record.buffer)
  end)

  it("wait for a file that is not loaded, and are listed by its name", function()
    local board = board_of("/project/main.c")
    local record = add(board, "/project/main.c", 3)

    assert.same({ "/project/main.c:3 row 3" }, listed(1))
    assert.is_nil(record:place())

    local buffer = open({ "// new", "int main(void) {", "  char name[4];", "  gets(name);" })
    host.fire("BufReadPost", buffer)

    assert.same({ 4 }, rows(buffer))
    assert.same({ buffer .. ":4 row 3" }, listed(1))
  end)

  it("are stale in a file that no longer has their lines", function()
    local record = add(board_of("/project/main.c"), "/project/main.c", 3)
    local buffer = open({ "int main(void) {", "}" })
    host.fire("BufWinEnter", buffer)

    assert.same({}, rows(buffer))
    assert.equal("stale", record.finding.state)
    assert.same({ buffer .. ":- [stale] row 3" }, listed(1))
  end)

  it("are stale as soon as their lines are changed, and back when those are", function()
    local buffer = open()
    local record = add(board_of("/project/main.c"), "/project/main.c", 3)
    settle()

    host.edit(buffer, 3, 3, { "  fgets(name, 4, stdin);" })
    host.fire("TextChanged", buffer)
    assert.same({}, rows(buffer))
    assert.equal("stale", record.finding.state)

    host.edit(buffer, 3, 3, { "  gets(name);" })
    host.fire("TextChanged", buffer)
    assert.same({ 3 }, rows(buffer))
    assert.equal("open", record.finding.state)
  end)

  it("are looked at before they are used, whether or not an event came", function()
    local buffer = open()
    local record = add(board_of("/project/main.c"), "/project/main.c", 3)

    host.edit(buffer, 1, 0, { "// above" })
    assert.same({ 4, 4 }, { record:place() })
    host.edit(buffer, 4, 4, { "  other();" })
    assert.is_nil(record:place())
  end)

  it("stay on a line that was only added to or indented", function()
    local buffer = open()
    local record = add(board_of("/project/main.c"), "/project/main.c", 3)

    host.edit(buffer, 3, 3, { "    gets(name);  // unsafe" })

    assert.same({ 3, 3 }, { record:place() })
  end)

  it("follow lines that are cut and put elsewhere", function()
    local buffer = open()
    local record = add(board_of("/project/main.c"), "/project/main.c", 3)

    host.edit(buffer, 3, 3, {})
    assert.is_nil(record:place())
    host.edit(buffer, 1, 0, { "  gets(name);" })

    assert.same({ 1, 1 }, { record:place() })
  end)

  it("do not move to the other one of two equal lines when theirs goes", function()
    local code = { "x = 1", "y", "x = 1", "z" }
    local buffer = host.open(code, "main.c", "c")
    local board = board_of("/project/main.c")
    local record = all:add(board, "/project/main.c", finding(code, 1), place.text(code))
    assert.same({ 1, 1 }, { record:place() })

    host.edit(buffer, 1, 1, {})

    assert.is_nil(record:place())
    assert.equal("stale", record.finding.state)
  end)

  it("know the second of two equal lines in a file that is loaded later", function()
    local code = { "x = 1", "y", "x = 1", "z" }
    local board = board_of("/project/main.c")
    local record = all:add(board, "/project/main.c", finding(code, 3), place.text(code))

    local buffer = host.open({ "new", "x = 1", "y", "x = 1", "z" }, "main.c", "c")
    host.fire("BufReadPost", buffer)
    settle()

    assert.same({ 4, 4 }, { record:place() })
  end)

  it("have no place that is guessed when there are more equal lines than there were", function()
    local code = { "x = 1", "y" }
    local record = all:add(board_of("/project/main.c"), "/project/main.c", finding(code, 1), place.text(code))
    local buffer = host.open({ "x = 1", "x = 1", "y" }, "main.c", "c")
    host.fire("BufReadPost", buffer)
    settle()

    assert.is_nil(record:place())
  end)

  it("tell of a fix only while its lines are what it replaces", function()
    local buffer = open()
    local fix = { existing = "  gets(name);", replacement = "  fgets(name, 4, stdin);", first = 3, last = 3 }
    local record = add(board_of("/project/main.c"), "/project/main.c", 2, 3, { fix = fix })

    assert.same({ 3, 3 }, { record:fix_place() })
    host.edit(buffer, 1, 0, { "// above" })
    assert.same({ 4, 4 }, { record:fix_place() })
    host.edit(buffer, 4, 4, { "  gets(name); // !" })
    assert.is_nil(record:fix_place())
  end)

  it("are taken off when dismissed or applied; the list says so", function()
    local buffer = open()
    local board = board_of("/project/main.c")
    local one, two = add(board, "/project/main.c", 2), add(board, "/project/main.c", 3)
    settle()

    one:set_state("dismissed")
    two:set_state("applied")

    assert.same({}, rows(buffer))
    assert.same({ buffer .. ":3 [applied] row 3" }, listed(1))
    one:set_state("open")
    assert.same({ 2 }, rows(buffer))
  end)

  it("are found by row, the shortest first", function()
    local buffer = open()
    local board = board_of("/project/main.c")
    local wide, narrow = add(board, "/project/main.c", 2, 4), add(board, "/project/main.c", 3)

    assert.same({ narrow, wide }, all:at(buffer, 3))
    assert.same({ wide }, all:at(buffer, 4))
    assert.same({}, all:at(buffer, 5))
  end)

  it("are replaced, file by file, by those of a later review", function()
    local buffer = open()
    local first = board_of("/project/main.c", "/project/other.c")
    add(first, "/project/main.c", 2)
    add(first, "/project/other.c", 3)
    assert.same({ 2 }, rows(buffer))

    add(board_of("/project/main.c"), "/project/main.c", 4)

    assert.same({ 4 }, rows(buffer))
    local titles = {}
    for i, record in ipairs(all:all()) do titles[i] = record.path .. " " .. record.finding.title end
    assert.same({ "/project/other.c row 3", "/project/main.c row 4" }, titles)
  end)

  it("of a file that the review was not about are refused", function()
    local board = board_of("/project/main.c")

    assert.is_nil(add(board, "/etc/passwd", 3))
    assert.same({}, all:all())
  end)

  it("of an earlier review that comes late are refused", function()
    local first = board_of("/project/main.c")
    add(board_of("/project/main.c"), "/project/main.c", 4)

    assert.is_nil(add(first, "/project/main.c", 3))
  end)

  it("of an earlier review that goes on elsewhere are with all others", function()
    local first = board_of("/project/main.c", "/project/other.c")
    add(first, "/project/main.c", 3)
    local second = board_of("/project/main.c")
    add(second, "/project/main.c", 4)

    add(first, "/project/other.c", 2)

    local titles = {}
    for i, record in ipairs(all:all()) do titles[i] = record.finding.title end
    assert.same({ "row 2", "row 4" }, titles)
    assert.equal(second, all:newest())
  end)

  it("that come when all was cleared are refused", function()
    local buffer = open()
    local board = board_of("/project/main.c")
    add(board, "/project/main.c", 3)
    all:clear()

    assert.is_nil(add(board, "/project/main.c", 2))
    assert.same({}, rows(buffer))
    assert.truthy(add(board_of("/project/main.c"), "/project/main.c", 4))
  end)

  it("without a place are listed apart", function()
    local buffer = open()
    local board = board_of("/project/main.c")
    local lost = finding(CODE, nil)
    all:add(board, "/project/main.c", lost, place.text(CODE))
    add(board, "/project/main.c", 3)
    settle()
    all:renew(board)

    assert.same({ buffer .. ":3 row 3", buffer .. ":- [no place] row nil" }, listed(1))
  end)

  it("are bounded, whatever comes", function()
    local board = board_of("/project/main.c")
    local code, count = place.text(CODE), 0
    for _ = 1, 5000 do
      if all:add(board, "/project/main.c", finding(CODE, 3), code) then count = count + 1 end
    end

    assert.equal(2000, count)
    settle()
    assert.equal(2000, #host.lists[1].items)
  end)

  it("keep where the user is in the list when it is written anew", function()
    open()
    local board = board_of("/project/main.c")
    add(board, "/project/main.c", 4)
    add(board, "/project/main.c", 2)
    settle()
    host.set_list_index(1, 1)

    all:renew(board)
    settle()

    assert.equal("row 2", host.lists[1].items[1].text)
    assert.equal(2, host.list_index(1))
  end)

  it("go with a buffer that has no file, and stay with one that has", function()
    local nameless = host.open(CODE, "", "c")
    local board = all:open("x", options, { { key = "buffer " .. nameless, path = "", buffer = nameless } })
    add(board, "buffer " .. nameless, 3)
    local buffer = open()
    local kept = add(board_of("/project/main.c"), "/project/main.c", 3)
    settle()

    host.unload(nameless)
    host.unload(buffer)
    settle()

    assert.same({ kept }, all:all())
    assert.same({}, host.shown[nameless])
    assert.same({}, host.shown[buffer])
    assert.is_nil(kept.buffer)
  end)

  it("leave nothing behind when cleared", function()
    local buffer = open()
    add(board_of("/project/main.c"), "/project/main.c", 3)
    settle()

    all:clear()
    settle()

    assert.same({}, rows(buffer))
    assert.same({}, host.lists[1].items)
    assert.same({}, all:all())
    assert.equal(0, host.live())
  end)

  it("are cleared out of the lists of earlier reviews, too", function()
    host.open(CODE, "main.c", "c")
    for _ = 1, 2 do
      all:add(board_of "/project/main.c", "/project/main.c", finding(CODE, 3), place.text(CODE))
      settle()
    end
    assert.same({ 1, 1 }, { #host.lists[1].items, #host.lists[2].items })

    all:clear()
    settle()

    assert.same({ 0, 0 }, { #host.lists[1].items, #host.lists[2].items })
  end)

  -- After any edits, a finding is on its quote, or stale, never elsewhere.
  it("are on their quotes or stale after each of 500 edits", function()
    local seed = 7
    local function random(n)
      seed = (seed * 1103515245 + 12345) % 2147483648
      return math.floor(seed / 65536) % n + 1
    end
    local code = {}
    for i = 1, 60 do code[i] = i % 4 == 0 and "  }" or ("  step_%d();"):format(i % 30) end
    local buffer = host.open(code, "main.c", "c")
    local board, records = board_of("/project/main.c"), {}
    for i = 1, 20 do
      local first = random(58)
      records[i] = all:add(board, "/project/main.c", finding(code, first, first + random(3) - 1), place.text(code))
    end
    settle()

    local stale, placed = 0, 0
    for edit = 1, 500 do
      local count = host.line_count(buffer)
      local first = random(math.max(count, 1))
      local new = ({
        {}, { "new_" .. edit .. "();" }, { "  }", "  a();" }, host.lines(buffer, first, first),
      })[random(4)]
      local last = random(3) == 1 and first - 1 or math.min(count, first + random(2) - 1)
      if count < 20 then last = first - 1 end
      host.edit(buffer, first, last, new)
      if random(2) == 1 then host.fire("TextChanged", buffer) end
      if random(3) == 1 then settle() end
      for _, record in ipairs(records) do
        local from, to = record:place()
        if from then
          placed = placed + 1
          assert.equal(record.finding.quote, table.concat(host.lines(buffer, from, to), "\n"))
        else
          stale = stale + 1
          assert.equal("stale", record.finding.state)
        end
      end
    end
    assert.is_true(stale > 0 and placed > 0)
  end)
end)
