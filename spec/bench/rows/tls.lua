--- CPU that a new TLS connection costs: a request on a connection of its own, less one on a warm
--- connection. The first of a process also loads certificates and sets libraries up.

local site = require("spec.bench.lib.site")
local stats = require("spec.bench.lib.stats")
local subjects = require("spec.bench.lib.subjects")

local M = { name = "tls", title = "CPU per new TLS connection (the machine's CA store and ours)" }

local PROCESSES, LATER, WARM = 7, 12, 20

---@param bench bench.Bench
---@return table[]
local function contenders(bench)
  local function bare(options)
    return function(url) return subjects.bare(bench.site, bench.build, url, options) end
  end
  local function ours(door)
    return function(url) return subjects.script(bench.site, url, door) end
  end
  local bundle, hashed = bench.site.bundle, bench.site.hashed
  return {
    { name = "libcurl, Debian's defaults (both)", start = bare({ file = bundle, path = hashed }) },
    { name = "libcurl, the bundle alone", start = bare({ file = bundle }) },
    { name = "libcurl, the hashed folder alone", start = bare({ path = hashed }) },
    { name = "ours, C module from Lua", start = ours("native"), ours = true },
    { name = "ours, client:fim in a script", start = ours("client"), ours = true },
  }
end

---@param worker bench.Worker
---@param count integer
---@return number[]
local function cpu_ms(worker, count)
  local values = {}
  for i = 1, count do values[i] = worker:ask("fim").cpu_ms end
  return values
end

--- What a request costs when its connection is there.
---@param bench bench.Bench
---@param contender table
---@return number
local function warm_ms(bench, contender)
  local worker = contender.start(site.url(bench.site.kept))
  cpu_ms(worker, 2)
  local median = stats.median(cpu_ms(worker, WARM))
  worker:stop()
  return median
end

---@param bench bench.Bench
---@param contender table
local function measure_process(bench, contender)
  local worker = contender.start(site.url(bench.site.once))
  table.insert(contender.first, cpu_ms(worker, 1)[1] - contender.warm_ms)
  for _, value in ipairs(cpu_ms(worker, LATER)) do
    table.insert(contender.later, value - contender.warm_ms)
  end
  worker:stop()
end

---@param bench bench.Bench
---@param contender table
---@param case string
---@param values number[]
local function tell(bench, contender, case, values)
  local result = { row = M.name, case = case, subject = contender.name, unit = "ms CPU" }
  if contender.ours then
    result.target, result.met = "≤ 2.5 ms", stats.median(values) <= 2.5
  end
  bench.report:add(result, values)
end

---@param bench bench.Bench
function M.run(bench)
  local list = contenders(bench)
  for _, contender in ipairs(list) do
    contender.first, contender.later = {}, {}
    contender.warm_ms = warm_ms(bench, contender)
  end
  for _ = 1, PROCESSES do
    for _, contender in ipairs(list) do measure_process(bench, contender) end
  end
  for _, contender in ipairs(list) do
    tell(bench, contender, "first of a process", contender.first)
  end
  for _, contender in ipairs(list) do tell(bench, contender, "later ones", contender.later) end
end

return M
