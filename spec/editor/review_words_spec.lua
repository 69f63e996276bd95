-- What the words behind :Mistral review ask for, and what may be typed there.
local candidates = require("mistral.editor.command").candidates
local fake = require "mistral.host.fake"
local session = require "mistral.editor.session"
local subjects = require "mistral.editor.review.subject"
local words = require "mistral.editor.review.words"

local function write(path)
  local file = assert(io.open(path, "wb"))
  file:write("x")
  file:close()
end

describe("the words of a review", function()
  local folder, name, spaced

  before_each(function()
    local path = os.tmpname()
    folder, name = path:match("^(.*)/([^/]*)$")
    spaced = name .. " b.c"
    write(path)
    write(folder .. "/" .. spaced)
  end)
  after_each(function()
    os.remove(folder .. "/" .. name)
    os.remove(folder .. "/" .. spaced)
  end)

  local GOOD = {
    { "", { kind = "buffer", wish = "" } },
    { "look for races", { kind = "buffer", wish = "look for races" } },
    { "-- staged things", { kind = "buffer", wish = "staged things" } },
    { "buffer -- races", { kind = "buffer", wish = "races" } },
    { "staged", { kind = "staged", wish = "" } },
    { "staged -- a -- b", { kind = "staged", wish = "a -- b" } },
    { "unstaged", { kind = "unstaged", wish = "" } },
    { "branch", { kind = "branch", wish = "" } },
    { "branch origin/main -- locks", { kind = "branch", base = "origin/main", wish = "locks" } },
    { "commit HEAD~1", { kind = "commit", rev = "HEAD~1", wish = "" } },
  }
  for _, case in ipairs(GOOD) do
    it(("%q are understood"):format(case[1]), function()
      assert.same(case[2], (words.read(case[1], folder, false)))
    end)
  end

  local BAD = {
    { "staged races", ":Mistral review staged takes no `races`; words for the model stand behind --" },
    { "branch a b", ":Mistral review branch takes no `b`; words for the model stand behind --" },
    { "branch --output=x", "`--output=x` is no commit; words for the model stand behind --" },
    { "commit", ":Mistral review commit needs a commit, such as HEAD" },
    { "files", ":Mistral review files needs the name of a file" },
    { "files nowhere.c", "there is no file nowhere.c; words for the model stand behind --" },
    { "stagd -- x", ":Mistral review does not know `stagd`; before -- stand branch, buffer, commit, files, "
      .. "staged, unstaged or names of files" },
  }
  for _, case in ipairs(BAD) do
    it(("%q get one sentence"):format(case[1]), function()
      local wanted, message = words.read(case[1], folder, false)
      assert.is_nil(wanted)
      assert.equal(case[2], message)
    end)
  end

  it("are files when the first one is there", function()
    local wanted = assert(words.read(name .. " " .. spaced:gsub(" ", "\\ ") .. " -- x", folder, false))

    local paths = { folder .. "/" .. name, folder .. "/" .. spaced }
    assert.same({ kind = "files", paths = paths, wish = "x" }, wanted)
  end)

  it("look at a pipe without waiting for whoever writes to it", function()
    os.execute(("mkfifo %s/%s.pipe"):format(folder, name))
    local wanted = words.read(name .. ".pipe", folder, false)
    os.remove(("%s/%s.pipe"):format(folder, name))

    assert.equal("files", wanted.kind)
  end)

  it("and a range are no two scopes", function()
    assert.equal("a range and `staged` are two scopes; words for the model stand behind --",
      select(2, words.read("staged", folder, true)))
    assert.equal("races", words.read("races", folder, true).wish)
  end)
end)

describe("a second review", function()
  it("takes the place of the first only when it is of the same", function()
    local here, ids, seen = session.new(fake.new()), 0, {}
    local range = { buffer = here.host.open({ "x" }, "a.c", "c") }
    local scopes = {
      { kind = "files", paths = { "/p/a.c" } }, { kind = "files", paths = { "/p/b.c" } },
      { kind = "files", paths = { "/p/a.c", "/p/b.c" } }, { kind = "commit", rev = "a" },
      { kind = "commit", rev = "b" }, { kind = "files", paths = { "/p/a.c" } },
    }

    for _, wanted in ipairs(scopes) do
      wanted.wish = ""
      local id = assert(subjects.of(here, range, wanted, here:options())).id
      ids = ids + (seen[id] and 0 or 1)
      seen[id] = true
    end
    here:close()

    assert.equal(#scopes - 1, ids)
  end)
end)

describe("the completion of a review's words", function()
  local host, here

  before_each(function()
    host = fake.new()
    host.files["/project/src/a b.c"] = { "x" }
    host.runs = function(argv)
      local all = table.concat(argv, " ")
      local said = all:find("for-each-ref", 1, true) and "main\norigin/main\n" or "abc123\n"
      return { code = 0, stderr = "", stdout = said }
    end
    here = session.new(host)
  end)
  after_each(function() here:close() end)

  local function offered(line) return candidates("Mistral review " .. line, here) end

  it("offers scopes first", function()
    assert.same(words.scopes, offered(""))
    assert.same("src/a\\ b.c", offered("src/")[#words.scopes + 1])
  end)

  it("asks git in the background, and has its names with the next key", function()
    assert.same({}, offered("branch "))
    host.advance(10)

    assert.same({ "main", "origin/main" }, offered("branch "))
    assert.same({ "HEAD", "HEAD~1", "abc123", "main", "origin/main" }, offered("commit "))
    assert.same({}, offered("branch main "))
    assert.same({}, offered("staged -- "))
  end)

  it("asks again only after a while", function()
    for _ = 1, 5 do offered("branch ") end
    host.advance(10)
    assert.equal(2, #host.jobs)

    host.advance(5000)
    offered("branch ")
    assert.equal(4, #host.jobs)
  end)

  it("offers files, with their blanks as they are read", function()
    assert.same({ "src/a\\ b.c" }, offered("files src/a"))
  end)
end)
