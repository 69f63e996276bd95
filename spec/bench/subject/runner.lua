--- The commands that script.lua and editor.lua have in common. Each ends in one `answer`.
---
---   params JSON   the request of the commands that follow
---   fim           one streamed request -> first_ms, total_ms, call_us, cpu_ms
---   cancelled MS  three requests, cancelled after MS, then one more, which is timed
---   warm          asks for a connection
---   fresh         forgets everything; `fresh fim` and `fresh warm` do both

local doors = require("spec.bench.subject.doors")

---@class bench.Host
---@field door "client"|"native"
---@field now_ms fun(): number
---@field after fun(ms: number, go_on: fun())
---@field pump boolean whether waiting for an end is up to us
---@field watch? fun(transport: any, drain: fun()): fun()
---@field decode fun(text: string): table
---@field encode fun(value: table): string
---@field answer fun(values: table)

---@class bench.Runner
---@field private host bench.Host
---@field private options bench.DoorOptions
---@field private door bench.Door|nil
local Runner = {}
Runner.__index = Runner

local M = {}

---@param host bench.Host
---@return bench.Runner
function M.new(host)
  local options = {
    url = os.getenv("MISTRAL_BENCH_URL"),
    ca_file = os.getenv("MISTRAL_BENCH_CA"),
    watch = host.watch,
  }
  return setmetatable({ host = host, options = options }, Runner)
end

---@private
function Runner:fresh()
  if self.door then
    self.door:close()
  end
  self.door = doors[self.host.door](self.options)
end

---@private
---@return fun(): table what has passed since
function Runner:stopwatch()
  local cpu, began = os.clock(), self.host.now_ms()
  return function()
    return { total_ms = self.host.now_ms() - began, cpu_ms = (os.clock() - cpu) * 1e3 }
  end
end

---@private
function Runner:fim()
  local began, elapsed = self.host.now_ms(), self:stopwatch()
  local first_ms, call_ms
  local started = self.door:start(function()
    first_ms = self.host.now_ms() - began
  end, function(err)
    local values = elapsed()
    values.first_ms, values.call_us = first_ms, call_ms * 1e3
    values.error = err and tostring(err) or not first_ms and "no token came" or nil
    self.host.answer(values)
  end)
  call_ms = self.host.now_ms() - began
  if self.host.pump then
    self.door:pump(started)
  end
end

local function nothing() end

---@private
---@param ms number
function Runner:cancelled(ms)
  local burst = {}
  for i = 1, 3 do
    burst[i] = self.door:start(nothing, nothing)
  end
  self.host.after(ms, function()
    for _, started in ipairs(burst) do
      started:cancel()
    end
    self:fim()
  end)
end

---@param line string
function Runner:run(line)
  local word, rest = line:match("^(%S+)%s*(.*)$")
  if word == "params" then
    self.options.params = self.host.decode(rest)
    local body = self.host.decode(rest)
    body.stream = true
    self.options.body = self.host.encode(body)
    self:fresh()
    self.host.answer({ ok = true })
  elseif word == "fresh" then
    self:fresh()
    self:run(rest == "" and "ok" or rest)
  elseif word == "warm" then
    self.door:warm()
    self.host.answer({ ok = true })
  elseif word == "cancelled" then
    self:cancelled(tonumber(rest))
  elseif word == "fim" then
    self:fim()
  else
    self.host.answer({ ok = true })
  end
end

return M
