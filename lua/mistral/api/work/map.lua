--- Many requests at once, from one list: so many in flight, each with a result of its own, in the
--- order of the list, whatever becomes of the others.
local endpoint = require "mistral.api.endpoint"
local errors = require "mistral.errors"
local requests = require "mistral.api.request"
local tables = require "mistral.tables"
local task = require "mistral.api.task"
local text = require "mistral.text"

local M = {}

---@class mistral.MapResult
---@field item any of the list
---@field reply? any
---@field err? mistral.Error

---@class mistral.MapProgress
---@field done integer how many have ended, the failed ones among them
---@field failed integer
---@field total integer

---@class mistral.MapOptions: mistral.Callbacks
---@field kind? string of request: chat unless told
---@field in_flight? integer most at once: 8 unless told
---@field on_progress? fun(progress: mistral.MapProgress) after each end
---@field on_result? fun(result: mistral.MapResult, index: integer): any what it returns is kept instead

local IN_FLIGHT, MOST_IN_FLIGHT = 8, 1000

local OWN = {
  kind = { string = true },
  in_flight = { number = true },
  on_progress = { ["function"] = true },
  on_result = { ["function"] = true },
}

--- What may stand beside the callbacks of a request.
M.CALLBACKS = OWN

-- Checking ---------------------------------------------------------------------------------------

local function fault(level, ...)
  error("client:map: " .. string.format(...), level + 1)
end

-- Named fields may stand beside the items, as in what `map` itself returns.
local function has_holes(list)
  local count = 0
  for name in pairs(list) do
    if type(name) == "number" then count = count + 1 end
  end
  return count ~= #list
end

--- Raise on what only a mistake in the calling code can bring about.
---@param list any
---@param request any
---@param options mistral.MapOptions
---@param level integer of the caller to blame
function M.check(list, request, options, level)
  if type(list) ~= "table" then
    fault(level + 1, "a list should come first, got a %s", type(list))
  end
  if has_holes(list) then fault(level + 1, "the list has holes") end
  if type(request) ~= "function" and type(request) ~= "table" then
    fault(level + 1, "a function or a request should come second, got a %s", type(request))
  end
  if options.on_delta then fault(level + 1, "there is no `on_delta`: answers come whole") end
  local in_flight = options.in_flight or IN_FLIGHT
  if in_flight < 1 or in_flight > MOST_IN_FLIGHT or in_flight % 1 ~= 0 then
    fault(level + 1, "`in_flight` should be a whole number from 1 to %d", MOST_IN_FLIGHT)
  end
  local kind = options.kind or "chat"
  if not pcall(endpoint.get, kind) then fault(level + 1, "no such kind of request: %s", kind) end
end

-- Requests ---------------------------------------------------------------------------------------

local function with_message(request, content)
  if request.messages ~= nil and type(request.messages) ~= "table" then return request end
  local messages = tables.copy(request.messages or {})
  messages[#messages + 1] = { role = "user", content = content }
  return tables.with(request, { messages = messages })
end

-- What an item that is text says, by the kind of request; elsewhere it is the input.
local TEXTS = {
  chat = with_message,
  fim = function(request, prompt) return tables.with(request, { prompt = prompt }) end,
}

local function with_input(request, input)
  return tables.with(request, { input = input })
end

-- The request of one item, from the one that all have in common; or why there is none.
local function filled(request, item, kind)
  if type(item) == "table" then return tables.with(request, item) end
  if type(item) ~= "string" and type(item) ~= "number" then
    return nil, ("an item should be a text or a table of fields, got a %s"):format(type(item))
  end
  return (TEXTS[kind] or with_input)(request, tostring(item))
end

local function own_words(problem)
  return text.line(text.of(problem), 300)
end

-- The fields of one request, or why there are none.
local function fields_of(state, index)
  local item = state.list[index]
  if type(state.request) == "table" then return filled(state.request, item, state.kind) end
  local made, params, why = pcall(state.request, item, index)
  if not made then return nil, "the function raised: " .. own_words(params) end
  if type(params) == "table" then return params end
  if params == nil and why ~= nil then return nil, own_words(why) end
  return nil, ("the function should return a table of fields, got a %s"):format(type(params))
end

-- Results ----------------------------------------------------------------------------------------

-- A callback may have closed the client, and with it ended this.
local function tell_progress(self, state)
  if self.ended or not state.options.on_progress then return end
  self.client.pump:call(state.options.on_progress, {
    done = state.done, failed = state.results.failed, total = state.total,
  })
end

local function note(self, state, index, reply, err)
  local result = { item = state.list[index], reply = reply, err = err }
  state.done = state.done + 1
  if err then state.results.failed = state.results.failed + 1 end
  state.results[index] = result -- already here: the callback may close the client
  state.results[index] = self:kept(result, index)
  tell_progress(self, state)
end

-- All results, also of what was not begun when the whole was cancelled.
local function so_far(state)
  for index = 1, state.total do
    if state.results[index] == nil then
      state.results.failed = state.results.failed + 1
      state.results[index] = {
        item = state.list[index], err = errors.new("cancelled", "cancelled"),
      }
    end
  end
  return { reply = state.results }
end

-- The limits of each request. What tells of the whole is for us alone. One that cannot be made ends
-- like any other, and not before `map` has returned.
local function start(self, state, index, callbacks)
  local params, reason = fields_of(state, index)
  if params then return self.client:start(state.kind, params, callbacks) end
  local err = errors.new("refused", "map: " .. reason)
  return requests.refuse(self.client, state.kind, err, callbacks)
end

local function go_through(self, state)
  self.so_far = function() return so_far(state) end
  self:gather(state.total, state.options.in_flight or IN_FLIGHT, function(index, callbacks)
    return start(self, state, index, callbacks)
  end, function(index, reply, err) note(self, state, index, reply, err) end)
  if self.cancelled then return nil, self:cancelled_error() end
  return state.results
end

--- Start it.
---@param client mistral.Client
---@param list any[]
---@param request table|fun(item: any, index: integer): table?, string?
---@param options mistral.MapOptions
---@return mistral.Task
function M.start(client, list, request, options)
  local state = {
    list = list,
    total = #list,
    request = request,
    kind = options.kind or "chat",
    options = options,
    results = { failed = 0 },
    done = 0,
  }
  return task.run(client, options, function(self) return go_through(self, state) end)
end

return M
