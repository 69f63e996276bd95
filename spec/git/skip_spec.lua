local globs = require "mistral.git.globs"
local setup = require "spec.git.support.changes"
local show = require "spec.git.support.show"

describe("a glob", function()
  -- glob, paths that match, paths that do not
  local CASES = {
    { "a.lua", { "a.lua", "x/a.lua", "a.lua/b" }, { "aXlua", "a.luax", "b/xa.lua" } },
    { "*.lock", { "a.lock", ".lock", "x/y.tar.lock", "z.lock/inside" }, { "lock", "a.locks", "a.lock.txt" } },
    { "*_pb2.py", { "a_pb2.py", "x/_pb2.py" }, { "a_pb2.pyc", "pb2.py" } },
    { "a?c", { "abc", "aéc", "x/a-c" }, { "ac", "abbc", "a/c" } },
    { "[a-c]x", { "ax", "cx" }, { "dx", "x", "aax" } },
    { "[!a-c]x", { "dx", "éx" }, { "ax", "x" } },
    { "[]-]x", { "]x", "-x" }, { "ax" } },
    { "[é-ü]x", { "éx", "öx" }, { "ex", "zx" } },
    { "[abc", { "[abc" }, { "a" } },
    { "\\*x", { "*x" }, { "ax" } },
    { "build/", { "build/a", "x/build/y/z" }, { "build", "x/build", "rebuild/a" } },
    { "/top.lua", { "top.lua", "top.lua/x" }, { "x/top.lua" } },
    { "docs/*.md", { "docs/a.md", "docs/.md" }, { "docs/x/a.md", "x/docs/a.md" } },
    { "docs/**", { "docs/a", "docs/a/b" }, { "x/docs/a", "doc/a" } },
    { "**/gen/*.c", { "gen/a.c", "x/gen/a.c", "x/y/gen/a.c" }, { "gen/x/a.c", "xgen/a.c" } },
    { "a/**/z", { "a/z", "a/b/z", "a/b/c/z" }, { "a/b", "b/a/z", "az" } },
    { "src/gen/", { "src/gen/a", "src/gen/x/y" }, { "src/gen", "x/src/gen/a" } },
    { "*a*b*", { "ab", "xaybz", "aab" }, { "ba", "a/b" } },
    { "%d+.lua", { "%d+.lua" }, { "12.lua" } },
    { "**", { "a", "a/b" }, {} },
    { "/", {}, { "a", "a/b" } },
    { "", {}, { "a" } },
  }

  it("matches as in .gitignore", function()
    for _, case in ipairs(CASES) do
      local made = globs.new { case[1] }
      for _, path in ipairs(case[2]) do assert.equal(case[1], globs.match(made, path), case[1] .. " on " .. path) end
      for _, path in ipairs(case[3]) do assert.is_nil(globs.match(made, path), case[1] .. " on " .. path) end
    end
  end)

  it("takes no long time over a hostile one", function()
    local made = globs.new { ("*a"):rep(200) .. "b", ("**/a/"):rep(200) .. "b" }
    local began = os.clock()

    globs.match(made, ("a"):rep(4000))
    globs.match(made, ("a/"):rep(400))

    assert.is_true(os.clock() - began < 2)
  end)
end)

