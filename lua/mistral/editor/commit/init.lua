--- A draft of a commit message, made from what is staged: into the message that is being edited, or
--- into a window of its own.
local changes = require("mistral.editor.commit.changes")
local ghosts = require("mistral.editor.commit.ghost")
local message = require("mistral.editor.commit.message")
local place = require("mistral.editor.commit.place")
local prompt = require("mistral.editor.commit.prompt")
local sessions = require("mistral.editor.session")
local tables = require("mistral.tables")
local waiting = require("mistral.editor.waiting")

local M = {}

local MOST_BYTES = 64 * 1024 -- of an answer
local WHAT = "the draft of the commit message"

---@class mistral.Commit: mistral.Task
---@field kind "commit"
---@field session mistral.Session
---@field message? integer buffer of the message that is edited
---@field buffer? integer where it is put
---@field request? mistral.Request
---@field ended boolean
---@field private ghost? mistral.commit.Ghost
---@field private why? mistral.Why|"large"
local Commit = {}
Commit.__index = Commit

-- Asking -------------------------------------------------------------------------------------------

-- Reads what is to be committed and makes the request of it.
local function prepare(session, buffer, wish, options, done)
  return waiting.start(session.host, function(work)
    return changes.read(work, session.host, buffer, options)
  end, function(found, problem)
    if not found then
      return done(nil, problem)
    end
    done(prompt.params(tables.with(found, { wish = wish }), options), nil, found.notes)
  end)
end

--- What a draft would be asked with.
---@param session mistral.Session
---@param range mistral.Range its wish is what it is to say above all
---@param options mistral.Options
---@param done fun(params: table|nil, message: string|nil)
---@return true
function M.params(session, range, options, done)
  prepare(session, place.message(session.host), range.wish or "", options, done)
  return true
end

local function open(session)
  return session.host.split({
    name = place.SCRATCH, filetype = "gitcommit", position = "below", focus = false,
  })
end

function Commit:ask(client, params)
  local host = self.session.host
  self.buffer = self.message or open(self.session)
  self.ghost = ghosts.new(host, self.buffer)
  self.ghost:show({ "waiting for " .. params.model })
  self.request = client:chat(params, self.session:callbacks(self))
  self.session:tell_hidden(self.request, "draft")
end

local function listen(self, buffer)
  self.off = self.session.host.on({ "BufUnload" }, buffer, function()
    self:cancel("gone")
  end)
end

function Commit:prepared(client, params, problem, notes)
  if not params then
    self.session:tell(problem, "warn")
    return self:finish()
  end
  for _, note in ipairs(notes) do
    self.session:tell(note)
  end
  if self.message then
    return self:ask(client, params)
  end
  self.session.host.when_idle(function()
    if not self.ended then
      self:ask(client, params)
      listen(self, self.buffer)
    end
  end)
end

--- Starts one; a draft that is still being made gives way.
---@param session mistral.Session
---@param range mistral.Range its wish is what it is to say above all
---@param options mistral.Options
---@return mistral.Commit|nil, string|nil message
function M.start(session, range, options)
  local client, problem = session:client(options)
  if not client then
    return nil, problem
  end
  session:stop("commit", "replaced")
  local self = setmetatable({
    kind = "commit", session = session, message = place.message(session.host), ended = false,
    size = 0,
  }, Commit)
  if self.message then
    listen(self, self.message)
  end
  session:begin(self)
  self.stop_preparing = prepare(session, self.message, range.wish or "", options,
    function(params, message_of_git, notes)
      self:prepared(client, params, message_of_git, notes)
    end)
  return self
end

-- Hearing ------------------------------------------------------------------------------------------

function Commit:on_delta(delta)
  self.size = self.size + #delta.text
  if self.size > MOST_BYTES then
    return self:cancel("large")
  end
  self.ghost:say(delta.text)
end

function Commit:on_retry(retry)
  self.session:tell_retry(retry)
end

function Commit:say(said, level)
  self.session:tell(("%s %s"):format(WHAT, said), level)
end

-- An untouched draft in our own window makes room for the next.
local function clear_scratch(self)
  local host, before = self.session.host, self.session.draft
  local now = table.concat(host.lines(self.buffer, 1, host.line_count(self.buffer)), "\n")
  if not self.message and before and before == now then
    host.fill(self.buffer, { "" })
  end
end

-- What came is not thrown away because its place may not be changed.
local function put_elsewhere(self, lines, why)
  self.message = nil
  self.buffer = open(self.session)
  clear_scratch(self)
  place.put(self.session.host, self.buffer, lines)
  self:say(("is in %s: %s"):format(place.SCRATCH, why), "warn")
end

function Commit:put(lines)
  local host = self.session.host
  self.ghost:close()
  clear_scratch(self)
  local typed, why = place.put(host, self.buffer, lines)
  if not typed then
    put_elsewhere(self, lines, why)
  elseif typed ~= "" then
    self:say("stands above the text that was there; u takes it back")
  end
  if not self.message then
    self.session.draft = table.concat(
      host.lines(self.buffer, 1, host.line_count(self.buffer)), "\n")
  end
  self:finish()
end

function Commit:on_done(reply)
  local host = self.session.host
  local lines = message.lines(self.ghost:text())
  if not lines[1] then
    self:say("came back empty", "warn")
    return self:finish()
  elseif reply.finish_reason == "length" then
    self:say("was cut off", "warn")
  end
  self.has_come = true
  if host.inserting() then
    self:say("is put in when you leave Insert mode")
  end
  host.when_idle(function()
    if not self.ended then
      self:put(lines)
    end
  end)
end

local WHY = {
  user = { "was stopped", "info" },
  gone = { "was stopped: its buffer is gone", "info" },
  changed = { "was stopped: " .. sessions.CHANGED, "warn" },
  large = { "was stopped: the answer is too large for a message; nothing was put in", "warn" },
}

function Commit:stopped()
  local why = WHY[self.why]
  if why then
    self:say(why[1], why[2])
  end
  self:finish()
end

function Commit:on_error(err)
  if err.code == "cancelled" then
    return self:stopped()
  end
  self.session:fail(err)
  self:finish()
end

-- Ending -------------------------------------------------------------------------------------------

--- Undoes what only the running draft needed.
function Commit:finish()
  if self.ended then
    return
  end
  self.ended = true
  if self.stop_preparing then
    self.stop_preparing()
  end
  if self.ghost then
    self.ghost:close()
  end
  if self.off then
    self.off()
  end
  self.session:finish(self)
end

---@param why? mistral.Why|"large"
function Commit:cancel(why)
  if self.ended or self.why then
    return
  end
  self.why = why or "user"
  if not self.request or self.has_come then
    return self:stopped()
  end
  self.ghost:close()
  self.request:cancel()
end

return M
