local Repository = require "spec.git.support.repository"
local git = require "mistral.git"
local text = require "mistral.git.text"

local function count(said, needle)
  local found, from = 0, 1
  while true do
    from = said:find(needle, from, true)
    if not from then return found end
    found, from = found + 1, from + #needle
  end
end

local function lines(first, last, word)
  local out = {}
  for index = first, last do out[#out + 1] = word .. " " .. index end
  return table.concat(out, "\n") .. "\n"
end

describe("changes as a text", function()
  local repo

  before_each(function() repo = Repository.new() end)
  after_each(function() repo:remove() end)

  local function staged(files)
    repo:write(files)
    repo:sh "git add -A"
    return assert(git.changes(repo.run, { kind = "staged", folder = repo.top }))
  end

  it("are what `git diff` itself prints, for its own patch to be applied", function()
    repo:commit { ["a b.lua"] = lines(1, 40, "line"), ["old.lua"] = lines(1, 20, "old") }
    repo:write {
      ["a b.lua"] = lines(1, 4, "line") .. "new\n" .. lines(6, 40, "line") .. "end", ["n\tw"] = "one\n",
    }
    repo:sh "git mv old.lua new.lua && echo more >>new.lua && git add -A && git diff --cached >../expected"

    local said, whole = text.of(assert(git.changes(repo.run, { kind = "staged", folder = repo.top })))

    assert.is_true(whole)
    repo:write { ["../said"] = said }
    local plain = "grep -v '^index\\|mode\\|^new file\\|^similarity' %s | sed 's/\t$//; s/@@ .*/@@/'"
    assert.equal(repo:sh(plain:format "../expected" .. " | sed 's/ @@ .*/ @@/'"), repo:sh(plain:format "../said"))
    repo:sh "git reset -q --hard && sed -i 's/^new file$/new file mode 100644/' ../said && git apply --index ../said"
    assert.matches("R%d+\told.lua\tnew.lua", repo:sh "git diff --cached --name-status")
  end)

  it("give each file its share of the bound, and say what is left out", function()
    local changes = staged {
      ["big.lua"] = lines(1, 3000, "big"), ["small.lua"] = "small\n", ["z.lua"] = lines(1, 3000, "zed"),
      ["go.sum"] = "x\n",
    }

    local said, whole = text.of(changes, { limit = 4000 })

    assert.is_false(whole)
    assert.is_true(#said <= 4000 and #said > 3000)
    assert.equal(1, count(said, "\n+small\n"))
    assert.is_true(count(said, "\n+big") > 100 and count(said, "\n+zed") > 100)
    assert.equal(2, count(said, "more lines of this file's changes are left out]\n"))
    assert.matches("%[go.sum is a lockfile", said)
  end)

  it("stay within any bound, however many files there are", function()
    local files = {}
    for index = 1, 60 do
      files[("f%d.lua"):format(index)] = lines(1, index, "line")
      files[("f%d.lock"):format(index)] = "x\n"
    end
    local changes = staged(files)

    for _, limit in ipairs { 200, 500, 1000, 3000, 10000 } do
      local said, whole = text.of(changes, { limit = limit })
      assert.is_true(#said <= limit, limit .. " " .. #said)
      assert.is_false(whole)
    end
    assert.is_true(select(2, text.of(changes, { limit = 100000 })))
  end)

  it("say that only the line ends change, which no line shows", function()
    repo:commit { ["a.lua"] = "one\ntwo\n" }

    local said = text.of(staged { ["a.lua"] = "one\r\ntwo\r\n" })

    assert.matches("\nline ends change from LF to CRLF\n", said)
  end)
end)

describe("a repository", function()
  local repo

  before_each(function() repo = Repository.new() end)
  after_each(function() repo:remove() end)

  it("has one identity, from any folder and work tree of it", function()
    repo:commit { ["sub/a.lua"] = "one\n" }
    repo:sh "git worktree add -q ../other 2>&1"

    local identity = assert(git.identity(repo.run, repo.top))

    assert.equal(repo:sh "git rev-parse --show-toplevel" .. "/.git", identity)
    assert.equal(identity, git.identity(repo.run, repo.top .. "/sub"))
    assert.equal(identity, git.identity(repo.run, repo.base .. "/other"))
  end)

  it("tells the subjects of its latest commits, none when there is none", function()
    assert.same({}, git.subjects(repo.run, repo.top))

    repo:commit({}, "first: begin")
    repo:commit({}, "second: go\27[31m on")
    repo:commit({}, "third: end")

    assert.same({ "third: end", "second: go\\x1b[31m on" }, git.subjects(repo.run, repo.top, 2))
  end)
end)
