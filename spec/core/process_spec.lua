---Commands that are run to their end: what they get, what comes of it, and that nothing is left.
local native = require "mistral.native"
local output_of = require "spec.support.output"
local wait_for = require "spec.support.wait"

local EMPTY = { input = "" }

-- A time to sleep that no other host's command has: hosts run beside each other.
local NAP = "4321." .. output_of("echo $PPID"):match "%d+"

local function sh(script, options) return assert(native.run({ "sh", "-c", script }, options)) end

---How often a command line has this in it, our own aside.
local function running(what)
  return tonumber(output_of(("ps -eo args | grep -c '^%s'"):format(what)):match "%d+")
end

---A script in a process of its own, with what it needs to find the module.
local function script(body)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(("package.path, package.cpath = %q, %q\n"):format(package.path, package.cpath))
  file:write('local native = require "mistral.native"\n', body)
  file:close()
  return path
end

---The Lua that runs the specs, as a command.
local function own_lua()
  local lua = output_of("readlink /proc/$PPID/exe"):match "%S+"
  return lua:find "lua" and lua or "lua" .. _VERSION:match "%S+$"
end

describe("a command", function()
  it("gets its words as they are, and gives its status, its output and its complaints", function()
    local words = { "a b", "$HOME", "`id`", "'q'", '"', "*", "\\", "; exit 3", "-n", "", "\195\169\255" }
    local argv = { "printf", "%s," }
    for index, word in ipairs(words) do argv[index + 2] = word end

    assert.same({ code = 0, stdout = table.concat(words, ",") .. ",", stderr = "" }, native.run(argv))
    assert.same({ code = 3, stdout = "out\n", stderr = "err\n" }, sh "echo out; echo err >&2; exit 3")
  end)

  it("prints bytes of any kind, on both channels at once, more than a pipe holds", function()
    local result = sh [[
      i=0; while [ $i -lt 3000 ]; do
        printf 'o\000\377%0100d' $i; printf 'e\000\377%0100d' $i >&2; i=$((i + 1))
      done]]

    assert.equal(3000 * 103, #result.stdout)
    assert.equal(3000 * 103, #result.stderr)
    assert.equal("o\0\255" .. ("0"):rep(100), result.stdout:sub(1, 103))
  end)

  it("reads the input it is given, however much, or none of it", function()
    local bytes = ("\0\1\254\255 text\n"):rep(100000)

    assert.equal(bytes, native.run({ "cat" }, { input = bytes }).stdout)
    assert.equal("", native.run({ "cat" }, EMPTY).stdout)
    assert.equal(0, native.run({ "true" }, { input = bytes }).code)
    assert.equal("\0\1\254", native.run({ "head", "-c", "3" }, { input = bytes }).stdout)
  end)

  it("runs in the folder it is told, and says which one is not there", function()
    local here = output_of("pwd"):match "[^\n]+"

    assert.equal("/\n", native.run({ "pwd" }, { cwd = "/" }).stdout)
    assert.equal(here, output_of("pwd"):match "[^\n]+")
    local result, message, code = native.run({ "pwd" }, { cwd = "/no/such folder" })
    assert.is_nil(result)
    assert.equal("there is no folder /no/such folder to run pwd in", message)
    assert.equal("missing", code)
  end)

  it("that is not there, or is no program, is nil, a sentence and a code", function()
    local result, message, code = native.run { "mistral-no-such-command" }
    assert.is_nil(result)
    assert.equal("mistral-no-such-command cannot be started: No such file or directory", message)
    assert.equal("missing", code)
    assert.equal("denied", select(3, native.run { "/etc/passwd" }))
    assert.equal("missing", select(3, native.run { "" }))
  end)

  it("that a signal ends says which", function()
    assert.equal(128 + 9, sh("kill -9 $$").code)
    assert.equal(128 + 15, sh("kill -15 $$").code)
  end)

  it("raises for what is no command and no option", function()
    for _, argv in ipairs { {}, { 5 }, { "a\0b" }, { true } } do
      assert.has_error(function() native.run(argv) end)
    end
    assert.has_error(function() native.run "ls" end)
    for name, value in pairs { cwd = "a\0b", input = 5, timeout_ms = -1, limit = "many", stderr = 1 } do
      assert.has_error(function() native.run({ "true" }, { [name] = value }) end)
    end
  end)

  it("may be left to complain where its caller does", function()
    local path = script [[io.write(native.run({ "sh", "-c", "echo seen >&2" }, { stderr = false }).stderr)]]

    assert.equal("seen\n", output_of(("%s %s"):format(own_lua(), path)))
    os.remove(path)
  end)
end)

describe("a command that will not end", function()
  it("is ended with all it has started when its time is over, and keeps what it said", function()
    local began = os.time()

    local result = sh(("echo half; sleep %s & sleep %s; echo whole"):format(NAP, NAP), { timeout_ms = 500, input = "" })

    assert.same({ code = 124, stdout = "half\n", stderr = "", after_ms = 500 }, result)
    assert.is_true(os.time() - began < 10)
    wait_for(function() return running("sleep " .. NAP) == 0 end, "what it started lives on")
  end)

  it("is made to, when it does not listen", function()
    local result = sh("trap '' TERM; echo deaf; while :; do sleep 0.1; done", { timeout_ms = 200, input = "" })

    assert.equal(124, result.code)
    assert.equal("deaf\n", result.stdout)
  end)

  it("is ended when it has said too much, and what fits is there", function()
    local result = native.run({ "yes" }, { limit = 100001 })

    assert.equal(125, result.code)
    assert.equal(100001, #result.stdout)
    assert.equal(0, native.run({ "printf", "abc" }, { limit = 3 }).code)
    assert.equal(125, native.run({ "printf", "abc" }, { limit = 2 }).code)
    assert.equal(125, sh("echo abc >&2", { limit = 3 }).code)
  end)

  it("need not be waited for by who only wants what came before it", function()
    local began = os.time()

    local result = sh("sleep 30 & echo $! >&2; echo quick", EMPTY)

    assert.equal("quick\n", result.stdout)
    assert.is_true(os.time() - began < 10)
    os.execute("kill " .. result.stderr)
  end)
end)

describe("a command's surroundings", function()
  it("have no descriptor but the three", function()
    local held = {}
    for index = 1, 8 do held[index] = assert(io.open("/dev/null")) end

    local listed = native.run({ "ls", "/proc/self/fd" }, EMPTY).stdout

    for _, file in ipairs(held) do file:close() end
    assert.equal("0\n1\n2\n3\n", listed) -- 3 is the folder that is listed
  end)

  it("have the usual way with a broken pipe, and the caller lives through one", function()
    assert.equal(128 + 13, sh("kill -PIPE $$; echo survived").code)
    for _ = 1, 20 do
      assert.equal(0, native.run({ "true" }, { input = ("x"):rep(300000) }).code)
    end
  end)

  it("are as before afterwards: no zombie, no descriptor", function()
    local function open() return select(2, output_of("ls /proc/$PPID/fd"):gsub("\n", "")) end
    local before = open()

    for _ = 1, 20 do
      native.run({ "cat" }, { input = "x" })
      native.run { "mistral-no-such-command" }
      native.run({ "yes" }, { limit = 10 })
    end

    -- What earlier tests let go of may go in the middle of this one.
    assert.is_true(open() <= before)
    assert.equal("0\n", output_of "ps -o stat= --ppid $PPID | grep -c '^Z'")
  end)
end)

describe("a command of a program that ignores the end of its children", function()
  it("ends, with what to do, and does not inherit that", function()
    local seen = os.tmpname()
    local path = script(([[
      local result, message, code = native.run { "cp", "/proc/self/status", %q }
      io.write(tostring(result), "\n", message, "\n", code)]]):format(seen))

    local said = output_of(("env --ignore-signal=CHLD %s %s"):format(own_lua(), path))

    assert.equal("nil\nnobody knows how the command ended: this program ignores SIGCHLD, or another part "
      .. "of it waits for children that are not its own; start it with SIGCHLD as usual\nlost", said)
    local ignored = tonumber(output_of("grep SigIgn " .. seen):match "(%x+)%s*$" or "", 16)
    assert.equal(0, math.floor(ignored / 2 ^ 16) % 2)
    os.remove(path)
    os.remove(seen)
  end)
end)

-- Only a Lua of its own can be interrupted without harm to the specs.
local lua = ({ ["lua5.1"] = true, ["lua5.2"] = true, ["lua5.3"] = true, ["lua5.4"] = true, luajit = true })
if lua[os.getenv "MISTRAL_HOST" or ""] and not os.getenv "MISTRAL_SANITIZER" then
  describe("a command of a script", function()
    it("ends with it when CTRL-C is typed", function()
      local path = script(('native.run({ "sleep", "%s" }, { input = "" })'):format(NAP))
      local said = output_of(([[
        exec 2>&1; setsid %s %s & p=$!
        until pgrep -f '^sleep %s' >/dev/null; do sleep 0.02; done
        kill -INT $p; wait $p; echo "status $?"]]):format(os.getenv "MISTRAL_HOST", path, NAP))
      os.remove(path)

      assert.truthy(said:find("interrupted!", 1, true), said)
      assert.truthy(said:find("status 1", 1, true), said)
      wait_for(function() return running("sleep " .. NAP) == 0 end, "the command lives on")
    end)
  end)
end