describe("git.changes", function()
  local repository, changes = setup { before_each = before_each, after_each = after_each }
  local repo

  before_each(function() repo = repository() end)

  local function staged(files, options)
    repo:write(files)
    repo:sh "git add -A -f"
    return changes("staged", options)
  end

  local KEEP = ", which is skipped"

  it("skips by name what nobody writes, and says why", function()
    local found = staged {
      ["package-lock.json"] = "{}\n", ["x/Cargo.lock"] = "x\n", ["go.sum"] = "x\n", ["poetry.lock"] = "x\n",
      ["a.min.js"] = "x\n", ["api.pb.go"] = "x\n", ["t/__snapshots__/a.js"] = "x\n", ["logo.svg"] = "<svg/>\n",
      ["node_modules/x/i.js"] = "x\n", ["web/vendor/y.js"] = "x\n", ["a.lua"] = "x\n", ["lock.lua"] = "x\n",
    }

    assert.same({ "added a.lua", "added lock.lua" }, show.files(found))
    assert.equal(10, #found.skipped)
    assert.equal("package-lock.json is a lockfile (package-lock.json)" .. KEEP, show.why(found, "package-lock.json"))
    assert.equal("x/Cargo.lock is a lockfile (*.lock)" .. KEEP, show.why(found, "x/Cargo.lock"))
    assert.equal("a.min.js is minified (*.min.js)" .. KEEP, show.why(found, "a.min.js"))
    assert.equal("api.pb.go is generated (*.pb.go)" .. KEEP, show.why(found, "api.pb.go"))
    assert.equal("logo.svg is an image (*.svg)" .. KEEP, show.why(found, "logo.svg"))
    assert.equal("web/vendor/y.js is vendored (vendor/)" .. KEEP, show.why(found, "web/vendor/y.js"))
    assert.equal("t/__snapshots__/a.js is a snapshot of a test (__snapshots__/)" .. KEEP,
      show.why(found, "t/__snapshots__/a.js"))
  end)

  it("skips what the user names, and keeps what the user names", function()
    local options = { skip = { "docs/", "*.txt" }, keep = { "go.sum", "docs/api.md", "/gen/*.pb.go" } }
    local found = staged({
      ["docs/a.md"] = "x\n", ["docs/api.md"] = "x\n", ["x.txt"] = "x\n", ["go.sum"] = "x\n", ["gen/a.pb.go"] = "x\n",
      ["other/a.pb.go"] = "x\n",
    }, options)

    assert.same({ "added docs/api.md", "added gen/a.pb.go", "added go.sum" }, show.files(found))
    assert.equal("x.txt is skipped by the glob *.txt", show.why(found, "x.txt"))
  end)

  it("says what to do in words of who asks, where there is something to do", function()
    local found = staged({ ["x.txt"] = "x\n", ["go.sum"] = "x\n" }, {
      skip = { "*.txt" }, names = { skip = "--skip", keep = "--keep" },
    })

    assert.equal("x.txt is skipped by the glob *.txt of --skip", show.why(found, "x.txt"))
    assert.equal("go.sum is a lockfile (go.sum), which is skipped unless --keep names it",
      show.why(found, "go.sum"))
  end)

  it("heeds .gitattributes, more than the names", function()
    local found = staged {
      [".gitattributes"] = "*.gen linguist-generated\n*.ven linguist-vendored=true\n*.non -diff\n"
        .. "go.sum linguist-generated=false\nvendor/** -linguist-vendored\n*.bin binary\n*.tx -text\n",
      ["a.gen"] = "x\n", ["a.ven"] = "x\n", ["a.non"] = "x\n", ["go.sum"] = "x\n", ["vendor/ours.c"] = "x\n",
      ["odd: name.gen"] = "x\n", ["a.bin"] = "x\n", ["a.tx"] = "x\n",
    }

    assert.same({ "added .gitattributes", "added a.tx", "added go.sum", "added vendor/ours.c" }, show.files(found))
    assert.equal("a.gen is generated, say .gitattributes" .. KEEP, show.why(found, "a.gen"))
    assert.equal("odd: name.gen is generated, say .gitattributes" .. KEEP, show.why(found, "odd: name.gen"))
    assert.equal("a.ven is vendored, say .gitattributes" .. KEEP, show.why(found, "a.ven"))
    assert.equal("a.non is not to be compared, say .gitattributes", show.why(found, "a.non"))
    assert.equal("a.bin is not to be compared, say .gitattributes", show.why(found, "a.bin"))
  end)

  it("skips what looks minified or says that it is generated", function()
    local long = ("var a=1;"):rep(400)
    local files = {
      ["a.js"] = long .. "\n" .. long .. "\n", ["b.lua"] = ("line\n"):rep(2000) .. long .. "\n",
      ["c.go"] = "package c\n\n// Code generated by stringer. DO NOT EDIT.\n",
      ["d.lua"] = 'local s = "@generated"\n', ["e.ts"] = "/**\n * @generated\n */\n",
      ["f.py"] = ("x = 1\n"):rep(40) .. "# @generated\n",
    }

    local found = staged(files)

    assert.same({ "added b.lua", "added d.lua", "added f.py" }, show.files(found))
    assert.equal("a.js is minified: most of it stands in very long lines" .. KEEP, show.why(found, "a.js"))
    assert.equal("c.go is generated, as its first lines say" .. KEEP, show.why(found, "c.go"))
    assert.equal(6, #changes("staged", { keep = { "*" } }).files)
  end)

  it("refuses files that are made to hold secrets, also under another name", function()
    repo:commit { [".env"] = ("TOKEN=none\n"):rep(20) }
    repo:sh "git mv .env settings.txt; echo more >>settings.txt"
    local files = { ["id_rsa"] = "x\n", ["deploy/.env.local"] = "x\n", ["a.lua"] = "x\n" }

    local found = staged(files, { keep = { "*" } })

    assert.same({ "added a.lua" }, show.files(found))
    assert.equal("nothing of .env is sent: files of that name hold keys or passwords", show.why(found, "settings.txt"))
    assert.truthy(show.why(found, "id_rsa"))
    assert.equal(2, #staged(files, { allow_files = { "id_rsa" } }).files)
  end)

  it("may skip all that changed", function()
    local found = staged { ["go.sum"] = "x\n" }

    assert.same({ 0, 1, "staged" }, { #found.files, #found.skipped, found.title })
  end)
end)
