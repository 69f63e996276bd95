--- A conversation that keeps its own history, in a form that the service takes: who speaks when, an
--- answer for each tool call, and no more of the past than the model can hold.
---
--- What has happened stays, and what has not is withdrawn: a question that fails is taken back, so
--- that it can be asked again; once tools have run, or when somebody stops an answer in the middle,
--- the question stays, with the results and the text that had come.
local deltas = require "mistral.api.reader.deltas"
local endpoint = require "mistral.api.endpoint"
local errors = require "mistral.errors"
local history = require "mistral.api.work.history"
local json = require "mistral.json"
local options = require "mistral.api.options"
local run = require "mistral.api.work.run"
local saved = require "mistral.api.work.saved"
local schema = require "mistral.api.schema"
local tables = require "mistral.tables"
local task = require "mistral.api.task"
local trim = require "mistral.api.work.trim"

local M = {}

---@class mistral.Conversation
---@field system? string|table[] what comes first in every request
---@field messages table[] what was said, but for `system`; changed by `ask` and `add` alone
---@field usage table tokens of all that was asked here
---@field private fields table of the requests
local Conversation = {}
Conversation.__index = Conversation

-- Room for an answer whose length is not bounded.
local ANSWER_TOKENS = 4096
-- How much less is sent each time the service says that it was too much.
local SHRINK, TRIES = 0.6, 4

-- Fields of ours, which no request has.
local OWN = { system = true, messages = true, context = true }

-- Making -----------------------------------------------------------------------------------------

local function fault(level, ...)
  error("client:conversation: " .. string.format(...), level + 1)
end

local function check_kind(fields, name, kinds, level)
  local value = fields[name]
  if value ~= nil and not kinds[type(value)] then
    fault(level + 1, "`%s` should not be a %s", name, type(value))
  end
end

-- Fields that a chat does not have, and a conversation does.
local MORE = { system = true, context = true, max_turns = true, max_result_bytes = true }

-- Here, not at the first question, where it would be an answer that failed.
local function check_names(fields, level)
  local shape = endpoint.get("chat").shape
  local reason = schema.check_names({
    fields = tables.with(shape.fields, MORE), renamed = shape.renamed,
  }, fields)
  if reason then fault(level + 1, "%s", reason) end
end

--- Make one. Raises on what only a mistake in the calling code can bring about.
---@param client mistral.Client
---@param fields table of a chat, and `system`, `messages`, `context`, `tools` and `max_turns`
---@param level integer of the caller to blame
---@return mistral.Conversation
function M.new(client, fields, level)
  check_names(fields, level + 1)
  check_kind(fields, "system", { string = true, table = true }, level + 1)
  check_kind(fields, "context", { number = true }, level + 1)
  run.check(fields, level + 1)
  local own = {}
  for name, value in pairs(fields) do
    if not OWN[name] then own[name] = value end
  end
  return setmetatable({
    client = client,
    system = fields.system,
    context = fields.context,
    fields = own,
    messages = history.fit(fields.messages or {}),
    usage = {},
    described = run.describe(fields.tools),
  }, Conversation)
end

local ROLES = { system = true, user = true, assistant = true, tool = true }

-- An assistant may have called tools and said nothing.
local function has_content(message)
  local kind = not json.is_null(message.content) and type(message.content)
  return kind == "string" or kind == "table"
    or message.role == "assistant" and type(message.tool_calls) == "table"
end

