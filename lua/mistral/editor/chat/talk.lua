--- A conversation in a buffer: what stands there is what is sent, and an answer is written below its
--- question. Explanations and chats are such conversations.
local answers = require("mistral.editor.chat.answer")
local document = require("mistral.editor.chat.document")
local money = require("mistral.money.words")
local prices = require("mistral.money.prices")
local project = require("mistral.editor.chat.project")
local request = require("mistral.editor.chat.request")
local tables = require("mistral.tables")

local M = {}

---@class mistral.chat.Kind what makes a conversation a chat or an explanation
---@field kind "chat"|"explain"
---@field name string of its buffer
---@field leading "user"|"assistant" who says what stands before the first heading
---@field model fun(options: mistral.Options): string unless the conversation names one
---@field prepare? fun(answer: mistral.chat.Answer, done: fun()) before the first question is read
---@field first_noun? string for sentences about the first answer
---@field settings? mistral.chat.Settings unless its top says something else
---@field on_save? fun(talk: mistral.chat.Talk)

---@class mistral.chat.Talk: mistral.chat.Kind
---@field session mistral.Session
---@field host mistral.Host
---@field buffer integer
---@field opening table[] messages before those in the buffer
---@field sent table<integer, { text: string, content: any }> questions as they were sent
---@field home? integer the buffer from which it was entered
---@field private spoken? { buffer: integer, mark: mistral.host.Mark } the lines given with the question
---@field answer? mistral.chat.Answer that is on its way
local Talk = {}
Talk.__index = Talk

local function ready(_, done)
  done()
end

---@param session mistral.Session
---@param buffer integer
---@param kind mistral.chat.Kind
---@return mistral.chat.Talk
function M.new(session, buffer, kind)
  local self = setmetatable({
    session = session, host = session.host, buffer = buffer, opening = {}, sent = {},
    prepare = ready, settings = {},
  }, Talk)
  for name, value in pairs(kind) do
    self[name] = value
  end
  return self
end

function Talk:lines()
  return self.host.lines(self.buffer, 1, self.host.line_count(self.buffer))
end

-- Asking -------------------------------------------------------------------------------------------

--- What @range speaks of in the next question; the lines stay those while their buffer is edited.
---@param range? mistral.Range nothing any more
function Talk:speak_of(range)
  if self.spoken then
    self.spoken.mark.remove()
    self.spoken = nil
  end
  if range and range.first then
    local mark = self.host.mark(range.buffer, range.first, range.last)
    self.spoken = { buffer = range.buffer, mark = mark }
  end
end

-- Those lines now; without rows when they are gone.
local function range_now(self)
  local spoken = self.spoken
  if spoken then
    local first, last = spoken.mark.range()
    return { buffer = spoken.buffer, first = first, last = last }
  end
end

--- What is before the user who asks.
function Talk:view(options, client, settings)
  local model = settings.model or self.model(options)
  local known = client and client.account and client.account.known
  return {
    host = self.host,
    options = options,
    folder = project.folder(self.host),
    home = self.home,
    range = range_now(self),
    model = model,
    sees = known and known:can(model, "vision"),
  }
end

--- What stands in the buffer, and the question in it that waits.
---@return mistral.chat.Document|nil, string|nil message
function Talk:read()
  local read, message = document.read(self:lines(), self.leading)
  if not read then
    return nil, message
  end
  read.settings = tables.with(self.settings, read.settings)
  local question
  question, message = document.question(read)
  return question and read, message
end

local BUSY = "%s is still being written; wait for it, or stop it with :Mistral stop %s"

--- Sends the question that waits in it.
---@param options mistral.Options
---@return mistral.chat.Answer|nil, string|nil message
function Talk:send(options)
  if self.answer then
    return nil, BUSY:format(self.answer.noun, self.kind)
  end
  local read, message = self:read()
  if not read then
    return nil, message
  end
  return self:start(read, options)
end

--- The same for whoever asked by a key: what is wrong is said.
function Talk:submit()
  local options, message = self.session:options()
  local answer
  if options then
    answer, message = self:send(options)
  end
  if not answer then
    self.session:tell(message, "warn")
  end
end

--- What would be sent now.
---@param options mistral.Options
---@param done fun(params: table|nil, message: string|nil) may be called before this returns
---@return true|nil, string|nil message
function Talk:params(options, done)
  local read, message = self:read()
  if not read then
    return nil, message
  end
  local client
  client, message = self.session:client(options)
  if not client then
    return nil, message
  end
  answers.read(self, read, self:view(options, client, read.settings), function(contents, problem)
    if not contents then
      return done(nil, problem)
    end
    local messages = request.messages(read, contents, self.opening, options.chat)
    done((request.fields(client, read.settings, messages, self.model(options))))
  end)
  return true
