--- A conversation in which the model may call the user's tools: it is asked, its calls are carried
--- out, it is told what they gave, and so on, until it answers in words.
local errors = require "mistral.errors"
local hide = require "mistral.api.hide"
local history = require "mistral.api.work.history"
local parts = require "mistral.api.parts"
local tables = require "mistral.tables"
local task = require "mistral.api.task"
local tool = require "mistral.api.work.tool"

local M = {}

local MAX_TURNS = 10
local MAX_RESULT_BYTES = 64 * 1024

-- Fields of ours among those of the service.
local OWN = { messages = true, tools = true, max_turns = true, max_result_bytes = true }

--- What may stand beside the callbacks of a chat.
M.CALLBACKS = { on_tool = { ["function"] = true } }

-- Checking ---------------------------------------------------------------------------------------

local function fault(level, ...)
  error(string.format(...), level + 1)
end

local function check_field(one, name, kind, path, level)
  local value = one[name]
  if value ~= nil and type(value) ~= kind then
    fault(level + 1, "`%s.%s` should be a %s, got a %s", path, name, kind, type(value))
  end
end

local TOOL_FIELDS = {
  name = "string", description = "string", parameters = "table", strict = "boolean",
  call = "function",
}

-- A tool of the user's, also when it is written as the service writes it.
local function plain(one)
  if type(one) ~= "table" or one.type ~= nil and one.type ~= "function" then return nil end
  local inner = one["function"]
  if type(inner) ~= "table" then return one end
  return tables.with({ call = one.call }, inner)
end

local function check_tool(one, path, level)
  for name in pairs(one) do
    if not TOOL_FIELDS[name] then
      fault(level + 1, "`%s` has no field `%s`", path, tostring(name))
    end
  end
  for name, kind in pairs(TOOL_FIELDS) do
    check_field(one, name, kind, path, level + 1)
  end
  if not one.name then fault(level + 1, "`%s.name` is missing", path) end
  if not one.call then fault(level + 1, "`%s.call` is missing: the function to call", path) end
end

local function check_count(params, name, level)
  local value = params[name]
  if value == nil then return end
  if type(value) ~= "number" or value < 1 or value % 1 ~= 0 then
    fault(level + 1, "`%s` should be a whole number from 1 on", name)
  end
end

-- A list with a hole ends at the hole for whoever goes through it, and nobody would notice.
local function check_list(params, name, level)
  local list, count = params[name], 0
  if list == nil then return end
  if type(list) ~= "table" then fault(level + 1, "`%s` should be a list", name) end
  for _ in pairs(list) do count = count + 1 end
  if count ~= #list then fault(level + 1, "`%s` has holes or named fields", name) end
end

local function check_tables(list, name, level)
  for index, item in ipairs(list) do
    if type(item) ~= "table" then
      fault(level + 1, "`%s[%d]` should be a table, got a %s", name, index, type(item))
    end
  end
end

--- Raise on what only a mistake in the calling code can bring about.
---@param params table
---@param level integer of the caller to blame
function M.check(params, level)
  check_count(params, "max_turns", level + 1)
  check_count(params, "max_result_bytes", level + 1)
  check_list(params, "tools", level + 1)
  check_list(params, "messages", level + 1)
  check_tables(params.messages or {}, "messages", level + 1)
  local seen = {}
  for index, one in ipairs(params.tools or {}) do
    local path = ("tools[%d]"):format(index)
    local own = plain(one)
    if own then
      check_tool(own, path, level + 1)
      if seen[own.name] then fault(level + 1, "`%s` is the second named %s", path, own.name) end
      seen[own.name] = true
    end
  end
end

--- Whether there is a tool among these that `run` would call.
---@param params table
---@return boolean
function M.wanted(params)
  for _, one in ipairs(type(params.tools) == "table" and params.tools or {}) do
    if type(one) == "table" and type(one.call) == "function" then return true end
  end
  return false
end

-- Tools ------------------------------------------------------------------------------------------

-- As the service wants to hear of it.
local function described(one)
  local own = plain(one)
  if not own then return one end
  return {
    type = "function",
    ["function"] = {
      name = own.name,
      description = own.description,
      parameters = own.parameters or { type = "object", properties = {} },
      strict = own.strict,
    },
  }
