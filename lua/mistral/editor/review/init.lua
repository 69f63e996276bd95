--- A review: asks, shows each finding the moment it is complete, and says at the end how it went.
local collect = require("mistral.review.collect")
local finding = require("mistral.review.finding")
local json = require("mistral.json")
local place = require("mistral.review.place")
local prompt = require("mistral.editor.review.prompt")
local scope = require("mistral.editor.scope")
local sessions = require("mistral.editor.session")
local show = require("mistral.editor.review.show")
local text = require("mistral.lines")

local M = {}

---@class mistral.Review: mistral.Task
---@field session mistral.Session
---@field scope mistral.Scope
---@field options mistral.Options.Review
---@field request? mistral.Request
---@field board mistral.review.Board
---@field private why? string why it was cancelled
local Review = { kind = "review" }
Review.__index = Review

local function new(session, code, options)
  local host = session.host
  return setmetatable({
    session = session,
    scope = code,
    options = options,
    collector = collect.new(),
    board = show.new(host, code.buffer, code.name, options),
    sent = place.text(code.lines, code.first),
    -- The whole buffer needs no mark: its first line is its first line.
    range = not code.whole and host.mark(code.buffer, code.first, code.last) or nil,
    waiting = {},
    found = {},
    dropped = 0,
    unusable = 0,
  }, Review)
end

-- Placing ---------------------------------------------------------------------------------------

--- The reviewed lines as they are now, or nil when none of them is left.
function Review:text_now()
  local host, code = self.session.host, self.scope
  local tick = host.tick(code.buffer)
  if tick == code.tick then
    return self.sent
  end
  if tick ~= self.now_tick then
    local first, last = 1, nil
    if self.range then
      first, last = self.range.range()
    end
    local lines = first and host.lines(code.buffer, first, last or host.line_count(code.buffer))
    self.now = lines and place.text(text.code_lines(lines), first)
    self.now_tick = tick
  end
  return self.now
end

function Review:place(list)
  local now = self:text_now()
  for _, item in ipairs(list) do
    if now then
      item.first, item.last = place.find(item.quote, item.line, self.sent, now)
    end
  end
end

--- Shows what has come. The first finding replaces what an earlier review of this buffer left.
function Review:flush()
  self.scheduled = false
  local list = self.waiting
  if #list == 0 or not self.session.host.valid(self.scope.buffer) then
    return
  end
  self.waiting = {}
  self:take_over()
  self:place(list)
  self.board:add(list)
end

function Review:take_over()
  local boards, buffer = self.session.boards, self.scope.buffer
  if boards[buffer] ~= self.board then
    if boards[buffer] then
      boards[buffer]:close()
    end
    boards[buffer] = self.board
    self.board:open(function()
      boards[buffer] = nil
    end)
  end
end

-- Hearing ---------------------------------------------------------------------------------------

function Review:take(object)
  local item = finding.check((json.decode(object)))
  if not item then
    self.unusable = self.unusable + 1
  elseif #self.found >= self.options.max_findings then
    self.dropped = self.dropped + 1
  else
    self.found[#self.found + 1] = item
    self.waiting[#self.waiting + 1] = item
  end
end

function Review:on_delta(delta)
  for _, object in ipairs(self.collector:feed(delta.text)) do
    self:take(object)
  end
  if #self.waiting > 0 and not self.scheduled then
    self.scheduled = true
    self.session.host.schedule(function()
      if not self.ended then
        self:flush()
      end
    end)
  end
end

local function counted(n, word)
  return ("%d %s%s"):format(n, word, n == 1 and "" or "s")
end

function Review:tally()
  local unplaced = 0
  for _, item in ipairs(self.found) do
    unplaced = unplaced + (item.first and 0 or 1)
  end
  local parts = { counted(#self.found, "finding") .. ": " .. finding.count(self.found) }
  if unplaced > 0 then
    parts[#parts + 1] = ("%d without a place"):format(unplaced)
  end
  if self.dropped > 0 then
    parts[#parts + 1] = ("%d more left out"):format(self.dropped)
  end
  return table.concat(parts, ", ")
end

--- One sentence for an answer that came to its end.
function Review:verdict(reply)
  local name, finish = self.scope.name, self.collector:finish()
  local shown = #self.found > 0 and self:tally() or "nothing to show"
  if reply.finish_reason == "length" or finish.cut then
    return ("the review of %s was cut off: %s"):format(name, shown), "warn"
  elseif #self.found > 0 then
    return ("%s: %s; see :copen"):format(name, shown), "info"
  elseif not finish.json or self.unusable > 0 or finish.oversized > 0 then
    return ("the answer about %s was no list of findings"):format(name), "warn"
  end
  return ("%s: nothing found"):format(name), "info"
end

function Review:on_done(reply)
  self:flush()
  local message, level = self:verdict(reply)
  if #self.found == 0 and level == "info" then
    self:take_over() -- a clean bill replaces old findings, too
  end
  self.session:tell(message, level)
  self:finish()
end

local WHY = {
  gone = { "the review of %s was stopped: its buffer is gone", "warn" },
  changed = { "the review of %s was stopped: " .. sessions.CHANGED, "warn" },
  user = { "the review of %s was stopped", "info" },
}

function Review:on_error(err)
  self:flush()
  local shown = #self.found > 0 and (" (before that came %s)"):format(self:tally()) or ""
  local why = WHY[self.why]
  if err.code ~= "cancelled" then
    self.session:fail(err, shown)
  elseif why then
    self.session:tell(why[1]:format(self.scope.name) .. shown, why[2])
  end
  self:finish()
end

--- Undoes what only the running review needed; what it shows stays.
function Review:finish()
  self.ended = true
  if self.range then
    self.range.remove()
  end
  self.off()
  self.session:finish(self)
end

---@param why? mistral.Why
function Review:cancel(why)
  if not self.ended then
    self.why = self.why or why or "user"
    self.request:cancel()
  end
end

-- Starting --------------------------------------------------------------------------------------

--- Stops the review when its buffer goes: nobody would see what is still to come.
function Review:watch_buffer()
  local session, buffer = self.session, self.scope.buffer
  self.off = session.host.on({ "BufUnload" }, buffer, function()
    self:cancel("gone")
  end)
end

function Review:on_retry(retry)
  self.session:tell_retry(retry)
end

function Review:ask(client, params)
  self.request = client:chat(params, self.session:callbacks(self))
  self.session:tell_hidden(self.request, "review")
end

local function stop_earlier(session, buffer)
  for _, task in ipairs(session:running("review")) do
    if task.scope.buffer == buffer then
      task:cancel("replaced")
    end
  end
end

--- What a review of this range would send.
---@param session mistral.Session
---@param range mistral.Range
---@param options mistral.Options
---@return table|nil params, mistral.Scope|string scope or a sentence why not
function M.params(session, range, options)
  local code, message = scope.read(session.host, range, options, "review")
  if not code then
    return nil, message
  end
  return prompt.params(code, options.review), code
end

--- Starts one.
---@param session mistral.Session
---@param range mistral.Range
---@param options mistral.Options
---@return mistral.Review|nil, string|nil message
function M.start(session, range, options)
  local params, code = M.params(session, range, options)
  if not params then
    return nil, code
  end
  local client, message = session:client(options)
  if not client then
    return nil, message
  end
  stop_earlier(session, code.buffer)
  local review = new(session, code, options.review)
  session:begin(review)
  review:watch_buffer()
  review:ask(client, params)
  return review
end

return M
