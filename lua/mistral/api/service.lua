--- What can be asked of the service, a method for each thing. All have the same forms: with callbacks
--- they return at once, without they wait and return `reply`, or `nil, err`.
local data_service = require "mistral.api.data_service"
local deltas = require "mistral.api.reader.deltas"
local forms = require "mistral.api.forms"
local options = require "mistral.api.options"

---@class mistral.Service: mistral.DataService
local Service = {}

for name, method in pairs(data_service) do
  Service[name] = method
end

--- Ask for a chat completion.
---@param params table the service's own fields: model, messages, temperature ...
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Reply|nil
---@return mistral.Error?
function Service:chat(params, callbacks)
  forms.check(self, "chat", params, callbacks)
  return forms.answer(self:start("chat", params, callbacks or {}), callbacks)
end

--- Ask for what belongs between `prompt` and `suffix`.
---@param params table the service's own fields: model, prompt, suffix, max_tokens, stop ...
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Reply|nil
---@return mistral.Error?
function Service:fim(params, callbacks)
  forms.check(self, "fim", params, callbacks)
  return forms.answer(self:start("fim", params, callbacks or {}), callbacks)
end

--- List the models, each once; where the service cannot be reached, those that are known here, and
--- `list.offline` is the error. `client:models{ on_done = ... }` works as well.
---@param params? { provider?: string, model?: string }
---@param callbacks? mistral.Callbacks
---@return mistral.Request|mistral.Model[]|nil
---@return mistral.Error?
function Service:models(params, callbacks)
  params, callbacks = forms.optional(params, callbacks)
  forms.check(self, "models", params, callbacks)
  forms.no_deltas("models", callbacks)
  return forms.answer(require("mistral.api.work.models").run(self, params, callbacks), callbacks)
end

--- Ask for a chat completion, and carry out what the model asks of your tools, turn after turn, until
--- it answers in words. The reply has the whole conversation as `messages`.
---@param params table as for `chat`; `tools` is a list of mistral.Tool, `max_turns` bounds the turns
---@param callbacks? mistral.Callbacks also `on_tool`, after each call of a tool
---@return mistral.Task|mistral.Reply|nil
---@return mistral.Error? err its `messages` are what has been said so far, fit to be sent again
function Service:run(params, callbacks)
  local work = require "mistral.api.work.run"
  forms.check(self, "run", params, callbacks, work.CALLBACKS)
  work.check(params, 2)
  return forms.answer(work.start(self, params, callbacks or {}), callbacks)
end

--- A conversation that keeps its own history. Asks nobody, and returns at once.
---@param fields? table of a chat (model, temperature ...), and `system`, `tools`, `max_turns`,
---  `messages` said before, `context` in tokens where the model's is not known
---@return mistral.Conversation
function Service:conversation(fields)
  forms.check(self, "conversation", fields or {})
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
  forms.check(self, "map", {}, settings, work.CALLBACKS)
  work.check(list, request, settings, 2)
  local at_once = settings.on_done or settings.on_error
  return forms.answer(work.start(self, list, request, settings), at_once and settings)
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
--- and loop over it as it comes; waits between deltas. With tools to call it goes on through all the
--- turns, as `run` does. After the loop, `stream.reply` or `stream.err` tells how it ended.
---@param params table
---@param callbacks? mistral.Callbacks
---@return mistral.Deltas
function Service:stream(params, callbacks)
  local run = require "mistral.api.work.run"
  forms.check(self, "stream", params, callbacks, run.CALLBACKS)
  local stream = deltas.new(starter(self, params), callbacks or {}, self.pump)
  return stream, nil, nil, stream -- the fourth is closed by Lua 5.4 when the loop is left
end

--- Review code: what changed in a repository, or texts. Findings are told as they come; one request
--- that fails does not lose the others.
---@param params mistral.ReviewParams
---@param callbacks? mistral.ReviewCallbacks
---@return mistral.Task|mistral.ReviewResult|nil
---@return mistral.Error? err when all failed, its `review` is what there is of it
function Service:review(params, callbacks)
  require("mistral.api.work.review_params").check(self, "review", params, callbacks, 2)
  forms.no_deltas("review", callbacks)
  return forms.answer(require("mistral.api.work.review").start(self, params, callbacks), callbacks)
end

--- What a review would send, and what that may cost. Sends nothing.
---@param params mistral.ReviewParams
---@param callbacks? mistral.Callbacks
---@return mistral.Task|mistral.ReviewPlan|nil
---@return mistral.Error?
function Service:review_plan(params, callbacks)
  require("mistral.api.work.review_params").check(self, "review_plan", params, callbacks, 2)
  forms.no_deltas("review_plan", callbacks)
  return forms.answer(require("mistral.api.work.review").plan(self, params, callbacks), callbacks)
end

-- In steps, since a ledger may be long and an editor may not wait.
local function usage_later(self, params, callbacks)
  options.check(callbacks, "client:usage", 3)
  require("mistral.money.usage").check(params, self.account.clock(), 3)
  return require("mistral.api.task").run(self, callbacks, function(task)
    local usage, err = self.account:usage(params, function() return task:breathe() end)
    if task.cancelled then return nil, task:cancelled_error() end
    return usage, err
  end)
end

--- What was used and what it cost, summed up from the ledger. It asks nobody. Without callbacks it
--- returns when all is read; with them it lets an editor go on meanwhile.
---@param params? mistral.UsageParams
---@param callbacks? mistral.Callbacks
---@return mistral.Usage|mistral.Task|nil
---@return mistral.Error? err of a client that keeps no ledger
function Service:usage(params, callbacks)
  options.method(self, "pump", "client:usage", 2)
  if params ~= nil and type(params) ~= "table" then
    error(("client:usage takes a table, got a %s"):format(type(params)), 2)
  end
  if callbacks then
    local task = usage_later(self, params or {}, callbacks)
    return task
  end
  return self.account:usage(params)
end

return Service
