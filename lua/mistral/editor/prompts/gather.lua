--- What the placeholders of a prompt stand for, as far as it needs them.
local diff = require("mistral.editor.chat.attach.diff")
local fill = require("mistral.editor.prompts.fill")
local project = require("mistral.editor.chat.project")
local read = require("mistral.editor.prompts.read")
local scope = require("mistral.editor.scope")

local M = {}

local function file_of(code)
  return scope.head(code):match("^File: ([^\n]*)") or ""
end

-- Where the lines are, for people and models.
local function title_of(code)
  local name = file_of(code)
  return ("%s %d to %d"):format(name == "" and "Lines" or name .. ", lines", code.first, code.last)
end

--- The values for lines of a buffer.
---@param code mistral.Scope
---@param attached? string what is sent in place of the lines themselves
---@return mistral.prompts.Values
function M.of_code(code, attached)
  local text = table.concat(code.lines, "\n")
  return {
    code = attached or text,
    file = file_of(code),
    filetype = code.filetype,
    first = code.first,
    last = code.last,
    wish = code.wish,
    attached = attached or fill.fenced(title_of(code), code.filetype, text),
  }
end

local function too_much(bytes, most)
  return ("the diff has %d bytes, and option max_bytes lets %d through"):format(bytes, most)
end

-- What has changed and is not committed.
local function read_diff(session, options, wish, done)
  local view = { host = session.host, options = options, folder = project.folder(session.host) }
  return diff(view, nil, function(found, reason)
    if not found then
      return done(nil, reason)
    elseif #found.text > options.max_bytes then
      return done(nil, too_much(#found.text, options.max_bytes))
    end
    local attached = fill.fenced("What has changed", "diff", found.text)
    done({ diff = found.text, wish = wish, attached = attached })
  end)
end

--- The lines that a prompt speaks of: those given, or the whole buffer.
---@param session mistral.Session
---@param range mistral.Range
---@param options mistral.Options
---@return mistral.Scope|nil, string|nil message
function M.code(session, range, options)
  return scope.read(session.host, range, options, "send")
end

--- Finds all values out.
---@param session mistral.Session
---@param prompt mistral.prompts.Prompt
---@param range mistral.Range
---@param options mistral.Options
---@param done fun(values: mistral.prompts.Values|nil, message: string|nil) may be called before this
---  returns
---@return mistral.host.Stop|nil stop
function M.values(session, prompt, range, options, done)
  local given = read.gives(prompt.scope)
  if given == "diff" then
    return read_diff(session, options, range.wish or "", done)
  elseif given == "none" then
    return done({ wish = range.wish or "" })
  end
  local code, message = M.code(session, range, options)
  done(code and M.of_code(code), message)
end

return M
