local git = require "mistral.git"
local setup = require "spec.git.support.changes"

describe("git.changes says what is wrong and what to do", function()
  local repository, _, problem = setup { before_each = before_each, after_each = after_each }
  local repo

  before_each(function() repo = repository() end)

  it("outside a repository", function()
    local folder = repo.base
    repo.environment = { "GIT_CEILING_DIRECTORIES=/tmp" }

    local sentence = folder .. " is not inside a git repository: go into one first"
    assert.equal(sentence, problem { kind = "staged", folder = folder })
    assert.same({ nil, sentence }, { git.top(repo.run, folder) })
    assert.same({ nil, sentence }, { git.identity(repo.run, folder) })
    assert.same({ nil, sentence }, { git.subjects(repo.run, folder) })
    local function within(argv)
      argv = { (table.unpack or unpack)(argv) }
      for i, word in ipairs(argv) do argv[i] = word == "." and folder or word end
      return repo.run(argv)
    end
    assert.same({ nil, "this folder is not inside a git repository: go into one first" },
      { git.top(within, ".") })
  end)

  it("in a folder that is not there", function()
    assert.equal(repo.base .. "/gone is not there: name a folder that is",
      problem { kind = "staged", folder = repo.base .. "/gone" })
  end)

  it("in a repository without a work tree", function()
    repo:sh "git init -q --bare ../bare"
    local sentence = "the repository in %s has no work tree: open a clone of it"

    assert.equal(sentence:format(repo.base .. "/bare"),
      problem { kind = "staged", folder = repo.base .. "/bare" })
    assert.equal(sentence:format(repo.top .. "/.git"),
      problem { kind = "staged", folder = repo.top .. "/.git" })
  end)

  it("in a repository of somebody else", function()
    repo.environment = { "GIT_TEST_ASSUME_DIFFERENT_OWNER=1" }

    assert.equal("git refuses the repository " .. repo.top .. ", since it belongs to another user: if you trust it, "
      .. "add it to git's option safe.directory", problem "staged")
  end)

  it("in a repository with a configuration that cannot be read", function()
    repo:write { [".git/config"] = "[core\n" }

    assert.equal("git cannot read its configuration: `git config --list` says where", problem "staged")
  end)

  it("in a repository with a damaged index", function()
    repo:write { ["a.lua"] = "one\n" }
    repo:sh "git add a.lua"
    repo:write { [".git/index"] = "DIRCxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" }

    assert.matches("^the index of the repository in .* is damaged: see `git status`$", problem "staged")
  end)

  it("in a repository whose objects are damaged", function()
    repo:commit { ["a.lua"] = "one\n" }
    repo:sh "rm -f .git/objects/$(git rev-parse HEAD:a.lua | sed 's|^..|&/|')"

    assert.matches("^`git diff` failed: unable to read %x+$", problem "commit")
  end)

  -- What git, or the lack of it, would say.
  local function with(result, message)
    local found, sentence = git.changes(function() return result, message end, { kind = "staged" })
    assert.is_nil(found)
    return sentence
  end

  it("without git", function()
    local sentence = "git was not found: install it, or put it on the PATH"

    assert.equal(sentence, with { code = 127, stdout = "", stderr = "env: 'git': No such file or directory" })
    assert.equal("git could not be started: no memory", with(nil, "no memory"))
    repo.environment = { "PATH=/nowhere" }
    repo.run = function(argv) -- env itself has to be found, and looks for git where it is told to
      argv[1] = "PATH=/nowhere"
      table.insert(argv, 1, "/usr/bin/env")
      return require("mistral.native").run(argv)
    end
    assert.equal(sentence, problem "staged")
  end)

  it("with a git that is too old", function()
    local old = { code = 129, stdout = "git version 1.8.3.1\n", stderr = "error: unknown option `x'\nusage: git" }
    local silent = { code = 129, stdout = "", stderr = "usage: git" }

    assert.equal("git 1.8.3.1 cannot do what is asked of it: install git 2.26 or newer", with(old))
    assert.equal("git of unknown version cannot do what is asked of it: install git 2.26 or newer", with(silent))
  end)

  it("when git does not end, prints too much, or dies", function()
    assert.equal("`git rev-parse` did not end in time: review less at once",
      with { code = 124, stdout = "", stderr = "" })
    assert.equal("`git rev-parse` prints too much to be read: review less at once",
      with { code = 125, stdout = "", stderr = "" })
    assert.equal("`git rev-parse` failed: status 139", with { code = 139, stdout = "", stderr = "" })
    assert.equal("`git rev-parse` failed: a\\x1b[31mb", with { code = 1, stdout = "", stderr = "fatal: a\27[31mb\n" })
  end)

  it("when what git prints is cut off or is no diff", function()
    repo:commit { ["a.lua"] = "one\n" }
    repo:write { ["a.lua"] = "two\n" }
    repo:sh "git add -A"
    local run = repo.run
    local function change(word, to)
      repo.run = function(argv)
        local result = run(argv)
        if table.concat(argv, " "):find(word, 1, true) then result.stdout = to(result.stdout) end
        return result
      end
    end

    change("--patch", function(out) return out:sub(1, -6) end)
    assert.equal("what `git diff` printed cannot be read from line 6 on: please report it", problem "staged")
    change("--raw", function(out) return ":no" .. out end)
    assert.equal("what `git diff --raw` printed could not be read: please report it", problem "staged")
    change("check-attr", function() return "" end)
    assert.equal("what `git check-attr` printed could not be read: install git 2.26 or newer", problem "staged")
  end)
end)
