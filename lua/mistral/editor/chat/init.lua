--- Chats: how one begins or goes on, and which conversation a question is put to.
local document = require("mistral.editor.chat.document")
local rooms = require("mistral.editor.chat.room")
local store = require("mistral.editor.chat.store")
local talks = require("mistral.editor.chat.talk")

local M = {}

-- Chats ---------------------------------------------------------------------------------------------

local function model_of(options)
  return options.chat.model
end

-- The buffer it is asked from, if that is none of ours.
local function home_of(session)
  local buffer = session.host.buffer()
  local talk = rooms.at(session, buffer)
  return talk and talk.home or buffer
end

local function show(session, name, options)
  return session.host.split({
    name = name, filetype = "markdown", position = options.chat.position, focus = true,
    writable = true, omnifunc = "MistralWords",
  })
end

local function open(session, name, options, lines, file)
  local home = home_of(session)
  local buffer = show(session, name, options)
  session.host.fill(buffer, lines)
  session.host.set_cursor(#lines, #lines[#lines])
  local talk = talks.new(session, buffer, {
    kind = "chat", name = name, leading = "user", model = model_of, on_save = store.save,
    home = home, file = file, kept = file and table.concat(lines, "\n") .. "\n",
  })
  rooms.adopt(session, talk)
  return talk
end

local function begin(session, options, settings)
  local room = rooms.of(session)
  room.count = room.count + 1
  local lines = document.new(settings or { model = options.chat.model })
  return open(session, "mistral://chat/" .. room.count, options, lines)
end

local function reopen(session, talk, options)
  local home = home_of(session)
  show(session, talk.name, options)
  talk.home = home
  return talk
end

-- The lines that are given with a question are what its @range speaks of.
local function with_range(question, range)
  if not range.first or question:find("@range", 1, true) then
    return question
  end
  return question == "" and document.PROMPT .. "@range " or question .. " @range"
end

local function put(talk, question, range)
  local done, message = talk:put(with_range(question, range))
  if not done then
    return nil, message
  end
  talk:speak_of(range)
  return true
end

--- `:Mistral chat`: the chat that was spoken in last, or another one if asked, or if there is none. A
--- question is put to its end and sent.
---@param session mistral.Session
---@param range mistral.Range its wish is the question
---@param options mistral.Options
---@param new boolean
---@param settings? mistral.chat.Settings what stands at the top of a new one
---@return mistral.chat.Answer|true|nil, string|nil message
function M.start(session, range, options, new, settings)
  local room = rooms.of(session)
  local here = rooms.at(session, session.host.buffer())
  local talk = here and here.kind == "chat" and here or room.latest
  if talk and not new then
    reopen(session, talk, options)
  else
    talk = begin(session, options, settings)
  end
  if range.wish == "" and not range.first then
    return true
  end
  local done, message = put(talk, range.wish, range)
  if done and range.wish ~= "" then
    done, message = talk:send(options)
  end
  return done, message
end

-- The conversation that a question goes to.
local function addressed(session)
  local room = rooms.of(session)
  local here = rooms.at(session, session.host.buffer())
  return here or room.explanation or room.latest
end

--- `:Mistral ask`: in a conversation, that one; else the explanation that was made last, the chat that
--- was spoken in last, or a new one.
---@param session mistral.Session
---@param range mistral.Range its wish is the question
---@param options mistral.Options
---@return mistral.chat.Answer|true|nil, string|nil message
function M.ask(session, range, options)
  local talk = addressed(session)
  if not talk then
    if range.wish == "" then
      return nil, "there is nothing to ask: write the question behind :Mistral ask"
    end
    return M.start(session, range, options, true)
  end
  if talk.buffer ~= session.host.buffer() then
    session.host.split({
      name = talk.name, filetype = "markdown", position = options[talk.kind].position,
      focus = false, writable = talk.kind == "chat",
    })
  end
  if range.wish ~= "" then
    local done, message = put(talk, range.wish, range)
    if not done then
      return nil, message
    end
  end
  return talk:send(options)
end

--- What the chat in the current window would send.
---@param session mistral.Session
---@param options mistral.Options
---@param done fun(params: table|nil, message: string|nil) may be called before this returns
---@return true|nil, string|nil message
function M.params(session, _, options, done)
  local talk = rooms.at(session, session.host.buffer())
  if not talk then
    return nil, "there is no chat in this window: go to one, and write the question there"
  end
  return talk:params(options, done)
end

--- What a new chat would send that begins with this question.
---@param session mistral.Session
---@param range mistral.Range its wish is the question
---@param options mistral.Options
---@param settings mistral.chat.Settings what stands at its top
---@param done fun(params: table|nil, message: string|nil) may be called before this returns
---@return true|nil, string|nil message
function M.new_params(session, range, options, settings, done)
  local lines = document.new(settings)
  local row, new = document.put(lines, with_range(range.wish, range))
  for index = row, math.max(#lines, row + #new - 1) do
    lines[index] = new[index - row + 1]
  end
  local talk = talks.new(session, 0, {
    kind = "chat", name = "", leading = "user", model = model_of, home = home_of(session),
  })
  talk:speak_of(range)
  function talk.lines()
    return lines
  end
  local started, message = talk:params(options, done)
  talk:speak_of(nil)
  return started, message
end

-- Kept ones -----------------------------------------------------------------------------------------

local function opened_from(session, file)
  for _, talk in pairs(rooms.of(session).talks) do
    if talk.file == file then
      return talk
    end
  end
end

local function resume(session, entry, options)
  local talk = opened_from(session, entry.file)
  if talk then
    reopen(session, talk, options)
    return true
  end
  local lines, message = store.read(entry)
  if not lines then
    return nil, message
  end
  open(session, "mistral://chat/" .. entry.name, options, lines, entry.file)
  return true
end

--- `:Mistral chats`: asks which of the kept chats of this project to open, or opens the one named.
---@param session mistral.Session
---@param name string "" to be asked
---@param options mistral.Options
---@return true|nil, string|nil message
function M.list(session, name, options)
  local entries = store.list(session.host)
  if #entries == 0 then
    return nil, "no chats are kept for this project"
  end
  local names = {}
  for index, entry in ipairs(entries) do
    if entry.name == name then
      return resume(session, entry, options)
    end
    names[index] = entry.name
  end
  if name ~= "" then
    return nil, ("no chat of this project is called %s; :Mistral chats lists them"):format(name)
  end
  session.host.ask("Which chat?", names, function(index)
    if index and not session.closed then
      session:attempt(resume, session, entries[index], options)
    end
  end)
  return true
end

--- The names of the kept chats, the newest first.
---@param session mistral.Session
---@return string[]
function M.names(session)
  local names = {}
  for index, entry in ipairs(store.list(session.host)) do
    names[index] = entry.name
  end
  return names
end

return M
