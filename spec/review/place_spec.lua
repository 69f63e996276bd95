local place = require "mistral.review.place"
local text = require "mistral.lines"

local unpack = rawget(_G, "unpack") or rawget(table, "unpack")

local CODE = {
  "int add(int a, int b) {", -- 1
  "\treturn a + b;", -- 2
  "}", -- 3
  "", -- 4
  "int sub(int a, int b) {", -- 5
  "\treturn a - b;", -- 6
  "}", -- 7
  "", -- 8
  "char buffer[4];", -- 9
  "strcpy(buffer, name); // 日本語", -- 10
}

local function find(quote, line, code, now)
  local sent = place.text(text.code_lines(code or CODE))
  return place.find(quote, line, sent, now and place.text(text.code_lines(now)))
end

describe("placing a quote", function()
  local cases = {
    { "one whole line", "char buffer[4];", nil, 9, 9, "exact" },
    { "several whole lines", "}\n\nchar buffer[4];", nil, 7, 9, "exact" },
    { "blank lines around it", "\n\nchar buffer[4];\n\n", nil, 9, 9, "exact" },
    { "a wrong line number", "char buffer[4];", 2, 9, 9, "exact" },
    { "equal places, the line names one", "}", 7, 7, 7, "exact" },
    { "equal places, the line names none", "}", 6, nil, nil, "ambiguous" },
    { "equal places, no line", "}", nil, nil, nil, "ambiguous" },
    { "other white space", "return  a + b;", nil, 2, 2, "normal" },
    { "lines with other indents", "int add(int a, int b) {\n  return a + b;", nil, 1, 2, "normal" },
    { "part of one line", "strcpy(buffer, name)", nil, 10, 10, "substring" },
    { "part of a line, other white space", "a,  int b", nil, nil, nil, "ambiguous" },
    { "part of two lines", "int a, int b) {\n\treturn a - b;", nil, 5, 6, "substring" },
    { "part of several lines", "int a, int b", 1, nil, nil, "ambiguous" },
    { "text that is not there", "free(buffer);", 9, nil, nil, "missing" },
    { "two letters by chance", "pc", nil, nil, nil, "missing" },
    { "nothing", "", 3, nil, nil, "empty" },
    { "only blanks", " \n\t\n", 3, nil, nil, "empty" },
    { "the prompt's line numbers", "    9| char buffer[4];", nil, 9, 9, "exact" },
    { "CRLF in the quote", "int sub(int a, int b) {\r\n\treturn a - b;\r\n", nil, 5, 6, "exact" },
    { "CJK text", "strcpy(buffer, name); // 日本語", nil, 10, 10, "exact" },
    { "pattern characters", "buffer[4]", nil, 9, 9, "substring" },
  }
  for _, case in ipairs(cases) do
    it("works with " .. case[1], function()
      local first, last, how = find(case[2], case[3])

      assert.same({ case[4], case[5], case[6] }, { first, last, how })
    end)
  end

  it("finds lines with CR, NUL and invalid UTF-8 by what was sent of them", function()
    local code = { "one\r", "t\0o", "thr\255e", "four" }
    local sent = text.code_lines(code)

    for row, line in ipairs(sent) do
      assert.equal(row, (find(line, nil, code)))
    end
  end)

  it("counts rows from where the range began", function()
    local sent = place.text({ "a", "bcd", "}", "}" }, 41)

    assert.equal(42, (place.find("bcd", nil, sent)))
    assert.equal(44, (place.find("}", 44, sent)))
    assert.is_nil((place.find("}", 4, sent)))
  end)

  it("follows lines that moved since they were sent", function()
    local now = { "// new", "// new", unpack(CODE) }

    assert.equal(11, (find("char buffer[4];", 9, CODE, now)))
    assert.equal(9, (find("}", 7, CODE, now)))
  end)

  it("tells equal lines apart by what stands beside them, however many there are by now", function()
    assert.equal(8, (find("}", 7, CODE, { "}", unpack(CODE) })))
  end)

  it("gives no place to the last of equal lines when it is another one", function()
    local now = { "int sub(int a, int b) {", "\treturn a - b;", "", "int add() {", "\tx();", "}" }

    assert.same({ nil, nil, "stale" }, { find("}", 7, CODE, now) })
  end)

  it("gives no place to a line that was changed since", function()
    local now = { "char buffer[64];" }

    assert.same({ nil, nil, "stale" }, { find("char buffer[4];", 9, CODE, now) })
  end)

  it("does not take part of another line for a line that is gone", function()
    local now = { "  if (x) char buffer[4];", "x char buffer[4]; y" }

    assert.same({ nil, nil, "stale" }, { find("char buffer[4];", 9, CODE, now) })
  end)

  it("follows lines that were indented anew", function()
    assert.equal(2, (find("char buffer[4];", 9, CODE, { "{", "    char  buffer[4];", "}" })))
  end)
end)

