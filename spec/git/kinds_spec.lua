local setup = require "spec.git.support.changes"
local show = require "spec.git.support.show"

local function lines(first, last)
  local out = {}
  for index = first, last do out[#out + 1] = "line " .. index end
  return table.concat(out, "\n") .. "\n"
end

describe("git.changes", function()
  local repository, changes = setup { before_each = before_each, after_each = after_each }
  local repo

  before_each(function() repo = repository() end)

  local function staged(script)
    repo:sh(script .. "; git add -A")
    return changes "staged"
  end

  it("shows a renamed file under its new name, with what was edited", function()
    repo:commit { ["old.lua"] = lines(1, 20) }

    local found = staged "mkdir sub; git mv old.lua sub/new.lua; echo more >>sub/new.lua"

    assert.same({ "renamed old.lua -> sub/new.lua" }, show.files(found))
    assert.same({ 1, 0 }, { found.files[1].added, found.files[1].removed })
    assert.equal(lines(1, 20) .. "more\n", show.new_side(found.files[1]))
  end)

  it("skips a file that was only renamed, or only copied", function()
    repo:commit { ["a.lua"] = lines(1, 20), ["b.lua"] = lines(30, 50) }

    local found = staged "git mv a.lua c.lua; cp b.lua d.lua; echo more >>b.lua"

    assert.same({ "modified b.lua" }, show.files(found))
    assert.equal("c.lua was only renamed", show.why(found, "c.lua"))
    assert.equal("d.lua is a plain copy", show.why(found, "d.lua"))
  end)

  it("shows what differs in a copy of a file that changed too", function()
    repo:commit { ["a.lua"] = lines(1, 20) }

    local found = staged "cp a.lua b.lua; echo copied >>b.lua; echo more >>a.lua"

    assert.same({ "modified a.lua", "copied a.lua -> b.lua" }, show.files(found))
    assert.equal("+copied", show.rows(found.files[2])[21])
  end)

  it("skips a deleted file, and shows lines deleted in one that stays", function()
    repo:commit { ["a.lua"] = "one\ntwo\nthree\n", ["b.lua"] = "gone\n" }

    local found = staged "rm b.lua; printf 'one\\nthree\\n' >a.lua"

    assert.same({ " one", "-two", " three" }, show.rows(found.files[1]))
    assert.same({ 1, #found.files }, { found.files[1].removed, 1 })
    assert.equal("b.lua was deleted: it has no lines left to review", show.why(found, "b.lua"))
  end)

  it("skips a change of mode alone, not one beside an edit", function()
    repo:commit { ["a.sh"] = "one\n", ["b.sh"] = "one\n" }

    local found = staged "chmod +x a.sh b.sh; echo two >>b.sh"

    assert.same({ "modified b.sh" }, show.files(found))
    assert.equal("only the mode of a.sh changed, from 100644 to 100755", show.why(found, "a.sh"))
  end)

  it("skips a symbolic link, and shows a file that was one", function()
    repo:commit { ["target"] = "secret\n", ["file.lua"] = "one\n" }
    repo:sh "ln -s target was"
    repo:commit()

    local found = staged "ln -s target new; rm was file.lua; echo text >was; ln -s target file.lua"

    assert.same({ "type was" }, show.files(found))
    assert.same({ "+text" }, show.rows(found.files[1]))
    assert.equal("new is a symbolic link", show.why(found, "new"))
    assert.equal("file.lua is a symbolic link", show.why(found, "file.lua"))
  end)

  it("does not follow a link that git does not know", function()
    repo:sh "echo outside >../outside; ln -s ../outside link"

    local found = changes "unstaged"

    assert.same({}, found.files)
    assert.equal("link is a symbolic link", show.why(found, "link"))
  end)

  it("skips a submodule, whose own files stay its own", function()
    repo:commit { ["a.lua"] = "one\n" }
    repo:sh "git init -q inner; cd inner; echo x >x.lua; git add -A; git commit -q -m inner"

    assert.equal("inner/ is another repository: review it there",
      show.why(changes "unstaged", "inner/"))
    local found = staged "true"
    local sentence = "inner is a submodule: review it in its own repository"
    assert.equal(sentence, show.why(found, "inner"))
    repo:sh "git commit -q -m add; cd inner; echo y >x.lua; git commit -q -a -m more"
    assert.equal(sentence, show.why(changes "unstaged", "inner"))
  end)

  it("tells a last line without its end", function()
    repo:commit { ["a.lua"] = "one\ntwo", ["b.lua"] = "one\ntwo", ["c.lua"] = "one\ntwo\n" }

    local found = staged "printf 'ONE\\ntwo' >a.lua; printf 'one\\ntwo\\n' >b.lua; printf 'one\\ntwo' >c.lua"

    local a, b, c = found.files[1], found.files[2], found.files[3]
    assert.same({ true, nil, true }, { a.no_newline, b.no_newline, c.no_newline })
    assert.same({ "-one", "+ONE", " two" }, show.rows(a))
    assert.same({ " one", "-two", "+two" }, show.rows(b))
    assert.same({ " one", "-two", "+two" }, show.rows(c))
    assert.equal("one\ntwo", show.new_side(c))
  end)

  it("keeps carriage returns apart from the text", function()
    repo:commit { ["dos.lua"] = "one\r\ntwo\r\n", ["mixed.lua"] = "one\r\ntwo\n", ["end.lua"] = "one\r\n" }
    repo:write {
      ["dos.lua"] = "one\r\nTWO\r\n", ["mixed.lua"] = "one\r\nTWO\nthree\r\n", ["end.lua"] = "one\r\ntwo",
    }

    local found = staged "true"

    local dos, ends, mixed = found.files[1], found.files[2], found.files[3]
    assert.same({ " one", "-two", "+TWO" }, show.rows(dos))
    assert.same({ true, true, nil }, { dos.crlf, ends.crlf, mixed.crlf })
    assert.equal("one\r\nTWO\r\n", show.new_side(dos))
    assert.equal("one\r\nTWO\nthree\r\n", show.new_side(mixed))
    assert.equal("one\r\ntwo", show.new_side(ends))
  end)

  it("skips binary files, also those with their first NUL far down", function()
    repo:write { ["a.dat"] = "a\0b\n", ["late.dat"] = lines(1, 2000) .. "\0\n", ["u.dat"] = "a\0\n" }
    repo:sh "git add a.dat late.dat"

    local found = changes "staged"

    assert.same({}, found.files)
    assert.equal("a.dat is binary", show.why(found, "a.dat"))
    assert.equal("late.dat is binary", show.why(found, "late.dat"))
    assert.equal("u.dat is binary", show.why(changes "unstaged", "u.dat"))
  end)

  it("skips files with nothing in them", function()
    repo:commit { ["a.lua"] = "one\n" }

    local found = staged ": >a.lua; : >b.lua"

    assert.same({}, found.files)
    assert.equal("a.lua has no lines left", show.why(found, "a.lua"))
    assert.equal("b.lua is empty", show.why(found, "b.lua"))
  end)

  it("skips files with conflicts, and shows the others", function()
    repo:commit { ["a.lua"] = "one\n", ["b.lua"] = "one\n", ["gone.lua"] = "one\n" }
    repo:sh "git checkout -q -b side"
    repo:commit { ["a.lua"] = "side\n", ["b.lua"] = "side\n", ["gone.lua"] = "side\n" }
    repo:sh "git checkout -q main; git rm -q gone.lua"
    repo:commit { ["a.lua"] = "main\n" }
    repo:sh "git merge -q side >/dev/null 2>&1 || true"

    local here, there = changes "staged", changes "unstaged"

    assert.same({ "modified b.lua" }, show.files(here))
    assert.same({}, there.files)
    for _, found in ipairs { here, there } do
      assert.equal("a.lua has conflicts: resolve them first", show.why(found, "a.lua"))
      assert.equal("gone.lua has conflicts: resolve them first", show.why(found, "gone.lua"))
    end
  end)

  it("takes lines that look like a diff for lines", function()
    local text = table.concat({
      "diff --git a/x b/x", "--- a/x", "+++ b/x", "@@ -1 +1 @@", "\\ No newline at end of file", "-- x", "++ y",
      "Binary files a/x and b/x differ", "", " ", "rename to z",
    }, "\n") .. "\n"
    repo:commit { ["a.lua"] = text, ["b.lua"] = "one\n" }
    repo:write { ["a.lua"] = "new\n" .. text:gsub("%-%- x\n", "") .. "++ z\n", ["b.lua"] = text }

    local found = staged "true"

    assert.equal("new\n" .. text:gsub("%-%- x\n", "") .. "++ z\n", show.new_side(found.files[1]))
    assert.equal(text, show.new_side(found.files[2]))
    assert.same({ 2, 1 }, { found.files[1].added, found.files[1].removed })
  end)

  it("lets go of a file beyond the bounds, and says how much is too much", function()
    repo:write { ["a.lua"] = lines(1, 300), ["b.lua"] = lines(1, 90), ["c.lua"] = lines(1, 10), ["d.lua"] = "d\n" }
    repo:sh "git add -A"

    local found = changes("staged", { max_file_bytes = 2048, max_lines = 95 })

    assert.same({ "added b.lua", "added d.lua" }, show.files(found))
    assert.equal("a.lua has more than 2 KiB: review a range of it", show.why(found, "a.lua"))
    assert.equal("c.lua is left out, since all files together have more than 95 lines: review less at once",
      show.why(found, "c.lua"))
  end)

  it("asks for less at once when git prints more than can be read", function()
    local files = {}
    for index = 1, 8 do files[("f%d.lua"):format(index)] = lines(1, 100) end
    files["g.lua"] = lines(1, 2000)
    repo:write(files)
    repo:sh "git add -A"
    repo.limit = 4000

    local found = changes "staged"

    assert.equal(8, #found.files)
    assert.equal("g.lua prints more than can be read: review a range of it", show.why(found, "g.lua"))
  end)

  it("breathes all along", function()
    repo:write { ["a.lua"] = lines(1, 10000) }
    repo:sh "git add -A"
    local breaths = 0

    changes("staged", { breathe = function() breaths = breaths + 1 end })

    assert.is_true(breaths >= 39)
  end)
end)
