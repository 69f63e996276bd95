--- Owns the transport and hands its mail to the requests it belongs to. The one place where a
--- user's function is called: protected, with a traceback, never stopping the mail behind it.
local M = {}

---@class mistral.Pump
---@field transport table the native transport
---@field private handlers table<integer, fun(event: table)>
---@field private shared boolean the thread is an editor's, which has other things to do
local Pump = {}
Pump.__index = Pump

-- Most events of one turn: an editor gets its turn, too, while mail keeps coming.
local BATCH = 512
local WAIT_MS = 1000

-- How long it may take handing them out where an editor waits: an answer's end may start the next
-- request, and several may end at once.
local TURN_S = 0.003

-- How deep drains may stand in one another. Lua's C stack ends at 200, and a level takes three.
local DEEPEST = 20

---@param transport table
---@param report? fun(trace: string) hears of errors in callbacks; without one, drain raises them
---@param shared? boolean whether the thread is an editor's, which has other things to do
---@return mistral.Pump
function M.new(transport, report, shared)
  local self = setmetatable({
    transport = transport,
    report = report,
    shared = shared or false,
    handlers = {},
    deferred = {},
    first_deferred = 1,
    last_deferred = 0,
    problems = {},
    inbox = {},
    first = 1,
    last = 0,
    depths = setmetatable({}, { __mode = "k" }), -- by coroutine: one may be left in mid-drain
    closed = false,
  }, Pump)
  -- One closure for all calls: one for each was half of what an event costs.
  self.perform = function()
    local fn, argument = self.fn, self.argument
    self.fn, self.argument = nil, nil
    fn(argument)
  end
  return self
end

local function trace(problem)
  if debug and debug.traceback then return debug.traceback(tostring(problem), 2) end
  return tostring(problem)
end

--- Call a function that is not ours, or not to be trusted with the mail behind it.
---@param fn function
---@param argument any
---@return boolean done
function Pump:call(fn, argument)
  self.fn, self.argument = fn, argument
  local done, problem = xpcall(self.perform, trace)
  if not done then self.problems[#self.problems + 1] = problem end
  return done
end

--- Send a request; its events go to `handler` until the one that ends it.
---@param request table
---@param handler fun(event: table)
---@return integer id raises when the transport does not take it
function Pump:submit(request, handler)
  local id, message = self.transport:submit(request)
  if not id then error(message, 0) end
  self.handlers[id] = handler
  return id
end

---@param id integer
function Pump:cancel(id)
  if not self.closed then self.transport:cancel(id) end
end

--- Do this at the next drain, and see to it that there is one.
---@param fn fun()
function Pump:defer(fn)
  self.last_deferred = self.last_deferred + 1
  self.deferred[self.last_deferred] = fn
  if not self.closed then self.transport:wake() end
end

-- Taken from the list one by one: what a callback in here waits for may be the next of them.
function Pump:run_deferred()
  local last = self.last_deferred
  while self.first_deferred <= last do
    local at = self.first_deferred
    local fn = self.deferred[at]
    self.deferred[at], self.first_deferred = nil, at + 1
    self:call(fn)
  end
end

-- Mail goes through the inbox, so that a callback that drains again goes on where this one stands.
function Pump:fetch()
  local events = self.transport:drain(BATCH)
  for _, event in ipairs(events) do
    self.last = self.last + 1
    self.inbox[self.last] = event
  end
  return #events
end

function Pump:next_event()
  if self.first > self.last then return nil end
  local event = self.inbox[self.first]
  self.inbox[self.first] = nil
  self.first = self.first + 1
  return event
end

function Pump:dispatch(event)
  local handler = self.handlers[event.id]
  if event.kind == "end" then self.handlers[event.id] = nil end
  if handler then self:call(handler, event) end
end

local function thread()
  return coroutine.running() or "main"
end

function Pump:depth()
  return self.depths[thread()] or 0
end

function Pump:nest(step)
  self.depths[thread()] = self:depth() + step
end

--- Hands out what is in the inbox; what an editor has no time for now stays there.
function Pump:hand_out()
  local patient = not self.shared or self.closed
  local began = os.clock()
  repeat
    local event = self:next_event()
    if not event then return end
    self:dispatch(event)
  until not patient and os.clock() - began >= TURN_S
end

local function deliver(self)
  self:run_deferred()
  local full = self.shared and not self.closed and self.last - self.first + 1 >= BATCH
  local count = full and 0 or self:fetch()
  self:hand_out()
  -- The transport wakes once for all it has: whoever leaves some there has to see to it. What was put
  -- off meanwhile has woken a transport that was read since.
  local more = full or count == BATCH or self.first <= self.last
    or self.first_deferred <= self.last_deferred
  if more and not self.closed then self.transport:wake() end
  return count
end

-- One that fails at each of a thousand deltas is told of once, and how often.
local function without_repeats(problems)
  local list, count = {}, {}
  for _, problem in ipairs(problems) do
    local what = problem:match "^[^\n]*"
    if not count[what] then list[#list + 1] = { what = what, trace = problem } end
    count[what] = (count[what] or 0) + 1
  end
  local out = {}
  for index, one in ipairs(list) do
    local often = count[one.what]
    out[index] = often == 1 and one.trace or ("%s\n(this %d times)"):format(one.trace, often)
  end
  return out
end

-- Errors of callbacks go to the owner once the mail is out; nobody's errors are swallowed.
function Pump:tell_problems()
  local problems = self.problems
  if #problems == 0 or self:depth() > 0 then return end
  self.problems = {}
  if not self.report then error(table.concat(without_repeats(problems), "\n"), 0) end
  for _, problem in ipairs(problems) do
    self.report(problem)
  end
end

--- Deliver what has come. Within very many callbacks of one another it leaves that to the drains
--- around it.
---@return integer count of events taken from the transport
function Pump:drain()
  if self:depth() >= DEEPEST then return 0 end
  self.turn = self.turn or os.clock()
  self:nest(1)
  local count = deliver(self)
  self:nest(-1)
  if self:depth() == 0 then self.turn = nil end
  self:tell_problems()
  return count
end

--- Since when the editor waits for us, on the processor's clock: all that mail brings about in one drain
--- is one step to it.
---@return number seconds
function Pump:turn_began()
  return self.turn or os.clock()
end

--- Drain until `done()`; for scripts, since nothing else happens meanwhile.
---@param done fun(): boolean
function Pump:wait_until(done)
  while not done() do
    if self:depth() >= DEEPEST then error("too many callbacks wait inside one another", 0) end
    self:drain()
    if done() or self.closed then return end
    self.transport:wait(WAIT_MS)
  end
end

--- Close the transport and deliver the rest of its mail.
function Pump:close()
  if self.closed then return end
  self.closed = true
  self.transport:close()
  self:nest(1)
  repeat until deliver(self) == 0 and self.first_deferred > self.last_deferred
  self:nest(-1)
end

return M
