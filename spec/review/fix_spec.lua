-- Which lines the fix of a finding replaces, and when it is dropped.
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

local function object(fields)
  local whole = { path = "a.c", line = 8, quote = "  int c = a;", title = "T", category = "bug" }
  for name, value in pairs(fields or {}) do whole[name] = value end
  return whole
end

describe("a fix", function()
  local function fix(existing, replacement, fields, file)
    fields = fields or {}
    fields.fix = { existing = existing, replacement = replacement }
    local finding = judge.of(object(fields), piece_of(file or text()))
    local found = finding.fix
    return found and { found.first, found.last, found.existing, found.replacement } or nil
  end

  it("is of whole lines that stand there", function()
    assert.same({ 8, 8, "  int c = a;", "  int c = a + 1;" }, fix("  int c = a;", "  int c = a + 1;"))
    assert.same({ 8, 9, "  int c = a;\n  return c - b;", "  return a - b;" },
      fix("  int c = a;\n  return c - b;\n", "  return a - b;\n"))
    assert.same({ 8, 8, "  int c = a;", "" }, fix("  int c = a;", ""))
  end)

  it("of part of a line is one of the whole line", function()
    assert.same({ 8, 8, "  int c = a;", "  int c = b;" }, fix("c = a", "c = b"))
    assert.same({ 8, 8, "  int c = a;", "  int c = b;" }, fix("int c = a;", "int c = b;"))
    assert.same({ 8, 8, "  int c = a;", "  int c = b;" }, fix("int c = a;", "  int c = b;"))
  end)

  it("never begins or ends within a word", function()
    local near = { "  int c = a;", "  max = 10;", "  fix = 1;", "  x = 1;", "  y = x;", "  xy();" }
    local file = text("a.c", near)

    assert.is_nil(fix("x = 10", "x = 11", nil, file))
    assert.is_nil(fix("fi", "if", nil, file))
    assert.same({ 4, 4, "  x = 1;", "  x = 2;" }, fix("x = 1;", "x = 2;", nil, file))
    assert.same({ 5, 5, "  y = x;", "  y = 1;" }, fix("y = x", "y = 1", nil, file))
  end)

  it("means whole lines before parts of others, and those with its indentation", function()
    local file = text("a.c", { "  int c = a;", "  go();", "    go();", "  if (b) go();", "  b();" })

    assert.same({ 2, 2, "  go();", "  run();" }, fix("  go();", "  run();", nil, file))
    assert.same({ 5, 5, "  b();", "  d();" }, fix("b();", "d();", nil, file))
    assert.is_nil(fix("go();", "run();", nil, file))
  end)

  it("of nothing takes the line away, its blanks as well", function()
    assert.same({ 8, 8, "  int c = a;", "" }, fix("int c = a;", ""))
  end)

  it("does not heed blank lines around both", function()
    assert.same({ 8, 8, "  int c = a;", "  int c;" }, fix("\n  int c = a;\n\n", "\n  int c;\n\n"))
    assert.same({ 8, 8, "  int c = a;", "  int c;\n" }, fix("  int c = a;", "  int c;\n\n"))
  end)

  it("is looked for in no time, whatever it is", function()
    local lines = {}
    for i = 1, 20000 do lines[i] = i % 2 == 0 and "" or "{" end
    lines[1] = "  int c = a;"
    local file = text("a.c", lines)
    local began = os.clock()

    for _, existing in ipairs {
      ("\n"):rep(15990) .. "{", "{" .. ("\n"):rep(15990), "{" .. ("\n"):rep(15990) .. "{", "{",
      ("{\n\n"):rep(5000),
    } do
      assert.is_nil(fix(existing, "x", nil, file))
    end

    assert.is_true(os.clock() - began < 1)
  end)

  it("may lie near what the finding quotes", function()
    assert.same({ 9, 9, "  return c - b;", "  return b - c;" }, fix("  return c - b;", "  return b - c;"))
  end)

  it("is dropped where its lines are not, or more than once, or far away", function()
    assert.is_nil(fix("  int c = b;", "  int c = a + 1;"))
    assert.is_nil(fix("  int  c = a;", "  int c = a + 1;"))
    assert.is_nil(fix("{", "{ {"))
    local lines = { "  int c = a;" }
    for i = 2, 60 do lines[i] = "x" .. i .. ";" end
    assert.is_nil(fix("x50;", "y;", nil, text("a.c", lines)))
    assert.same({ 9, 9, "x9;", "y;" }, fix("x9;", "y;", nil, text("a.c", lines)))
  end)

  it("prefers the lines that are quoted to equal ones elsewhere", function()
    assert.same({ 7, 7, "{", "{ /* */" }, fix("{", "{ /* */", { quote = "{", line = 7 }))
  end)

  it("is dropped when its finding has no place", function()
    assert.is_nil(fix("  int c = a;", "x", { quote = "nowhere" }))
  end)

  it("is dropped when it changes nothing after all", function()
    assert.is_nil(fix("int c = a;", "int c = a;\n"))
  end)

  it("is dropped for a line that could not be sent as it is", function()
    local odd = { "  int c = a;", "bell\7 = 1;", ("w"):rep(5000) }

    assert.is_nil(fix("bell\226\144\135 = 1;", "x", nil, text("a.c", odd)))
    assert.is_nil(fix(("w"):rep(900), "x", nil, text("a.c", odd)))
  end)

  it("leaves carriage returns to the line ends", function()
    local dos = { "  int c = a;\r", "  return c;\r" }

    assert.same({ 1, 2, "  int c = a;\n  return c;", "  return a;" },
      fix("  int c = a;\r\n  return c;", "  return a;", nil, text("a.c", dos)))
  end)
end)
