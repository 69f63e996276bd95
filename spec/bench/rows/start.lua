--- What starting a request costs the thread that starts it: Neovim's.

local rounds = require("spec.bench.lib.rounds")
local site = require("spec.bench.lib.site")
local stats = require("spec.bench.lib.stats")
local subjects = require("spec.bench.lib.subjects")

local M = { name = "start", title = "Neovim's thread, per request started" }

local ROUNDS, SETTLING, MOST_US = 40, 100, 150
local SIZES = { { case = "a small editor" }, { case = "an editor of 200 MB", grow = 200 } }

---@param bench bench.Bench
---@return table[], bench.Worker[]
local function start(bench)
  local url = site.url(bench.site.kept)
  local client = subjects.editor(bench.site, url, "client")
  local native = subjects.editor(bench.site, url, "native")
  local function ask(worker, line)
    return function() return worker:ask(line) end
  end
  return {
    { name = "curl by jobstart", ask = ask(client, "curl fim") },
    { name = "ours, client:fim", ours = true, ask = ask(client, "fim") },
    { name = "ours, C module's submit alone", ours = true, ask = ask(native, "fim") },
  }, { client, native }
end

---@param bench bench.Bench
---@param case string
---@param list table[]
---@param answers table<string, table[]>
local function tell(bench, case, list, answers)
  local peer = stats.median(stats.column(answers[list[1].name], "call_us"))
  for _, subject in ipairs(list) do
    local values = stats.column(answers[subject.name], "call_us")
    local median = stats.median(values)
    local result = { row = M.name, case = case, subject = subject.name, unit = "us",
      note = ("%.3f × jobstart"):format(median / peer) }
    if subject.ours then
      result.target, result.met = "≤ 150 us", median <= MOST_US
    end
    bench.report:add(result, values)
  end
end

---@param bench bench.Bench
function M.run(bench)
  for _, size in ipairs(SIZES) do
    local list, workers = start(bench)
    for _, worker in ipairs(workers) do
      if size.grow then worker:ask("grow " .. size.grow) end
      for _ = 1, SETTLING do worker:ask("fim") end -- until LuaJIT has made up its mind
    end
    rounds.run(2, list)
    tell(bench, size.case, list, rounds.run(ROUNDS, list))
    for _, worker in ipairs(workers) do worker:stop() end
  end
end

return M
