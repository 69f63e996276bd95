--- The door from plugin/ into Lua: one session per editor, begun when something is first asked.
require("mistral.compiler").tame() -- before anything else of ours is loaded

local M = {}

local session

--- The session of this editor.
---@return mistral.Session
function M.session()
  if not session or session.closed then
    local host = assert(require("mistral.host").get())
    session = require("mistral.editor.session").new(host)
  end
  return session
end

--- :Mistral. A range is given by its two lines; 0 for none.
---@param args string
---@param bang boolean|integer
---@param first integer
---@param last integer
function M.command(args, bang, first, last)
  require("mistral.editor.command").run(M.session(), {
    args = args,
    bang = bang == true or bang == 1,
    first = first > 0 and first or nil,
    last = first > 0 and last or nil,
  })
end

--- What may be typed next on the command line, one word a line.
---@param line string
---@return string
function M.candidates(line)
  return table.concat(require("mistral.editor.command").candidates(line, M.session()), "\n")
end

--- Where an @word that is being typed begins; -3 for none, as a completefunc says it.
---@param left string the line before the cursor
---@return integer column, from 0
function M.word_start(left)
  return require("mistral.editor.chat.words").start(left) or -3
end

--- What an @word may go on to, one a line.
---@param base string
---@return string
function M.words(base)
  return table.concat(require("mistral.editor.chat.words").candidates(M.session().host, base), "\n")
end

--- What runs, for a status line; nothing at rest.
---@return string|nil
function M.statusline()
  return session and not session.closed and session.status:get() or nil
end

--- Whether a completion is shown that can be taken.
---@return boolean
function M.is_shown()
  local completion = session and session.completion
  return completion ~= nil and completion:is_shown()
end

--- Takes the shown completion into the buffer.
function M.accept()
  if M.is_shown() then
    session.completion:accept()
  end
end

--- Drops the completion that is shown or asked for; returns whether there was one.
---@return boolean
function M.dismiss()
  local completion = session and session.completion
  if completion then
    completion:close()
  end
  return completion ~= nil
end

--- Asks for a completion that opens in the completion menu when it comes.
function M.complete_menu()
  local here = M.session()
  local options, message = here:options()
  if options then
    local started
    started, message = require("mistral.editor.complete").start(here, options, true)
    if started then
      return
    end
  end
  here:tell(message, "warn")
end

return M
