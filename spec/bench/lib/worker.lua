--- A process that answers one line of JSON for each line it is sent: the thing a row measures.
--- Keeping several side by side lets a row ask them in turn, so that noise hits all alike.

local cjson = require("cjson")
local shell = require("spec.bench.lib.shell")

---@class bench.Worker
---@field private name string
---@field private input file*
---@field private output file*
---@field private log string
local Worker = {}
Worker.__index = Worker

local M = {}

---@class bench.WorkerOptions
---@field name string what errors call it
---@field folder string where its pipe and its log go
---@field env? table<string, string>

local started = 0

---@param argv string[]
---@param options bench.WorkerOptions
---@return bench.Worker
function M.start(argv, options)
  started = started + 1
  local pipe = ("%s/worker.%d"):format(options.folder, started)
  local log = pipe .. ".log"
  shell.run({ "mkfifo", pipe })
  local words = { "exec env" }
  for name, value in pairs(options.env or {}) do
    words[#words + 1] = name .. "=" .. shell.quote(value)
  end
  words[#words + 1] = shell.command(argv)
  words[#words + 1] = (">%s 2>%s"):format(shell.quote(pipe), shell.quote(log))
  local input = assert(io.popen(table.concat(words, " "), "w"))
  input:setvbuf("full")
  local output = assert(io.open(pipe, "r"))
  os.remove(pipe)
  return setmetatable(
    { name = options.name, input = input, output = output, log = log },
    Worker
  )
end

--- The next line of its answers.
---@return table
function Worker:hear()
  local line = self.output:read("l")
  if not line then
    error(("%s ended early:\n%s"):format(self.name, shell.read(self.log) or ""), 2)
  end
  local answer = cjson.decode(line)
  if answer.error then
    error(("%s: %s"):format(self.name, answer.error), 2)
  end
  return answer
end

---@param line string
---@param payload? string bytes that follow the line
---@return table answer
function Worker:ask(line, payload)
  self.input:write(line, "\n", payload or "")
  self.input:flush()
  return self:hear()
end

--- Ends it by ending its input. Safe to call twice.
function Worker:stop()
  if self.input then
    self.input:close()
    self.output:close()
    self.input = nil
  end
end

return M
