--- Conversations: which there are, which one is meant, and how a new one begins.
local document = require("mistral.editor.chat.document")
local store = require("mistral.editor.chat.store")
local talks = require("mistral.editor.chat.talk")

local M = {}

---@class mistral.chat.Room the conversations of a session
---@field talks table<integer, mistral.chat.Talk> by buffer
---@field latest? mistral.chat.Talk the chat that was spoken in last
---@field explanation? mistral.chat.Talk
---@field left? integer the buffer that was left last and is no conversation
---@field count integer of chats that were opened

-- Notes which file is left, and keeps what is not kept yet before the editor asks about it.
local function listen_everywhere(host, room)
  local stop_leave = host.on({ "BufLeave" }, nil, function(buffer)
    if not room.talks[buffer] and host.path(buffer) ~= "" then
      room.left = buffer
    end
  end)
  local stop_quit = host.on({ "QuitPre" }, nil, function()
    for _, talk in pairs(room.talks) do
      talk:save()
    end
  end)
  function room.off()
    stop_leave()
    stop_quit()
  end
end

--- The conversations of a session; it notes from which buffer one is entered.
---@param session mistral.Session
---@return mistral.chat.Room
local function room_of(session)
  if not session.room then
    session.room = { talks = {}, count = 0 }
    listen_everywhere(session.host, session.room)
  end
  return session.room
end

-- One conversation ----------------------------------------------------------------------------------

local function forget(room, talk)
  talk.off()
  if room.talks[talk.buffer] == talk then
    room.talks[talk.buffer] = nil
  end
  if room.latest == talk then
    room.latest = nil
  end
  if room.explanation == talk then
    room.explanation = nil
  end
end

local function stop_all(stops)
  return function()
    for _, stop in ipairs(stops) do
      stop()
    end
    stops = {}
  end
end

-- What Enter does in it: sends the question, where it stands behind the prompt's mark on the last
-- line; in Normal mode, wherever it stands.
local function on_enter(session, talk)
  return function(inserting)
    local host = session.host
    local row = host.cursor()
    if inserting then
      local line = host.lines(talk.buffer, row, row)[1] or ""
      if row < host.line_count(talk.buffer) or not line:find("^>>>%s*%S") then
        return false
      end
    end
    host.schedule(function()
      if host.valid(talk.buffer) then
        M.send(session, talk)
      end
    end)
    return true
  end
end

local function gone(room, talk)
  return function()
    if talk.answer then
      talk.answer:cancel("gone")
    end
    talk:save()
    forget(room, talk)
  end
end

local SAVED_AT = { "BufLeave", "BufHidden", "BufWriteCmd" }

-- A chat goes on when its window is closed; an explanation is of no more use then.
local function listen(session, room, talk)
  local host, buffer = session.host, talk.buffer
  local stops = {
    host.on({ "BufUnload" }, buffer, gone(room, talk)),
    host.on({ "BufEnter" }, buffer, function()
      talk.home = room.left or talk.home
    end),
    host.on_enter(buffer, on_enter(session, talk)),
  }
  if talk.kind == "explain" then
    stops[#stops + 1] = host.on({ "BufWinLeave" }, buffer, function()
      if talk.answer then
        talk.answer:cancel("gone")
      end
    end)
  else
    stops[#stops + 1] = host.on(SAVED_AT, buffer, function()
      talk:save()
    end)
  end
  return stop_all(stops)
end

--- Takes a conversation in; one that had its buffer before gives it up.
---@param session mistral.Session
---@param talk mistral.chat.Talk
function M.adopt(session, talk)
  local room = room_of(session)
  local before = room.talks[talk.buffer]
  if before then
    forget(room, before)
  end
  room.talks[talk.buffer] = talk
  talk.off = listen(session, room, talk)
  if talk.kind == "explain" then
    room.explanation = talk
  else
    room.latest = talk
  end
end

--- The conversation in a buffer.
---@param session mistral.Session
---@param buffer integer
---@return mistral.chat.Talk|nil
function M.at(session, buffer)
  return session.room and session.room.talks[buffer]
end

--- Ends listening; the conversations stay in their buffers, and are kept.
---@param session mistral.Session
function M.close(session)
  local room = session.room
  if room then
    session.room = nil
    for _, talk in pairs(room.talks) do
      talk:save()
      talk.off()
    end
    room.off()
  end
end

-- Chats ---------------------------------------------------------------------------------------------

local function model_of(options)
  return options.chat.model
end

-- The buffer it is asked from, if that is none of ours.
local function home_of(session)
  local buffer = session.host.buffer()
  local talk = M.at(session, buffer)
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
    home = home, file = file,
  })
  M.adopt(session, talk)
  return talk
end

local function begin(session, options)
  local room = room_of(session)
  room.count = room.count + 1
  local lines = document.new({ model = options.chat.model })
  return open(session, "mistral://chat/" .. room.count, options, lines)
end

local function reopen(session, talk, options)
  local home = home_of(session)
  show(session, talk.name, options)
  talk.home = home
  return talk
end

--- Sends the question that waits in a conversation; what is wrong is said.
---@param session mistral.Session
---@param talk mistral.chat.Talk
---@return mistral.chat.Answer|nil
function M.send(session, talk)
  local options, message = session:options()
  local answer
  if options then
    if talk.kind == "chat" then
      room_of(session).latest = talk
    end
    answer, message = talk:send(options)
  end
  if not answer then
    session:tell(message, "warn")
  end
  return answer
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
  talk.range = range.first and range or nil
  return true
end

--- `:Mistral chat`: the chat that was spoken in last, or another one if asked, or if there is none. A
--- question is put to its end and sent.
---@param session mistral.Session
---@param range mistral.Range its wish is the question
---@param options mistral.Options
---@param new boolean
---@return mistral.chat.Answer|true|nil, string|nil message
function M.start(session, range, options, new)
  local room = room_of(session)
  local here = M.at(session, session.host.buffer())
  local talk = here and here.kind == "chat" and here or room.latest
  if talk and not new then
    reopen(session, talk, options)
  else
    talk = begin(session, options)
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
  local room = room_of(session)
  local here = M.at(session, session.host.buffer())
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
  local talk = M.at(session, session.host.buffer())
  if not talk then
    return nil, "there is no chat in this window: go to one, and write the question there"
  end
  return talk:params(options, done)
end

-- Kept ones -----------------------------------------------------------------------------------------

local function opened_from(session, file)
  for _, talk in pairs(room_of(session).talks) do
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
    local entry = index and entries[index]
    local done, message = true, nil
    if entry then
      done, message = resume(session, entry, options)
    end
    if not done then
      session:tell(message, "warn")
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
