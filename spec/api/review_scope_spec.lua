-- Reviews of what changed in a real repository, by a server that reads it.
local live = require "spec.api.support.live"

local BASE = "int sum(int *list, int n)\n{\n  int total = 0;\n\n"
  .. "  for (int i = 0; i < n; i++)\n    total += list[i];\n  return total;\n}\n\n"
  .. "void greet(char *name)\n{\n  gets(name);\n}\n"
local CHANGED = BASE:gsub("i < n", "i <= n")

describe("a review of what changed", function()
  local here
  before_each(function()
    here = live.new { ledger = false }
    here:run(
      "git init -q -b main . && git config user.email who@example.com && git config user.name Who")
    here:write("sum.c", BASE)
    here:write("gone.c", "gets(x);\n")
    here:run "git add . && git commit -qm base"
  end)
  after_each(function() here:close() end)

  local function review(scope, more)
    local params = { model = "mistral-small-latest", scope = scope, folder = here.folder }
    for name, value in pairs(more or {}) do params[name] = value end
    return here.one:review(params)
  end

  local function rows(got)
    local out = {}
    for i, finding in ipairs(got.findings) do
      out[i] = ("%s:%d"):format(finding.path, finding.first)
    end
    return table.concat(out, " ")
  end

  it("is of the new lines, not of what was wrong before", function()
    here:write("sum.c", CHANGED)

    local got = assert(review { kind = "unstaged" })

    assert.equal("sum.c:5", rows(got))
    assert.same({ 5, 5, "  for (int i = 0; i < n; i++)" },
      { got.findings[1].fix.first, got.findings[1].fix.last, got.findings[1].fix.replacement })
    assert.equal(here.folder, got.top)
  end)

  it("is of the index, whatever the work tree holds", function()
    here:write("sum.c", CHANGED)
    here:run "git add . && git rm -q --cached gone.c"
    here:write("sum.c", "nothing of it\n")

    local got = assert(review { kind = "staged" })

    assert.equal("sum.c:5", rows(got))
    assert.equal(1, #got.skipped) -- what was deleted has no new side
  end)

  it("is of a branch, a commit, or files as they are", function()
    here:run "git checkout -q -b side"
    here:write("sum.c", CHANGED)
    here:write("with blank.c", "gets(y);\n")
    here:run "git add . && git commit -qm side"

    assert.equal("sum.c:5 with blank.c:1", rows(assert(review { kind = "branch", base = "main" })))
    assert.equal("sum.c:5 with blank.c:1", rows(assert(review { kind = "commit", rev = "HEAD" })))
    assert.equal("sum.c:5 sum.c:12", rows(assert(review { kind = "files", paths = { "sum.c" } })))
  end)

  it("drops what a model says of lines that did not change, and counts it", function()
    here:write("sum.c", CHANGED)
    here.server:fault { kind = "say", text = '{"findings":[{"path":"sum.c","line":12,'
      .. '"quote":"  gets(name);","title":"gets is not bounded"}]}' }

    local got = assert(review { kind = "unstaged" })

    assert.same({ 0, 1 }, { #got.findings, got.dropped.unchanged })
  end)

  it("ends in a sentence where there is no repository, or nothing changed", function()
    local _, unchanged = review { kind = "unstaged" }
    local _, nowhere = review({ kind = "unstaged" }, { folder = "/" })
    local _, unknown = review { kind = "commit", rev = "no-such-thing" }

    for _, err in ipairs { unchanged, nowhere, unknown } do
      assert.equal("refused", err.code)
      assert.falsy(err.message:find "\n")
    end
    assert.equal(0, here.server:stats().requests)
  end)
end)
