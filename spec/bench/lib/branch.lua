--- A branch that a reviewer sighs at: sixty files, five thousand added lines, and in each file a defect
--- that the specs' own server sees.

local shell = require("spec.bench.lib.shell")

local M = {}

local FILES, LINES = 60, 5000
local FUNCTIONS = 12 -- of a file
local ADDED = math.floor(LINES / FILES / FUNCTIONS + 0.5) -- to each function

local function name_of(index)
  return ("src/part_%d/module_%02d.c"):format(index % 7, index)
end

--- A function as it was on main, and the same with what the branch adds in the middle of it.
local function add_function(old, new, index, nth)
  local function both(line)
    old[#old + 1], new[#new + 1] = line, line
  end
  both(("int step_%d_%d(struct state *state, const char *text, size_t length) {"):format(index, nth))
  both "  size_t total = 0;"
  both "  for (size_t i = 0; i < length; i++) {"
  both(("    total += (size_t)text[i] * %d;"):format(nth + 3))
  both "  }"
  for i = 1, ADDED do
    new[#new + 1] = nth == 5 and i == 2 and "  strcpy(state->name, text);"
      or ("  state->sum_%d += total / %d; // weighs what came in, see part %d"):format(i, i + nth, index)
  end
  both "  state->total = total;"
  both "  return state->total > 0 ? 0 : -1;"
  both "}"
  both ""
end

---@return table<string, string> old, table<string, string> new bytes by path
local function files()
  local olds, news = {}, {}
  for index = 1, FILES do
    local old, new = { "#include \"state.h\"", "" }, { "#include \"state.h\"", "" }
    for nth = 1, FUNCTIONS do
      add_function(old, new, index, nth)
    end
    olds[name_of(index)] = table.concat(old, "\n") .. "\n"
    news[name_of(index)] = table.concat(new, "\n") .. "\n"
  end
  return olds, news
end

local function write(top, texts)
  for path, text in pairs(texts) do
    shell.write(top .. "/" .. path, text)
  end
end

local GIT = "cd %s && git -c user.name=Bench -c user.email=bench@bench.invalid "

---@param top string where the repository will be
---@return string top it is on a branch now, which left main one commit ago
function M.make(top)
  local git, old, new = GIT:format(shell.quote(top)), files()
  for part = 0, 6 do
    shell.run({ "mkdir", "-p", top .. "/src/part_" .. part })
  end
  shell.run(git .. "init -q -b main")
  write(top, old)
  shell.run(git .. "add -A && " .. git .. "commit -q -m main && " .. git .. "checkout -q -b work")
  write(top, new)
  shell.run(git .. "commit -q -a -m work")
  return top
end

return M