end

--- Asks for the answer to what was read.
---@param read mistral.chat.Document
---@param options mistral.Options
---@return mistral.chat.Answer|nil, string|nil message
function Talk:start(read, options)
  local client, message = self.session:client(options)
  if not client then
    return nil, message
  end
  self:save()
  local view = self:view(options, client, read.settings)
  self:speak_of(nil)
  return answers.start(self, read, client, view)
end

--- Puts a question to its end.
---@param question string
---@return true|nil, string|nil message
function Talk:put(question)
  if self.answer then
    return nil, BUSY:format(self.answer.noun, self.kind)
  end
  local row, lines = document.put(self:lines(), question)
  local last, message = self:change(row, self.host.line_count(self.buffer), lines)
  return last and true, message
end

--- Puts lines in place of rows; windows whose cursor was in those have it in the last line then.
---@return integer|nil row the last of the new lines
---@return string|nil message why they cannot be put there
function Talk:change(first, last, lines)
  local windows = self.host.following(self.buffer, first, last)
  local changed, message = self.host.replace(self.buffer, first, last, lines)
  if not changed then
    return nil, message
  end
  self.host.follow(windows, first + #lines - 1)
  return first + #lines - 1
end

-- Answering ----------------------------------------------------------------------------------------

--- How the next answer is called in sentences.
---@param read mistral.chat.Document
---@return string
function Talk:noun(read)
  return #read.turns == 0 and self.first_noun or "the answer"
end

--- The place for an answer: below the question, which loses the prompt's mark, behind a heading.
---@param read mistral.chat.Document
---@return { heading?: integer, row: integer }|nil
---@return string|nil message why there is none
function Talk:make_room(read)
  local turn = read.turns[#read.turns]
  if not turn then
    return { row = 1 }
  end
  local rows = document.rows(self:lines(), turn)
  if turn.heading then
    table.insert(rows, 1, "")
  end
  for _, line in ipairs({ "", document.HEADING.assistant, "", "" }) do
    rows[#rows + 1] = line
  end
  local row, message = self:change(turn.first, turn.last, rows)
  if not row then
    return nil, message
  end
  return { heading = row - 2, row = row }
end

-- Takes the heading away below which nothing came.
local function take_back(self, writer)
  local first, last = writer:place()
  if first then
    self.host.replace(self.buffer, first - 1, last, {})
  end
end

-- The heading for what the user says next, unless something stands there already.
local function offer_prompt(self, writer)
  local _, last = writer:place()
  if not last or last < self.host.line_count(self.buffer) then
    return
  end
  local line = self.host.lines(self.buffer, last, last)[1]
  local lines = document.prompt()
  writer:add((line == "" and "" or "\n") .. table.concat(lines, "\n"))
end

--- Leaves the buffer as it should be behind an answer that ended.
---@param answer mistral.chat.Answer
---@param came boolean something of it has come
function Talk:settle(answer, came)
  if not self.host.valid(self.buffer) or answer.why == "replaced" then
    return
  elseif came then
    offer_prompt(self, answer.writer)
  elseif answer.asked.index == 0 then
    self.host.unsplit(self.buffer)
  else
    take_back(self, answer.writer)
  end
end

-- Money --------------------------------------------------------------------------------------------

local function cost_of(client, model, counts)
  local known = client.account and client.account.known
  local price = known and known:price(model, client.site)
  return price and prices.amount(counts, price)
end

--- Says what an answer took.
---@param answer mistral.chat.Answer
---@param reply mistral.Reply
function Talk:tell_cost(answer, reply)
  if not reply.usage or self.kind ~= "chat" then
    return
  end
  local counts = prices.counts(reply.usage)
  local cost = cost_of(answer.client, answer.fields.model, counts)
  self.session:tell(("answered: %d tokens in, %d out%s"):format(
    counts.tokens_in or 0, counts.tokens_out or 0,
    cost and ", " .. money.usd(cost) or ""))
end

-- Keeping ------------------------------------------------------------------------------------------

--- Keeps what stands in the buffer, if this kind is kept.
function Talk:save()
  if self.on_save and self.host.valid(self.buffer) then
    self:on_save()
  end
end

return M
