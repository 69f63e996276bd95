--- What was measured, as a table for people and as lines of JSON for programs.

local cjson = require("cjson")
local stats = require("spec.bench.lib.stats")

local M = {}

---@class bench.Result
---@field row string
---@field case string
---@field subject string
---@field unit string
---@field median number
---@field p95? number
---@field runs integer
---@field note? string the median in the words of the target: a ratio, a difference
---@field target? string
---@field met? boolean

---@class bench.Report
---@field private json file*
---@field private heading string|nil
---@field missed integer
local Report = {}
Report.__index = Report

local LINE = "  %-38s %9s %-8s %9s  %-16s %-24s %s"

---@param path string where the lines of JSON go
---@return bench.Report
function M.open(path)
  return setmetatable({ json = assert(io.open(path, "w")), missed = 0 }, Report)
end

---@param number number|nil
---@return string
local function short(number)
  if not number then
    return ""
  end
  local digits = number >= 100 and 0 or number >= 10 and 1 or number >= 1 and 2 or 3
  return ("%." .. digits .. "f"):format(number)
end

---@param text string a new part of the table
function Report:title(text)
  io.write("\n", text, "\n")
  io.write(LINE:format("", "median", "", "p95", "compared", "target", ""):gsub("%s+$", ""), "\n")
  self.heading = nil
end

--- Adds one line. With `values` the middle and the p95 are worked out here.
---@param result bench.Result
---@param values? number[]
function Report:add(result, values)
  if values then
    result.median, result.p95, result.runs = stats.median(values), stats.p95(values), #values
  end
  if result.case ~= self.heading then
    self.heading = result.case
    io.write(" ", result.case, "\n")
  end
  local verdict = result.met == nil and "" or result.met and "met" or "NOT MET"
  local line = LINE:format(result.subject, short(result.median), result.unit, short(result.p95),
    result.note or "", result.target or "", verdict)
  io.write((line:gsub("%s+$", "")), "\n")
  io.flush()
  self.json:write(cjson.encode(result), "\n")
  self.missed = self.missed + (result.met == false and 1 or 0)
end

function Report:close()
  self.json:close()
end

return M
