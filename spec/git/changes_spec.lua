local Repository = require "spec.git.support.repository"
local git = require "mistral.git"
local show = require "spec.git.support.show"

describe("git.changes", function()
  local repo

  before_each(function() repo = Repository.new() end)
  after_each(function() repo:remove() end)

  local function changes(scope, options)
    scope = type(scope) == "string" and { kind = scope } or scope
    scope.folder = scope.folder or repo.top
    return assert(git.changes(repo.run, scope, options))
  end

  local function problem(scope)
    scope = type(scope) == "string" and { kind = scope } or scope
    scope.folder = scope.folder or repo.top
    local found, sentence = git.changes(repo.run, scope)
    assert.is_nil(found)
    return sentence
  end

  describe("of what is staged", function()
    it("shows the index where the work tree differs from it", function()
      repo:commit { ["a.lua"] = "one\ntwo\nthree\n" }
      repo:write { ["a.lua"] = "one\nstaged\nthree\n" }
      repo:sh "git add a.lua"
      repo:write { ["a.lua"] = "one\nunstaged\nthree\nfour\n" }

      local found = changes "staged"

      assert.same({ " one", "-two", "+staged", " three" }, show.rows(found.files[1]))
      assert.equal("staged", found.title)
      assert.equal(repo:sh "git rev-parse --show-toplevel", found.top)
    end)

    it("is all new before the first commit", function()
      repo:write { ["a.lua"] = "one\n" }
      repo:sh "git add a.lua"

      local found = changes "staged"

      assert.same({ "added a.lua" }, show.files(found))
      assert.same({ "+one" }, show.rows(found.files[1]))
    end)

    it("holds every line of the new side, however far from a change", function()
      local lines = {}
      for index = 1, 400 do lines[index] = "line " .. index end
      repo:commit { ["a.lua"] = table.concat(lines, "\n") .. "\n" }
      lines[7], lines[390] = "seven", "three hundred and ninety"
      local text = table.concat(lines, "\n") .. "\n"
      repo:write { ["a.lua"] = text }
      repo:sh "git add -A"

      local file = changes("staged").files[1]

      assert.equal(text, show.new_side(file))
      assert.same({ 2, 2, 1 }, { file.added, file.removed, #file.hunks })
      assert.same({ 1, 400 }, { file.hunks[1].new_first, file.hunks[1].new_count })
    end)

    it("is nothing to review when nothing is staged", function()
      repo:commit { ["a.lua"] = "one\n" }
      repo:write { ["a.lua"] = "two\n" }

      assert.equal("nothing to review: nothing is staged", problem "staged")
    end)

    it("may be another index, as that of a commit that is being made", function()
      repo:commit { ["a.lua"] = "one\n", ["b.lua"] = "one\n" }
      repo:write { ["a.lua"] = "two\n", ["b.lua"] = "two\n" }
      repo:sh "git add a.lua; cp .git/index .git/next; GIT_INDEX_FILE=.git/next git add b.lua"

      local found = changes { kind = "staged", index = ".git/next" }

      assert.same({ "modified a.lua", "modified b.lua" }, show.files(found))
      assert.same({ "modified a.lua" }, show.files(changes "staged"))
    end)
  end)

  describe("of what is unstaged", function()
    it("shows the work tree against the index, and files that git does not know", function()
      repo:commit { ["a.lua"] = "one\ntwo\n", [".gitignore"] = "*.log\n" }
      repo:write { ["a.lua"] = "one\nstaged\n" }
      repo:sh "git add a.lua"
      repo:write { ["a.lua"] = "one\nunstaged\n", ["new/b.lua"] = "b\n", ["c.log"] = "log\n" }

      local found = changes "unstaged"

      assert.same({ "modified a.lua", "added new/b.lua" }, show.files(found))
      assert.same({ " one", "-staged", "+unstaged" }, show.rows(found.files[1]))
      assert.same({ "+b" }, show.rows(found.files[2]))
    end)

    it("holds a file that is only meant to be added", function()
      repo:write { ["a.lua"] = "one\n" }
      repo:sh "git add -N a.lua"

      assert.same({ "added a.lua" }, show.files(changes "unstaged"))
      assert.equal("nothing to review: nothing is staged", problem "staged")
    end)

    it("is nothing to review in a clean work tree", function()
      repo:commit { ["a.lua"] = "one\n" }

      assert.equal("nothing to review: the work tree is as the index has it", problem "unstaged")
    end)
  end)

  describe("of a commit", function()
    it("compares it with its parent", function()
      repo:commit { ["a.lua"] = "one\n" }
      repo:commit { ["a.lua"] = "two\n" }
      repo:commit { ["a.lua"] = "three\n" }

      local found = changes { kind = "commit", rev = "HEAD~1" }

      assert.same({ "-one", "+two" }, show.rows(found.files[1]))
      assert.equal(repo:sh "git rev-parse HEAD~1", found.rev)
      assert.equal(repo:sh "git rev-parse HEAD~2", found.base)
      assert.equal("commit " .. found.rev:sub(1, 8), found.title)
    end)

    it("compares the first with nothing", function()
      repo:commit { ["a.lua"] = "one\n" }

      assert.same({ "+one" }, show.rows(changes({ kind = "commit" }).files[1]))
    end)

    it("compares a merge with its first parent", function()
      repo:commit { ["a.lua"] = "one\n" }
      repo:sh "git checkout -q -b side"
      repo:commit { ["side.lua"] = "side\n" }
      repo:sh "git checkout -q main"
      repo:commit { ["main.lua"] = "main\n" }
      repo:sh "git merge -q --no-edit side"

      assert.same({ "added side.lua" }, show.files(changes { kind = "commit", rev = "HEAD" }))
    end)

    it("takes a tag, a short name and words of a subject for the commit they name", function()
      repo:commit({ ["a.lua"] = "one\n" }, "find me here")
      repo:sh "git tag -a -m tagged v1"
      local rev = repo:sh "git rev-parse HEAD"
      repo:commit { ["a.lua"] = "two\n" }

      for _, name in ipairs { "v1", rev:sub(1, 10), ":/find me" } do
        assert.equal(rev, changes({ kind = "commit", rev = name }).rev)
      end
    end)

    it("is refused where the name is an option, a range, a file or unknown", function()
      repo:commit { ["a.lua"] = "one\n" }

      for _, rev in ipairs { "--output=x", "HEAD..HEAD", "HEAD:a.lua", "nowhere", "-", "a\nb" } do
        assert.matches("names no commit, or more than one: ", problem { kind = "commit", rev = rev })
      end
    end)
  end)

  describe("of a branch", function()
    it("compares HEAD with where it left its base, committed changes only", function()
      repo:commit { ["a.lua"] = "one\n" }
      repo:sh "git checkout -q -b work"
      repo:commit { ["b.lua"] = "b\n" }
      repo:sh "git checkout -q main"
      repo:commit { ["late.lua"] = "late\n" }
      repo:sh "git checkout -q work"
      repo:write { ["b.lua"] = "unstaged\n" }

      local found = changes "branch"

      assert.same({ "added b.lua" }, show.files(found))
      assert.same({ "+b" }, show.rows(found.files[1]))
      assert.equal(repo:sh "git merge-base main work", found.base)
      assert.equal(("branch against main (merge base %s)"):format(found.base:sub(1, 8)), found.title)
    end)

    it("works where HEAD is no branch", function()
      repo:commit { ["a.lua"] = "one\n" }
      repo:sh "git checkout -q --detach"
      repo:commit { ["b.lua"] = "b\n" }

      assert.same({ "added b.lua" }, show.files(changes "branch"))
      assert.same({ "added b.lua" }, show.files(changes { kind = "branch", base = "main" }))
    end)

    it("takes the base that is named", function()
      repo:commit { ["a.lua"] = "one\n" }
      repo:commit { ["b.lua"] = "b\n" }
      repo:commit { ["c.lua"] = "c\n" }

      local found = changes { kind = "branch", base = "HEAD~1" }

      assert.same({ "added c.lua" }, show.files(found))
      assert.matches("^branch against HEAD~1 ", found.title)
    end)
  end)

  it("says what to do in a repository that has no commit yet", function()
    local sentence = "this repository has no commit yet: review what is staged, or unstaged"

    assert.equal(sentence, problem "branch")
    assert.equal(sentence, problem { kind = "branch", base = "main" })
    assert.equal(sentence, problem { kind = "commit", rev = "HEAD" })
  end)

  it("knows no other scope", function()
    assert.equal("everything is no scope of a review: choose staged, unstaged, branch, commit or files",
      problem "everything")
  end)
end)
