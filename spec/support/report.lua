-- Counts what busted says and writes it down as it happens, so that after a hang or a crash the
-- report's last line names the test that was running.
local system = require "system"

---@class spec.Report
---@field out file*
---@field passed integer
---@field failed integer
---@field pending integer
local Report = {}
Report.__index = Report

local M = {}

---@param path? string  default: standard output
---@return spec.Report
function M.open(path)
  local out = path and assert(io.open(path, "w")) or io.stdout
  return setmetatable({ out = out, passed = 0, failed = 0, pending = 0 }, Report)
end

function Report:line(...)
  self.out:write(...)
  self.out:write("\n")
  self.out:flush()
end

---@param name string
---@param message any
---@param trace? { traceback: string? }
function Report:failure(name, message, trace)
  self.failed = self.failed + 1
  self:line("FAILED ", name)
  local text = tostring(message)
  if trace and trace.traceback then text = text .. "\n" .. trace.traceback:gsub("^\n", "") end
  self:line("  ", (text:gsub("\n", "\n  ")))
end

local function full_name(busted, element)
  local names = { element.name or element.descriptor }
  local parent = busted.context.parent(element)
  while parent and parent.name do
    table.insert(names, 1, parent.name)
    parent = busted.context.parent(parent)
  end
  return #names > 0 and table.concat(names, " > ") or "the run"
end

---@param busted table  a busted.core object
---@param listen fun(busted: table, event: string[], callback: function)
function Report:subscribe(busted, listen)
  local started

  listen(busted, { "test", "start" }, function(element)
    started = system.monotime()
    self:line("running ", full_name(busted, element))
  end)

  listen(busted, { "test", "end" }, function(_, _, status)
    if status == "success" then
      self.passed = self.passed + 1
      self:line(("  passed in %.0f ms"):format((system.monotime() - started) * 1000))
    elseif status == "pending" then
      self.pending = self.pending + 1
      self:line("  pending")
    end
  end)

  local function failed(element, _, message, trace)
    self:failure(full_name(busted, element), message, trace)
  end
  listen(busted, { "failure" }, failed)
  listen(busted, { "error" }, failed)

  listen(busted, { "pending" }, function(_, _, message)
    if message then self:line("  pending: ", tostring(message)) end
  end)
end

function Report:close()
  self:line(("result %d %d %d"):format(self.passed, self.failed, self.pending))
  if self.out ~= io.stdout then self.out:close() end
end

return M
