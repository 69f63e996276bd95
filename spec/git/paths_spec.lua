local git = require "mistral.git"
local setup = require "spec.git.support.changes"
local show = require "spec.git.support.show"

local NAMES = {
  "plain.lua", "with space.lua", " leading and trailing ", "é ü 日本.lua", "tab\there", "new\nline.lua",
  "-dash", "--", "-", ":(top)x", ":colon", "star*.lua", "[a]b?.lua", "back\\slash", 'quo"te', "it's", "$HOME;x",
  "a => b", "{a => b}.lua", "latin1 \233.lua", "b/a b/c", "\1\27[31m.lua", "#hash", "%percent%s", "dir/-x/*",
  "a\tb c.lua", "~tilde", "é\"é", "diff", "HEAD",
}

describe("git.changes, whatever a file is called,", function()
  local repository, changes = setup { before_each = before_each, after_each = after_each }
  local repo

  before_each(function() repo = repository() end)

  local function write_all(word)
    local files = {}
    for _, name in ipairs(NAMES) do files[name] = name .. "\n" .. word .. "\n" end
    repo:write(files)
  end

  local function check(found)
    assert.same({}, found.skipped)
    assert.equal(#NAMES, #found.files)
    for _, name in ipairs(NAMES) do
      local file = show.file(found, name)
      assert.truthy(file, name)
      assert.equal(name .. "\ntwo\n", show.new_side(file))
    end
  end

  it("knows it in each scope", function()
    write_all "one"
    repo:commit()
    write_all "two"

    check(changes "unstaged")
    check(changes { kind = "files", paths = NAMES })
    repo:sh "git add -A"
    check(changes "staged")
    repo:sh "git commit -q -m two"
    check(changes "commit")
    check(changes { kind = "branch", base = "HEAD~1" })
  end)

  it("knows it when git does not", function()
    write_all "two"

    check(changes "unstaged")
  end)

  it("follows renames between such names", function()
    write_all "one"
    repo:commit()
    for index, name in ipairs(NAMES) do
      assert(os.rename(repo.top .. "/" .. name, repo.top .. "/moved " .. index .. '"é'))
    end
    repo:sh "for f in moved*; do echo two >>\"$f\"; done; git add -A"

    local found, olds = changes "staged", {}

    assert.equal(#NAMES, #found.files)
    for _, file in ipairs(found.files) do
      assert.equal("renamed", file.status)
      olds[file.old_path] = show.new_side(file)
    end
    for _, name in ipairs(NAMES) do assert.equal(name .. "\none\ntwo\n", olds[name]) end
  end)

  it("takes many files in parts that fit a command line", function()
    local files, count = {}, 700
    for index = 1, count do files[("folder/%s%04d.txt"):format(("long "):rep(20), index)] = index .. "\n" end
    repo:write(files)
    repo:sh "git add -A"

    local found = changes "staged"

    assert.equal(count, #found.files)
    for _, file in ipairs(found.files) do assert.equal(files[file.path], show.new_side(file)) end
  end)
end)

describe("git.changes, wherever it is asked,", function()
  local repository, changes, problem = setup { before_each = before_each, after_each = after_each }
  local repo

  before_each(function() repo = repository() end)

  it("is about the whole repository from a folder of it", function()
    repo:commit { ["sub folder/a.lua"] = "one\n", ["b.lua"] = "one\n" }
    repo:write {
      ["sub folder/a.lua"] = "two\n", ["b.lua"] = "two\n", ["c.lua"] = "new\n", ["sub folder/d.lua"] = "d\n",
    }

    local found = changes { kind = "unstaged", folder = repo.top .. "/sub folder" }

    assert.same({ "modified b.lua", "modified sub folder/a.lua", "added c.lua", "added sub folder/d.lua" },
      show.files(found))
    assert.equal(repo:sh "git rev-parse --show-toplevel", found.top)
  end)

  it("is about the files that are named, from the folder", function()
    repo:commit { ["sub/a.lua"] = "one\n", ["b.lua"] = "one\n", ["sub/deep/c.lua"] = "one\n" }
    repo:write { ["sub/a.lua"] = "two\n", ["b.lua"] = "two\n", ["sub/deep/c.lua"] = "two\n", ["sub/n.lua"] = "n\n" }
    local folder = repo.top .. "/sub"

    local function found(...) return show.files(changes { kind = "unstaged", folder = folder, paths = { ... } }) end

    assert.same({ "modified b.lua" }, found "../b.lua")
    assert.same({ "modified sub/a.lua", "added sub/n.lua" }, found("a.lua", "n.lua"))
    assert.same({ "modified sub/deep/c.lua" }, found(folder .. "/deep"))
    assert.equal("../../x is outside the repository: name files that are inside",
      problem { kind = "unstaged", folder = folder, paths = { "../../x" } })
  end)

  it("gives whole files by name, below a folder as well", function()
    repo:commit { ["sub/a.lua"] = "one\ntwo\n", ["sub/go.sum"] = "x\n", [".gitignore"] = "*.log\n" }
    repo:write { ["sub/new.lua"] = "new\n", ["x.log"] = "log\n", ["sub/y.log"] = "log\n" }

    local found = changes { kind = "files", paths = { "sub", "x.log", "sub/a.lua", "nowhere.lua" } }

    assert.same({ "added sub/a.lua", "added sub/new.lua", "added x.log" }, show.files(found))
    assert.same({ "+one", "+two" }, show.rows(found.files[1]))
    assert.is_true(found.files[1].whole)
    assert.equal("nowhere.lua is not there: name a file of this repository", show.why(found, "nowhere.lua"))
    assert.matches("is a lockfile", show.why(found, "sub/go.sum"))
    assert.equal("nothing to review: name a file, or several", problem "files")
    repo:sh "git init -q inner; cd inner; git commit -q --allow-empty -m x; cd ..; git add inner 2>&1; rm sub/a.lua"
    found = changes { kind = "files", paths = { "inner", "sub/a.lua" } }
    assert.equal("inner cannot be read: it is no file, or it is gone", show.why(found, "inner"))
    assert.equal("sub/a.lua cannot be read: it is no file, or it is gone", show.why(found, "sub/a.lua"))
  end)

  it("works in a linked work tree and in a folder of any name", function()
    repo:commit { ["a.lua"] = "one\n" }
    repo:sh 'git worktree add -q -b other "$(printf \'../odd\\n"é name\')" 2>&1'
    local folder = repo.base .. '/odd\n"é name'
    repo:write { ['../odd\n"é name/a.lua'] = "two\n" }

    local found = changes { kind = "unstaged", folder = folder }

    assert.same({ "-one", "+two" }, show.rows(found.files[1]))
    assert.equal(folder, found.top)
    assert.equal(folder, git.top(repo.run, folder))
  end)

  it("names a file that goes missing while it is read", function()
    repo:write { ["a.lua"] = "one\n", ["b.lua"] = "one\n" }
    repo:sh "git add a.lua"
    repo:write { ["a.lua"] = "two\n" }
    local run = repo.run
    repo.run = function(argv)
      local result = run(argv)
      if table.concat(argv, " "):find("check-attr", 1, true) then
        repo:sh "rm b.lua; git checkout -q a.lua"
      end
      return result
    end

    local found = changes "unstaged"

    assert.same({}, found.files)
    assert.equal("a.lua changed while git read it: start again", show.why(found, "a.lua"))
    assert.equal("b.lua changed while git read it: start again", show.why(found, "b.lua"))
  end)
end)
