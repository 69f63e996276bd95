--- :Mistral: which words it takes, and what each does.
local complete = require("mistral.editor.complete")
local explain = require("mistral.editor.explain")
local health = require("mistral.editor.health")
local preview = require("mistral.editor.preview")
local review = require("mistral.editor.review")

local M = {}

---@class mistral.Command as the user gave it
---@field args string all behind :Mistral
---@field bang boolean
---@field first? integer range, when one was given
---@field last? integer

---@class mistral.Subcommand
---@field words? string[] what may follow; none: anything may
---@field range? boolean whether it takes a range
---@field bang? boolean whether it takes a bang
---@field run fun(session: mistral.Session, rest: string, command: mistral.Command): any, string|nil

local function range_of(session, command, wish)
  return {
    buffer = session.host.buffer(),
    first = command.first,
    last = command.last,
    wish = wish,
  }
end

--- Runs `start` with the options, or says what is wrong with those.
local function with_options(session, start)
  local options, message = session:options()
  if not options then
    return nil, message
  end
  return start(options)
end

local function run_preview(session, rest, command)
  local kind, wish = rest:match("^(%S*)%s*(.*)$")
  return with_options(session, function(options)
    return preview.start(session, kind, range_of(session, command, wish), options)
  end)
end

local function run_stop(session, rest)
  local kind = rest ~= "" and rest or nil
  local count = session:stop(kind, "user")
  if count == 0 then
    return nil, kind and ("no %s is running"):format(kind) or "nothing is running"
  end
  return true
end

local function run_complete(session)
  if session.host.one_command() then
    session.host.schedule(function()
      M.run(session, { args = "complete", bang = false })
    end)
    return true
  end
  return with_options(session, function(options)
    return complete.start(session, options)
  end)
end

---@type table<string, mistral.Subcommand>
local SUBCOMMANDS = {
  review = {
    range = true,
    run = function(session, rest, command)
      return with_options(session, function(options)
        return review.start(session, range_of(session, command, rest), options)
      end)
    end,
  },
  explain = {
    range = true,
    run = function(session, rest, command)
      return with_options(session, function(options)
        return explain.start(session, range_of(session, command, rest), options)
      end)
    end,
  },
  complete = { words = {}, run = run_complete },
  stop = { words = { "review", "explain", "complete", "health" }, run = run_stop },
  preview = { words = preview.kinds, needs_word = true, range = true, run = run_preview },
  health = {
    words = { "online" },
    bang = true,
    run = function(session, rest, command)
      health.start(session, rest == "online" or command.bang)
      return true
    end,
  },
}

local NAMES = {}
for name in pairs(SUBCOMMANDS) do
  NAMES[#NAMES + 1] = name
end
table.sort(NAMES)

local function contains(list, word)
  for _, item in ipairs(list) do
    if item == word then
      return true
    end
  end
  return false
end

--- What is wrong with the words behind a subcommand, if anything.
local function bad_words(name, subcommand, rest)
  local words = subcommand.words
  if not words then
    return nil
  end
  local first = rest:match("^%S+")
  if first and not contains(words, first) then
    local known = #words > 0 and "; it takes " .. table.concat(words, ", ") or ""
    return (":Mistral %s does not take `%s`%s"):format(name, first, known)
  elseif not first and subcommand.needs_word then
    return (":Mistral %s needs one of %s"):format(name, table.concat(words, ", "))
  end
end

local function bad_command(name, subcommand, rest, command)
  if name == "" then
    return ":Mistral needs one of " .. table.concat(NAMES, ", ")
  elseif not subcommand then
    return ("there is no :Mistral %s; there are %s"):format(name, table.concat(NAMES, ", "))
  elseif command.first and not subcommand.range then
    return (":Mistral %s takes no range"):format(name)
  elseif command.bang and not subcommand.bang then
    return (":Mistral %s takes no !"):format(name)
  end
  return bad_words(name, subcommand, rest)
end

--- Runs what was typed; what is wrong with it is said in one sentence.
---@param session mistral.Session
---@param command mistral.Command
function M.run(session, command)
  local name, bang, rest = command.args:match("^%s*([^%s!]*)(!?)%s*(.-)%s*$")
  local subcommand = SUBCOMMANDS[name]
  command.bang = command.bang or bang == "!"
  local message = bad_command(name, subcommand, rest, command)
  if message then
    return session:tell(message, "error")
  end
  local ran, started, problem = pcall(subcommand.run, session, rest, command)
  if not ran then
    session:tell(tostring(started), "error")
  elseif not started and problem then
    session:tell(problem, "warn")
  end
end

--- The words that may stand where the cursor is.
---@param line string the command line up to the cursor
---@return string[]
function M.candidates(line)
  local words = line:match("Mistral!?%s+(.*)$") or ""
  local name = words:match("^([^%s!]+)!?%s")
  if not name then
    return NAMES
  end
  local subcommand = SUBCOMMANDS[name]
  local is_second = words:match("^%S+%s+%S*$")
  return subcommand and is_second and subcommand.words or {}
end

return M
