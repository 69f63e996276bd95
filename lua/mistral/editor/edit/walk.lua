--- A patch in a window, answered hunk by hunk as `git add -p` asks: each is taken or left, and what
--- was taken is handed on when all are answered, or when the user says that it is enough.
local M = {}

-- Keys that come sooner than anybody can have read what opened were meant for somewhere else.
local UNREAD_MS = 300

---@class mistral.edit.Choice a hunk, or several lines that go together
---@field group any "the rest" is those of the same group
---@field note string[] lines above it, which speak of it
---@field row integer in its buffer
---@field lines string[] with their marks
---@field taken? boolean nil: not answered yet

---@class mistral.edit.Walk
---@field session mistral.Session
---@field title string
---@field choices mistral.edit.Choice[]
---@field number integer
---@field buffer integer
---@field private helped? integer the choice that the help stands above
---@field private heads integer[] row of each choice's head line
---@field private done fun(choices?: mistral.edit.Choice[])
local Walk = {}
Walk.__index = Walk

local LEGEND = "# y take, n leave, a take the rest, d leave the rest, q done, ? help"

local HELP = {
  "# y   take this one, and go to the next",
  "# n   leave this one, and go to the next",
  "# a   take this one and all below that are not answered",
  "# d   leave this one and all below that are not answered",
  "# q   done: put in those that were taken",
  "# v   see it side by side",
  "# ]c  next one, [c  the one before; those that were answered can be answered anew",
  "# Closing the window changes nothing.",
}

-- Drawing ------------------------------------------------------------------------------------------

local STATE = { [true] = " taken", [false] = " left" }

local function head(self, i)
  local choice = self.choices[i]
  local state = choice.taken ~= nil and STATE[choice.taken] or ""
  return ("@@ %d of %d, line %d @@%s"):format(i, #self.choices, choice.row, state)
end

local function append(lines, more)
  for _, line in ipairs(more) do
    lines[#lines + 1] = line
  end
end

function Walk:draw()
  local lines = { "# " .. self.title, LEGEND }
  self.heads = {}
  for i, choice in ipairs(self.choices) do
    lines[#lines + 1] = ""
    append(lines, self.helped == i and HELP or {})
    append(lines, choice.note)
    lines[#lines + 1] = head(self, i)
    self.heads[i] = #lines
    append(lines, choice.lines)
  end
  self.session.host.fill(self.buffer, lines)
end

function Walk:redraw_head(i)
  local row = self.heads[i]
  self.session.host.replace(self.buffer, row, row, { head(self, i) }, true)
end

-- Moving -------------------------------------------------------------------------------------------

--- How many lines above its head are about a choice.
function Walk:above(i)
  return #self.choices[i].note + (self.helped == i and #HELP or 0)
end

--- The choice the cursor is at.
function Walk:current()
  local row = self.session.host.cursor()
  local at = 1
  for i, top in ipairs(self.heads) do
    at = row >= top - self:above(i) and i or at
  end
  return at
end

function Walk:go(i)
  local choice = self.choices[i]
  if choice then
    local row = self.heads[i]
    local top = i == 1 and 1 or row - self:above(i) -- the first one with what stands above all
    self.session.host.look(row, top, row + #choice.lines)
  end
end

--- The next that is not answered, below this one or, when there is none, from the top.
function Walk:next_open(from)
  local count = #self.choices
  for step = 1, count do
    local i = (from + step - 1) % count + 1
    if self.choices[i].taken == nil then
      return i
    end
  end
end

-- Answering ----------------------------------------------------------------------------------------

function Walk:answer(i, taken)
  self.choices[i].taken = taken
  self:redraw_head(i)
end

--- Goes on to the next one, or ends when there is none.
function Walk:go_on(from)
  local open = self:next_open(from)
  if open then
    self:go(open)
  else
    self:finish(true)
  end
end

function Walk:one(taken)
  local at = self:current()
  self:answer(at, taken)
  self:go_on(at)
end

--- This one, whatever it was, and all below of its group that are not answered.
function Walk:rest(taken)
  local at = self:current()
  local group = self.choices[at].group
  self:answer(at, taken)
  for i = at + 1, #self.choices do
    local choice = self.choices[i]
    if choice.group == group and choice.taken == nil then
      self:answer(i, taken)
    end
  end
  self:go_on(at)
end

--- The help stands above the choice at the cursor, which stays the one that the keys speak of.
function Walk:toggle_help()
  local at = self:current()
  self.helped = self.helped ~= at and at or nil
  self:draw()
  self:go(at)
end

local KEYS = {
  y = function(self) self:one(true) end,
  n = function(self) self:one(false) end,
  a = function(self) self:rest(true) end,
  d = function(self) self:rest(false) end,
  q = function(self) self:finish(true) end,
  v = function(self) self.beside(self.choices[self:current()]) end,
  ["?"] = Walk.toggle_help,
  ["]c"] = function(self) self:go(self:current() + 1) end,
  ["[c"] = function(self) self:go(self:current() - 1) end,
}

local function keys_of(self)
  local keys = {}
  for key, act in pairs(KEYS) do
    keys[key] = function()
      if not self.ended and self.session.host.now() - self.opened >= UNREAD_MS then
        act(self)
      end
    end
  end
  return keys
end

-- Opening and ending -------------------------------------------------------------------------------

--- Ends it: hands on the choices, or nothing when the window was closed. Safe to call again.
---@param answered boolean
function Walk:finish(answered)
  if self.ended then
    return
  end
  self.ended = true
  self.off()
  self.session:drop(self)
  if self.session.host.valid(self.buffer) then
    self.session.host.unsplit(self.buffer)
  end
  self.done(answered and self.choices or nil)
end

function Walk:close()
  self:finish(false)
end

---@class mistral.edit.WalkWanted
---@field title string
---@field choices mistral.edit.Choice[]
---@field focus boolean whether the cursor goes there
---@field beside fun(choice: mistral.edit.Choice) shows the two texts side by side
---@field done fun(choices?: mistral.edit.Choice[]) with what was answered; nil: the window was closed

--- A number that no other walk has now.
local function free_number(session)
  local taken = {}
  for thing in session:each_kept() do
    taken[thing.number or 0] = true
  end
  return #taken + 1
end

--- Opens it.
---@param session mistral.Session
---@param wanted mistral.edit.WalkWanted
---@return mistral.edit.Walk
function M.open(session, wanted)
  local host = session.host
  local self = setmetatable({
    session = session,
    title = wanted.title,
    choices = wanted.choices,
    beside = wanted.beside,
    done = wanted.done,
    opened = host.now(),
    number = free_number(session),
  }, Walk)
  self.buffer = host.split({
    name = ("mistral://patch/%d"):format(self.number),
    filetype = "diff",
    position = "below",
    focus = wanted.focus,
    wrap = false,
    keys = keys_of(self),
  })
  self:draw()
  self.off = host.on({ "BufWinLeave", "BufUnload" }, self.buffer, function()
    host.schedule(function()
      self:close()
    end)
  end)
  session:keep(self)
  if wanted.focus then
    self:go(1)
  end
  return self
end

return M
