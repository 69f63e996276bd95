--- Conversations as files: written whole or not at all, for their owner's eyes, and read with the
--- care that a file from elsewhere wants.
local endpoint = require "mistral.api.endpoint"
local errors = require "mistral.errors"
local history = require "mistral.api.work.history"
local json = require "mistral.json"
local text = require "mistral.text"

local M = {}

local KIND, VERSION = "mistral.conversation", 1
local MOST_BYTES = 256 * 1024 * 1024

-- Fields of a conversation that no request has.
local NUMBERS = { context = true, max_turns = true, max_result_bytes = true }

---@class mistral.SavedConversation what `client:conversation` takes
---@field system? string|table[]
---@field messages table[]
---@field model? string and further fields of a chat

local function failed(path, reason)
  return nil, errors.new("file", ("%s: %s"):format(text.line(path, 200), reason))
end

-- Writing ----------------------------------------------------------------------------------------

-- A name beside the file that nobody else has.
local function beside(path)
  local place = tostring({}):match "0x(%x+)" or "0"
  return ("%s.%d%s.tmp"):format(path, os.time() % 1000000, place:sub(-6))
end

local function fill(path, content)
  local file, message = io.open(path, "wb")
  if not file then return message end
  local written, problem = file:write(content)
  local closed, at_end = file:close()
  if not written or not closed then return problem or at_end or "it cannot be written" end
end

-- The journal makes its file for its owner alone, and what is written over it stays so.
local function write_beside(path, content)
  local other = beside(path)
  local made, message = require("mistral.native").append(other, "{}")
  if not made then return nil, message end
  local problem = fill(other, content)
  if problem then os.remove(other) end
  return not problem and other or nil, problem
end

--- Write a conversation. A file of that name is replaced in one step, or stays as it was.
---@param path string
---@param fields mistral.SavedConversation
---@return true?
---@return mistral.Error? err
function M.write(path, fields)
  local content, reason = json.encode { kind = KIND, version = VERSION, conversation = fields }
  if not content then return failed(path, "this conversation cannot be written: " .. reason) end
  local other, message = write_beside(path, content .. "\n")
  if not other then return failed(path, message) end
  local moved, problem = os.rename(other, path)
  if moved then return true end
  os.remove(other)
  return failed(path, problem)
end

-- Reading ----------------------------------------------------------------------------------------

local function read(path)
  local found, message = require("mistral.native").stat(path)
  if not found then return nil, (message:gsub("^.*: ", "")) end
  if found.type ~= "file" then return nil, "it is not an ordinary file" end
  if found.size > MOST_BYTES then return nil, "it is too large to be a conversation" end
  local file, problem = io.open(path, "rb")
  if not file then return nil, (problem:gsub("^.-: ", "")) end
  local content = file:read "*a"
  file:close()
  return content or "", nil
end

local function is_list(value)
  return type(value) == "table" and (value[1] ~= nil or next(value) == nil)
end

local function decode(content)
  local value = json.decode(content)
  if type(value) ~= "table" or value.kind ~= KIND then return nil, "it is no saved conversation" end
  if value.version ~= VERSION then
    return nil, ("it is of version %s; this one reads version %d"):format(
      text.line(tostring(value.version), 20), VERSION)
  end
  local fields = value.conversation
  if type(fields) ~= "table" or not is_list(fields.messages) then
    return nil, "it holds no messages"
  end
  if fields.tools ~= nil then return nil, "it holds tools, which only a program can give" end
  for name in pairs(NUMBERS) do
    local number = fields[name]
    if number ~= nil and (type(number) ~= "number" or number < 1 or number % 1 ~= 0) then
      return nil, ("its `%s` is not a whole number from 1 on"):format(name)
    end
  end
  return fields
end

-- What says how to call tools; the tools themselves are in no file, but come again from the program.
local OF_TOOLS = { tool_choice = true, parallel_tool_calls = true }

-- The request that would be sent if its owner said something now.
local function next_request(fields)
  local params, messages = {}, {}
  for name, value in pairs(fields) do
    local sent = name ~= "system" and not NUMBERS[name] and not OF_TOOLS[name]
    if sent then params[name] = value end
  end
  if fields.system ~= nil then messages[1] = { role = "system", content = fields.system } end
  for _, message in ipairs(fields.messages) do
    messages[#messages + 1] = message
  end
  messages[#messages + 1] = { role = "user", content = "." }
  params.messages, params.model = history.fit(messages), params.model or "any"
  return params
end

-- Anything may stand in a file; what trips over it is as good as a refusal.
local function check(fields)
  local why = "it is not a conversation that can be sent"
  local checked, _, err = pcall(function()
    return endpoint.call("chat", next_request(fields), false)
  end)
  if not checked then return why end
  return err and why .. ": " .. err.message
end

--- Read a conversation that was saved, whoever saved it.
---@param path string
---@return mistral.SavedConversation?
---@return mistral.Error? err
function M.read(path)
  local content, reason = read(path)
  if not content then return failed(path, reason) end
  local fields
  fields, reason = decode(content)
  reason = reason or check(fields)
  if reason then return failed(path, reason) end
  return fields
end

return M
