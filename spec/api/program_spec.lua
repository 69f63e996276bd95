-- The review as a program: started as its users start it, in real repositories, before a server that
-- reads the code it is sent.
local command_line = require "mistral.program.command_line"
local export = require "mistral.review.export"
local json = require "mistral.json"
local loopback = require "spec.support.loopback"
local native = require "mistral.native"
local Repository = require "spec.git.support.repository"
local schema = require "mistral.json_schema"
local wait_for = require "spec.support.wait"

describe("Lua's command line", function()
  local function words(text)
    local list, count = {}, 0
    for word in text:gmatch "%S+" do
      list[count], count = word, count + 1
    end
    -- As Lua does: what is not an option is number 0.
    local script = text:match "^%S+ %-%- (%S+)" and 2 or nil
    if not script then return command_line.words(list, "mistral.review") end
    local moved = {}
    for index, word in pairs(list) do moved[index - script] = word end
    return command_line.words(moved, "mistral.review")
  end

  it("asks for the program with -l and --, and not otherwise", function()
    assert.same({ "--staged", "x" }, words "lua -l mistral.review -- --staged x")
    assert.same({}, words "lua -lmistral.review --")
    assert.same({ "a" }, words "lua -e x -l cjson -W -l r=mistral.review -- a")
    for _, line in ipairs {
      "lua", "lua -l mistral.review", "lua -l mistral.review x.lua -- y", "lua -l mistral -- x",
      "lua x.lua -l mistral.review -- y", "lua -- x.lua -l mistral.review -- y", "lua -e mistral.review -- x",
    } do
      assert.is_nil(words(line), line)
    end
    assert.is_nil(command_line.words(nil, "mistral.review"))
  end)
end)

