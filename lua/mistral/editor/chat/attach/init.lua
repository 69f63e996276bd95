--- What the @words of a question stand for, read when it is sent.
local code = require("mistral.editor.chat.attach.code")
local mentions = require("mistral.editor.chat.mentions")

local M = {}

---@class mistral.chat.View what the user has before them when they ask
---@field host mistral.Host
---@field options mistral.Options
---@field folder string of the project
---@field home? integer the buffer that the chat was entered from
---@field range? mistral.Range the lines that were given with the question
---@field model string who will be asked
---@field sees? boolean whether it takes pictures; nil: nobody knows

---@class mistral.chat.Attachment
---@field said string the @word as it was written
---@field title? string what it is
---@field language? string
---@field text? string
---@field part? table a picture, as the service takes it

--- By word. Each is given a way to answer, once: with an attachment, or nil and a reason.
---@type table<string, fun(view: table, mention: mistral.chat.Mention, answer: fun(...))>
local SOURCES = {}

local function at_once(source)
  return function(view, mention, answer)
    answer(source(view, mention))
  end
end

SOURCES.buffer = code.of_buffer
SOURCES.range = code.of_range
SOURCES.file = code.of_file
SOURCES.diff = require("mistral.editor.chat.attach.diff")
SOURCES.diagnostics = at_once(require("mistral.editor.chat.attach.diagnostics"))
SOURCES.image = at_once(require("mistral.editor.chat.attach.image"))

local function too_much(said, bytes, most)
  return ("%s: with it, the question takes %d bytes, and option max_bytes lets %d through; name "
    .. "fewer lines, as in @file:name:1-200"):format(said, bytes, most)
end

-- Adds it to the others; a sentence when that cannot be.
local function take(state, mention, attachment, reason)
  if not attachment and state.lost then
    state.lost[#state.lost + 1] = mention.said
    return nil
  elseif not attachment then
    return ("%s: %s"):format(mention.said, reason)
  end
  state.bytes = state.bytes + #(attachment.text or "")
  local most = state.view.options.max_bytes
  if state.bytes > most then
    return too_much(mention.said, state.bytes, most)
  end
  attachment.said = mention.said
  state.list[#state.list + 1] = attachment
end

local function next_one(state, index, done)
  local mention = state.mentions[index]
  if not mention then
    return done({ list = state.list, lost = state.lost })
  end
  if state.lost and not mention.name then
    state.lost[#state.lost + 1] = mention.said
    return next_one(state, index + 1, done)
  end
  SOURCES[mention.word](state.view, mention, function(attachment, reason)
    local problem = take(state, mention, attachment, reason)
    if problem then
      return done(nil, problem)
    end
    next_one(state, index + 1, done)
  end)
end

---@class mistral.chat.Attachments
---@field list mistral.chat.Attachment[]
---@field lost? string[] @words of an earlier question that stand for nothing any more

local function start(view, said, lost, done)
  local state = {
    view = view, mentions = mentions.find(said), list = {}, bytes = #said, lost = lost,
  }
  next_one(state, 1, done)
end

--- Reads what the @words of a text name. One that cannot be had ends it, with a sentence.
---@param view mistral.chat.View
---@param said string
---@param done fun(attachments: mistral.chat.Attachments|nil, message: string|nil) may be called
---  before this returns
function M.read(view, said, done)
  start(view, said, nil, done)
end

--- The same for a question that was asked in another session: what it names is read anew; what it
--- meant by what was before its user then is lost, and so is what is not there any more.
---@param view mistral.chat.View
---@param said string
---@param done fun(attachments: mistral.chat.Attachments|nil, message: string|nil)
function M.again(view, said, done)
  start(view, said, {}, done)
end

-- Sending ------------------------------------------------------------------------------------------

-- Longer than any run of backticks in it, so that it cannot end early.
local function fence_for(said)
  local longest = 2
  for run in said:gmatch("`+") do
    longest = math.max(longest, #run)
  end
  return ("`"):rep(longest + 1)
end

local function shown(attachment)
  local fence = fence_for(attachment.text)
  return ("%s, %s:\n%s%s\n%s\n%s"):format(attachment.said, attachment.title, fence,
    attachment.language or "", attachment.text, fence)
end

--- What is sent for a turn: its text, and behind it what its @words stand for.
---@param said string
---@param attachments mistral.chat.Attachments
---@return string|table[] content
function M.content(said, attachments)
  local texts, parts = { said }, {}
  for _, attachment in ipairs(attachments.list) do
    if attachment.part then
      parts[#parts + 1] = attachment.part
    else
      texts[#texts + 1] = shown(attachment)
    end
  end
  local whole = table.concat(texts, "\n\n")
  if #parts == 0 then
    return whole
  end
  table.insert(parts, 1, { type = "text", text = whole })
  return parts
end

return M
