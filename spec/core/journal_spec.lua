---Lines at the end of a file, from any number of processes, whole or not at all.
local cjson = require "cjson"
local native = require "mistral.native"
local system = require "system"
local wait_for = require "spec.support.wait"
local output_of = require "spec.support.output"

-- For a Lua built with a sanitizer, which a preloaded library would otherwise upset.
local SANITIZERS = "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0"
local LINES = 200
local SOON_S = 0.02

local function write(path, text, mode)
  local file = assert(io.open(path, mode or "wb"))
  file:write(text)
  file:close()
end

local function read(path)
  local file = io.open(path, "rb")
  local text = file and file:read "*a" or ""
  if file then
    file:close()
  end
  return text
end

local folder, path, lua

setup(function()
  folder = output_of("mktemp -d"):match "%S+"
  lua = output_of("readlink /proc/$PPID/exe"):match "%S+"
  local made = output_of(("cc -shared -fPIC -o %s/torn_write.so spec/core/torn_write.c -ldl"):format(folder))
  assert.equal("", made)
end)
teardown(function() output_of("rm -rf " .. folder) end)
before_each(function() path = folder .. "/journal" end)
after_each(function() os.remove(path) end)

---A Lua script that can append; `body` may use native, cjson, system, path, and folder.
local function script(name, body)
  local prelude = [[
    package.path, package.cpath = %q, %q
    local native, cjson, system = require "mistral.native", require "cjson", require "system"
    local path, folder = %q, %q
    %s]]
  local file = ("%s/%s.lua"):format(folder, name)
  write(file, prelude:format(package.path, package.cpath, path, folder, body))
  return file
end

---The environment in which appending goes wrong at the given write.
local function torn(how, at)
  return ("%s LD_PRELOAD=%s/torn_write.so TORN_HOW=%s TORN_AT=%d"):format(SANITIZERS, folder, how, at or 1)
end

---Runs something in the background; its process id.
local function start(environment, file)
  local command = "%s %s %s >%s/said 2>&1 & echo $!"
  local pid = output_of(("env " .. command):format(environment, lua, file, folder)):match "%d+"
  return assert(pid, "it did not start")
end

local function state_of(pid) return read("/proc/" .. pid .. "/stat"):match "%) (%a)" end

local function stopped(environment, file)
  local pid = start(environment, file)
  wait_for(
    function() return state_of(pid) == "T" end,
    function() return "it never stopped: " .. read(folder .. "/said") end
  )
  return pid
end

---Lets a stopped process go on to its end.
local function resume(pid)
  output_of("kill -CONT " .. pid)
  wait_for(function() return (state_of(pid) or "Z") == "Z" end, "it did not end")
end

---The seconds that the quickest of three appends takes.
local function quickest()
  local best = math.huge
  for _ = 1, 3 do
    local before = system.monotime()
    assert(native.append(path, '{"mine":1}'))
    best = math.min(best, system.monotime() - before)
  end
  return best
end

describe("append", function()
  it("makes the file and the folders it lies in, for their owner alone", function()
    local deep = folder .. "/a/b//c/journal"

    assert.is_true(native.append(deep, "first"))

    assert.equal("first\n", read(deep))
    assert.equal(tonumber("600", 8), native.stat(deep).mode)
    assert.equal(tonumber("700", 8), native.stat(folder .. "/a").mode)
    assert.equal(tonumber("700", 8), native.stat(folder .. "/a/b/c").mode)
  end)

  it("leaves the permissions of a file that is there alone, and follows a link to it", function()
    write(folder .. "/real", "old\n")
    output_of(("chmod 640 %s/real && ln -s real %s"):format(folder, path))

    assert.is_true(native.append(path, "new"))

    assert.equal("old\nnew\n", read(folder .. "/real"))
    assert.equal(tonumber("640", 8), native.stat(path).mode)
  end)

  it("takes any bytes but a line break and NUL, up to 64 KiB", function()
    local large = ("\255\r"):rep(32 * 1024)

    assert.is_true(native.append(path, ""))
    assert.is_true(native.append(path, large))

    assert.equal("\n" .. large .. "\n", read(path))
  end)

  it("refuses a larger line and leaves no file", function()
    local ok, message, code = native.append(path, ("x"):rep(64 * 1024 + 1))

    assert.same({ nil, path .. ": the line is larger than 64 KiB", "too_large" }, { ok, message, code })
    assert.is_nil(native.stat(path))
  end)

  it("raises for what would be two lines or none", function()
    assert.has_error(function() native.append(path, "a\nb") end)
    assert.has_error(function() native.append(path, "a\0b") end)
    assert.has_error(function() native.append("", "a") end)
    assert.has_error(function() native.append("a\0b", "a") end)
    assert.is_nil(native.stat(path))
  end)

  it("says why the world refused", function()
    write(path, "")
    assert.equal("kind", select(3, native.append(folder, "x")))
    assert.equal("kind", select(3, native.append("/dev/null", "x")))
    assert.equal("missing", select(3, native.append(path .. "/below", "x")))
    assert.equal("missing", select(3, native.append("/proc/nowhere/journal", "x")))
  end)

  it("does not wait for the other end of a fifo", function()
    output_of("mkfifo " .. path)

    assert.equal("kind", select(3, native.append(path, "x")))
  end)
end)