describe("the recipes", function()
  local function commands(path)
    local file = assert(io.open(path))
    local all, out = file:read("*a"):gsub("\\\n%s*", " "), {}
    file:close()
    for line in all:gmatch "\n[^\n]*lua5%.4 %-l mistral%.review %-%- (%-[^\n]*)" do
      out[#out + 1] = {}
      for word in line:gmatch "%S+" do table.insert(out[#out], (word:gsub('"', ""))) end
    end
    return out
  end

  it("of the manual and the README use options that there are", function()
    for path, least in pairs { ["doc/mistral.txt"] = 2, ["README.md"] = 1 } do
      local all = commands(path)
      assert.is_true(#all >= least, path)
      for _, words in ipairs(all) do
        assert(require("mistral.program.arguments").read(words))
      end
    end
  end)
end)

-- It is started from a Lua of its own, so that it need not be asked under each.
local LUA = ({ ["lua5.4"] = "lua5.4", luajit = "luajit" })[os.getenv "MISTRAL_HOST" or ""]
if not LUA or os.getenv "MISTRAL_SANITIZER" then return end

local BAD_C = "int sum(const int *list, int n)\n{\n  int total = 0;\n  for (int i = 0; i <= n; i++)\n"
  .. "    total += list[i];\n  return total;\n}\n"
local GOOD_C = "int twice(int n)\n{\n  return n + n;\n}\n"

describe("the review as a program", function()
  local server, repo

  -- A reviewed repository: a branch that brings one bad function.
  before_each(function()
    server = loopback.start()
    server:reset()
    repo = Repository.new()
    repo:commit({ ["good.c"] = GOOD_C })
    repo:sh "git checkout -q -b work"
    repo:commit({ ["src/bad file.c"] = BAD_C })
  end)
  after_each(function() repo:remove() end)

  local function environment(more)
    local out = {
      "env", "LUA_PATH=" .. package.path, "LUA_CPATH=" .. package.cpath, "GIT_CONFIG_NOSYSTEM=1",
      "GIT_CONFIG_GLOBAL=/dev/null", "MISTRAL_API_KEY=" .. server.key,
    }
    for _, word in ipairs(more or {}) do out[#out + 1] = word end
    return out
  end

  -- The program with these words behind its --.
  local function run(words, options)
    local argv = environment(options and options.environment)
    for _, word in ipairs { LUA, "-l", "mistral.review", "--", "--base-url", server.url, "--ca-file",
      server.ca_file } do argv[#argv + 1] = word end
    for _, word in ipairs(words) do argv[#argv + 1] = word end
    return assert(native.run(argv, { cwd = repo.top, input = options and options.input or "" }))
  end

  it("has status 1 for what is found, and prints it with its places", function()
    local result = run { "--branch", "main", "--fail-on", "warning" }

    assert.equal("", result.stderr)
    assert.equal(1, result.code)
    assert.truthy(result.stdout:find("^src/bad file.c:4: warning: "), result.stdout)
    assert.truthy(result.stdout:find("\n1 warning", 1, true), result.stdout)
  end)

  it("has status 0 for what is clean, or less grave than what counts", function()
    assert.same({ code = 0, stdout = "no findings\n", stderr = "" }, run { "good.c" })
    assert.equal(0, run({ "--branch", "main" }).code)
    assert.equal(1, run({ "--branch", "main", "--fail-on", "hint" }).code)
  end)

  it("writes each format", function()
    local read = {
      rdjsonl = function(text)
        local one = assert(json.decode(text))
        assert.is_nil(schema.check(require "spec.review.schema.rdf", one))
        return one.location.path
      end,
      sarif = function(text)
        local log = assert(json.decode(text))
        assert.is_nil(schema.check(require "spec.review.schema.sarif", log))
        assert.equal(#log.runs[1].results[1].fixes, 1)
        local place = log.runs[1].results[1].locations[1].physicalLocation
        return (place.artifactLocation.uri:gsub("%%20", " "))
      end,
      markdown = function(text) return text:match "\n## `(.-)`\n" end,
      text = function(text) return text:match "^(.-):" end,
      json = function(text) return assert(json.decode(text)).findings[1].path end,
    }
    for _, format in ipairs(export.formats) do
      local result = run { "--branch=main", "--format", format, "--fail-on", "warning" }

      assert.equal(1, result.code, result.stderr)
      assert.equal("src/bad file.c", read[format](result.stdout), format)
    end
  end)

  it("writes a file, CRLF and all, and leaves none when nothing comes of it", function()
    repo:write({ ["dos.c"] = (BAD_C:gsub("\n", "\r\n")) })
    local path = repo.base .. "/out.rdjsonl"

    local result = run { "--unstaged", "--format", "rdjsonl", "--output", path }
    assert.equal("", result.stdout)
    local file = assert(io.open(path, "rb"))
    local one = assert(json.decode((file:read "*a")))
    file:close()
    os.remove(path)

    assert.equal("dos.c", one.location.path)
    assert.same({ start = { line = 4 }, ["end"] = { line = 4 } }, one.suggestions[1].range)
    assert.equal("  for (int i = 0; i < n; i++)", one.suggestions[1].text)
    assert.equal(2, run({ "--branch", "nowhere", "--output", path }).code)
    assert.is_nil(io.open(path))
    local refused = run { "--branch", "--output", repo.base .. "/no/such/out" }
    assert.equal(2, refused.code)
    assert.truthy(refused.stderr:find("^mistral: the output cannot be written: "), refused.stderr)
  end)

  it("writes to whoever reads from a pipe", function()
    repo:sh "mkfifo ../pipe; (timeout 20 cat ../pipe >../got; mv ../got ../all) >/dev/null 2>&1 &"

    assert.equal(0, run({ "good.c", "--output", repo.base .. "/pipe" }).code)

    local file = wait_for(function() return (io.open(repo.base .. "/all", "rb")) end, "nobody has read it")
    assert.equal("no findings\n", file:read "*a")
    file:close()
  end)

  it("takes all its scopes", function()
    repo:write({ ["staged.c"] = BAD_C })
    repo:sh "git add staged.c"
    repo:write({ ["loose.c"] = BAD_C })

    local function first(...) return run({ ... }).stdout:match "^(.-):%d+:" end

    assert.equal("staged.c", first "--staged")
    assert.equal("loose.c", first "--unstaged")
    assert.equal("src/bad file.c", first("--commit", "HEAD"))
    assert.equal("src/bad file.c", first("--base", "main"))
    assert.equal("loose.c", first("loose.c"))
  end)

  it("has status 2 for a file that is not there, and sends nothing of the others", function()
    for _, more in ipairs { "--quiet", "--dry-run" } do
      local result = run { "src/bad file.c", "src/bda file.c", more }

      assert.same({ code = 2, stdout = "", stderr = "mistral: src/bda file.c is not there: name a file of this "
        .. "repository\n" }, result)
    end
    assert.equal(0, server:stats().requests)
  end)

  it("finds nothing where nothing changed, which is fine", function()
    local result = run { "--staged", "--format", "sarif" }

    assert.equal(0, result.code)
    assert.equal("mistral: nothing to review: nothing is staged\n", result.stderr)
    assert.truthy(result.stdout:find('"results":[]', 1, true))
  end)

  it("says what it would send and what it may cost, and sends nothing", function()
    repo:commit({ ["package-lock.json"] = "{}\n" })

    local result = run { "--branch", "main", "--dry-run" }

    assert.equal(0, result.code, result.stderr)
    assert.truthy(result.stdout:find("\n1 file in 1 request, about [%d,]+ tokens, for about [%d.]+ USD\n"),
      result.stdout)
    assert.truthy(result.stdout:find("\n  src/bad file.c\nnot reviewed: package-lock.json is a lockfile", 1, true),
      result.stdout)
    assert.equal(0, server:stats().requests)
  end)

  it("sends nothing that may cost more than it should, unless told to", function()
    local refused = run { "--branch", "main", "--max-cost", "0.00001" }

    assert.equal(2, refused.code)
    assert.equal("mistral: this may cost 0.00 USD, more than 0.00001 USD; --yes sends it all the same\n",
      (refused.stderr:gsub("cost 0%.%d+", "cost 0.00")))
    assert.equal("", refused.stdout)
    assert.equal(0, server:stats().requests)
    assert.equal(0, run({ "--branch", "main", "--max-cost", "0.00001", "--yes" }).code)
    assert.equal(1, server:stats().requests)
  end)

  it("has status 2 when part of it could not be done, with the rest in its output", function()
    repo:commit({ ["b.c"] = BAD_C, ["a.c"] = GOOD_C:rep(400) })
    server:fault { kind = "status", status = 400, times = 1 }

    local result = run { "--branch", "main", "--fail-on", "never", "--in-flight", "1" }

    assert.equal(2, result.code, result.stdout)
    assert.truthy(result.stderr:find("was not reviewed to its end: ", 1, true), result.stderr)
  end)

  it("has status 2 and a sentence when the service refuses", function()
    server:fault { kind = "status", name = "unauthorized", times = 0 }

    local result = run { "--branch", "main" }

    assert.equal(2, result.code)
    assert.equal("", result.stdout)
    assert.equal(1, select(2, result.stderr:gsub("\n", "")))
    assert.is_nil(result.stderr:find(server.key, 1, true))
  end)

  local REFUSED = {
    { {}, "say what to review: --branch, --staged, --unstaged, --commit or names of files" },
    { { "--stagd" }, "there is no option --stagd; did you mean --staged?" },
    { { "--frobnicate" }, "there is no option --frobnicate; --help lists what there is" },
    { { "--staged", "--unstaged" }, "--staged and --unstaged: one review has one scope" },
    { { "--staged", "--format", "xml" },
      "--format should be one of text, rdjsonl, sarif, markdown, json" },
    { { "--staged", "--fail-on", "bad" },
      "--fail-on should be one of error, warning, info, hint, never" },
    { { "--staged", "--max-findings", "0" }, "--max-findings should be a whole number from 1 to 1000" },
    { { "--staged", "--model" }, "--model needs a value" },
    { { "--staged=yes" }, "--staged takes no value" },
    { { "--staged", "--base", "main" }, "--base goes with --branch" },
  }
  for _, case in ipairs(REFUSED) do
    it(("refuses %q"):format(table.concat(case[1], " ")), function()
      local arguments = require "mistral.program.arguments"
      local wanted, message = arguments.read(case[1])

      assert.is_nil(wanted)
      assert.equal(case[2], message)
    end)
  end

  it("refuses what it cannot use in one sentence, with status 2", function()
    local cases = {
      { { "--frob" }, "there is no option --frob" },
      { { "--staged", "--instructions-file", "none.md" }, "--instructions-file cannot be read: none.md: " },
      { { "--branch", "nowhere" }, "nowhere names no commit" },
      { { "--staged", "--provider", "nobody" }, "nobody" },
    }
    for _, case in ipairs(cases) do
      local result = run(case[1])

      assert.equal(2, result.code)
      assert.equal("", result.stdout)
      assert.equal(1, select(2, result.stderr:gsub("\n", "")), result.stderr)
      assert.truthy(result.stderr:find("mistral: ", 1, true) == 1, result.stderr)
      assert.truthy(result.stderr:find(case[2], 1, true), result.stderr)
    end
  end)

  it("tells how it is used, and which it is", function()
    assert.truthy(run({ "--help" }).stdout:find("usage: lua5.4 -l mistral.review -- WHAT", 1, true))
    assert.equal("mistral.vim " .. require("mistral").version .. "\n", run({ "--version" }).stdout)
  end)

  it("does nothing when it is only required", function()
    local argv = environment()
    for _, word in ipairs { LUA, "-l", "mistral.review", "-e", "print(type(require'mistral.review'.main))" } do
      argv[#argv + 1] = word
    end

    assert.same({ code = 0, stdout = "function\n", stderr = "" }, native.run(argv))
  end)

  it("leaves cleanly when CTRL-C is typed, and ends its request", function()
    server:fault { kind = "silence", after_bytes = 0, times = 0 }
    local argv = environment()
    for _, word in ipairs { "sh", "-c", [[
      "$@" 2>"$0" & p=$!
      until [ -s "$0.go" ]; do sleep 0.02; done
      kill -INT $p; wait $p; echo "status $?"; cat "$0"]], repo.base .. "/said",
      LUA, "-l", "mistral.review", "--", "--branch", "main", "--base-url", server.url, "--ca-file",
      server.ca_file } do argv[#argv + 1] = word end
    -- What waits for the request runs beside it, since native.run waits for its end.
    local curl = ([[until curl -s %s/stats | grep -q '"open_streams":1'; do sleep 0.05; done
      echo go >'%s/said.go']]):format(server.control, repo.base)
    local pipe = io.popen(curl .. " &")

    local result = assert(native.run(argv, { cwd = repo.top, input = "", timeout_ms = 20000 }))
    pipe:close()

    assert.equal("status 130\nmistral: interrupted\n", result.stdout)
    assert.is_true(server:wait { equal = { open_streams = 0 } })
  end)
end)
