-- A commit as one makes it: git starts the editor, and the draft ends up in the history.
local editors = require "spec.screen.editors"
local loopback = require "spec.support.loopback"
local repository = require "spec.git.support.repository"
local wait_for = require "spec.support.wait"

local SCRIPT = [[
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_EDITOR="@EDITOR -u $1 -i NONE -n \
  -c 'set filetype=gitcommit'"
export GIT_AUTHOR_NAME=Test GIT_AUTHOR_EMAIL=test@test.invalid
export GIT_COMMITTER_NAME=Test GIT_COMMITTER_EMAIL=test@test.invalid
cd @TOP && git commit -q @WHAT
]]

for _, editor in ipairs(editors.list) do
  describe("in " .. editor.name .. ", started by git, :Mistral commit", function()
    local server, repo, screen

    before_each(function()
      server = loopback.start()
      server:reset()
      repo = repository.new()
      repo:commit({ ["a.lua"] = "return 1\n" }, "core: count from one")
      repo:write { ["a.lua"] = "return 2\n" }
    end)
    after_each(function()
      if screen then screen:close() end
      repo:remove()
    end)

    local function commit(what)
      local values = { EDITOR = editor.program, TOP = repo.top, WHAT = what }
      repo:write { ["../commit.sh"] = (SCRIPT:gsub("@(%u+)", values)) }
      local started = { program = "sh " .. repo.base .. "/commit.sh", arguments = "%s" }
      screen = editors.open(started, { "Please enter the commit message" }, ".none")
    end

    local function history() return repo:sh "git log --format=%B" end

    it("drafts what is committed, though nothing is staged", function()
      server:fault { kind = "say", text = "core: count from two\n\nOne was too few.\n" }
      commit "-a"
      screen:ex "Mistral commit"
      screen:await(function(text) return text:find("^core: count from two *\n") end)
      local requests = server:requests()
      assert.truthy(requests[#requests].body:find("+return 2", 1, true))
      screen:ex "wq"

      wait_for(function() return history():find("from two", 1, true) end, history)
      assert.equal("core: count from two\n\nOne was too few.\n\ncore: count from one",
        (history():gsub("\n+$", "")))
    end)

    it("drafts anew what is amended, above what it was", function()
      repo:sh "git commit -q -a -m 'wip: two'"
      server:fault { kind = "say", text = "core: count from two" }
      commit "--amend"
      screen:ex "Mistral commit"
      screen:await(function(text) return text:find("^core: count from two *\n *\nwip: two") end)
      local requests = server:requests()
      assert.truthy(requests[#requests].body:find("+return 2", 1, true))
    end)
  end)
end
