--- What came of an edit, shown as a patch to be walked through, and put in as the user says.
local patch = require("mistral.editor.edit.patch")
local text = require("mistral.text")
local walk = require("mistral.editor.edit.walk")

local M = {}

local KEPT = "mistral://edit/answer"

local function counted(n)
  return n == 1 and "1 hunk" or n .. " hunks"
end

---@class mistral.edit.About
---@field what string "the edit of a.lua", for sentences
---@field wish string what was asked for
---@field filetype string

---@class mistral.edit.Offer
---@field session mistral.Session
---@field proposal mistral.edit.Proposal
---@field about mistral.edit.About
---@field private over? boolean
local Offer = {}
Offer.__index = Offer

function Offer:say(message, level)
  self.session:tell(("%s: %s"):format(self.about.what, message), level)
end

--- Ends it; safe to call again.
function Offer:close()
  if not self.over then
    self.over = true
    self.proposal:close()
    self.session:drop(self)
  end
end

--- What came is not thrown away because it does not fit any more: it was waited and paid for.
function Offer:refuse(message)
  local host = self.session.host
  local buffer = host.split({
    name = KEPT, filetype = self.about.filetype, position = "below", focus = false,
  })
  host.fill(buffer, self.proposal.new)
  self:say(message .. ", so nothing was put in; what came is in " .. KEPT, "warn")
end

--- Puts in what was taken.
function Offer:put_in(choices)
  local count, message = self.proposal:apply(function(i)
    return choices[i].taken
  end)
  if not count then
    self:refuse(message)
  elseif count == 0 then
    self:say("nothing was taken; the code is as it was")
  else
    self:say(("%d of %s put in; u undoes"):format(count, counted(#choices)))
  end
end

function Offer:done(choices)
  if not self.over then
    if choices then
      self:put_in(choices)
    elseif not self.session.closed then
      self:say("the window was closed; the code is as it was")
    end
    self:close()
  end
end

function Offer:choices()
  local list, message = patch.hunks(self.proposal)
  if not list then
    return nil, message
  end
  for _, choice in ipairs(list) do
    choice.note, choice.group = {}, self.proposal
  end
  return list
end

function Offer:beside()
  self.session.host.diff({
    title = self.proposal.name,
    old = self.proposal.old,
    new = self.proposal.new,
    filetype = self.about.filetype,
  })
end

function Offer:open()
  local choices, message = self:choices()
  if not choices then
    self:refuse(message)
    return self:close()
  end
  local wish = text.line(self.about.wish, 60)
  local focus = self.session.host.buffer() == self.proposal.buffer
  walk.open(self.session, {
    title = ("%s: %s"):format(self.about.what, wish),
    choices = choices,
    focus = focus,
    beside = function() self:beside() end,
    done = function(answered) self:done(answered) end,
  })
  if not focus then
    self:say(counted(#choices) .. " to look at, in the window below")
  end
end

--- Shows a proposal as soon as nobody types, and says so when that is not at once. It is closed when
--- all is said, or with the session.
---@param session mistral.Session
---@param proposal mistral.edit.Proposal
---@param about mistral.edit.About
function M.offer(session, proposal, about)
  local self = setmetatable({ session = session, proposal = proposal, about = about }, Offer)
  session:keep(self)
  if session.host.inserting() then
    self:say(counted(#proposal.hunks) .. " to look at when you leave Insert mode")
  end
  session.host.when_idle(function()
    if not self.over then
      self:open()
    end
  end)
end

return M
