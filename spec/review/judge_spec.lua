-- What becomes of one object of an answer: where it is placed, and why it is none.
local cut = require "mistral.review.cut"
local judge = require "mistral.review.judge"
local source = require "mistral.review.source"

local C = {
  "int add(int a, int b)", -- 1
  "{", -- 2
  "  return a + b;", -- 3
  "}", -- 4
  "", -- 5
  "int sub(int a, int b)", -- 6
  "{", -- 7
  "  int c = a;", -- 8
  "  return c - b;", -- 9
  "}", -- 10
}

local function piece_of(...)
  return cut.plan({ ... })[1]
end

local function text(path, lines, first)
  return source.of_text { path = path or "a.c", lines = lines or C, first = first }
end

-- A diff of these lines, of which some rows are new, with removed lines before some.
local function diff(new, removed_before)
  local lines = {}
  for row, line in ipairs(C) do
    if removed_before and removed_before[row] then
      lines[#lines + 1] = { kind = "-", text = removed_before[row] }
    end
    lines[#lines + 1] = { kind = new[row] and "+" or " ", text = line }
  end
  return source.of_file { path = "a.c", status = "modified", hunks = { { new_first = 1, lines = lines } } }
end

local function object(fields)
  local whole = { path = "a.c", line = 8, quote = "  int c = a;", title = "T", category = "bug" }
  for name, value in pairs(fields or {}) do whole[name] = value end
  return whole
end

local function place(fields, ...)
  local finding, why = judge.of(object(fields), piece_of(...))
  if not finding then return why end
  return finding.first and ("%d-%d"):format(finding.first, finding.last) or "no place"
end

describe("a finding about a file", function()
  it("is placed by its quote, on rows as they were sent", function()
    assert.equal("8-8", place(nil, text()))
    assert.equal("107-107", place({ line = 1 }, text("a.c", C, 100)))
  end)

  it("has no place where its quote is nowhere, or everywhere", function()
    assert.equal("no place", place({ quote = "free(c);" }, text()))
    assert.equal("no place", place({ quote = "{", line = 3 }, text()))
    assert.equal("7-7", place({ quote = "{", line = 7 }, text()))
  end)

  it("is of the file that it names, and of none that was not sent", function()
    local a, b = text("src/a.c"), text("src/b.c")
    local function path_of(path)
      local finding, why = judge.of(object { path = path }, piece_of(a, b))
      return finding and finding.path or why
    end

    assert.equal("src/a.c", path_of "src/a.c")
    assert.equal("src/b.c", path_of "./src/b.c")
    assert.equal("src/b.c", path_of "b/src/b.c")
    for _, path in ipairs {
      "a.c", "src/c.c", "../src/a.c", "src/../src/a.c", "/etc/passwd", "/src/a.c", "src/a.c\0",
      "src//a.c", "src/a.c/", "SRC/a.c", "~/src/a.c", "src\\a.c", "file:///src/a.c", "", ".",
    } do
      assert.equal("unusable", path_of(path), path)
    end
    assert.equal("unusable", (select(2, judge.of({ title = "T" }, piece_of(a, b)))))
  end)

  it("need not name the only file", function()
    local finding = judge.of({ title = "T", quote = "  int c = a;" }, piece_of(text()))

    assert.same({ "a.c", 8 }, { finding.path, finding.first })
  end)

  it("is about what a file says of itself in a path with odd bytes, too", function()
    local odd = text("dir\n/\27[31m\255.c")

    local finding = judge.of(object { path = odd.label }, piece_of(odd, text()))

    assert.equal("dir\n/\27[31m\255.c", finding.path)
  end)
end)

describe("a finding about a change", function()
  local file = diff { [8] = true, [9] = true }

  it("stands where a line changed", function()
    assert.equal("8-8", place(nil, file))
    assert.equal("7-8", place({ quote = "{\n  int c = a;" }, file))
  end)

  it("is dropped where none did", function()
    assert.equal("unchanged", place({ quote = "  return a + b;", line = 3 }, file))
    assert.equal("unchanged", place({ quote = "int sub(int a, int b)" }, file))
  end)

  it("may be about what a removal left behind", function()
    local removed = diff({}, { [9] = "  if (!b) return 0;" })

    assert.equal("9-9", place({ quote = "  return c - b;" }, removed))
    assert.equal("8-8", place(nil, removed))
    assert.equal("unchanged", place({ quote = "int add(int a, int b)" }, removed))
    assert.equal("no place", place({ quote = "  if (!b) return 0;" }, removed))
  end)

  it("means the lines that were shown where only some of the equal ones were", function()
    local lines = {}
    for i = 1, 400 do lines[i] = { kind = " ", text = "  x = next(x);" } end
    for _, at in ipairs { 100, 300 } do lines[at].text = "  check(x);" end
    lines[301] = { kind = "+", text = "  use(x);" }
    local long = source.of_file { path = "a.c", hunks = { { new_first = 1, lines = lines } } }

    assert.equal("300-301", place({ quote = "  check(x);\n  use(x);", line = 1 }, long))
    local finding, why = judge.of(object { quote = "  check(x);", line = 1 }, piece_of(long))
    assert.same({ nil, "unchanged" }, { finding, why })
  end)

  it("does not mean lines that were not shown, though its line be theirs", function()
    local lines = {}
    for i = 1, 2000 do lines[i] = ("  call(%d);"):format(i) end
    lines[5], lines[1500] = "  check(x);", "  check(x);"
    local pieces = cut.plan({ text("a.c", lines) }, { request_tokens = 3000 })
    local claim = object { quote = "  check(x);", line = 1500 }

    assert.equal(5, (judge.of(claim, pieces[1])).first)
  end)

  it("may be about any line of a file that did not change but was asked for", function()
    local lines = {}
    for i, line in ipairs(C) do lines[i] = { kind = "+", text = line } end
    local asked = source.of_file { path = "a.c", whole = true, hunks = { { new_first = 1, lines = lines } } }

    assert.equal("3-3", place({ quote = "  return a + b;" }, asked))
  end)
end)

describe("a quote with the usual sins", function()
  local SINS = {
    { "the number and bar of the prompt", "    8|   int c = a;", "8-8" },
    { "number, bar and the mark of a change", "    8|+  int c = a;\n    9|+  return c - b;", "8-9" },
    { "the mark of a diff", "+  int c = a;\n+  return c - b;", "8-9" },
    { "other white space", "int  c=a;", "no place" },
    { "tabs for blanks", "\tint c = a;\n\treturn c - b;", "8-9" },
    { "an ellipsis for the end of a line", "int sub(int a, ...", "6-6" },
    { "an ellipsis for the lines between", "int sub(int a, int b)\n{\n  ...\n}", "6-7" },
    { "the other ellipsis", "int sub(int a\226\128\166", "6-6" },
    { "an ellipsis behind too little", "int ...", "no place" },
    { "a code fence", "```c\n  int c = a;\n```", "8-8" },
    { "backticks", "`int c = a;`", "8-8" },
    { "a blank line at each end", "\n  int c = a;\n\n", "8-8" },
    { "a line too many", "  return c - b;\n}\n\nint mul", "no place" },
  }
  for _, sin in ipairs(SINS) do
    it("finds its place, or none: " .. sin[1], function()
      assert.equal(sin[3], place({ quote = sin[2] }, text()))
    end)
  end

  it("is kept as it was found, so that it is found again", function()
    local finding = judge.of(object { quote = "    8|+  int c = a;" }, piece_of(text()))

    assert.equal("  int c = a;", finding.quote)
  end)

  it("finds a line of which only the beginning was sent", function()
    local long = ("z"):rep(9000)
    local file = text("a.c", { "a", long, "b" })

    assert.equal("2-2", place({ quote = file.rows[2].text }, file))
    assert.equal("2-2", place({ quote = ("z"):rep(500) .. "..." }, file))
  end)
end)

describe("a fingerprint", function()
  local function print_of(fields, ...)
    return (judge.of(object(fields), piece_of(...))).fingerprint
  end

  it("is the same when the code moves, and in other words", function()
    local moved = { "// new", "", "" }
    for _, line in ipairs(C) do moved[#moved + 1] = "\t" .. line end

    local one = print_of(nil, text())

    assert.equal(one, print_of({ title = "Otherwise", line = 3, severity = "hint" }, text("a.c", moved)))
    assert.equal(one, print_of({ quote = "int c = a" }, text()))
  end)

  it("is another for other code, another file, another kind of remark", function()
    local one = print_of(nil, text())

    assert.are_not.equal(one, print_of({ quote = "  return c - b;" }, text()))
    assert.are_not.equal(one, print_of({ path = "b.c" }, text "b.c"))
    assert.are_not.equal(one, print_of({ category = "security" }, text()))
  end)

  it("tells short lines apart by what stands around them", function()
    assert.are_not.equal(print_of({ quote = "{", line = 2 }, text()),
      print_of({ quote = "{", line = 7 }, text()))
  end)

  it("of what has no place goes by its words", function()
    local one = print_of({ quote = "nowhere at all" }, text())

    assert.equal(one, print_of({ quote = "nowhere  at all", line = 1 }, text()))
    assert.are_not.equal(one, print_of({ quote = "nowhere at all", title = "Other" }, text()))
  end)

  it("is the same in every Lua", function()
    assert.equal("59c76b6cbb5e217a", print_of(nil, text()))
  end)
end)

describe("a line of a megabyte", function()
  it("has its fingerprint in no time", function()
    local piece = piece_of(text("a.c", { "a", "int " .. ("z"):rep(1000000), "b" }))
    local found = judge.of(object { quote = "int zzzzzz" }, piece)
    assert.equal(2, found.first)
    local began = os.clock()

    for _ = 1, 5 do judge.of(object { quote = "int zzzzzz" }, piece) end

    assert.is_true(os.clock() - began < 0.1, os.clock() - began)
  end)
end)

describe("a rude object", function()
  local LONG = {
    ("`"):rep(8000) .. "x", (" "):rep(7999) .. "x", ("\n"):rep(7000) .. "x" .. ("\n"):rep(900),
    ("..."):rep(2600) .. "x", ("... "):rep(1990) .. "x", ("%s*"):rep(2000), ("+\n"):rep(4000),
    ("1| "):rep(2600), (" 1|\n"):rep(1900), ("\226\128\166 "):rep(1900) .. "x", ("int c "):rep(1300),
  }

  it("is looked at in no time", function()
    local piece = piece_of(text())
    local started = os.clock()
    for _, long in ipairs(LONG) do
      judge.of(object {
        quote = long, title = long, detail = long, scenario = long, category = long,
        fix = { existing = long, replacement = long .. "y" },
      }, piece)
    end

    assert.is_true(os.clock() - started < 0.5, (os.clock() - started) .. " s")
  end)
end)