-- A small generator of our own, so that every host sees the same texts.
local function random(seed)
  return function(n)
    seed = seed * 16807 % 2147483647
    return math.floor(seed / 8) % n + 1
  end
end

local WORDS = { "}", "", "  x = 1", "\tx = 1", "x  =  1", "return x", "foo(bar)", "end", "日本" }

local function random_code(next)
  local code = {}
  for i = 1, next(12) do
    code[i] = WORDS[next(#WORDS)]
  end
  return code
end

describe("placing any quote in any text", function()
  it("puts a copied run of lines where such lines are, or nowhere", function()
    local next = random(1)
    for _ = 1, 2000 do
      local code = random_code(next)
      local first = next(#code)
      local last = math.min(#code, first + next(3) - 1)
      local quote = table.concat(code, "\n", first, last)

      local at, till = place.find(quote, first, place.text(code))

      -- Blank lines at the quote's ends do not count, so it may begin or end further in.
      if quote:find("%S") then
        while not code[first]:find("%S") do first = first + 1 end
        while not code[last]:find("%S") do last = last - 1 end
      end
      if at then
        assert.equal(table.concat(code, "\n", first, last), table.concat(code, "\n", at, till))
      end
    end
  end)

  it("never places among equal lines without being told which", function()
    local next = random(2)
    for _ = 1, 2000 do
      local code = random_code(next)
      local line = code[next(#code)]
      local count = 0
      for _, other in ipairs(code) do
        count = count + (other == line and 1 or 0)
      end

      local at = place.find(line, nil, place.text(code))

      assert.equal(count == 1 and line:find("%S") ~= nil, at ~= nil, line)
    end
  end)

  it("takes the named line, and no other, when it is one of the equal ones", function()
    local next = random(3)
    for _ = 1, 2000 do
      local code = random_code(next)
      local row = next(#code)

      local at = place.find(code[row], row, place.text(code))

      assert.equal(code[row]:find("%S") and row or nil, at)
    end
  end)
end)

describe("placing in 10 000 lines", function()
  local function timed(code, quotes)
    local started = os.clock()
    local sent = place.text(text.code_lines(code))
    for i, quote in ipairs(quotes) do
      place.find(quote, i, sent)
    end
    return os.clock() - started
  end

  it("stays quick when all lines are equal", function()
    local code, quotes = {}, {}
    for i = 1, 10000 do code[i] = "    x = x + 1;" end
    for i = 1, 200 do quotes[i] = ("    x = x + 1;\n"):rep(20) .. "y" end

    assert.is_true(timed(code, quotes) < 5)
  end)

  it("stays quick when no quote is there", function()
    local code, quotes = {}, {}
    for i = 1, 10000 do code[i] = ("    local x%d = %d"):format(i, i) end
    for i = 1, 200 do quotes[i] = "local y" .. i end

    assert.is_true(timed(code, quotes) < 5)
  end)
end)
