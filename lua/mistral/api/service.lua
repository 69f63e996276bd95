--- What can be asked of the service, a method for each thing. All have the same forms: with callbacks
--- they return at once, without they wait and return `reply`, or `nil, err`.
local data_service = require "mistral.api.data_service"
local deltas = require "mistral.api.reader.deltas"
local options = require "mistral.api.options"

---@class mistral.Service: mistral.DataService
local Service = {}

for name, method in pairs(data_service) do
  Service[name] = method
end

local function check_call(self, name, params, callbacks, more)
  options.method(self, "pump", "client:" .. name, 3)
  if self.pump.closed then error(("client:%s on a closed client"):format(name), 3) end
  options.call(name, params, callbacks, 3, more)
end

-- With callbacks: a request, at once. Without: the reply, in the end.
local function run(self, kind, params, callbacks)
  local started = self:start(kind, params, callbacks or {})
  if callbacks then return started end
  return started:wait()
end

--- Ask for a chat completion.
---@param params table the service's own fields: model, messages, temperature ...
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Reply|nil
---@return mistral.Error?
function Service:chat(params, callbacks)
  check_call(self, "chat", params, callbacks or {})
  return run(self, "chat", params, callbacks)
end

--- Ask for what belongs between `prompt` and `suffix`.
---@param params table the service's own fields: model, prompt, suffix, max_tokens, stop ...
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Reply|nil
---@return mistral.Error?
function Service:fim(params, callbacks)
  check_call(self, "fim", params, callbacks or {})
  return run(self, "fim", params, callbacks)
end

--- List the models, each once; where the service cannot be reached, those that are known here, and
--- `list.offline` is the error. `client:models{ on_done = ... }` works as well.
---@param params? { provider?: string, model?: string }
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Model[]|nil
---@return mistral.Error?
function Service:models(params, callbacks)
  if not callbacks and options.are_callbacks(params) then params, callbacks = nil, params end
  check_call(self, "models", params or {}, callbacks or {})
  if callbacks and callbacks.on_delta then error("client:models has no `on_delta`", 2) end
  local started = require("mistral.api.work.models").run(self, params or {}, callbacks)
  if callbacks then return started end
  return started:wait()
end

--- Ask for a chat completion, and carry out what the model asks of your tools, turn after turn, until
--- it answers in words. The reply has the whole conversation as `messages`.
---@param params table as for `chat`; `tools` is a list of mistral.Tool, `max_turns` bounds the turns
---@param callbacks? mistral.Callbacks also `on_tool`, after each call of a tool
---@return mistral.Task|mistral.Reply|nil
---@return mistral.Error? err its `messages` are what has been said so far, fit to be sent again
function Service:run(params, callbacks)
  local work = require "mistral.api.work.run"
  check_call(self, "run", params, callbacks or {}, work.CALLBACKS)
  work.check(params, 2)
  local started = work.start(self, params, callbacks or {})
  if callbacks then return started end
  return started:wait()
end

--- A conversation that keeps its own history. Asks nobody, and returns at once.
---@param fields? table of a chat (model, temperature ...), and `system`, `tools`, `max_turns`,
---  `messages` said before, `context` in tokens where the model's is not known
---@return mistral.Conversation
function Service:conversation(fields)
  check_call(self, "conversation", fields or {}, {})
  return require("mistral.api.work.conversation").new(self, fields or {}, 2)
end

--- Make many requests at once, each from an item of a list. One that fails does not lose the others.
--- With `on_done` or `on_error` it returns at once; otherwise it waits.
---@param list any[]
---@param request table|fun(item: any, index: integer): table?, string? what all have in common, to
---  which an item adds its text or its fields; or what makes a request's fields, or nil and why not
---@param settings? mistral.MapOptions
---@return mistral.Task|mistral.MapResult[]|nil results in the order of the list; `failed` counts
---@return mistral.Error? err only when it was cancelled; its `reply` holds the results
function Service:map(list, request, settings)
  settings = settings or {}
  local work = require "mistral.api.work.map"
  check_call(self, "map", {}, settings, work.CALLBACKS)
  work.check(list, request, settings, 2)
  local started = work.start(self, list, request, settings)
  if settings.on_done or settings.on_error then return started end
  return started:wait()
end

-- What a stream is of, by a field that only this kind of request has.
local function kind_of_stream(params)
  if params.file or params.file_url or params.file_id then return "transcribe" end
  return params.prompt ~= nil and params.messages == nil and "fim" or "chat"
end

-- How to start what a stream is of: a request, or with tools to call all the turns of `run`.
local function starter(self, params)
  local work = require "mistral.api.work.run"
  if work.wanted(params) then
    work.check(params, 3)
    return function(listening) return work.start(self, params, listening) end
  end
  local kind = kind_of_stream(params)
  return function(listening) return self:start(kind, params, listening) end
end

--- Ask for a completion, of a chat or, with `prompt`, of a text, or with a file for a transcription,
--- and loop over it as it comes; waits between deltas. With tools to call it goes on through all the turns, as `run` does. After the
--- loop, `stream.reply` or `stream.err` tells how it ended.
---@param params table
---@param callbacks? mistral.Callbacks
---@return mistral.Deltas
function Service:stream(params, callbacks)
  check_call(self, "stream", params, callbacks or {}, { on_tool = { ["function"] = true } })
  local stream = deltas.new(starter(self, params), callbacks or {}, self.pump)
  return stream, nil, nil, stream -- the fourth is closed by Lua 5.4 when the loop is left
end

--- What was used and what it cost, summed up from the ledger. It asks nobody, and returns at once.
---@param params? mistral.UsageParams
---@return mistral.Usage
function Service:usage(params)
  options.method(self, "pump", "client:usage", 2)
  if params ~= nil and type(params) ~= "table" then
    error(("client:usage takes a table, got a %s"):format(type(params)), 2)
  end
  return self.account:usage(params)
end

return Service
