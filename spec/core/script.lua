---Lua scripts in a process of their own, with this one's interpreter and module.
local output_of = require "spec.support.output"
local M = {}

-- For a Lua built with a sanitizer: what a killed resolver holds is no leak of ours, and TSan would
-- wait a second for it.
local SANITIZERS = "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 TSAN_OPTIONS=atexit_sleep_ms=0"

---Runs that text and gives all it says; it must end with status 0.
---@param text string Lua
---@param before? string shell, before the interpreter is named: "ulimit -f 1; "
---@return string said
function M.run(text, before)
  local path = output_of("mktemp"):match "%S+"
  local file = assert(io.open(path, "w"))
  file:write(("package.path = %q\npackage.cpath = %q\n"):format(package.path, package.cpath), text)
  file:close()
  local lua = output_of("readlink /proc/$PPID/exe"):match "%S+"
  local said = output_of(("(%s%s %s %s); echo status $?"):format(before or "", SANITIZERS, lua, path))
  os.remove(path)
  assert(said:match "status 0%s*$", said)
  return said
end

return M
