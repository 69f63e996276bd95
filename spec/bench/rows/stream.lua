--- Neovim's loop while an answer of 5 000 tokens per second goes into a buffer.

local loopback = require("spec.bench.lib.loopback")
local rounds = require("spec.bench.lib.rounds")
local stats = require("spec.bench.lib.stats")
local subjects = require("spec.bench.lib.subjects")

local M = { name = "stream", title = "Neovim's loop during a stream of 5 000 tokens per second" }

local TOKENS_PER_S, SECONDS, ROUNDS = 5000, 2, 4
local SIZES = { { case = "a small editor" }, { case = "an editor of 200 MB", grow = 200 } }

---@return string of about SECONDS times TOKENS_PER_S tokens
local function text()
  local line = "The function reads every value once and adds it to the sum, which it returns.\n"
  return line:rep(TOKENS_PER_S * SECONDS * 4 // #line)
end

---@param server bench.Loopback
---@param editor bench.Worker
---@return table<string, table[]>
local function measure(server, editor)
  local said = text()
  local function ask(way)
    return function()
      server:say(said, TOKENS_PER_S, 1)
      return editor:ask("stream " .. way)
    end
  end
  return rounds.run(ROUNDS, {
    { name = "idle", ask = function() return editor:ask("stream idle 0.5") end },
    { name = "curl", ask = ask("curl") },
    { name = "ours", ask = ask("ours") },
  })
end

---@param list table[]
---@param field string
---@param idle? number taken off
---@return number[]
local function values_of(list, field, idle)
  local values = stats.column(list, field)
  for i, value in ipairs(values) do values[i] = value - (idle or 0) end
  return values
end

---@param bench bench.Bench
---@param case string
---@param answers table<string, table[]>
local function tell_cpu(bench, case, answers)
  local idle = stats.median(stats.column(answers.idle, "cpu_ms_per_s"))
  local curl = values_of(answers.curl, "cpu_ms_per_s", idle)
  local ours = values_of(answers.ours, "cpu_ms_per_s", idle)
  local ratio = stats.median(ours) / stats.median(curl)
  local unit = "ms/s"
  bench.report:add({ row = M.name, case = case .. ": CPU above idle", unit = unit,
    subject = "curl by jobstart" }, curl)
  bench.report:add({ row = M.name, case = case .. ": CPU above idle", unit = unit,
    subject = "ours, client:chat", note = ("%.2f × jobstart"):format(ratio),
    target = "≤ 0.4 × jobstart", met = ratio <= 0.4 }, ours)
  local all_idle = stats.median(stats.column(answers.idle, "all_cpu_ms_per_s"))
  bench.report:add({ row = M.name, case = case .. ": CPU above idle", unit = unit,
    subject = "ours, with the worker thread" },
    values_of(answers.ours, "all_cpu_ms_per_s", all_idle))
end

---@param bench bench.Bench
---@param case string
---@param answers table<string, table[]>
local function tell_gaps(bench, case, answers)
  for _, way in ipairs({ "idle", "curl", "ours" }) do
    local names = { idle = "nothing", curl = "curl by jobstart", ours = "ours, client:chat" }
    local gaps = stats.column(answers[way], "gap_ms")
    local result = { row = M.name, case = case .. ": longest gap of a 1 ms timer", unit = "ms",
      subject = names[way] }
    if way == "ours" then
      result.note = ("longest %.1f"):format(math.max(table.unpack(gaps)))
      result.target, result.met = "≤ 5 ms", stats.median(gaps) <= 5
    end
    bench.report:add(result, gaps)
  end
end

---@param bench bench.Bench
---@param case string
---@param answers table<string, table[]>
local function tell_edits(bench, case, answers)
  for _, way in ipairs({ "curl", "ours" }) do
    local edits = {}
    for i, answer in ipairs(answers[way]) do edits[i] = answer.edits / answer.wall_ms * 1e3 end
    bench.report:add({ row = M.name, case = case .. ": edits per second", unit = "/s",
      subject = way == "ours" and "ours, client:chat" or "curl by jobstart" }, edits)
  end
end

---@param bench bench.Bench
function M.run(bench)
  local server = loopback.start(bench.site.folder)
  for _, size in ipairs(SIZES) do
    local editor = subjects.loopback_editor(bench.site, server)
    if size.grow then editor:ask("grow " .. size.grow) end
    local answers = measure(server, editor)
    editor:stop()
    tell_cpu(bench, size.case, answers)
    tell_gaps(bench, size.case, answers)
    tell_edits(bench, size.case, answers)
  end
  server:stop()
end

return M
