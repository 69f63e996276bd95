--- The first token after three requests were cancelled in flight, as typing does it.

local rounds = require("spec.bench.lib.rounds")
local stats = require("spec.bench.lib.stats")
local subjects = require("spec.bench.lib.subjects")

local M = {
  name = "cancelled",
  title = "Time to first token after cancelling three requests in flight",
}

local RTT_MS, ROUNDS, IN_FLIGHT_MS = 60, 20, 20
local BARE = "libcurl in C, HTTP/2"

---@param bench bench.Bench
---@param url string
---@return table[]
local function start(bench, url)
  local editor = subjects.editor(bench.site, url)
  return {
    { name = BARE, worker = subjects.bare(bench.site, bench.build, url) },
    { name = "libcurl in C, HTTP/1.1",
      worker = subjects.bare(bench.site, bench.build, url, { http = "http1" }) },
    { name = "ours, client:fim in a script", ours = true,
      worker = subjects.script(bench.site, url, "client") },
    { name = "ours, client:fim in Neovim", ours = true, worker = editor },
    { name = "curl spawned from Neovim", worker = editor, prefix = "curl " },
  }
end

--- Asks, and lets the proxy say how many connections that took.
---@param subject table
---@param proxy bench.Worker
local function counting(subject, proxy)
  subject.ask = function()
    local before = proxy:ask("count").connections
    local command = ("%scancelled %d"):format(subject.prefix or "", IN_FLIGHT_MS)
    local answer = subject.worker:ask(command)
    answer.opened = proxy:ask("count").connections - before
    return answer
  end
end

---@param bench bench.Bench
---@param list table[]
---@param answers table<string, table[]>
local function tell(bench, list, answers)
  local bare = stats.median(stats.column(answers[BARE], "first_ms"))
  for _, subject in ipairs(list) do
    local values = stats.column(answers[subject.name], "first_ms")
    local opened = stats.sum(stats.column(answers[subject.name], "opened")) / #values
    local ratio = stats.median(values) / bare
    local result = { row = M.name, case = ("RTT %d ms, cancelled after %d ms"):format(RTT_MS,
      IN_FLIGHT_MS), subject = subject.name, unit = "ms", opened = opened,
      note = ("%.2f ×, %.2g new"):format(ratio, opened) }
    if subject.ours then
      result.note = ("%.3f ×, %.2g new"):format(ratio, opened)
      result.target, result.met = "≤ 1.05 × libcurl, 0 new", ratio <= 1.05 and opened == 0
    end
    bench.report:add(result, values)
  end
end

---@param bench bench.Bench
function M.run(bench)
  bench:at(RTT_MS, function(url, proxy)
    local list = start(bench, url)
    for _, subject in ipairs(list) do
      counting(subject, proxy)
      subject.worker:ask((subject.prefix or "") .. "fim")
    end
    rounds.run(1, list)
    tell(bench, list, rounds.run(ROUNDS, list))
    for _, subject in ipairs(list) do subject.worker:stop() end
  end)
end

return M
