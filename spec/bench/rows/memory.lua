--- What the editor grows by once a connection is up and a request has been answered.

local cjson = require("cjson")
local stats = require("spec.bench.lib.stats")
local subjects = require("spec.bench.lib.subjects")

local M = { name = "memory", title = "Memory added to Neovim, connection up" }

local EDITORS, MOST_MB = 5, 11
local RTT_MS = 60 -- so that a curl is still there when it is looked at

---@param bench bench.Bench
---@param url string
---@return table grown, table curl
local function measure(bench, url)
  local editor = subjects.editor(bench.site, url, "client", true)
  local before = editor:ask("memory")
  editor:ask("params " .. cjson.encode(subjects.params))
  editor:ask("fim")
  local after = editor:ask("memory")
  editor:ask("curl params " .. cjson.encode(subjects.params))
  local curl = editor:ask("curl memory")
  editor:stop()
  return { rss_mb = (after.rss_kb - before.rss_kb) / 1024,
    pss_mb = (after.pss_kb - before.pss_kb) / 1024 },
    { rss_mb = curl.rss_kb / 1024, pss_mb = curl.pss_kb / 1024 }
end

---@param bench bench.Bench
---@param case string
---@param grown number[]
---@param curls number[]
local function tell(bench, case, grown, curls)
  bench.report:add({ row = M.name, case = case, subject = "ours", unit = "MB",
    target = "≤ 11 MB", met = stats.median(grown) <= MOST_MB }, grown)
  bench.report:add({ row = M.name, case = case, subject = "one curl process", unit = "MB" }, curls)
end

---@param bench bench.Bench
function M.run(bench)
  local grown, curls = {}, {}
  bench:at(RTT_MS, function(url)
    for i = 1, EDITORS do grown[i], curls[i] = measure(bench, url) end
  end)
  tell(bench, "resident (RSS)", stats.column(grown, "rss_mb"), stats.column(curls, "rss_mb"))
  tell(bench, "its share of it (PSS)", stats.column(grown, "pss_mb"),
    stats.column(curls, "pss_mb"))
end

return M
