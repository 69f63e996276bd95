--- A conversation as a person reads and edits it: markdown with a heading for each turn, and a block
--- at its top that says what this one conversation is to be asked with. Pure: lines in, turns out.
local text = require("mistral.lines")
local tops = require("mistral.editor.chat.top")

local M = {}

---@class mistral.chat.Turn
---@field role "user"|"assistant"
---@field text string what is said, without blank lines around it; never empty
---@field heading? integer row of its heading; none: it stands before the first one
---@field first integer first row below the heading
---@field last integer last row of its part

---@class mistral.chat.Document
---@field settings mistral.chat.Settings
---@field turns mistral.chat.Turn[]

M.HEADING = { user = "## You", assistant = "## Mistral" }
M.PROMPT = ">>> " -- stands before a question that is typed on the last line

local ROLES = { you = "user", mistral = "assistant" }

--- Whose turn a line begins, if it is a heading.
---@param line string
---@return "user"|"assistant"|nil
function M.role(line)
  local name = line:match("^##%s+(%a+)%s*:?%s*$")
  return name and ROLES[name:lower()]
end

-- Headings in what is said ------------------------------------------------------------------------

-- A line of an answer that reads like a heading gets a backslash, and loses it when it is sent: so
-- no answer can speak for the user. Those that have one already get another.
local function masked(line)
  return M.role((line:gsub("^\\+", ""))) ~= nil
end

--- A line as it stands in a turn.
---@param line string
---@return string
function M.mask(line)
  return masked(line) and "\\" .. line or line
end

local function unmasked(line)
  return line:sub(1, 1) == "\\" and masked(line) and line:sub(2) or line
end

-- Turns -------------------------------------------------------------------------------------------

local function has_words(line)
  return line:find("%S") ~= nil
end

-- The text of rows, without blank lines around it and without the prompt's mark before it.
local function said(lines, first, last, role)
  while first <= last and not has_words(lines[first]) do
    first = first + 1
  end
  while last >= first and not has_words(lines[last]) do
    last = last - 1
  end
  local out = {}
  for row = first, last do
    out[#out + 1] = unmasked(lines[row])
  end
  if out[1] and role == "user" then
    out[1] = out[1]:match("^>>> ?(.*)$") or out[1]
  end
  return text.without_end((table.concat(out, "\n"):gsub("^%s*\n", "")))
end

local function add_turn(turns, lines, turn)
  turn.text = said(lines, turn.first, turn.last, turn.role)
  if turn.text ~= "" then
    turns[#turns + 1] = turn
  end
end

-- What stands before the first heading is `leading`'s.
local function turns_of(lines, first, leading)
  local turns = {}
  local turn = { role = leading, first = first }
  for row = first, #lines do
    local role = M.role(lines[row])
    if role then
      turn.last = row - 1
      add_turn(turns, lines, turn)
      turn = { role = role, heading = row, first = row + 1 }
    end
  end
  turn.last = #lines
  add_turn(turns, lines, turn)
  return turns
end

--- Reads a conversation.
---@param lines string[]
---@param leading? "user"|"assistant" who says what stands before the first heading: the user, unless
---  told; of one that the assistant begins, there is no block at the top
---@return mistral.chat.Document|nil, string|nil message what is wrong with the block
function M.read(lines, leading)
  local settings, last = {}, 0
  if leading ~= "assistant" then
    local message
    settings, last, message = tops.read(lines)
    if not settings then
      return nil, message
    end
  end
  return { settings = settings, turns = turns_of(lines, last + 1, leading or "user") }
end

--- The question that waits for an answer: the last turn, if it is the user's.
---@param document mistral.chat.Document
---@return mistral.chat.Turn|nil, string|nil message
function M.question(document)
  local turn = document.turns[#document.turns]
  if turn and turn.role == "user" then
    return turn
  end
  return nil, ("there is no question: write one below %s at the end"):format(M.HEADING.user)
end

-- The last row up to this one that has words in it, but for a prompt that nothing stands behind.
local function last_words(lines, row)
  while row > 0 and (not has_words(lines[row]) or lines[row]:find("^>>>%s*$")) do
    row = row - 1
  end
  return row
end

local function last_role(lines, row)
  while row > 0 do
    local role = M.role(lines[row])
    if role then
      return role
    end
    row = row - 1
  end
end

--- Where a question goes that is put to the end: below the heading that waits for one, behind words
--- that are not sent yet, or below a heading of its own.
---@param lines string[]
---@param question string
---@return integer row from which on all is replaced
---@return string[] new
function M.put(lines, question)
  local row, new = last_words(lines, #lines), M.prompt(question)
  if last_role(lines, row) == "user" then
    table.remove(new, 1)
    table.remove(new, 1) -- the heading is there, and a blank line stays
  end
  return row + 1, new
end

--- The rows of a question with nothing around it: no blank lines, no prompt's mark.
---@param lines string[]
---@param turn mistral.chat.Turn
---@return string[]
function M.rows(lines, turn)
  local out = {}
  for row = turn.first, turn.last do
    out[#out + 1] = lines[row]
  end
  while out[1] and out[1]:find("^>*%s*$") and out[2] do
    table.remove(out, 1)
  end
  while #out > 1 and not has_words(out[#out]) do
    out[#out] = nil
  end
  out[1] = out[1]:gsub("^>>> ?", "")
  return out
end

--- The lines of a conversation that is new.
---@param settings { model: string, temperature?: number }
---@return string[]
function M.new(settings)
  local lines = { "---", "model: " .. settings.model }
  if settings.temperature then
    lines[#lines + 1] = "temperature: " .. settings.temperature
  end
  lines[#lines + 1] = "---"
  for _, line in ipairs(M.prompt()) do
    lines[#lines + 1] = line
  end
  return lines
end

--- The lines that ask for the next question, with the blank line before them.
---@param question? string what is asked already; without one, the prompt's mark waits for it
---@return string[]
function M.prompt(question)
  local lines = { "", M.HEADING.user, "" }
  if not question or question == "" then
    lines[4] = M.PROMPT
    return lines
  end
  for row in (question .. "\n"):gmatch("([^\n]*)\n") do
    lines[#lines + 1] = M.mask(row)
  end
  return lines
end

return M
