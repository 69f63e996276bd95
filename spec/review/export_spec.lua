--- Findings as text for other programs, held to what those programs take.
local export = require "mistral.review.export"
local json = require "mistral.json"
local schema = require "mistral.json_schema"

local RDF = require "spec.review.schema.rdf"
local SARIF = require "spec.review.schema.sarif"

local function finding(fields)
  local out = {
    id = 1, path = "src/one.c", first = 3, last = 5, quote = "int x;", severity = "warning",
    category = "bug", title = "x is never set", detail = "It is read first.",
    scenario = "Call it with 0.", confidence = 0.8, state = "open", fingerprint = "0123456789abcdef",
  }
  for name, value in pairs(fields or {}) do out[name] = value ~= false and value or nil end
  return out
end

local FIX = { existing = "int x;\nint y;", replacement = "int x = 0;\nint y = 0;", first = 3, last = 4 }

local function review(findings, more)
  local out = { findings = findings, title = "staged changes", files = 2 }
  for name, value in pairs(more or {}) do out[name] = value end
  return out
end

local function write(format, findings, options, more)
  return (assert(export.write(format, review(findings, more), options)))
end

-- The diagnostics, each accepted by reviewdog's rules, none longer than its reader takes.
local function rdjsonl(findings, options)
  local out = {}
  for line in write("rdjsonl", findings, options):gmatch "([^\n]*)\n" do
    assert.is_true(#line < 65536, "a line has " .. #line .. " bytes")
    out[#out + 1] = assert(json.decode(line))
    assert.is_nil(schema.check(RDF, out[#out]))
  end
  return out
end

local function sarif(findings, options, more)
  local log = assert(json.decode(write("sarif", findings, options, more)))
  assert.is_nil(schema.check(SARIF, log))
  return log.runs[1]
end

-- What every format has to survive.
local WORST = {
  finding { title = "\27[31mred\0\7", detail = "a\r\nb\t\255\254\1", path = "a\27b/\255.c", quote = "\0" },
  finding { first = false, last = false },
  finding { path = false, first = false, last = false, category = "" },
  finding { title = "", detail = "", scenario = "", category = "unheard of" },
  finding { severity = "hint", confidence = false, fingerprint = false, last = false },
  finding { title = ("x"):rep(200), detail = ("`@<b>["):rep(9999), scenario = ("y"):rep(90000), fix = {
    existing = "a", replacement = ("long line\n"):rep(20000), first = 1, last = 1,
  } },
  finding { fix = FIX }, finding { fix = { existing = "gone", replacement = "", first = 9, last = 9 } },
  finding { fix = { existing = "nowhere", replacement = "x" } },
}

describe("every format", function()
  for _, format in ipairs(export.formats) do
    it(format .. " takes what is worst, as valid text without control characters", function()
      local text = write(format, WORST, nil, {
        skipped = { { path = "a\27.lock", why = "skipped by its name" } },
        failed = { { paths = { "b\0.c" }, err = { message = "the service is\nbusy" } } },
      })

      assert.equal(text, require("mistral.text").valid(text))
      assert.is_nil(text:find("[%z\1-\8\11-\31\127]"))
      assert.equal("\n", text:sub(-1))
    end)
  end

  it("takes time as its text is long, whatever stands in it", function()
    local began = os.clock()
    for _, format in ipairs(export.formats) do
      for _, piece in ipairs { "`", "[", "@", "<", "``` ", "](", "\n-", "\\" } do
        write(format, { finding { detail = piece:rep(20000) } })
      end
    end

    assert.is_true(os.clock() - began < 5)
  end)

  it("is named, and there is no other", function()
    local text, message = export.write("xml", review {})

    assert.is_nil(text)
    assert.equal("there is no format `xml`; there are text, rdjsonl, sarif, markdown, json", message)
  end)
end)

describe("rdjsonl", function()
  it("has a line for each finding, and none for none", function()
    assert.equal("", write("rdjsonl", {}))
    assert.same({ {
      message = "x is never set\n\nIt is read first.\n\nWhen: Call it with 0.",
      location = { path = "src/one.c", range = { start = { line = 3 }, ["end"] = { line = 5 } } },
      severity = "WARNING", source = { name = "mistral" }, code = { value = "bug" },
      suggestions = { {
        range = { start = { line = 3 }, ["end"] = { line = 4 } }, text = "int x = 0;\nint y = 0;",
      } },
    } }, rdjsonl { finding { fix = FIX } })
  end)

  it("has the severities that it knows", function()
    local found = {}
    for index, severity in ipairs { "error", "warning", "info", "hint" } do
      found[index] = rdjsonl({ finding { severity = severity } })[1].severity
    end
    assert.same({ "ERROR", "WARNING", "INFO", "INFO" }, found)
  end)

  it("takes all that is worst, and lets go of what makes a line too long for its reader", function()
    local all = rdjsonl(WORST)

    assert.equal(#WORST, #all)
    assert.is_nil(all[2].location.range)
    assert.equal("", all[3].location.path)
    assert.is_nil(all[6].suggestions)
    assert.equal(("x"):rep(200), all[6].message)
    assert.is_nil(all[9].suggestions)
  end)

  it("has the line ends of the file in what it suggests", function()
    local one = rdjsonl({ finding { fix = FIX } }, { line_ends = { ["src/one.c"] = "\r\n" } })[1]

    assert.equal("int x = 0;\r\nint y = 0;", one.suggestions[1].text)
  end)
end)

describe("SARIF", function()
  it("of nothing found is a run with no results", function()
    local text = write("sarif", {})

    assert.truthy(text:find('"results":[]', 1, true))
    assert.truthy(text:find('"toolExecutionNotifications":[]', 1, true))
    assert.is_true(sarif({}).invocations[1].executionSuccessful)
  end)

  it("has a finding with its rule, its lines and its fingerprint", function()
    local run = sarif({ finding() }, { version = "1.2.3" })
    local one = run.results[1]

    assert.equal("1.2.3", run.tool.driver.semanticVersion)
    assert.equal("bug", one.ruleId)
    assert.equal("bug", run.tool.driver.rules[one.ruleIndex + 1].id)
    assert.equal("warning", one.level)
    assert.equal(80, one.rank)
    assert.same({ ["mistralFinding/v1"] = "0123456789abcdef" }, one.partialFingerprints)
    assert.same({
      artifactLocation = { uri = "src/one.c", uriBaseId = "%SRCROOT%" },
      region = { startLine = 3, endLine = 5 },
    }, one.locations[1].physicalLocation)
    assert.truthy(run.originalUriBaseIds["%SRCROOT%"])
  end)

  it("has a file without a region for what has no line, and nothing for what has no file", function()
    local run = sarif { finding { first = false }, finding { path = false, first = false } }

    assert.is_nil(run.results[1].locations[1].physicalLocation.region)
    assert.is_nil(run.results[2].locations)
  end)

  it("writes paths as addresses, byte for byte", function()
    local function uri(path)
      return sarif({ finding { path = path } }).results[1].locations[1].physicalLocation.artifactLocation.uri
    end

    assert.equal("a%20b/%C3%A9%23%3F%25.c", uri "a b/é#?%.c")
    assert.equal("c%3A/x~-_.c", uri "c:/x~-_.c")
    assert.equal("%FF.c", uri "\255.c")
    assert.equal("file:///tmp/a%20b", uri "/tmp/a b")
  end)

  it("replaces whole lines, and takes the line break along where they go", function()
    local function replacement(fix, options)
      local fixes = sarif({ finding { fix = fix } }, options).results[1].fixes
      return fixes[1].artifactChanges[1].replacements[1]
    end

    assert.same({
      deletedRegion = { startLine = 3, endLine = 4 },
      insertedContent = { text = "int x = 0;\r\nint y = 0;" },
    }, replacement(FIX, { line_ends = { ["src/one.c"] = "\r\n" } }))
    assert.same({
      deletedRegion = { startLine = 9, startColumn = 1, endLine = 10, endColumn = 1 },
      insertedContent = { text = "" },
    }, replacement { existing = "gone", replacement = "", first = 9, last = 9 })
  end)

  it("is accepted with all that is worst, and says what was not reviewed", function()
    local run = sarif(WORST, nil, {
      skipped = { { path = "x.lock", why = "a lock file" } },
      failed = { { paths = { "a.c", "b.c" }, err = { message = "busy" } } },
    })

    assert.equal(#WORST, #run.results)
    assert.is_false(run.invocations[1].executionSuccessful)
    local notes = run.invocations[1].toolExecutionNotifications
    assert.same({ level = "error", message = { text = "b.c: busy" } }, notes[2])
    assert.same({ level = "note", message = { text = "x.lock: a lock file" } }, notes[3])
  end)

  it("lets nobody's words become links or places for arguments", function()
    local function said(title) return sarif({ finding { title = title } }).results[1].message.text:match "[^\n]*" end

    assert.equal("see \\[here](http://x.invalid)", said "see [here](http://x.invalid)")
    assert.equal("{{0}} a[i] {x}", said "{0} a[i] {x}")
  end)
end)

describe("markdown", function()
  it("has the findings by file, with their fixes as differences", function()
    assert.equal([[
# Mistral review: staged changes

2 errors, 1 warning in 2 files.

## `src/one.c`

### x is never set

*lines 3 to 5, warning, bug*

It is read first.

When: Call it with 0.

```diff
-int x;
-int y;
+int x = 0;
+int y = 0;
```

### the whole file

*no line, error, bug*

## `src/two.c`

### `b` again

*line 7, error*

## Not reviewed

- x.lock: a lock file
]], write("markdown", {
      finding { fix = FIX },
      finding { path = "src/two.c", severity = "error", category = "", title = "`b` again", detail = "",
        scenario = "", first = 7, last = 7 },
      finding { title = "the whole file", severity = "error", first = false, detail = "", scenario = "" },
    }, nil, { skipped = { { path = "x.lock", why = "a lock file" } } }))
  end)

  it("of nothing found says so", function()
    assert.equal("# Mistral review: staged changes\n\nNo findings in 2 files.\n", write("markdown", {}))
  end)

  local HARMLESS = {
    { "a heading", "x\n# big", "x\n\\# big" },
    { "a line below", "x\n===", "x\n\\===" },
    { "a tag", "<script>", "\\<script\\>" },
    { "a picture", "![x](http://y)", "\\!\\[x\\](http://y)" },
    { "a mention", "ask @someone", "ask @\226\128\139someone" },
    { "an open backtick", "a ` b <i>", "a \\` b \\<i\\>" },
    { "code", "use `a*b` and ``c ` d``", "use `a*b` and ``c ` d``" },
    { "a block of code", "so:\n```\n<b>\n```\nend*", "so:\n```\n<b>\n```\nend\\*" },
  }
  for _, case in ipairs(HARMLESS) do
    it("makes of " .. case[1] .. " in a model's words no more than it is", function()
      local text = write("markdown", { finding { detail = case[2], scenario = "" } })

      assert.truthy(text:find("\n\n" .. case[3] .. "\n", 1, true), text)
    end)
  end

  it("has fences that nothing in a fix can close, and paths with backticks", function()
    local text = write("markdown", { finding { path = "a`b.md", fix = {
      existing = "````", replacement = "`````\n# out", first = 1, last = 1,
    } } })

    assert.truthy(text:find("\n``````diff\n-````\n+`````\n+# out\n``````\n", 1, true), text)
    assert.truthy(text:find("## `` a`b.md ``", 1, true))
  end)
end)

describe("text", function()
  it("has a line for each finding that jumps, and what it says below", function()
    assert.equal([[
src/one.c:3: warning: x is never set [bug]
    It is read first.
    When: Call it with 0.
not reviewed: x.lock: a lock file
1 warning
]], write("text", { finding() }, nil, { skipped = { { path = "x.lock", why = "a lock file" } } }))
    assert.equal("no findings\n", write("text", {}))
  end)
end)

describe("json", function()
  it("has all of a finding, and empty lists as lists", function()
    local read = assert(json.decode(write("json", { finding { fix = FIX } })))

    assert.same(FIX, read.findings[1].fix)
    assert.equal("0123456789abcdef", read.findings[1].fingerprint)
    assert.truthy(write("json", {}):find('"failed":[],"files":2,"findings":[],"skipped":[]', 1, true))
  end)
end)
