-- Processes, as both editors run them.
local commands = require "mistral.keys.command"
local editor = require "spec.editor.support.editor"
local wait_for = require "spec.support.wait"

if not editor.kind then return end

local function alive(pid)
  local stat = io.open("/proc/" .. pid .. "/stat")
  local state = stat and stat:read("*a"):match("%) (%a)")
  if stat then stat:close() end
  return state and state ~= "Z"
end

describe("a job of the host " .. editor.kind, function()
  local host, results, mark

  before_each(function()
    host, results, mark = require("mistral.host").get(), {}, os.tmpname()
  end)
  after_each(function() os.remove(mark) end)

  local function hear(result) results[#results + 1] = result end

  local function run(argv, options)
    local stop = host.job(argv, hear, options)
    wait_for(function() return results[1] end, "no end of the command", 15)
    assert.equal(1, #results)
    return results[1], stop
  end

  -- A shell that tells its own number, and then what it is told to do.
  local function sleeper(script) return { "sh", "-c", "echo $$ >" .. mark .. "; " .. script } end

  local function pid_of_sleeper()
    local pid
    wait_for(function()
      local file = io.open(mark)
      pid = file and file:read("*l")
      if file then file:close() end
      return pid
    end, "the command did not begin")
    return pid
  end

  it("runs a command and hears all it said", function()
    assert.same({ code = 3, stdout = "a b\n", stderr = "c\n" },
      run { "sh", "-c", "echo 'a b'; echo c >&2; exit 3" })
  end)

  it("says of what cannot be run that it is so", function()
    local result = run { "/no/such/command" }

    assert.same({ 127, "" }, { result.code, result.stdout })
    assert.truthy(result.stderr:find("cannot be run", 1, true))
  end)

  it("runs it in the folder it is given, and not without that", function()
    assert.equal("/\n", run({ "pwd" }, { cwd = "/" }).stdout)
    results = {}
    assert.equal(127, run({ "pwd" }, { cwd = "/no/such/folder" }).code)
  end)

  it("lets it read what it is given, to the byte", function()
    local input = "one\n\255\r\ntwo\0three\n" .. ("x"):rep(300000)

    local result = run({ "cksum" }, { input = input })

    local file = assert(io.open(mark, "wb"))
    file:write(input)
    file:close()
    results = {}
    assert.equal(result.stdout, (run({ "sh", "-c", "cksum <" .. mark }).stdout))
  end)

  it("lets it read nothing when it is given nothing", function()
    assert.same({ code = 0, stdout = "", stderr = "" }, run({ "cat" }))
  end)

  it("gives its output as it is, but that a NUL is a line feed in Vim", function()
    local result = run { "printf", [[a\r\n\377\tb\n\n]] }
    assert.equal("a\r\n\255\tb\n\n", result.stdout)
    results = {}
    assert.equal(editor.kind == "vim" and "x\ny" or "x\0y", run({ "printf", [[x\000y]] }).stdout)
  end)

  it("hears megabytes", function()
    local result = run { "sh", "-c", "head -c 3000000 /dev/zero | tr '\\000' x; echo end" }

    assert.equal(3000004, #result.stdout)
    assert.equal("xend\n", result.stdout:sub(-5))
  end)

  it("ends one that says more than it may", function()
    local result = run(sleeper "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done",
      { limit = 100000 })

    assert.same({ 125, "" }, { result.code, result.stdout })
    local pid = pid_of_sleeper()
    wait_for(function() return not alive(pid) end, "the command is still there")
  end)

  it("ends a command that hangs, and says so once", function()
    local result = run(sleeper "exec sleep 600", { timeout_ms = 300 })

    assert.same({ code = 124, stdout = "", stderr = "", after_ms = 300 }, result)
    local pid = pid_of_sleeper()
    wait_for(function() return not alive(pid) end, "the command is still there")
    assert.equal(1, #results)
  end)

  it("lets a key command that hangs be told from one that failed", function()
    local get = commands.once({ "sleep", "600" }, function(argv, done)
      return host.job(argv, done, { timeout_ms = 300 })
    end, nil, os.time)
    local problem

    get(function(_, err) problem = err end)
    wait_for(function() return problem end, "the key command did not end")

    assert.equal("the key command `sleep` did not end within 1 s", problem.message)
  end)

  it("ends one that does not hear the first signal, with what it started", function()
    local result = run(sleeper "trap '' TERM; while :; do sleep 0.05; done", { timeout_ms = 200 })

    assert.equal(124, result.code)
    local pid = pid_of_sleeper()
    wait_for(function() return not alive(pid) end, "the command is still there", 15)
  end)

  it("says nothing more when it was stopped, and the command is gone", function()
    local stop = host.job(sleeper "exec sleep 600", hear)
    local pid = pid_of_sleeper()

    stop()
    stop()

    wait_for(function() return not alive(pid) end, "the command is still there")
    editor.command("sleep 20m")
    assert.same({}, results)
  end)

  it("does not wait for what it leaves behind with its output open", function()
    local before = host.now()

    local result = run { "sh", "-c", "sleep 20 & echo done" }

    assert.same({ code = 0, stdout = "done\n", stderr = "" }, result)
    assert.is_true(host.now() - before < 15000)
  end)

  it("passes each word of a command as it is", function()
    assert.equal("a b|$HOME|'q'|\nx|", run({ "printf", "%s|", "a b", "$HOME", "'q'", "\nx" }).stdout)
  end)
end)
