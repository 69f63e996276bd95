---The binding where memory runs out, at each allocation in turn, Lua's and our own: no crash, nothing
---left behind, and nothing wrong said.
local frames = require "spec.core.eventstream_frames"
local output_of = require "spec.support.output"

-- Fails by raising; a lack of memory is what it is run for.
local SCRIPT = [==[
local path, frame = %q, %q

local function check(value, message, code)
  if value == nil and code == "memory" then
    error "not enough memory"
  end
  assert(value ~= nil, message)
  return value
end

local function refused(value, message, code)
  if code == "memory" then
    error "not enough memory"
  end
  assert(value == nil and message, "accepted")
end

local bytes = ("\0\1\254\255"):rep(100)
local text = check(native.base64(bytes))
assert(check(native.unbase64(text)) == bytes)
refused(native.unbase64(text .. "-"))
assert(#check(native.floats(bytes)) == 100)
refused(native.floats "odd")
assert(#native.tokens(("token "):rep(50), 5) == 100)
native.entropy(text)

local function feed(kind, stream, step, expected)
  local decoder, count = check(native.decoder(kind, 4096)), 0
  for at = 1, #stream, step do
    count = count + #check(decoder:feed(stream:sub(at, at + step - 1)))
  end
  assert(count == expected, "an event is missing")
  check(decoder:finish())
end
for _, step in ipairs { 1000, 7 } do
  feed("eventstream", frame:rep(3), step, 3)
  feed("sse", "id: 1\nretry: 5\ndata: one\ndata: two\n\ndata: three\n\n", step, 2)
end
refused(check(native.decoder "eventstream"):feed(frame:gsub("%%w", "~")))
refused(check(native.decoder("sse", 4)):feed "data: too long")
check(native.decoder "eventstream"):feed "half"

check(native.append(path, '{"half'))
check(native.append(path, text))
assert(check(native.stat(path)).size > #text)
check(native.write(path, text))
assert(check(native.stat(path)).size == #text)
refused(native.stat(path .. "/below"))
os.remove(path)

local result = check(native.run({ "sh", "-c", "cat; echo oh >&2" }, { input = text }))
assert(result.code == 0 and result.stdout == text and result.stderr == "oh\n")
]==]

local PROGRAM = "cc -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -Icsrc "
  .. "-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc -o %s/scarce spec/core/scarce_main.c csrc/lua_binding.c "
  .. "csrc/lua_bytes.c csrc/lua_decoder.c csrc/lua_disk.c csrc/lua_process.c csrc/base64.c csrc/buf.c csrc/disk.c "
  .. "csrc/eventstream.c csrc/journal.c csrc/process.c csrc/reason.c csrc/scan.c csrc/sse.c csrc/store.c "
  .. "-I/usr/include/lua5.4 -llua5.4 -lm -lz"

-- It is a program of its own, the same whatever runs the spec.
if os.getenv "MISTRAL_HOST" == "lua5.4" then
  describe("the binding without memory", function()
    local folder

    setup(function() folder = output_of("mktemp -d"):match "%S+" end)
    teardown(function() output_of("rm -rf " .. folder) end)

    it("fails as it should at each allocation, and leaks nothing", function()
      assert.equal("", output_of(PROGRAM:format(folder)))
      local file = assert(io.open(folder .. "/script.lua", "wb"))
      file:write(SCRIPT:format(folder .. "/journal", frames.event("chunk", ("x"):rep(300))))
      file:close()

      local run = "env -u LSAN_OPTIONS ASAN_OPTIONS=detect_leaks=1 %s/scarce %s/script.lua; echo status $?"
      local said = output_of(run:format(folder, folder))

      local once, ever = said:match "^(%d+) and (%d+) allocations failed in turn\nstatus 0\n$"
      assert.is_true((tonumber(once) or 0) > 100 and tonumber(ever) > 100, said)
    end)
  end)
end
