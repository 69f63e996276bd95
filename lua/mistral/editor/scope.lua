--- Which code a command speaks of, read once.
local files = require("mistral.redact.files")
local text = require("mistral.lines")

local M = {}

local NO_NAME = "[No Name]" -- as the editors call it

---@class mistral.Range what a command was given
---@field buffer integer
---@field first? integer none: the whole buffer
---@field last? integer
---@field wish? string what the user wrote behind the subcommand
---@field blank? boolean whether lines with nothing in them will do

---@class mistral.Scope
---@field buffer integer
---@field whole boolean
---@field first integer
---@field last integer
---@field lines string[] as they are sent
---@field tick integer of the buffer when it was read
---@field file string its name, or ""
---@field name string the same for people: "[No Name]" when it has none
---@field filetype string
---@field wish string

local function is_blank(lines)
  for _, line in ipairs(lines) do
    if line:find("%S") then
      return false
    end
  end
  return true
end

local function size(lines)
  local bytes = #lines
  for _, line in ipairs(lines) do
    bytes = bytes + #line
  end
  return bytes
end

local function nothing(name, range, verb)
  local why = range.first and ": these lines are empty" or " is empty"
  return ("nothing to %s: %s%s"):format(verb, name, why)
end

local function too_large(name, bytes, most)
  return ("%s: %d bytes are more than the %d of option max_bytes; give a range"):format(
    name, bytes, most
  )
end

--- Reads it; nil and a sentence when there is nothing in it or too much.
---@param host mistral.Host
---@param range mistral.Range
---@param options mistral.Options
---@param verb "review"|"explain"|"edit" for the sentence
---@return mistral.Scope|nil, string|nil message
function M.read(host, range, options, verb)
  local buffer = range.buffer
  local first = range.first or 1
  local last = range.last or host.line_count(buffer)
  local file = host.name(buffer)
  local name = file == "" and NO_NAME or file
  local refused = files.refused(file, options.allow_files)
  if refused then
    return nil, refused .. "; option allow_files lets it through"
  end
  local raw = host.lines(buffer, first, last)
  if not range.blank and is_blank(raw) then
    return nil, nothing(name, range, verb)
  end
  local bytes = size(raw)
  if bytes > options.max_bytes then
    return nil, too_large(name, bytes, options.max_bytes)
  end
  return {
    buffer = buffer,
    whole = not range.first,
    first = first,
    last = last,
    lines = text.code_lines(raw),
    tick = host.tick(buffer),
    file = file,
    name = name,
    filetype = host.filetype(buffer),
    wish = range.wish or "",
  }
end

--- What the code is in: its file, when it has one, and its language.
---@param scope mistral.Scope
---@return string
function M.head(scope)
  return ("%sLanguage: %s"):format(
    scope.file == "" and "" or "File: " .. text.code_line(scope.file) .. "\n",
    scope.filetype == "" and "unknown" or scope.filetype
  )
end

--- The user message both review and explain begin with: the code, numbered, as data.
---@param scope mistral.Scope
---@return string
function M.message(scope)
  local head = ("%s\nLines %d to %d:\n\n"):format(M.head(scope), scope.first, scope.last)
  local wish = scope.wish == "" and "" or "\n\nAbove all: " .. scope.wish
  return head .. text.numbered(scope.lines, scope.first) .. wish
end

return M
