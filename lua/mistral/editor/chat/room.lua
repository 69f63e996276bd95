--- The conversations of a session: which there are, and what they hear of the editor.
local M = {}

---@class mistral.chat.Room the conversations of a session
---@field talks table<integer, mistral.chat.Talk> by buffer
---@field latest? mistral.chat.Talk the chat that was spoken in last
---@field explanation? mistral.chat.Talk
---@field left? integer the buffer that was left last and is no conversation
---@field count integer of chats that were opened
---@field close fun() the session does when it ends

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
function M.of(session)
  if not session.room then
    session.room = { talks = {}, count = 0, close = function()
      M.close(session)
    end }
    session:keep(session.room)
    listen_everywhere(session.host, session.room)
  end
  return session.room
end

-- One conversation ----------------------------------------------------------------------------------

local function forget(room, talk)
  talk.off()
  talk:speak_of(nil)
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
local function on_enter(room, talk)
  local host = talk.host
  return function(inserting)
    local row = host.cursor()
    if inserting then
      local line = host.lines(talk.buffer, row, row)[1] or ""
      if row < host.line_count(talk.buffer) or not line:find("^>>>%s*%S") then
        return false
      end
    end
    host.schedule(function()
      if host.valid(talk.buffer) then
        room.latest = talk.kind == "chat" and talk or room.latest
        talk:submit()
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
    host.on_enter(buffer, on_enter(room, talk)),
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
  local room = M.of(session)
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
      forget(room, talk)
    end
    room.off()
  end
end

return M
