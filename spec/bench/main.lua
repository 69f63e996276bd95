--- Measures us beside our peers and prints one table. Run by run.sh: main.lua BUILD [ROW ...]

package.path = "./?.lua;lua/?.lua;lua/?/init.lua;" .. package.path

local report = require("spec.bench.lib.report")
local shell = require("spec.bench.lib.shell")
local site = require("spec.bench.lib.site")

local ROWS = {
  "ttft", "cancelled", "cold", "tls", "framing", "start", "stream", "review", "memory", "startup",
}

---@class bench.Bench
---@field site bench.Site
---@field build string
---@field report bench.Report
local Bench = {}
Bench.__index = Bench

--- Runs `measure` with the url of a server that far away.
---@param rtt_ms number
---@param measure fun(url: string, proxy?: bench.Worker)
function Bench:at(rtt_ms, measure)
  if rtt_ms == 0 then
    return measure(site.url(self.site.kept))
  end
  local proxy = self.site:away(self.build .. "/bench", self.site.kept, rtt_ms)
  measure(site.url(proxy.port), proxy)
  proxy:stop()
end

---@param names string[]
---@return table[]
local function rows(names)
  local known, list = {}, {}
  for _, name in ipairs(ROWS) do known[name] = true end
  for i, name in ipairs(#names > 0 and names or ROWS) do
    if not known[name] then
      error(("no row is called %s; there are: %s"):format(name, table.concat(ROWS, " ")), 0)
    end
    list[i] = require("spec.bench.rows." .. name)
  end
  return list
end

---@param bench bench.Bench
---@param list table[]
local function measure(bench, list)
  for _, row in ipairs(list) do
    bench.report:title(row.title)
    row.run(bench)
  end
end

---@param build string
---@param names string[]
local function main(build, names)
  local list = rows(names)
  local began = shell.now()
  local bench = setmetatable({
    build = build,
    site = site.start(),
    report = report.open(build .. "/bench.jsonl"),
  }, Bench)
  local ok, problem = xpcall(measure, debug.traceback, bench, list)
  bench.site:stop()
  bench.report:close()
  if not ok then error(problem, 0) end
  print(("\n%d target%s missed; %.0f s; the same as JSON in %s/bench.jsonl"):format(
    bench.report.missed, bench.report.missed == 1 and "" or "s", shell.now() - began, build))
end

local ok, problem = pcall(main, arg[1], table.move(arg, 2, #arg, 1, {}))
if not ok then
  io.stderr:write("bench: ", problem, "\n")
  os.exit(1)
end
