-- The completion of @words.
local fake = require "mistral.host.fake"
local words = require "mistral.editor.chat.words"

describe("the completion of @words", function()
  local host, folder

  before_each(function()
    host = fake.new()
    folder = os.tmpname()
    os.remove(folder)
    os.execute(("mkdir -p '%s/src' && touch '%s/a.lua' '%s/a b.png'"):format(folder, folder, folder))
    host.folder = function() return folder end
    host.folders = { [folder .. "/"] = { "src", "a.lua", "a b.png", ".git", ".env", "id_rsa" } }
    host.folders[folder .. "/src/"] = { "x.c", ".env" }
  end)
  after_each(function() os.execute("rm -rf '" .. folder .. "'") end)

  it("begins where the word does, and at no address", function()
    assert.equal(4, words.start "see @bu")
    assert.equal(0, words.start "@")
    assert.equal(1, words.start "(@file:src/")
    assert.equal(4, words.start 'see @file:"a b')
    assert.is_nil(words.start "me@buff")
    assert.is_nil(words.start "nothing")
    assert.is_nil(words.start "@diff is done")
  end)

  it("offers the words", function()
    assert.same({ "@buffer", "@diagnostics", "@diff", "@file:", "@image:", "@range" },
      words.candidates(host, "@"))
    assert.same({ "@diagnostics", "@diff" }, words.candidates(host, "@di"))
    assert.same({}, words.candidates(host, "@x"))
  end)

  it("offers files and folders of the project, none that holds secrets, in quotes where needed", function()
    assert.same({ '@file:"a b.png"', "@file:a.lua", "@file:src/" }, words.candidates(host, "@file:"))
    assert.same({ "@file:src/x.c" }, words.candidates(host, "@file:src/"))
    assert.same({ '@file:"src/x.c"' }, words.candidates(host, '@file:"src/'))
    assert.same({ "@file:.git" }, words.candidates(host, "@file:."))
    assert.same({ '@image:"a b.png"', "@image:src/" }, words.candidates(host, "@image:"))
    assert.same({}, words.candidates(host, "@file:../"))
    assert.same({}, words.candidates(host, "@file:/"))
  end)

  it("offers the buffers that are loaded", function()
    host.open({ "" }, folder .. "/src/x.c", "c")
    host.open({ "" }, folder .. "/.env", "")
    assert.same({ "@buffer:src/x.c" }, words.candidates(host, "@buffer:"))
  end)
end)
