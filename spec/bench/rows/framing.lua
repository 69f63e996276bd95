--- Finding the events in a stream: csrc/sse.c beside what one would write by hand.

local stats = require("spec.bench.lib.stats")
local worker = require("spec.bench.lib.worker")

local M = { name = "framing", title = "Server-sent events, CPU of framing (in C)" }

local ROUNDS = 15
local SUBJECTS = {
  { key = "memchr", name = "memchr, fewer rules" },
  { key = "plain", name = "a plain loop, fewer rules" },
  { key = "sse", name = "csrc/sse.c" },
}

---@class bench.Measure
---@field key string
---@field case string
---@field unit string
---@field most number
---@field beside_plain? boolean

local MEASURES = {
  { key = "event_ns", case = "per 250-byte event, feeds of 16 KiB", unit = "ns", most = 31,
    target = "≤ 31 ns" },
  { key = "byte_ns", case = "per byte, feeds of 1 byte", unit = "ns/byte", most = 12,
    target = "≤ 12 ns/byte" },
  { key = "big_ms", case = "one event of 8 MiB, feeds of 16 KiB", unit = "ms", most = 12,
    target = "≤ 12 ms" },
  { key = "big_byte_ns", case = "one event of 8 MiB, feeds of 1 byte", unit = "ns/byte", most = 12,
    target = "≤ 12 ns/byte" },
}

---@param rounds table[]
---@param subject string
---@param measure string
---@return number[]
local function values_of(rounds, subject, measure)
  return stats.column(stats.column(rounds, subject), measure)
end

---@param bench bench.Bench
function M.run(bench)
  local process = worker.start({ bench.build .. "/bench/framing" },
    { name = "framing", folder = bench.site.folder })
  local rounds = {}
  for i = 1, ROUNDS do rounds[i] = process:ask("go") end
  process:stop()
  for _, measure in ipairs(MEASURES) do
    local plain = stats.median(values_of(rounds, "plain", measure.key))
    for _, subject in ipairs(SUBJECTS) do
      local values = values_of(rounds, subject.key, measure.key)
      local median = stats.median(values)
      local result = { row = M.name, case = measure.case, subject = subject.name,
        unit = measure.unit, note = ("%.2f × plain"):format(median / plain) }
      if subject.key == "sse" then
        result.target, result.met = measure.target, median <= measure.most
      end
      bench.report:add(result, values)
    end
  end
end

return M
