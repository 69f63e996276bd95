--- What an edit or a fix is asked for: which lines, and what is to be done with them.
local problems = require("mistral.editor.edit.problems")
local prompt = require("mistral.editor.edit.prompt")
local scope = require("mistral.editor.scope")

local M = {}

---@class mistral.edit.Asked
---@field params table of the request
---@field code mistral.Scope
---@field heading string what was asked for, in a line

--- The lines that are asked about; nil and a sentence, also where the answer could not be put in.
local function code_of(host, range, options, verb)
  local changeable, why = host.replace_parts(range.buffer, {})
  if not changeable then
    return nil, why
  end
  return scope.read(host, range, options, verb)
end

--- What an edit of this range would send; the wish says what is to be done.
---@param session mistral.Session
---@param range mistral.Range
---@param options mistral.Options
---@return mistral.edit.Asked|nil, string|nil message
function M.edit(session, range, options)
  if not (range.wish or ""):find("%S") then
    return nil, "say what is to be done, such as :'<,'>Mistral edit return early"
  end
  range.blank = true
  local code, message = code_of(session.host, range, options, "edit")
  if not code then
    return nil, message
  end
  local wish = "What is to be done: " .. range.wish
  return {
    params = prompt.params(session.host, code, wish, options.edit),
    code = code,
    heading = range.wish,
  }
end

local MARGIN = 10 -- lines around the problems that may change with them, when no range is given

--- The lines around the problems, for a fix that was given no range.
local function narrowed(host, range, list)
  local first, last = list[1].row, list[1].last
  for _, problem in ipairs(list) do
    last = math.max(last, problem.last)
  end
  range.first = math.max(1, first - MARGIN)
  range.last = math.min(host.line_count(range.buffer), last + MARGIN)
end

local function none(host, range)
  local name = host.name(range.buffer)
  local where = range.first and ("lines %d to %d of "):format(range.first, range.last) or ""
  return ("there are no diagnostics and no findings in %s%s"):format(
    where, name == "" and "this buffer" or name
  )
end

--- The same for a fix of what is wrong in the range.
---@param session mistral.Session
---@param range mistral.Range
---@param options mistral.Options
---@return mistral.edit.Asked|nil, string|nil message
function M.fix(session, range, options)
  local host, buffer = session.host, range.buffer
  local last = range.last or host.line_count(buffer)
  local list = problems.read(session, buffer, range.first or 1, last)
  if not list[1] then
    return nil, none(host, range)
  elseif not range.first then
    narrowed(host, range, list)
  end
  local code, message = code_of(host, range, options, "fix")
  if not code then
    return nil, message
  end
  local wish = problems.wish(list, range.wish or "")
  local heading = #list == 1 and list[1].said or ("%d problems"):format(#list)
  return {
    params = prompt.params(host, code, wish, options.edit), code = code, heading = heading,
  }
end

return M
