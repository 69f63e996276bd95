--- An edit: some lines and an instruction go out, the lines that may take their place come back, and
--- are put in hunk by hunk as the user says. A fix is an edit whose instruction is what the editor's
--- diagnostics and the findings say of the lines.
local answers = require("mistral.editor.edit.answer")
local asked_for = require("mistral.editor.edit.asked")
local proposals = require("mistral.editor.edit.proposal")
local replacement = require("mistral.editor.edit.replacement")
local sessions = require("mistral.editor.session")
local shown = require("mistral.editor.edit.show")

local M = {}

local MOST_BYTES = 4 * 1024 * 1024 -- of an answer
local FRAME_MS = 200

---@class mistral.Edit: mistral.Task
---@field kind "edit"|"fix"
---@field session mistral.Session
---@field what string "the edit of a.lua", for sentences
---@field wish string what was asked for, for the heading
---@field code mistral.Scope
---@field proposal mistral.edit.Proposal
---@field request? mistral.Request
---@field private why? string why it was cancelled
local Edit = {}
Edit.__index = Edit

-- Hearing ------------------------------------------------------------------------------------------

--- The lines so far: in JSON a line feed is written as a backslash and an n.
local function line_feeds(said)
  local _, written = said:gsub("\\n", "")
  local _, plain = said:gsub("\n", "")
  return written + plain
end

function Edit:show_progress()
  self.stop_timer = nil
  local so_far = ("mistral: %s: %d lines so far"):format(self.what, self.line_feeds + 1)
  self.session.host.progress(so_far)
end

function Edit:on_delta(delta)
  self.pieces[#self.pieces + 1] = delta.text
  self.size = self.size + #delta.text
  self.line_feeds = self.line_feeds + line_feeds(delta.text)
  if self.size > MOST_BYTES then
    self:cancel("large")
  elseif not self.stop_timer then
    self.stop_timer = self.session.host.timer(FRAME_MS, function()
      self:show_progress()
    end)
  end
end

--- The lines that may take the place of the old ones; nil and a sentence.
function Edit:read()
  local answer = answers.read(table.concat(self.pieces), self.code.first)
  if not answer then
    return nil, "the answer has no replacement"
  elseif not answer:find("%S") then
    return nil, "the replacement is empty"
  end
  local lines, message = replacement.lines(answer, self.proposal.old)
  return lines and replacement.as_deep(lines, self.proposal.old), message
end

function Edit:say(message, level)
  self.session:tell(("%s: %s"):format(self.what, message), level)
end

--- Offers what came, when it is another text.
function Edit:offer(lines)
  self.proposal:offer(lines)
  if not self.proposal.hunks[1] then
    return self:say("the answer is the same as the code; there is nothing to change")
  end
  self.offered = true
  shown.offer(self.session, self.proposal, {
    what = self.what, wish = self.wish, filetype = self.code.filetype,
  })
end

function Edit:on_done(reply)
  if reply.finish_reason and reply.finish_reason ~= "stop" then
    return self:refuse("the answer was cut off")
  end
  local lines, message = self:read()
  if not lines then
    return self:refuse(message)
  end
  self.has_come = true
  self.session.host.schedule(function() -- a turn of its own, for a long answer
    if not self.ended then
      self:offer(lines)
      self:finish()
    end
  end)
end

function Edit:refuse(message)
  self:say(message .. "; nothing was changed", "warn")
  self:finish()
end

local WHY = {
  gone = { "it was stopped: its buffer is gone", "warn" },
  changed = { "it was stopped: " .. sessions.CHANGED, "warn" },
  large = { "it was stopped: the answer is too large; nothing was changed", "warn" },
  user = { "it was stopped", "info" },
}

function Edit:stopped()
  local why = WHY[self.why]
  if why then
    self:say(why[1], why[2])
  end
  self:finish()
end

function Edit:on_error(err)
  if err.code == "cancelled" then
    return self:stopped()
  end
  self.session:fail(err)
  self:finish()
end

function Edit:on_retry(retry)
  self.session:tell_retry(retry)
end

-- Ending -------------------------------------------------------------------------------------------

--- Undoes what only the running edit needed. The proposal goes on with what shows it.
function Edit:finish()
  self.ended = true
  if self.stop_timer then
    self.stop_timer()
  end
  if not self.offered then
    self.proposal:close()
  end
  self.off()
  self.session:finish(self)
end

---@param why? mistral.Why|"large"
function Edit:cancel(why)
  if not self.ended then
    self.why = self.why or why or "user"
    if self.has_come then
      self:stopped()
    else
      self.request:cancel()
    end
  end
end

-- Starting -----------------------------------------------------------------------------------------

local function new(session, kind, code, wish)
  local host = session.host
  return setmetatable({
    kind = kind,
    session = session,
    what = ("the %s of %s"):format(kind, code.name),
    wish = wish,
    code = code,
    proposal = proposals.new(host, code),
    pieces = {},
    size = 0,
    line_feeds = 0,
  }, Edit)
end

function Edit:ask(client, params)
  local session = self.session
  self.off = session.host.on({ "BufUnload" }, self.code.buffer, function()
    self:cancel("gone")
  end)
  session:begin(self)
  self.request = client:chat(params, session:callbacks(self))
  session:tell_hidden(self.request, self.kind)
end

--- Starts one.
---@param kind "edit"|"fix"
---@return fun(session: mistral.Session, range: mistral.Range, options: mistral.Options): mistral.Edit|nil, string|nil
local function starter(kind)
  return function(session, range, options)
    local asked, message = asked_for[kind](session, range, options)
    if not asked then
      return nil, message
    end
    local client
    client, message = session:client(options)
    if not client then
      return nil, message
    end
    local edit = new(session, kind, asked.code, asked.heading)
    edit:ask(client, asked.params)
    return edit
  end
end

M.start = starter("edit")
M.start_fix = starter("fix")

--- What one would send.
local function asking(kind)
  return function(session, range, options)
    local asked, message = asked_for[kind](session, range, options)
    return asked and asked.params, message
  end
end

M.params = asking("edit")
M.fix_params = asking("fix")

return M
