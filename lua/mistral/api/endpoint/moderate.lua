--- moderations and classifications, of texts and of conversations.
local common = require "mistral.api.endpoint.common"
local errors = require "mistral.errors"
local json = require "mistral.json"
local messages = require "mistral.api.endpoint.messages"
local tables = require "mistral.tables"
local whole = require "mistral.api.reader.whole"

local M = {}

---@class mistral.Moderation
---@field flagged boolean any of the categories applies
---@field categories table<string, boolean>
---@field category_scores table<string, number>

---@class mistral.Moderations
---@field results mistral.Moderation[] one for each input
---@field flagged boolean any of them is
---@field model? string
---@field id? string

local function broken(what)
  return nil, errors.new("broken", "the results do not fit the request: " .. what)
end

local function holds_only(value, kind)
  if type(value) ~= "table" then return false end
  for name, item in pairs(value) do
    if type(name) ~= "string" or type(item) ~= kind then return false end
  end
  return true
end

local function moderation(result)
  if not holds_only(result.categories, "boolean")
    or not holds_only(result.category_scores, "number") then
    return nil, "a result has no categories with their scores"
  end
  local out = { flagged = false, categories = result.categories,
    category_scores = result.category_scores }
  for _, applies in pairs(result.categories) do
    out.flagged = out.flagged or applies
  end
  return out
end

local function classification(result)
  for name, target in pairs(result) do
    if type(name) ~= "string" or type(target) ~= "table" or not holds_only(target.scores, "number")
    then
      return nil, "a result has a target without scores"
    end
  end
  return result
end

-- One conversation is one input, and so is one text.
local function count_of(input)
  if type(input) == "string" then return 1 end
  local first = input[1]
  return type(first) == "table" and first.role ~= nil and 1 or #input
end

local function shaper(read)
  return function(decoded, options)
    local results, count = decoded.results, count_of(options.call.params.input)
    if type(results) ~= "table" then return broken "there is no list of them" end
    if #results ~= count then
      return broken(("%d were asked for, and %d came"):format(count, #results))
    end
    local reply = {
      results = {},
      model = type(decoded.model) == "string" and decoded.model or nil,
      id = type(decoded.id) == "string" and decoded.id or nil,
      usage = type(decoded.usage) == "table" and json.without_nulls(decoded.usage) or nil,
    }
    for index, result in ipairs(results) do
      if type(result) ~= "table" then return broken "a result is no table" end
      local out, trouble = read(result)
      if not out then return broken(trouble) end
      reply.results[index] = out
    end
    return reply
  end
end

local read_moderations = shaper(moderation)

local function to_moderations(decoded, options)
  local reply, err = read_moderations(decoded, options)
  if not reply then return nil, err end
  reply.flagged = false
  for _, result in ipairs(reply.results) do
    reply.flagged = reply.flagged or result.flagged
  end
  return reply
end

local TEXTS = {
  kind = "object",
  renamed = { text = "use `input`" },
  fields = {
    model = common.MODEL,
    input = {
      kind = "choice", required = true,
      of = { { kind = "string" }, { kind = "list", of = { kind = "string" }, none = "is empty" } },
    },
    metadata = common.OBJECT,
  },
}

local function check_conversation(list, path)
  for index, message in ipairs(list) do
    local reason = messages.check_shape(message, ("%s[%d]"):format(path, index))
    if reason then return reason end
  end
end

-- A list of messages, or a list of such lists.
local function check_conversations(list, path)
  if list[1].role ~= nil then return check_conversation(list, path) end
  for index, one in ipairs(list) do
    local here = ("%s[%d]"):format(path, index)
    if type(one) ~= "table" or one[1] == nil then
      return ("`%s` should be a list of messages"):format(here)
    end
    local reason = check_conversation(one, here)
    if reason then return reason end
  end
end

local CHATS = {
  kind = "object",
  fields = {
    model = common.MODEL,
    input = {
      kind = "list", required = true, none = "is empty: there is nothing to judge",
      of = { kind = "any" },
      check = function(list, path)
        if type(list[1]) ~= "table" then return ("`%s` should hold messages"):format(path) end
        return check_conversations(list, path)
      end,
    },
  },
}

-- The service calls a conversation `input`, too; chat calls it `messages`, so that is taken.
local function as_input(params)
  if params.messages == nil then return params end
  if params.input ~= nil then return nil, "give either `input` or `messages`" end
  local out = tables.copy(params)
  out.input, out.messages = params.messages, nil
  return out
end

local function endpoint(path, shape, reader)
  return {
    method = "POST", path = path, shape = shape, reader = whole.reader(reader),
    prepare = shape == CHATS and as_input or nil,
  }
end

M.moderate = endpoint("/moderations", TEXTS, to_moderations)
M.moderate_chat = endpoint("/chat/moderations", CHATS, to_moderations)
M.classify = endpoint("/classifications", TEXTS, shaper(classification))
M.classify_chat = endpoint("/chat/classifications", CHATS, shaper(classification))

--- Which of the two a request is for: texts, or conversations.
---@param kind "moderate"|"classify"
---@param params table
---@return string kind
function M.kind(kind, params)
  local input = params.input
  local first = type(input) == "table" and input[1]
  local chat = params.messages ~= nil or type(first) == "table"
  return chat and kind .. "_chat" or kind
end

return M
