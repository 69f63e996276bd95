local setup = require "spec.git.support.changes"
local show = require "spec.git.support.show"

describe("the base of a branch", function()
  local repository, changes, problem = setup { before_each = before_each, after_each = after_each }
  local repo

  before_each(function()
    repo = repository()
    repo:commit { ["a.lua"] = "one\n" }
  end)

  -- Remote branches, as a fetch would have left them.
  local function remote(name, branches, head)
    for _, branch in ipairs(branches) do
      repo:sh(("git update-ref refs/remotes/%s/%s HEAD"):format(name, branch))
    end
    if head then repo:sh(("git symbolic-ref refs/remotes/%s/HEAD refs/remotes/%s/%s"):format(name, name, head)) end
    repo:sh(("git config remote.%s.url nowhere; git config remote.%s.fetch '+refs/heads/*:refs/remotes/%s/*'")
      :format(name, name, name))
  end

  local function work(script)
    repo:sh("git checkout -q -b work")
    repo:commit { ["b.lua"] = "b\n" }
    if script then repo:sh(script) end
  end

  local function taken()
    local found = changes "branch"
    assert.same({ "added b.lua" }, show.files(found))
    return (found.title:match "^branch against (%S+) %(merge base %x+%)$")
  end

  it("is the default branch of the upstream's remote", function()
    remote("origin", { "main" }, "main")
    remote("fork", { "trunk", "work" }, "trunk")
    work "git config branch.work.remote fork; git config branch.work.merge refs/heads/work"

    assert.equal("fork/trunk", taken())
  end)

  it("is that of the remote that is pushed to, without an upstream", function()
    remote("origin", { "main" }, "main")
    remote("fork", { "trunk" }, "trunk")
    work "git config remote.pushDefault fork; git config push.default current"

    assert.equal("fork/trunk", taken())
  end)

  it("is origin's default branch, else its main, else its master", function()
    remote("origin", { "master" })
    work()
    assert.equal("origin/master", taken())

    repo:sh "git update-ref refs/remotes/origin/main main"
    assert.equal("origin/main", taken())

    repo:sh "git update-ref refs/remotes/origin/next main"
    repo:sh "git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/next"
    assert.equal("origin/next", taken())
  end)

  it("is not a default branch that is gone", function()
    remote("origin", { "main" }, "gone")
    work()

    assert.equal("origin/main", taken())
  end)

  it("is that of the only remote, whatever its name", function()
    remote("upstream", { "dev" }, "dev")
    work()

    assert.equal("upstream/dev", taken())
  end)

  it("is a local main or master that is not the branch itself", function()
    repo:sh "git branch master"
    work()
    assert.equal("main", taken())

    repo:sh "git branch -q -D main"
    assert.equal("master", taken())
  end)

  it("is what was pushed, on the default branch itself", function()
    remote("origin", { "main" }, "main")
    repo:commit { ["b.lua"] = "b\n" }

    assert.equal("origin/main", taken())
  end)

  it("is asked for when there is none", function()
    local sentence = "no base branch was found to compare with: name one, as in `branch main`"

    assert.equal(sentence, problem "branch")
    repo:sh "git branch -q -m other"
    assert.equal(sentence, problem "branch")
  end)

  it("may have all that HEAD has", function()
    repo:sh "git checkout -q -b work"

    assert.equal("nothing to review: HEAD has no change that main lacks", problem "branch")
  end)

  it("has to share a commit with HEAD", function()
    repo:sh "git checkout -q --orphan alone"
    repo:commit { ["c.lua"] = "c\n" }

    assert.equal("HEAD and main have no commit in common: name another base", problem "branch")
  end)

  it("may be beyond the end of a shallow history", function()
    repo:sh "git branch -q old"
    repo:commit { ["b.lua"] = "b\n" }
    repo:commit { ["b.lua"] = "more\n" }
    repo:sh "git checkout -q -b work"
    repo:commit { ["c.lua"] = "c\n" }
    repo:sh 'git clone -q --depth 1 --no-single-branch "file://$PWD" ../shallow 2>&1'
    local folder = repo.base .. "/shallow"

    assert.equal("the history of this clone is too short to say where HEAD left origin/old: "
      .. "`git fetch --unshallow` brings the rest",
      problem { kind = "branch", base = "origin/old", folder = folder })
    local rev = repo:sh "git rev-parse --short=8 main"
    assert.equal(("the history of this clone ends with %s: `git fetch --deepen=1` brings what is before it")
      :format(rev), problem { kind = "commit", rev = "origin/main", folder = folder })
  end)

  it("is refused where its name is an option or unknown", function()
    for _, base in ipairs { "--all", "nowhere", "", "main..HEAD" } do
      assert.matches("names no commit, or more than one: ", problem { kind = "branch", base = base })
    end
  end)
end)