end

--- The tools as the service wants to hear of them; nil when there are none.
---@param list? table[]
---@return table[]?
function M.describe(list)
  local out = {}
  for index, one in ipairs(list or {}) do
    out[index] = described(one)
  end
  return out[1] and out
end

local function index_tools(list)
  local tools = { by_name = {}, names = {}, described = M.describe(list) }
  for _, one in ipairs(list or {}) do
    local own = plain(one)
    if own then
      tools.by_name[own.name] = own
      tools.names[#tools.names + 1] = own.name
    end
  end
  return tools
end

--- The messages with the files in them read, each once for all turns; none is that holds keys.
---@param client mistral.Client
---@param messages table[]
---@param what string who asks, for the sentence
---@return table[]?
---@return mistral.Error? err
function M.read_parts(client, messages, what)
  local err = hide.refused("chat", { messages = messages }, client.allow_files)
  if err then return nil, err end
  local filled, reason = parts.fill(messages)
  if not filled then return nil, errors.new("refused", what .. ": " .. reason) end
  return filled
end

-- Turns ------------------------------------------------------------------------------------------

-- A choice that is forced would be forced again in every turn, without end.
local function choice(params, turn)
  local wanted = params.tool_choice
  if turn == 1 or wanted == nil or wanted == "none" then return wanted end
  return "auto"
end

local function request_of(state, turn)
  local params = {}
  for name, value in pairs(state.params) do
    if not OWN[name] then params[name] = value end
  end
  params.messages = state.messages
  params.tools = state.tools.described
  params.tool_choice = choice(state.params, turn)
  return params
end

local function ask(self, state, turn)
  return self:ask("chat", request_of(state, turn), { on_delta = state.callbacks.on_delta })
end

-- Every error tells what has been said so far, in a form that can be sent again.
local function give_up(state, err)
  err.messages, err.usage = state.messages, state.usage
  return nil, err
end

-- Asked in the middle of a turn, where calls may have no answer yet.
local function so_far(state)
  return { messages = history.fit(state.messages), usage = state.usage }
end

local function carry_out(self, state, calls, turn)
  for _, call in ipairs(calls) do
    local content = history.unanswered()
    if not self.cancelled then
      local event
      content, event = tool.call(state.tools, call, turn, state.limit)
      -- A tool may have closed the client, and with it ended this.
      if state.callbacks.on_tool and not self.ended then
        self.client.pump:call(state.callbacks.on_tool, event)
      end
    end
    state.messages[#state.messages + 1] = history.result(call, content)
  end
end

local function take_turn(self, state, turn)
  local reply, err = ask(self, state, turn)
  if reply and reply.usage then tables.add(state.usage, reply.usage) end
  if not reply then return nil, err end
  local calls = history.append(state.messages, reply.message)
  carry_out(self, state, calls, turn)
  if #calls > 0 then return nil end
  reply.messages, reply.usage, reply.turns = state.messages, state.usage, turn
  return reply
end

local function too_many(state)
  return errors.new("turns",
    ("the model still calls tools after %d turns"):format(state.max_turns))
end

local function converse(self, state)
  for turn = 1, state.max_turns do
    local reply, err = take_turn(self, state, turn)
    if err then return give_up(state, err) end
    if reply then return reply end
    if self.cancelled then return give_up(state, self:cancelled_error()) end
  end
  return give_up(state, too_many(state))
end

--- Start it.
---@param client mistral.Client
---@param params table as `client:run` takes it, checked
---@param callbacks mistral.Callbacks
---@return mistral.Task
function M.start(client, params, callbacks)
  local state = {
    params = params,
    callbacks = callbacks,
    messages = params.messages,
    tools = index_tools(params.tools),
    usage = {},
    max_turns = params.max_turns or MAX_TURNS,
    limit = params.max_result_bytes or MAX_RESULT_BYTES,
  }
  return task.run(client, callbacks, function(self)
    if type(params.messages) == "table" then
      local filled, err = M.read_parts(client, params.messages, "run")
      if not filled then return nil, err end
      state.messages = history.fit(filled)
      self.so_far = function() return so_far(state) end
    end
    return converse(self, state)
  end)
end

return M