describe("half a line at the end", function()
  local function left_by_killed_writer()
    write(path, '{"whole":1}\n')
    local file = script("killed", [[native.append(path, '{"half":"' .. ("x"):rep(100) .. '"}')]])
    output_of(("env %s %s %s"):format(torn "kill", lua, file))
  end

  it("is left by a writer that was killed in the middle of it", function()
    left_by_killed_writer()

    assert.truthy(read(path):find '^{"whole":1}\n{"half":"x+$')
  end)

  it("is blank with the next append, to which the spaces do no harm", function()
    left_by_killed_writer()
    local torn_tail = #read(path) - #'{"whole":1}\n'

    assert.is_true(native.append(path, '{"next":1}'))

    assert.equal('{"whole":1}\n' .. (" "):rep(torn_tail + 1) .. '{"next":1}\n', read(path))
  end)

  it("is blank when it is the whole file, and when it is as long as a line can be", function()
    for _, torn_tail in ipairs { "x", ("x"):rep(64 * 1024), ("\0"):rep(5000) } do
      for _, before in ipairs { "", "whole\n", ("x"):rep(70000) .. "\n" } do
        write(path, before .. torn_tail)

        assert.is_true(native.append(path, "next"))

        assert.equal(before .. (" "):rep(#torn_tail + 1) .. "next\n", read(path))
      end
    end
  end)

  it("is kept when it is longer than a line of ours: the file is not ours to change", function()
    local foreign = ("x"):rep(64 * 1024 + 1)
    write(path, foreign)

    assert.is_true(native.append(path, "next"))

    assert.equal(foreign .. "\nnext\n", read(path))
  end)

  it("is blank too when it comes between the look at the end and the write", function()
    local pid = stopped(torn "stop", script("stopped", [[native.append(path, '{"theirs":1}')]]))
    write(path, '{"whole":1}\n{"half', "ab")

    resume(pid)

    assert.equal('{"whole":1}\n      {"theirs":1}\n', read(path))
  end)

  it("that was no half a line but one just being written is left alone", function()
    write(path, '{"half')
    local pid = stopped(torn "stop", script("stopped", [[native.append(path, '{"theirs":1}')]]))
    write(path, '":1}\n', "ab")

    resume(pid)

    assert.equal('{"half":1}\n {"theirs":1}\n', read(path))
  end)

  it("leaves no blank line when its writer had begun a new one for nothing", function()
    write(path, "whole\n\nhalf")

    assert.is_true(native.append(path, "next"))

    assert.equal("whole\n      next\n", read(path))
  end)

  it("does not make a second line unreadable when its writer stops before it is blank", function()
    write(path, '{"half')
    local pid = stopped(torn "tidy", script("stopped", [[native.append(path, '{"theirs":1}')]]))

    assert.is_true(native.append(path, '{"mine":1}'))

    assert.equal('{"half\n{"theirs":1}\n{"mine":1}\n', read(path))
    resume(pid)
    assert.equal('       {"theirs":1}\n{"mine":1}\n', read(path))
  end)
end)

describe("another writer that was stopped", function()
  for _, when in ipairs { "stop", "tidy" } do
    it("holds up nobody: " .. when, function()
      write(path, "{")
      local pid = stopped(torn(when), script("stopped", [[native.append(path, '{"theirs":1}')]]))

      local seconds = quickest()

      resume(pid)
      assert.is_true(seconds < SOON_S, ("it took %.3f s"):format(seconds))
      assert.equal(3, select(2, read(path):gsub('{"mine":1}\n', "")))
      assert.equal(1, select(2, read(path):gsub('{"theirs":1}\n', "")))
    end)
  end
end)

describe("a full disk", function()
  it("leaves nothing half, and says that it is full", function()
    local file = script("filler", [[
      local ok, message, code
      local n = -1
      repeat
        n = n + 1
        ok, message, code = native.append(path, ("x"):rep(700))
      until not ok
      io.write(("%d %s %s"):format(n, code, message))]])

    local said = output_of(("trap '' XFSZ; ulimit -f 16; exec %s %s"):format(lua, file))

    local n, code = said:match "^(%d+) (%w+)"
    assert.equal("full", code, said)
    assert.is_true(tonumber(n) > 0)
    local lines = (("x"):rep(700) .. "\n"):rep(tonumber(n))
    assert.equal(lines, read(path):sub(1, #lines))
    assert.truthy(read(path):sub(#lines + 1):find "^ +$")
  end)

  it("lets the next line in when there is room again", function()
    write(path, "whole\n")
    local file = script("full", [[io.write(select(3, native.append(path, ("x"):rep(99))))]])
    assert.equal("full", output_of(("env %s %s %s"):format(torn "full", lua, file)))

    assert.is_true(native.append(path, '{"next":1}'))

    assert.equal("whole\n" .. (" "):rep(51) .. '{"next":1}\n', read(path))
  end)

  it("spoils no line that comes behind what there was room for, after half a line", function()
    write(path, 'whole\n{"half')
    local file = script("brim", [[io.write(select(3, native.append(path, '{"theirs":1}')))]])
    local pid = stopped(torn "brim", file)
    assert.is_true(native.append(path, '{"mine":1}'))

    resume(pid)

    assert.equal("full", read(folder .. "/said"))
    assert.equal("whole\n" .. (" "):rep(14) .. '{"mine":1}\n', read(path))
  end)
end)

-- Lines of all lengths, also over several pages of the file.
local WRITER = [[
  local name = tonumber(arg[1])
  while not native.stat(folder .. "/go") do system.sleep(0.001) end
  for i = 1, %d do
    local line = cjson.encode { name = name, i = i, fill = ("x"):rep((name * 977 + i * 131) %% 9000) }
    assert(native.append(path, line))
  end]]

---Starts writers 1 … n, the first so that it is killed in the middle of its line `at`; they begin
---together. What they said.
local function crowd(n, at)
  local file = script("writer", WRITER:format(LINES))
  local plain = ("for i in $(seq 2 %d); do %s %s $i & done"):format(n, lua, file)
  local killed = ("env %s %s %s 1 & killed=$!"):format(torn("kill", at), lua, file)
  local go = ("touch %s/go; wait $killed; echo status $?; wait"):format(folder)
  return output_of(("exec 2>&1; %s\n%s\n%s"):format(killed, plain, go))
end

---How often each line of each writer is in the file. Fails for a line that is not whole.
local function count_lines()
  local counts = {}
  for line in read(path):gmatch "([^\n]*)\n" do
    local ok, value = pcall(cjson.decode, line)
    assert.is_true(ok, "torn: " .. line:sub(1, 100))
    assert.equal((value.name * 977 + value.i * 131) % 9000, #value.fill)
    local key = ("%d:%d"):format(value.name, value.i)
    counts[key] = (counts[key] or 0) + 1
  end
  return counts
end

describe("50 processes appending at once, one killed in the middle of a write", function()
  after_each(function() os.remove(folder .. "/go") end)

  it("no line is lost or torn", function()
    local at = LINES / 2

    local said = crowd(50, at)

    assert.equal("status 137", said:match "status %d+", said)
    local counts, wrong = count_lines(), {}
    for name = 1, 50 do
      for i = 1, name == 1 and at - 1 or LINES do
        local key = name .. ":" .. i
        if counts[key] ~= 1 then
          wrong[#wrong + 1] = ("%s %d times"):format(key, counts[key] or 0)
        end
        counts[key] = nil
      end
    end
    assert.same({}, wrong)
    assert.is_nil(next(counts), "the killed writer's last line")
    assert.equal("\n", read(path):sub(-1))
  end)
end)
