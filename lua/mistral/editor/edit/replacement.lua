--- What a model would put in place of some lines: made fit to stand there, or refused. Nothing is
--- mended but what sending changed: line ends, and characters that were sent as pictures.
local code = require("mistral.lines")
local text = require("mistral.text")

local M = {}

--- The lines of an answer; a line feed at its end is the last line's own.
local function split(answer)
  if answer == "" then
    return {}
  end
  local lines = code.split_lines((answer:gsub("\n$", "")))
  if answer:find("\r", 1, true) then
    for i, line in ipairs(lines) do
      lines[i] = line:gsub("\r$", "")
    end
  end
  return lines
end

-- Line ends ----------------------------------------------------------------------------------------

--- Whether the buffer keeps the carriage returns of its line ends as text.
local function has_returns(old)
  for _, line in ipairs(old) do
    if line:sub(-1) ~= "\r" then
      return false
    end
  end
  return old[1] ~= nil
end

local function with_returns(lines)
  local out = {}
  for i, line in ipairs(lines) do
    out[i] = line .. "\r"
  end
  return out
end

-- Characters ---------------------------------------------------------------------------------------

local CONTROL = "[%z\1-\8\11-\31\127]"

--- Control characters were sent as pictures; those that the old lines have come back.
local function unpicture(new, old)
  local done = {}
  for char in old:gmatch(CONTROL) do
    local picture = code.code_line(char .. "."):sub(1, -2) -- at the very end it may be a line end
    if not done[char] and not old:find(picture, 1, true) then
      new = new:gsub(picture, char)
    end
    done[char] = true
  end
  return new
end

--- Characters that a terminal obeys, that hide or reorder what stands beside them, or that stand for
--- bytes which could not be sent.
local ODD = {
  CONTROL, -- ASCII's
  "\194[\128-\159]", -- those behind it
  "\226\128[\139\142\143\170-\174]", -- U+200B, 200E, 200F, 202A to 202E
  "\226\129[\160-\175]", -- U+2060 to 206F
  "\239\187\191", -- U+FEFF
  "\239\191\189", -- U+FFFD
}

local UNKNOWN = "\239\191\189"

--- A pattern is only tried where its first byte is at all: that is looked for much faster.
local function odd_character(new, old)
  for _, pattern in ipairs(ODD) do
    local lead = pattern:match("^[\194-\239]")
    if not lead or new:find(lead, 1, true) then
      for char in new:gmatch(pattern) do
        if not old:find(char, 1, true) then
          return char
        end
      end
    end
  end
end

local function name_of(char)
  if char == UNKNOWN then
    return "U+FFFD, which stands for bytes that are not UTF-8"
  end
  return text.line(char)
end

-- Placeholders -------------------------------------------------------------------------------------

--- The word around these bytes.
local function word_at(whole, first, last)
  local before = whole:sub(math.max(1, first - 80), first - 1):match("[%w_]*$")
  return before .. whole:sub(first, last) .. whole:match("^[%w_]*", last + 1)
end

--- Capitals, or an underscore behind them: other words of that kind are prose.
local function is_placeholder(word)
  return word:find("REDACTED", 1, true) or word:lower():find("redacted_", 1, true)
end

--- A word that stands, whole or damaged, for a secret that was not sent.
local function placeholder(new, old)
  local lower = new:lower()
  local first, last = lower:find("redacted", 1, true)
  while first do
    local word = word_at(new, first, last)
    if is_placeholder(word) and not old:find(word, 1, true) then
      return word
    end
    first, last = lower:find("redacted", last + 1, true)
  end
end

--- The lines that may stand in place of the old ones; nil and a sentence about an answer that may
--- not. Neither has line feeds in its lines.
---@param answer string the whole text, lines ended by LF or CRLF
---@param old string[] as they are in the buffer
---@return string[]|nil lines, string|nil message
function M.lines(answer, old)
  local before = table.concat(old, "\n")
  local new = unpicture(table.concat(split(answer), "\n"), before)
  local char = odd_character(new, before)
  if char then
    return nil, ("its replacement has a character that the code has not: %s"):format(name_of(char))
  end
  local word = placeholder(new, before)
  if word then
    return nil, ("its replacement has %s where a secret was left out"):format(text.line(word, 80))
  end
  local lines = answer == "" and {} or code.split_lines(new)
  return has_returns(old) and with_returns(lines) or lines
end

-- Indentation --------------------------------------------------------------------------------------

local function indent_of(line)
  return line:match("^[ \t]*")
end

--- What all lines that are not blank begin with; nil when all are blank.
local function common_indent(lines)
  local common
  for _, line in ipairs(lines) do
    if line:find("%S") then
      local indent = indent_of(line)
      common = common or indent
      while indent:sub(1, #common) ~= common do
        common = common:sub(1, -2)
      end
    end
  end
  return common
end

local function indented(lines, indent)
  local out = {}
  for i, line in ipairs(lines) do
    out[i] = line:find("%S") and indent .. line or line
  end
  return out
end

local function same(a, b)
  return table.concat(a, "\n") == table.concat(b, "\n")
end

--- The same lines as deep as the old ones, when a model has written them as if nothing were around
--- them. Not when the change would be nothing but that: then it was asked for.
---@param new string[]
---@param old string[]
---@return string[]
function M.as_deep(new, old)
  local indent = common_indent(old)
  if not indent or indent == "" or common_indent(new) ~= "" then
    return new
  end
  local moved = indented(new, indent)
  local first = new[1] or ""
  return indent_of(first) == "" and first:find("%S") and not same(moved, old) and moved or new
end

return M
