--- Prompts of the user's own, and of the project's, as subcommands of :Mistral.
local find = require("mistral.editor.prompts.find")
local read = require("mistral.editor.prompts.read")
local text = require("mistral.text")
local trust = require("mistral.editor.prompts.trust")

local M = {}

local LIST = "mistral://prompts"

-- Running it: loaded when the first one is.
local function run()
  return require("mistral.editor.prompts.run")
end

local function entries(session, taken)
  local options, message = session:options()
  if not options then
    return nil, message
  end
  return find.all(session.host, options, taken)
end

--- The names that can be called.
---@param session mistral.Session
---@param taken table<string, any> names of subcommands
---@return string[]
function M.names(session, taken)
  local names, _, by_name = {}, entries(session, taken)
  for name in pairs(by_name or {}) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

local function entry_of(session, name, taken)
  local _, by_name = entries(session, taken)
  return type(by_name) == "table" and by_name[name] or nil
end

-- Trust --------------------------------------------------------------------------------------------

local QUESTION = "This project comes with the prompt `%s`, and you have not trusted it as it is: "
  .. "%s sends %s"
local CHOICES = {
  "run it, and trust it until it changes", "look at its file first", "do not run it",
}
local RUN, LOOK = 1, 2

local function what_is_sent(prompt)
  local given = read.gives(prompt.scope)
  return given == "code" and "lines of your buffer with its text"
    or given == "diff" and "what you have changed with its text" or "its text"
end

-- The lines of a range, kept while a question is open.
local function hold(session, range)
  local mark = range.first and session.host.mark(range.buffer, range.first, range.last)
  local held = {}
  function held.close()
    if mark then
      mark.remove()
    end
  end
  function held.range()
    if not session.host.valid(range.buffer) then
      return nil, "the buffer is gone"
    elseif mark then
      range.first, range.last = mark.range()
    end
    return (not mark or range.first) and range, "the lines are gone"
  end
  session:keep(held)
  return held
end

-- The file may have changed since the question was put: what is run is what was asked about.
local function still_the_same(session, entry, taken)
  local now = entry_of(session, entry.name, taken)
  return now and now.path == entry.path and now.bytes == entry.bytes
end

local function trusted(session, entry, taken)
  if not still_the_same(session, entry, taken) then
    return nil, ("the prompt `%s` was changed meanwhile; run it again"):format(entry.name)
  end
  local kept, message = trust.remember(entry)
  if not kept then
    session:tell(("that the prompt `%s` is trusted cannot be kept: %s"):format(
      entry.name, message), "warn")
  end
  return true
end

local function answered(session, entry, taken, choice)
  if choice == LOOK then
    return nil, select(2, session.host.open(entry.path))
  elseif choice ~= RUN then
    return nil, ("the prompt `%s` was not run; nothing was sent"):format(entry.name)
  end
  return trusted(session, entry, taken)
end

-- Asks, and goes on when the answer is yes.
local function ask(session, entry, range, taken, go_on)
  local held = hold(session, range)
  local question = QUESTION:format(entry.name, text.line(entry.path, 300),
    what_is_sent(entry.prompt))
  session.host.ask(question, CHOICES, function(choice)
    if session.closed then
      return
    end
    local done, message = answered(session, entry, taken, choice)
    if done then
      done, message = held.range()
    end
    session:drop(held)
    held.close()
    if done then
      done, message = go_on()
    end
    if not done and message then
      session:tell(message, "warn")
    end
  end)
  return true
end

-- Subcommands --------------------------------------------------------------------------------------

local function range_of(session, rest, command)
  return {
    buffer = session.host.buffer(), first = command.first, last = command.last, wish = rest,
  }
end

local function start(session, entry, range, taken)
  local function go_on()
    local options, message = session:options()
    if not options then
      return nil, message
    end
    return run().start(session, entry.prompt, range, options)
  end
  if trust.knows(entry) then
    return go_on()
  end
  return ask(session, entry, range, taken, go_on)
end

--- The subcommand of that name.
---@param session mistral.Session
---@param name string
---@param taken table<string, any> names of subcommands
---@return mistral.Subcommand|nil
function M.subcommand(session, name, taken)
  local entry = entry_of(session, name, taken)
  if not entry then
    return nil
  elseif entry.problem then
    return { range = true, run = function() return nil, entry.problem end }
  end
  return {
    range = entry.prompt.scope == "range",
    run = function(_, rest, command)
      return start(session, entry, range_of(session, rest, command), taken)
    end,
  }
end

--- What it would send, for the preview: nothing is sent by that, so nobody is asked.
---@param session mistral.Session
---@param name string
---@param taken table<string, any> names of subcommands
---@return mistral.preview.Offer|nil
function M.offer(session, name, taken)
  local entry = entry_of(session, name, taken)
  if not entry then
    return nil
  end
  return function(_, range, options, done)
    if entry.problem then
      return nil, entry.problem
    elseif range.first and entry.prompt.scope ~= "range" then
      return nil, (":Mistral %s takes no range"):format(name)
    end
    return run().params(session, entry.prompt, range, options, done)
  end
end

-- The list -----------------------------------------------------------------------------------------

local function origin(entry)
  if not entry.project then
    return "yours"
  end
  return trust.knows(entry) and "the project's" or "the project's, not trusted yet"
end

local function lines_of(list)
  local lines = {}
  for _, entry in ipairs(list) do
    if entry.problem then
      lines[#lines + 1] = "! " .. entry.problem
    else
      lines[#lines + 1] = (":Mistral %s  %s"):format(entry.name, entry.prompt.description)
      lines[#lines + 1] = ("    %s (%s)"):format(text.line(entry.path, 300), origin(entry))
    end
  end
  return lines
end

local function none(options)
  local own = find.own(options)
  return ("there are no prompts: put one into %s, or into %s of a project; see :help "
    .. "mistral-prompts"):format(own or "the folder that option prompts.folder names",
    find.IN_PROJECT)
end

--- `:Mistral prompts`: shows all of them, and what is wrong with some.
---@param session mistral.Session
---@param options mistral.Options
---@param taken table<string, any> names of subcommands
---@return true|nil, string|nil message
function M.list(session, options, taken)
  local list = find.all(session.host, options, taken)
  if #list == 0 then
    return nil, none(options)
  end
  local buffer = session.host.split({
    name = LIST, filetype = "", position = "below", focus = true, wrap = false,
  })
  session.host.fill(buffer, lines_of(list))
  return true
end

return M
