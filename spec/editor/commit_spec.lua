-- Drafts of commit messages, with an editor in memory and repositories made by git.
local commit = require "mistral.editor.commit"
local config = require "mistral.config"
local fake = require "mistral.host.fake"
local fake_client = require "spec.editor.support.client"
local message = require "mistral.editor.commit.message"
local repository = require "spec.git.support.repository"
local session = require "mistral.editor.session"

local COMMENTS = { "# Please enter the commit message for your changes.", "#", "# On branch main" }

describe("a draft of a commit message", function()
  local host, client, here, repo

  before_each(function()
    config.reset()
    repo = repository.new()
    host = fake.new()
    host.runs = function(argv) return repo:spawn(argv) end
    host.folder = function() return repo.top end
    client = fake_client.new(host)
    here = session.new(host, client)
  end)
  after_each(function()
    here:close()
    host.advance(1000)
    repo:remove()
    assert.equal(0, host.live(), "timers, marks or handlers left")
    assert.equal(nil, next(host.ghosts), "something is still shown")
  end)

  local function stage(files)
    repo:commit({ ["a.lua"] = "return 1\n" }, "core: count from one")
    repo:write(files or { ["a.lua"] = "return 2\n" })
    repo:sh "git add -A"
  end

  --- The message as git leaves it for an editor.
  local function open_message(top)
    local lines = top or { "" }
    for _, line in ipairs(COMMENTS) do lines[#lines + 1] = line end
    return host.open(lines, repo.top .. "/.git/COMMIT_EDITMSG", "gitcommit")
  end

  local function start(wish)
    local range = { buffer = host.buffer(), wish = wish or "" }
    local started, problem = commit.start(here, range, assert(here:options()))
    assert(started, problem)
    for _ = 1, 60 do host.advance(1) end
    return client.requests[#client.requests]
  end

  local function answer(request, said, reason)
    request:say(said:sub(1, 7))
    request:say(said:sub(8))
    request:done(reason)
    host.advance(1)
  end

  local function lines_of(buffer) return host.lines(buffer, 1, -1) end

  local function said()
    local out = {}
    for i, note in ipairs(host.notes) do out[i] = note.level .. ": " .. note.message end
    return table.concat(out, "\n")
  end

  local function scratch()
    for buffer = 1, 20 do
      if host.valid(buffer) and host.name(buffer) == "mistral://commit" then return buffer end
    end
    return nil
  end

  describe("asks", function()
    it("with what is staged, the latest subjects and the wish", function()
      stage()
      local request = start "mention the counter"
      local asked = request.params.messages[2].content

      assert.truthy(asked:find("- core: count from one", 1, true), asked)
      assert.truthy(asked:find("-return 1\n+return 2", 1, true), asked)
      assert.truthy(asked:find("Above all: mention the counter$"), asked)
      request:done()
    end)

    it("with your own rules", function()
      stage()
      config.setup { commit = { instructions = "In Latin.", model = "m" } }
      local request = start()

      assert.truthy(request.params.messages[1].content:find("In Latin.", 1, true))
      assert.equal("m", request.params.model)
      request:done()
    end)

    it("nothing when nothing is staged, and says so", function()
      repo:commit { ["a.lua"] = "return 1\n" }
      repo:write { ["a.lua"] = "return 2\n" }

      assert.equal(nil, start())
      assert.equal("warn: mistral: nothing is staged: stage what the commit is to hold, with "
        .. "`git add`", said())
      assert.equal(0, #here:running())
    end)

    it("nothing outside of a repository, and says so", function()
      host.folder = function() return repo.base end
      assert.equal(nil, start())
      assert.truthy(said():find("is not inside a git repository", 1, true), said())
    end)

    it("in a repository without a commit, too", function()
      repo:write { ["a.lua"] = "return 1\n" }
      repo:sh "git add -A"
      local asked = start().params.messages[2].content

      assert.truthy(asked:find("The repository has no commit yet.", 1, true), asked)
      assert.truthy(asked:find("+return 1", 1, true), asked)
      here:stop("commit")
    end)

    it("with no line of a file that holds secrets, and says which are left out", function()
      stage { [".env"] = "PASSWORD=hunter2\n", ["b.lua"] = "return 3\n" }
      local asked = start().params.messages[2].content

      assert.falsy(asked:find("hunter2", 1, true))
      assert.truthy(asked:find("+return 3", 1, true))
      assert.truthy(said():find("nothing of .env is sent", 1, true), said())
      here:stop("commit")
    end)

    it("with a part of each file when there is too much, and says so", function()
      local rows = {}
      for i = 1, 9000 do rows[i] = ("local long_name_%d = %d\n"):format(i, i) end
      stage { ["a.lua"] = "return 2\n", ["b.lua"] = table.concat(rows) }
      local asked = start().params.messages[2].content

      assert.truthy(#asked < 66 * 1024, #asked)
      assert.truthy(asked:find("+return 2", 1, true))
      assert.truthy(said():find("the diff is longer than the 64 KiB that are sent", 1, true), said())
      here:stop("commit")
    end)

    it("with valid text, whatever the files hold", function()
      stage { ["a.lua"] = "return '\255\27[31m'\n" }
      local asked = start().params.messages[2].content

      assert.truthy(asked:find("+return '\239\191\189\226\144\155[31m'", 1, true), asked)
      here:stop("commit")
    end)

    it("with the same that a preview shows", function()
      stage()
      local shown
      assert.is_true(commit.params(here, { buffer = 1, wish = "x" }, assert(here:options()),
        function(params) shown = params end))
      for _ = 1, 60 do host.advance(1) end

      assert.same(shown, start("x").params)
      here:stop("commit")
    end)
  end)

  describe("of a commit that is amended", function()
    it("says what HEAD holds when nothing more is staged", function()
      repo:commit { ["a.lua"] = "return 1\n" }
      repo:commit({ ["a.lua"] = "return 2\n" }, "wip")
      open_message { "wip", "" }
      local asked = start().params.messages[2].content

      assert.truthy(asked:find("What the commit to be amended holds:\n\n```diff", 1, true), asked)
      assert.truthy(asked:find("-return 1\n+return 2", 1, true), asked)
      assert.truthy(asked:find("take the place of:\n\nwip", 1, true), asked)
      assert.truthy(said():find("nothing is staged: the draft says what HEAD holds", 1, true), said())
      here:stop("commit")
    end)

    it("says what HEAD holds and what is added to it", function()
      stage()
      open_message { "core: count from one", "" }
      local asked = start().params.messages[2].content

      assert.truthy(asked:find("+return 1\n```\n\nWhat is added to it:", 1, true), asked)
      assert.truthy(asked:find("-return 1\n+return 2", 1, true), asked)
      here:stop("commit")
    end)
  end)

  describe("in the message that is edited", function()
    it("is shown as it comes, and put in above the comments", function()
      stage()
      local buffer = open_message()
      local request = start()
      assert.same({ "waiting for mistral-medium-latest" }, select(2, next(host.ghosts)).lines)
      request:say "core: count"
      host.advance(100)
      assert.same({ "core: count" }, select(2, next(host.ghosts)).lines)
      request:say " from two\n\nOne was too few.\n"
      request:done()
      host.advance(1)

      local expected = { "core: count from two", "", "One was too few.", "" }
      for _, line in ipairs(COMMENTS) do expected[#expected + 1] = line end
      assert.same(expected, lines_of(buffer))
      assert.equal(1, host.state.buffers[buffer].steps)
      assert.equal("", said())
    end)

    it("stands above what has been typed meanwhile, and says so", function()
      stage()
      local buffer = open_message()
      local request = start()
      request:say "core: "
      host.edit(buffer, 1, 1, { "my own words", "" })
      host.advance(100)
      assert.equal(nil, next(host.ghosts))
      request:say "count"
      request:done()
      host.advance(1)

      assert.same({ "core: count", "", "my own words", "", COMMENTS[1] }, host.lines(buffer, 1, 5))
      assert.equal("info: mistral: the draft of the commit message stands above the text that was "
        .. "there; u takes it back", said())
    end)

    it("waits until you leave Insert mode, and covers nothing that is typed", function()
      stage()
      local buffer = open_message()
      local request = start()
      host.insert(true)
      host.fire("InsertEnter", buffer)
      assert.equal(nil, next(host.ghosts))
      answer(request, "core: count")
      assert.equal("", lines_of(buffer)[1])
      host.insert(false)
      host.advance(1)

      assert.equal("core: count", lines_of(buffer)[1])
    end)

    it("of another window is put there", function()
      stage()
      local buffer = open_message()
      host.following = function(asked) return asked == buffer and { 1 } or {} end
      host.open({ "x" }, repo.top .. "/a.lua", "lua")
      answer(start(), "core: count")

      assert.equal("core: count", lines_of(buffer)[1])
      assert.equal(nil, scratch())
    end)

    it("that may not be changed, goes to a window of its own", function()
      stage()
      local buffer = open_message()
      local request = start()
      host.state.buffers[buffer].locked = true
      answer(request, "core: count")

      assert.same({ "core: count" }, lines_of(scratch()))
      assert.truthy(said():find("is in mistral://commit: the buffer may not be changed", 1, true))
    end)

    it("stops when that is gone", function()
      stage()
      local buffer = open_message()
      local request = start()
      request:say "core"
      host.unload(buffer)
      host.advance(100)

      assert.is_true(request.cancelled)
      assert.equal(0, #here:running())
      assert.equal("info: mistral: the draft of the commit message was stopped: its buffer is gone",
        said())
    end)

    it("stops when that is gone before anything was asked", function()
      stage()
      local buffer = open_message()
      commit.start(here, { buffer = buffer }, assert(here:options()))
      host.unload(buffer)
      for _ = 1, 60 do host.advance(1) end

      assert.same({}, client.requests)
      assert.equal(0, #here:running())
    end)

    it("is for the repository of that, wherever one works", function()
      stage()
      repo:sh "git worktree add -q ../linked && cd ../linked && echo 'return 5' > c.lua && git add -A"
      host.folder = function() return "/" end
      local own = repo.top .. "/.git/worktrees/linked/COMMIT_EDITMSG"
      host.open({ "", "# x" }, own, "gitcommit")
      local asked = start().params.messages[2].content

      assert.truthy(asked:find("+return 5", 1, true), asked)
      assert.falsy(asked:find("return 2", 1, true), asked)
      here:stop("commit")
    end)
  end)

  describe("without a message", function()
    it("comes into a window of its own, and makes room there for the next", function()
      stage()
      answer(start(), "core: count")
      assert.same({ "core: count" }, lines_of(scratch()))
      answer(start(), "core: reckon")

      assert.same({ "core: reckon" }, lines_of(scratch()))
    end)

    it("leaves a draft that was changed where it is", function()
      stage()
      answer(start(), "core: count")
      host.edit(scratch(), 1, 1, { "core: my count" })
      answer(start(), "core: reckon")

      assert.same({ "core: reckon", "", "core: my count" }, lines_of(scratch()))
    end)
  end)

  describe("ends", function()
    it("with nothing put in when it is stopped", function()
      stage()
      local buffer = open_message()
      start():say "core: c"
      here:stop("commit", "user")
      host.advance(1)

      assert.equal("", lines_of(buffer)[1])
      assert.equal("info: mistral: the draft of the commit message was stopped", said())
    end)

    it("when the next one begins", function()
      stage()
      open_message()
      local first = start()
      local second = start()

      assert.is_true(first.cancelled)
      assert.equal(1, #here:running("commit"))
      answer(second, "core: count")
      assert.equal("", said())
    end)

    it("with nothing put in when the service fails", function()
      stage()
      local buffer = open_message()
      local request = start()
      request:say "core: c"
      request:fail("server", "the service failed")

      assert.equal("", lines_of(buffer)[1])
      assert.truthy(said():find("the service failed", 1, true))
    end)

    it("when the answer is empty, or more than a message", function()
      stage()
      local buffer = open_message()
      answer(start(), "```\n```")
      assert.truthy(said():find("came back empty", 1, true), said())
      local request = start()
      request:say(("x"):rep(70000))
      host.advance(1)

      assert.truthy(said():find("the answer is too large for a message", 1, true), said())
      assert.equal("", lines_of(buffer)[1])
    end)
  end)

  describe("is read from an answer", function()
    local function read(text) return table.concat(message.lines(text), "\n") end

    it("without the fence around it, and without what is said behind that", function()
      assert.equal("a\n\nb", read "```text\na\n\nb\n```\nI hope this helps!")
      assert.equal("a", read "\n```\na")
      assert.equal("a\n\n```c\nb\n```", read "a\n\n```c\nb\n```")
    end)

    it("as git stores it", function()
      assert.equal("a\n\n- b\n- c", read "  \na  \n- b\t\n- c\n\n\n")
      assert.equal("a\n\n #12 is closed", read "a\n\n#12 is closed")
    end)

    it("in no time, whatever it is", function()
      local before = os.clock()
      read("a" .. (" "):rep(60000) .. "b")
      read(("`"):rep(60000))
      assert.is_true(os.clock() - before < 0.5)
    end)

    it("with control characters as pictures", function()
      assert.equal("a\226\144\155b", read "a\27b\r\n")
    end)
  end)
end)
