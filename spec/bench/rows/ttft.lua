--- Time to first token on a warm connection.

local rounds = require("spec.bench.lib.rounds")
local stats = require("spec.bench.lib.stats")
local subjects = require("spec.bench.lib.subjects")

local M = { name = "ttft", title = "Time to first token, connection warm (6 KB FIM request)" }

local RTTS = { { ms = 0, rounds = 200 }, { ms = 20, rounds = 40 }, { ms = 60, rounds = 25 } }
local BARE = "libcurl in C, HTTP/2"
local CURL_EVERY = 4 -- a curl process takes as long as three warm requests

---@param bench bench.Bench
---@param url string
---@return bench.Subject[], bench.Worker[]
local function start(bench, url)
  local script = subjects.script(bench.site, url, "client")
  local native = subjects.script(bench.site, url, "native")
  local editor = subjects.editor(bench.site, url)
  local http2 = subjects.bare(bench.site, bench.build, url)
  local http1 = subjects.bare(bench.site, bench.build, url, { http = "http1" })
  local function fim(worker)
    return function() return worker:ask("fim") end
  end
  local list = {
    { name = BARE, ask = fim(http2) },
    { name = "libcurl in C, HTTP/1.1", ask = fim(http1) },
    { name = "ours, C module from Lua", ask = fim(native), ours = true },
    { name = "ours, client:fim in a script", ask = fim(script), ours = true },
    { name = "ours, client:fim in Neovim", ask = fim(editor), ours = true },
    { name = "curl spawned from Neovim", ask = function(round)
      return round % CURL_EVERY == 1 and editor:ask("curl fim") or false
    end },
  }
  return list, { script, native, editor, http2, http1 }
end

---@param answers (table|false)[]
---@return number[]
local function first_ms(answers)
  local values = {}
  for _, answer in ipairs(answers) do
    if answer then values[#values + 1] = answer.first_ms end
  end
  return values
end

---@param result bench.Result
---@param ours number
---@param bare number
---@param rtt_ms number
local function judge(result, ours, bare, rtt_ms)
  if rtt_ms == 0 then
    result.note = ("%+.2f ms"):format(ours - bare)
    result.target, result.met = "≤ libcurl + 0.3 ms", ours <= bare + 0.3
  else
    result.note = ("%.3f × libcurl"):format(ours / bare)
    result.target, result.met = "≤ 1.02 × libcurl", ours <= 1.02 * bare
  end
end

---@param bench bench.Bench
---@param rtt_ms number
---@param list bench.Subject[]
---@param answers table<string, table[]>
local function tell(bench, rtt_ms, list, answers)
  local bare = stats.median(first_ms(answers[BARE]))
  for _, subject in ipairs(list) do
    local values = first_ms(answers[subject.name])
    local median = stats.median(values)
    local result = { row = M.name, case = ("RTT %d ms"):format(rtt_ms), subject = subject.name,
      unit = "ms", note = ("%.2f × libcurl"):format(median / bare) }
    if subject.ours then judge(result, median, bare, rtt_ms) end
    bench.report:add(result, values)
  end
end

---@param bench bench.Bench
function M.run(bench)
  for _, rtt in ipairs(RTTS) do
    bench:at(rtt.ms, function(url)
      local list, workers = start(bench, url)
      rounds.run(2, list) -- connects, and lets LuaJIT settle
      tell(bench, rtt.ms, list, rounds.run(rtt.rounds, list))
      for _, worker in ipairs(workers) do worker:stop() end
    end)
  end
end

return M
