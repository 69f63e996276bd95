--- Neovim's loop during a review of 5 000 changed lines in 60 files.

local loopback = require("spec.bench.lib.loopback")
local rounds = require("spec.bench.lib.rounds")
local shell = require("spec.bench.lib.shell")
local stats = require("spec.bench.lib.stats")
local subjects = require("spec.bench.lib.subjects")

local M = { name = "review", title = "Neovim's loop during a review of 5 000 lines in 60 files" }

local FILES, LINES, ROUNDS = 60, 84, 6

---@param number integer
---@return string source with one defect
local function source(number)
  local lines = {}
  for row = 1, LINES do
    lines[row] = row == 40 and ("  gets(buffer_%d);"):format(number)
      or row % 12 == 1 and ("int f_%d_%d(void) {"):format(number, row)
      or row % 12 == 0 and "}"
      or ("  total_%d += %d;"):format(row, number)
  end
  return table.concat(lines, "\n") .. "\n"
end

--- A repository in which all of it is staged.
---@param folder string
---@return string file one of it
local function repository(folder)
  local top = folder .. "/reviewed"
  shell.run({ "git", "init", "-q", top })
  for number = 1, FILES do
    local file = assert(io.open(("%s/file_%02d.c"):format(top, number), "w"))
    file:write(source(number))
    file:close()
  end
  shell.run({ "git", "-C", top, "add", "-A" })
  return top .. "/file_01.c"
end

---@param bench bench.Bench
---@param answers table<string, table[]>
local function tell(bench, answers)
  local gaps = stats.column(answers.ours, "gap_ms")
  local case = "longest gap of a 1 ms timer"
  bench.report:add({ row = M.name, case = case, unit = "ms", subject = "nothing" },
    stats.column(answers.idle, "gap_ms"))
  bench.report:add({ row = M.name, case = case, unit = "ms", subject = ":Mistral review staged",
    note = ("longest %.1f"):format(math.max(table.unpack(gaps))),
    target = "≤ 10 ms", met = stats.median(gaps) <= 10 }, gaps)
  bench.report:add({ row = M.name, case = "from the command to the last word", unit = "ms",
    subject = ":Mistral review staged" }, stats.column(answers.ours, "wall_ms"))
end

---@param bench bench.Bench
function M.run(bench)
  local file = repository(bench.site.folder)
  local server = loopback.start(bench.site.folder)
  local editor = subjects.loopback_editor(bench.site, server)
  local answers = rounds.run(ROUNDS, {
    { name = "idle", ask = function() return editor:ask("review") end },
    { name = "ours", ask = function() return editor:ask("review " .. file) end },
  })
  editor:stop()
  server:stop()
  for _, answer in ipairs(answers.ours) do
    assert(answer.findings == FILES, "the review found " .. tostring(answer.findings))
  end
  tell(bench, answers)
end

return M
