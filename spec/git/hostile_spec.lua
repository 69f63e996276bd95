local git = require "mistral.git"
local setup = require "spec.git.support.changes"
local show = require "spec.git.support.show"

-- What changes git's output for a person, and must not for us.
local CONFIG = {
  "diff.noprefix true", "diff.mnemonicPrefix true", "diff.renames false", "diff.relative true", "diff.context 0",
  "diff.interHunkContext 9", "diff.suppressBlankEmpty true", "diff.colorMoved zebra", "diff.wsErrorHighlight all",
  "diff.algorithm patience", "diff.submodule log", "diff.ignoreSubmodules all", "diff.srcPrefix x/",
  "diff.dstPrefix y/", "diff.statGraphWidth 5", "diff.wordRegex .", "diff.renameLimit 1", "diff.autoRefreshIndex false",
  "color.ui always", "color.diff always", "core.quotePath true", "core.abbrev 5", "core.pager false",
  "pager.diff 'sed s/a/b/'", "status.renames false", "status.showUntrackedFiles no", "log.showSignature true",
  "log.decorate full", "column.ui always", "format.pretty oneline", "diff.external false", "core.commentChar x",
}

describe("git.changes", function()
  local repository, changes, problem = setup { before_each = before_each, after_each = after_each }
  local repo

  before_each(function()
    repo = repository()
    repo:commit { ["old é.lua"] = "one\ntwo\n\nthree\nfour\nfive\nsix\nseven\neight\n", ["sub/z.lua"] = "one\n\ntwo\n" }
    repo:sh "git mv 'old é.lua' new.lua; sed -i s/two/TWO/ new.lua sub/z.lua; git add -A"
    repo:write { ["sub/new.lua"] = "untracked\n", ["sub/z.lua"] = "one\n\nTWO\nthree\n" }
  end)

  local function everything()
    local all = {}
    for _, kind in ipairs { "staged", "unstaged", "commit" } do all[kind] = changes(kind) end
    all.files = changes { kind = "files", paths = { "sub" } }
    all.subjects = git.subjects(repo.run, repo.top)
    return all
  end

  it("finds the same whatever the configuration", function()
    local expected = everything()
    assert.same({ "renamed old é.lua -> new.lua", "modified sub/z.lua" }, show.files(expected.staged))

    repo:sh "touch -d '2001-02-03' new.lua"
    repo:write { order = "sub/*\n", attributes = "* diff=odd whitespace=trailing-space\n" }
    repo:sh("git config " .. table.concat(CONFIG, "; git config "))
    repo:sh "git config diff.orderFile $PWD/../order; mv order attributes .."
    repo:sh "git config core.attributesFile $PWD/../attributes; git config diff.odd.xfuncname '.*'"

    assert.same(expected, everything())
  end)

  it("finds the same whatever the environment", function()
    local expected = everything()

    repo.environment = {
      "GIT_DIR=/nowhere", "GIT_WORK_TREE=/", "GIT_INDEX_FILE=/nowhere", "GIT_PREFIX=sub/", "GIT_DIFF_OPTS=-u0",
      "GIT_EXTERNAL_DIFF=false", "GIT_PAGER=false", "PAGER=false", "GIT_LITERAL_PATHSPECS=1", "GIT_TRACE=1",
      "GIT_OBJECT_DIRECTORY=/nowhere", "GIT_COMMON_DIR=/nowhere", "GIT_NAMESPACE=x", "GIT_ATTR_SOURCE=nowhere",
      "LC_ALL=fr_FR.UTF-8", "LANGUAGE=fr", "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=diff.noprefix",
      "GIT_CONFIG_VALUE_0=true", "GIT_ICASE_PATHSPECS=1", "GIT_SHALLOW_FILE=/nowhere",
    }

    assert.same(expected, everything())
  end)

  it("leaves the index and its locks alone", function()
    repo:sh "touch -d '2001-02-03' new.lua; : >.git/index.lock"
    local before = repo:sh "cksum .git/index"

    everything()

    assert.equal(before, repo:sh "cksum .git/index")
  end)

  -- Each program leaves a mark; `plain` shows that a person's own git would have run it.
  local PROGRAMS = {
    { "git config diff.external %s", "git diff --cached" },
    { "git config diff.odd.command %s; echo '*.lua diff=odd' >.gitattributes", "git diff --cached" },
    { "git config diff.odd.textconv %s; echo '*.lua diff=odd' >.gitattributes", "git diff --cached" },
    { "git config core.fsmonitor %s", "git diff" },
    { "git config filter.odd.clean %s; echo '*.lua filter=odd' >.gitattributes", "git diff" },
    { "git config filter.o.dd.process %s; git config filter.o.dd.required true; "
      .. "echo '*.lua filter=o.dd' >.gitattributes", "git diff" },
    { "git config extensions.worktreeConfig true; git config --worktree filter.odd.clean %s; "
      .. "echo '*.lua filter=odd' >.gitattributes", "git diff" },
    { "printf '[filter \"odd\"]\\nclean = %%s\\n' %s >.git/more; git config include.path more; "
      .. "echo '*.lua filter=odd' >.gitattributes", "git diff" },
    { "mkdir -p .git/hooks; cp %s .git/hooks/post-index-change; touch -d '2001-02-03' new.lua",
      "git status" },
    { "git config gpg.program %s; git config log.showSignature true; git commit -q -m x; "
      .. "git cat-file commit HEAD | sed '/^committer/a gpgsig -----BEGIN PGP SIGNATURE-----\\n \\n x\\n "
      .. "-----END PGP SIGNATURE-----' | git hash-object -t commit -w --stdin | xargs git reset -q --soft; "
      .. "git rm -q --cached new.lua; git add -A; echo more >>new.lua; git add new.lua; echo again >>new.lua",
      "git log -1" },
  }

  it("runs no program that the repository names", function()
    local program, mark = repo.base .. "/program", repo.base .. "/mark"
    repo:write { ["../program"] = ("#!/bin/sh\necho run >>'%s'\nexec cat\n"):format(mark) }
    repo:sh("chmod +x " .. program)
    for _, case in ipairs(PROGRAMS) do
      repo:sh("rm -rf ../copy; cp -a . ../copy; cd ../copy; " .. case[1]:format(program))
      repo:sh("cd ../copy; rm -f ../mark; " .. case[2] .. " >/dev/null 2>&1 </dev/null || true; rm ../mark")

      for _, kind in ipairs { "staged", "unstaged" } do
        local found = changes { kind = kind, folder = repo.base .. "/copy" }
        assert.is_true(#found.files > 0, case[1])
      end
      changes { kind = "files", paths = { "sub" }, folder = repo.base .. "/copy" }
      git.subjects(repo.run, repo.base .. "/copy")

      assert.equal("no", repo:sh "test -e ../mark && echo yes || echo no", case[1])
    end
  end)

  it("refuses a repository whose program cannot be switched off", function()
    repo:sh "git config 'filter.a=b.clean' cat"

    assert.equal("this repository configures a filter named a=b, which cannot be switched off: "
      .. "remove it from .git/config", problem "unstaged")
    assert.equal(2, #changes("staged").files)
  end)

  it("goes to no other repository, whatever this one calls its work tree", function()
    local private = repo.base .. "/private"
    repo:sh("git init -q ../private; echo secret >../private/s.lua; cp -a . ../private/inner")
    local inner = private .. "/inner"
    for folder, elsewhere in pairs { [repo.top] = private, [inner] = private } do
      repo:sh(("git -C '%s' config core.worktree '%s'"):format(folder, elsewhere))

      for _, kind in ipairs { "staged", "unstaged", "branch", "commit", "files" } do
        assert.equal(("%s belongs to a repository that says its files are in %s: open one of those, if "
          .. "you know that repository"):format(folder, elsewhere),
          problem { kind = kind, folder = folder, paths = { "s.lua" } })
      end
    end
  end)

  it("uses the filters of the user's own configuration", function()
    repo:write { ["../config"] = "[filter \"mine\"]\nclean = sed s/three/THREE/\n" }
    repo:sh "echo '*.lua filter=mine' >.git/info/attributes"
    repo.environment = { "GIT_CONFIG_GLOBAL=" .. repo.base .. "/config" }

    assert.same({ " one", " ", " TWO", "+THREE" }, show.rows(show.file(changes "unstaged", "sub/z.lua")))
  end)

  it("asks no server for what a partial clone lacks", function()
    repo:commit()
    repo:sh "git config uploadpack.allowFilter true; git config uploadpack.allowAnySHA1InWant true"
    repo:sh 'git clone -q --filter=blob:none --no-checkout "file://$PWD" ../partial 2>&1'

    assert.equal("this clone lacks some of what is compared: run the same `git diff` once in a terminal, "
      .. "which fetches it",
      problem { kind = "commit", rev = "HEAD", folder = repo.base .. "/partial" })
  end)
end)
