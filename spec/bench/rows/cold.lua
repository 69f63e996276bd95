--- The first request of all, and what asking for the connection half a second earlier saves.

local rounds = require("spec.bench.lib.rounds")
local shell = require("spec.bench.lib.shell")
local stats = require("spec.bench.lib.stats")
local subjects = require("spec.bench.lib.subjects")

local M = { name = "cold", title = "Time to first token, first request" }

local RTT_MS, ROUNDS, AHEAD_S = 60, 12, 0.5

---@param worker bench.Worker
---@return fun(): table
local function warmed(worker)
  return function()
    worker:ask("fresh warm")
    shell.sleep(AHEAD_S)
    return worker:ask("fim")
  end
end

---@param bench bench.Bench
---@param url string
---@return table[], bench.Worker[]
local function start(bench, url)
  local bare = subjects.bare(bench.site, bench.build, url)
  local script = subjects.script(bench.site, url, "client")
  local editor = subjects.editor(bench.site, url)
  local function ask(worker, line)
    return function() return worker:ask(line) end
  end
  local cold, warm = "cold", "asked for 0.5 s before"
  return {
    { case = cold, name = "libcurl in C, HTTP/2", ask = ask(bare, "fresh fim") },
    { case = cold, name = "ours, client:fim in a script", ours = true,
      ask = ask(script, "fresh fim") },
    { case = cold, name = "ours, client:fim in Neovim", ours = true,
      ask = ask(editor, "fresh fim") },
    { case = warm, name = "ours, script, warmed", of = "ours, script, warm",
      ask = warmed(script) },
    { case = warm, name = "ours, script, warm", ask = ask(script, "fim") },
    { case = warm, name = "ours, Neovim, warmed", of = "ours, Neovim, warm",
      ask = warmed(editor) },
    { case = warm, name = "ours, Neovim, warm", ask = ask(editor, "fim") },
  }, { bare, script, editor }
end

---@param result bench.Result
---@param median number
---@param warm number|nil what the same request takes on a warm connection
local function judge(result, median, warm)
  if warm then
    result.note = ("%.3f × warm"):format(median / warm)
    result.target, result.met = "≤ 1.05 × warm", median <= 1.05 * warm
  else
    local over = median - 3 * RTT_MS
    result.note = ("3 RTT %+.1f ms"):format(over)
    result.target, result.met = "≤ 3 RTT + 8 ms", over <= 8
  end
end

---@param bench bench.Bench
---@param list table[]
---@param answers table<string, table[]>
local function tell(bench, list, answers)
  for _, subject in ipairs(list) do
    local values = stats.column(answers[subject.name], "first_ms")
    local result = { row = M.name, case = ("RTT %d ms, %s"):format(RTT_MS, subject.case),
      subject = subject.name, unit = "ms" }
    local warm = subject.of and stats.median(stats.column(answers[subject.of], "first_ms"))
    if subject.ours or warm then judge(result, stats.median(values), warm) end
    bench.report:add(result, values)
  end
end

---@param bench bench.Bench
function M.run(bench)
  bench:at(RTT_MS, function(url)
    local list, workers = start(bench, url)
    rounds.in_order(1, list)
    tell(bench, list, rounds.in_order(ROUNDS, list)) -- a warm request needs the one before it
    for _, worker in ipairs(workers) do worker:stop() end
  end)
end

return M
