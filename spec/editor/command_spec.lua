-- What :Mistral takes and says, with an editor in memory.
local command = require "mistral.editor.command"
local config = require "mistral.config"
local fake = require "mistral.host.fake"
local fake_client = require "spec.editor.support.client"
local health = require "mistral.editor.health.facts"
local session = require "mistral.editor.session"

describe(":Mistral", function()
  local host, client, here

  before_each(function()
    config.reset()
    host = fake.new()
    client = fake_client.new(host)
    here = session.new(host, client)
    host.open({ "one", "two" }, "a.c", "c")
  end)
  after_each(function()
    here:close()
    host.advance(10)
    config.reset()
  end)

  local function run(args, more)
    local given = { args = args, bang = false }
    for name, value in pairs(more or {}) do given[name] = value end
    command.run(here, given)
    local last = host.notes[#host.notes]
    return last and last.level .. ": " .. last.message
  end

  local ALL = table.concat(command.names(), ", ")
  local KINDS = "review, explain, chat, edit, fix, commit, complete"
  local WRONG = {
    { "", {}, "error: mistral: :Mistral needs one of " .. ALL },
    { "revew", {}, "error: mistral: there is no :Mistral revew; there are " .. ALL },
    { "stop", { first = 1, last = 2 }, "error: mistral: :Mistral stop takes no range" },
    { "review!", {}, "error: mistral: :Mistral review takes no !" },
    { "review", { bang = true }, "error: mistral: :Mistral review takes no !" },
    { "stop all", {},
      "error: mistral: :Mistral stop does not take `all`; it takes "
        .. "review, explain, chat, edit, fix, commit, complete, health" },
    { "complete now", {}, "error: mistral: :Mistral complete does not take `now`" },
    { "preview", {}, "error: mistral: :Mistral preview needs one of " .. KINDS },
    { "preview me", {},
      "error: mistral: :Mistral preview does not take `me`; it takes " .. KINDS },
    { "health offline", {},
      "error: mistral: :Mistral health does not take `offline`; it takes online" },
    { "stop", {}, "warn: mistral: nothing is running" },
    { "stop explain", {}, "warn: mistral: no explain is running" },
  }
  for _, case in ipairs(WRONG) do
    it(("answers `%s` with: %s"):format(case[1], case[3]), function()
      assert.equal(case[3], run(case[1], case[2]))
      assert.equal(0, #client.requests)
    end)
  end

  it("takes blanks around its words", function()
    assert.equal("warn: mistral: nothing is running", run("  stop  ", {}))
  end)

  it("passes range and words on", function()
    run("explain why two?", { first = 2, last = 2 })
    host.advance(0)

    local user = client.requests[1].params.messages[2].content
    assert.truthy(user:find("    2| two", 1, true))
    assert.falsy(user:find("    1| one", 1, true))
    assert.truthy(user:find("why two?", 1, true))
  end)

  it("stops all, or one kind", function()
    run("review")
    run("explain")
    host.advance(0)
    run("stop explain")
    assert.same({ nil, true }, { client.requests[1].cancelled, client.requests[2].cancelled })
    run("stop")
    assert.is_true(client.requests[1].cancelled)
  end)

  it("says what is wrong with an option, whatever was asked", function()
    host.state.options = { modell = "x" }
    for _, args in ipairs { "review", "explain", "preview review" } do
      assert.equal("warn: mistral: unknown option `modell`; did you mean `review.model`?",
        run(args), args)
    end
    assert.equal(0, #client.requests)
  end)

  it("tells in health no name and no password of a proxy, however it is written", function()
    for given, shown in pairs({
      ["user:canary@proxy.example:3128"] = "proxy.example:3128",
      ["http://user:cana@canary/x@proxy.example"] = "http://proxy.example",
      ["socks5h://canary@[::1]:9"] = "socks5h://[::1]:9",
      ["proxy.example"] = "proxy.example",
    }) do
      config.setup({ base_url = "https://x.example/v1", proxy = given })
      local said = {}
      for _, entry in ipairs(health.entries(host, assert(here:options()))) do
        said[#said + 1] = entry.text
      end
      said = table.concat(said, "\n")

      assert.truthy(said:find("proxy: " .. shown .. ", from option proxy", 1, true), said)
      assert.is_nil(said:find("cana", 1, true))
    end
  end)

  it("tells in health of a proxy only where it would be used", function()
    local getenv = os.getenv
    os.getenv = function(name) return ({ https_proxy = "http://u:p@proxy.example:1" })[name] end -- luacheck: ignore
    local function proxy_for(url)
      config.setup({ base_url = url })
      local entries = health.entries(host, assert(here:options()))
      for _, entry in ipairs(entries) do
        if entry.text:find("^proxy") then return entry.text end
      end
    end
    local done, problem = pcall(function()
      assert.equal("proxy: http://proxy.example:1, from https_proxy", proxy_for("https://x.example/v1"))
      assert.equal("proxy: none", proxy_for("https://127.0.0.1:1/v1"))
      assert.equal("proxy: none", proxy_for("http://x.example/v1"))
    end)
    os.getenv = getenv -- luacheck: ignore
    assert.is_true(done, problem)
  end)

  it("offers its words, and what may follow them", function()
    local names = command.names()
    local line = " " .. table.concat(names, " ") .. " "
    for _, name in ipairs { "complete", "explain", "health", "preview", "review", "stop" } do
      assert.truthy(line:find(" " .. name .. " ", 1, true), name)
    end
    assert.same(names, command.candidates("Mistral "))
    assert.same(names, command.candidates("1,5Mistral re"))
    local kinds = { "review", "explain", "chat", "edit", "fix", "commit", "complete" }
    assert.same(kinds, command.candidates("Mistral preview "))
    assert.same(kinds, command.candidates("Mistral preview re"))
    assert.same({ "online" }, command.candidates("Mistral! health "))
    assert.same({ "online" }, command.candidates("Mistral health! "))
    assert.same({}, command.candidates("Mistral preview review "))
    assert.same({}, command.candidates("Mistral review "))
    assert.same({}, command.candidates("Mistral nothing "))
  end)
end)
