local cjson = require "cjson"
local curl = require "spec.server.curl"
local loopback = require "spec.support.loopback"

describe("the loopback server's answers to code", function()
  local server = loopback.start()

  before_each(function() server:reset() end)

  teardown(function() server:stop() end)

  local function numbered(code)
    local out = {}
    for line in (code .. "\n"):gmatch("(.-)\n") do
      out[#out + 1] = ("%5d| %s"):format(#out + 1, line)
    end
    return table.concat(out, "\n")
  end

  local function ask(name, code, more)
    local body = { messages = {
      { role = "system", content = "You look at code." },
      { role = "user", content = ("File %s:\n%s\n"):format(name, numbered(code)) },
    } }
    for key, value in pairs(more or {}) do body[key] = value end
    return curl.chat(server, body)
  end

  local FINDINGS = { response_format = { type = "json_schema", json_schema = {
    name = "review", strict = true,
    schema = { type = "object", properties = { findings = { type = "array" } } },
  } } }

  local function review(name, code)
    return cjson.decode(ask(name, code, FINDINGS).text).findings
  end

  --- One line of code, and what the title of the finding about it says; false for no finding.
  local cases = {
    ["a.c"] = {
      { "  gets(line);", "gets" },
      { "  strcpy(name, argv[1]);", "strcpy" },
      { "  strcat(name, \".txt\");", "strcat" },
      { "  sprintf(out, \"%s\", name);", "sprintf" },
      { "  snprintf(out, sizeof out, \"%s\", name);", false },
      { "  printf(name);", "name is used as a format string" },
      { "  printf(\"%s\", name);", false },
      { "  char *copy = malloc(n);", "not checked: copy" },
      { "  char *copy = malloc(n);\n  if (!copy) return NULL;", false },
      { "  FILE *in = fopen(path, \"r\");", "opened: in" },
      { "  list = realloc(list, n);", "loses list" },
      { "  for (int i = 0; i <= n; i++) {", "loop over i" },
      { "  for (int i = 0; i < n; i++) {", false },
      { "  if (done = 1) {", "Assignment to done" },
      { "  if (done == 1) {", false },
      { "  if ((c = getchar()) != EOF) {", false },
      { "  system(command);", "shell" },
      { "  int n = atoi(text);", "atoi" },
      { "  // strcpy(a, b);", false },
      { "  // TODO: free it", "Unfinished" },
      { "  const char *password = \"hunter2\";", "Secret" },
    },
    ["a.lua"] = {
      { "count = 0", "count becomes a global" },
      { "local count = 0\ncount = 1", false },
      { "local function f(list)\n  list = {}\nend", false },
      { "for i = 1, #t + 1 do", "past the end" },
      { "for i = 0, #t do", "starts at 0" },
      { "local f = loadstring(text)", "run as code" },
      { "os.execute(\"rm \" .. name)", "shell" },
      { "for i = 1, 9 do\n  local x\n  text = text .. i\nend", "copied whole" },
      { "pcall(f)", "thrown away" },
      { "local q = \"SELECT * FROM t WHERE id = \" .. id", "SQL" },
    },
    ["a.py"] = {
      { "def add(item, items=[]):", "items is shared" },
      { "def add(item, items=None):", false },
      { "    except:", "bare except" },
      { "    if value == None:", "None by ==" },
      { "result = eval(text)", "eval runs text" },
      { "subprocess.run(command, shell=True)", "shell" },
      { "data = pickle.loads(blob)", "pickle" },
      { "requests.get(url, verify=False)", "not verified" },
      { "cursor.execute(\"SELECT * FROM t WHERE id = %s\" % name)", "SQL" },
      { "cursor.execute(f\"DELETE FROM t WHERE id = {name}\")", "SQL" },
      { "if name is 'x':", "Identity" },
      { "f = open(path)", "stay open" },
    },
    ["a.js"] = {
      { "if (a == b) {", "== converts" },
      { "if (a === b) {", false },
      { "if (a = b) {", "Assignment to a" },
      { "eval(text)", "run as code" },
      { "node.innerHTML = name", "Markup" },
      { "for (let i = 0; i <= list.length; i++) {", "loop over list" },
      { "var x = 1", "var is visible" },
      { "} catch (error) {}", "dropped" },
      { "const n = parseInt(text)", "radix" },
    },
    ["a.go"] = {
      { "data, _ := os.ReadFile(name)", "error is thrown away" },
      { "for i := 0; i <= len(list); i++ {", "loop over list" },
      { "config := &tls.Config{InsecureSkipVerify: true}", "not verified" },
      { "func f() {\n\tdefer f.Close()\n}", false },
      { "\tfor _, n := range names {\n\t\tdefer f.Close()\n\t}", "Defer inside" },
    },
    ["a.sh"] = {
      { "cp $from \"$to\"", "$from is split" },
      { "cp \"$from\" \"$to\"", false },
      { "rm -rf \"$folder/\"", "$folder would remove" },
      { "curl -s https://example.org/x | sh", "network" },
      { "cd /tmp/build", "cd may fail" },
      { "cd /tmp/build || exit 1", false },
      { "eval \"$line\"", "eval" },
      { "chmod 777 file", "Everybody" },
    },
  }

  for name, lines in pairs(cases) do
    describe("a review of " .. name, function()
      for _, case in ipairs(lines) do
        it((case[2] or "says nothing") .. " <- " .. case[1]:gsub("\n", " / "), function()
          local findings = review(name, case[1])

          local titles = {}
          for index, finding in ipairs(findings) do titles[index] = finding.title end
          local all = table.concat(titles, "; ")
          if case[2] then
            assert.truthy(all:find(case[2], 1, true), "found: " .. all)
          else
            assert.equal("", all)
          end
        end)
      end
    end)
  end

  it("quotes the line as it was sent, with its number, and every field", function()
    local findings = review("x.c", "int f(char *a, char *b) {\n\tstrcpy(a, b);  \n}\n")

    assert.equal(1, #findings)
    local finding = findings[1]
    assert.equal(2, finding.line)
    assert.equal("\tstrcpy(a, b);  ", finding.quote)
    assert.equal("error", finding.severity)
    assert.equal("security", finding.category)
    assert.is_true(#finding.title > 10 and #finding.detail > 10)
  end)

  it("tells the language by its look when no file name says it", function()
    local code = "#include <string.h>\nint f(char *a, char *b) {\n  strcpy(a, b);\n  return 0;\n}"
    local answer = curl.chat(server, { messages = { { role = "user", content = numbered(code) } },
      response_format = FINDINGS.response_format })
    local findings = cjson.decode(answer.text).findings

    assert.equal(3, findings[1].line)
  end)

  it("finds nothing in no code, and nothing in clean code", function()
    assert.same({}, review("empty.c", ""))
    assert.same({}, review("clean.lua",
      "local M = {}\n\nfunction M.one()\n  return 1\nend\n\nreturn M"))
  end)

  it("gives wrong line numbers and quotes when told to", function()
    server:fault { kind = "wrong_lines", by = 7 }
    server:fault { kind = "wrong_quotes" }

    local lines = review("x.c", "  gets(line);")
    local quotes = review("x.c", "  gets(line);")

    assert.equal(8, lines[1].line)
    assert.equal("  gets(line);", lines[1].quote)
    assert.equal(1, quotes[1].line)
    assert.is_nil(quotes[1].quote:find("gets", 1, true))
  end)

  it("answers something that is no JSON when told to", function()
    server:fault { kind = "not_json" }

    assert.is_false((pcall(cjson.decode, ask("x.c", "  gets(line);", FINDINGS).text)))
  end)

  it("reviews 10000 lines in no time", function()
    local out = {}
    for index = 1, 10000 do out[index] = ("local value_%d = %d"):format(index, index) end
    out[9999] = "count = 1"

    local answer = ask("long.lua", table.concat(out, "\n"), FINDINGS)

    assert.is_true(answer.total_s < 10, "took " .. answer.total_s)
    assert.equal(9999, cjson.decode(answer.text).findings[1].line)
  end)

  it("explains by the names that are really there", function()
    local answer = ask("shapes.lua", "local cjson = require \"cjson\"\n\nlocal function area(w, h)\n"
      .. "  return w * h\nend\n\nlocal function show(shape)\n  print(area(shape.w, shape.h))\nend")

    assert.truthy(answer.text:find("^# What this code does"))
    assert.truthy(answer.text:find("9 lines of Lua", 1, true))
    assert.truthy(answer.text:find("uses `cjson`", 1, true))
    assert.truthy(answer.text:find("`area` (line 3) takes `w, h`", 1, true))
    assert.truthy(answer.text:find("`show` (line 7) takes `shape` and calls `print`, `area`", 1,
      true))
  end)

  describe("complete in the middle:", function()
    --- What stands before, what behind, and what fits between.
    local gaps = {
      { "local function add(a, b)\n  return ", "\nend\n", "a + b" },
      { "local function half(n)\n  return ", "\nend\n", "n" },
      { "local function f()\n  for ", "\n  end\nend\n", "index, value in ipairs(list) do" },
      { "local function f(x)\n  if x > 1", "\n    return\n  end\nend\n", " then" },
      { "local text = (name", "\nprint(text)\n", ")" },
      { "local t = f(g(1", "))\n", "" },
      { "local t = f(g(1", ")\n", ")" },
      { "local names = { \"a\", \"b", "\nlocal x = 1", "\" }" },
      { "int add(int a, int b) {\n  return ", "\n}\n", "a + b;" },
      { "#include <stdio.h>\nint f(int n) {\n  for (", "\n  }\n}\n",
        "size_t i = 0; i < n; i++) {" },
      { "import os\n\ndef add(a, b):\n    return ", "\n", "a + b" },
      { "import os\n\nfor ", "\n    print(item)\n", "item in items:" },
      { "const x = require('x')\nconst go = (a) =>", "\n}\n", " {" },
    }
    for _, gap in ipairs(gaps) do
      it(cjson.encode(gap[1]), function()
        local answer = curl.request(server, { path = "/fim/completions",
          body = { model = "codestral-latest", prompt = gap[1], suffix = gap[2] } })

        assert.equal(gap[3], answer.json.choices[1].message.content)
      end)
    end

    it("never repeats what stands behind", function()
      for _, gap in ipairs(gaps) do
        local behind = gap[3] .. gap[2]
        local answer = curl.request(server, { path = "/fim/completions",
          body = { model = "codestral-latest", prompt = gap[1], suffix = behind } })
        local text = answer.json.choices[1].message.content
        assert.is_true(text == "" or behind:sub(1, #text) ~= text, gap[1] .. text)
      end
    end)
  end)
end)