--- Add a message that was said elsewhere. Nothing is sent.
---@param message table role and content, as in `messages`
---@return mistral.Conversation self
function Conversation:add(message)
  options.method(self, "client", "conversation:add", 2)
  if type(message) ~= "table" or not ROLES[message.role] then
    error("conversation:add takes a message: a table with the role system, user, assistant or tool",
      2)
  end
  if not has_content(message) then
    error(("conversation:add: the %s's message has no `content`, a text or a list of parts"):format(
      message.role), 2)
  end
  self.messages[#self.messages + 1] = message
  return self
end

-- Asking -----------------------------------------------------------------------------------------

local function has_system(self)
  return self.system ~= nil and self.system ~= ""
end

-- All that could be sent, the question at its end.
local function all_messages(self, question)
  local all = {}
  if has_system(self) then all[1] = { role = "system", content = self.system } end
  for _, message in ipairs(self.messages) do
    all[#all + 1] = message
  end
  all[#all + 1] = question
  return all
end

-- Tokens that the messages may weigh; nil when nobody knows the model's context.
local function budget_of(self)
  local known = self.client.account and self.client.account.known
  local context = self.context or known and self.fields.model and known:context(self.fields.model)
  if not context then return nil end
  local beside = trim.weigh {
    tools = self.described, response_format = self.fields.response_format,
  }
  return context - (self.fields.max_tokens or ANSWER_TOKENS) - beside
end

local function request_of(self, messages)
  return tables.with(self.fields, { messages = messages })
end

local function send(self, waiting, messages, callbacks)
  return waiting:await(function(limits)
    limits.on_delta, limits.on_tool = callbacks.on_delta, callbacks.on_tool
    return run.start(self.client, request_of(self, messages), limits)
  end)
end

-- Send as much as fits, and less where the service finds that it does not.
local function send_fitting(self, waiting, all, callbacks)
  local budget = budget_of(self)
  local reply, err, sent, left_out
  for _ = 1, TRIES do
    sent, left_out = all, 0
    if budget then sent, left_out = trim.to(all, budget) end
    reply, err = send(self, waiting, sent, callbacks)
    local too_long = err and err.code == "context_too_long" and #(err.messages or {}) <= #sent
    local least = too_long and select(2, trim.to(all, 0)) or 0
    if left_out >= least then break end
    budget = trim.weigh { messages = sent } * SHRINK
  end
  return reply, err, sent, left_out
end

-- The text of an answer that somebody stopped.
local function partial(err)
  local reply = err.code == "cancelled" and err.reply
  if not reply or (reply.text or "") == "" then return nil end
  return { role = "assistant", content = reply.text }
end

local function append(list, messages, first)
  for index = first, #messages do
    list[#list + 1] = messages[index]
  end
end

-- The new history: all there was, the question, what came of it, and what was added meanwhile.
local function keep(self, asked, new)
  local messages = {}
  append(messages, asked.all, asked.first)
  append(messages, new, 1)
  append(messages, self.messages, asked.count + 1)
  self.messages = messages
end

local function settle(self, asked, sent, reply, err)
  local ended = reply or err
  local new = {}
  append(new, ended.messages or {}, #sent + 1)
  if err then new[#new + 1] = partial(err) end
  if reply or new[1] then keep(self, asked, new) end
  if ended.usage then tables.add(self.usage, ended.usage) end
end

local function question_of(content)
  if type(content) == "table" and content.role then return content end
  return { role = "user", content = content }
end

local function converse(self, waiting, content, callbacks)
  local filled, wrong = run.read_parts(self.client, { question_of(content) }, "ask")
  if not filled then return nil, wrong end
  if content == "" or type(content) == "table" and next(content) == nil then
    return nil, errors.new("refused", "ask: there is nothing to say")
  end
  local asked = {
    all = history.fit(all_messages(self, filled[1])),
    first = has_system(self) and 2 or 1, -- of them that is not the system's
    count = #self.messages,
  }
  local reply, err, sent, left_out = send_fitting(self, waiting, asked.all, callbacks)
  settle(self, asked, sent, reply, err)
  local ended = reply or err
  ended.messages, ended.left_out = self.messages, left_out
  return reply, err
end

local function start(self, content, callbacks)
  if self.asked and not self.asked.ended then
    return task.run(self.client, callbacks, function()
      return nil, errors.new("refused", "this conversation still waits for an answer")
    end)
  end
  self.asked = task.run(self.client, callbacks, function(waiting)
    return converse(self, waiting, content, callbacks)
  end)
  return self.asked
end

local function check_ask(self, name, content, callbacks)
  options.method(self, "client", "conversation:" .. name, 3)
  if self.client.pump.closed then error(("conversation:%s on a closed client"):format(name), 3) end
  if type(content) ~= "string" and type(content) ~= "table" then
    error(("conversation:%s takes a text or a list of parts, got a %s"):format(name, type(content)),
      3)
  end
  options.check(callbacks, "conversation:" .. name, 3, run.CALLBACKS)
end

--- Say something, and get the answer. The tools of the conversation are called for you.
---@param content string|table[]|mistral.FilePart what the user says
---@param callbacks? mistral.Callbacks also `on_tool`
---@return mistral.Task|mistral.Reply|nil
---@return mistral.Error?
function Conversation:ask(content, callbacks)
  check_ask(self, "ask", content, callbacks or {})
  local started = start(self, content, callbacks or {})
  if callbacks then return started end
  return started:wait()
end

--- Say something, and loop over the answer as it comes.
---@param content string|table[]|mistral.FilePart
---@param callbacks? mistral.Callbacks
---@return mistral.Deltas
function Conversation:stream(content, callbacks)
  check_ask(self, "stream", content, callbacks or {})
  local function begin(listening) return start(self, content, listening) end
  local stream = deltas.new(begin, callbacks or {}, self.client.pump)
  return stream, nil, nil, stream
end

-- Saving -----------------------------------------------------------------------------------------

-- Functions are no part of a file.
local UNSAVED = { tools = true }

--- Write it to a file, which `mistral.conversation` reads; its owner alone may read it. Tools are not
--- saved, and no key is.
---@param path string
---@return true?
---@return mistral.Error? err
function Conversation:save(path)
  options.method(self, "client", "conversation:save", 2)
  if type(path) ~= "string" or path == "" then error("conversation:save takes a path", 2) end
  local messages, err = run.read_parts(self.client, self.messages, "save")
  if not messages then return nil, err end
  local fields = { system = self.system, messages = messages, context = self.context }
  for name, value in pairs(self.fields) do
    if not UNSAVED[name] then fields[name] = value end
  end
  return saved.write(path, fields)
end

return M
