--- The @words of a question: where they stand, and what they name. Pure. A word that is none of ours
--- stays what it is: decorators, addresses and names of people are full of @.
local M = {}

---@class mistral.chat.Mention
---@field word "buffer"|"range"|"diff"|"diagnostics"|"file"|"image"
---@field name? string the path or the name behind the colon
---@field first? integer line asked for behind it, as in @file:a.lua:10-20
---@field last? integer
---@field said string as it was written

-- What may or has to stand behind each of them.
local WORDS = {
  buffer = { name = "may" }, file = { name = "must" }, image = { name = "must" },
  range = {}, diff = {}, diagnostics = {},
}

M.WORDS = { "@buffer", "@diagnostics", "@diff", "@file:", "@image:", "@range" }

-- Code ---------------------------------------------------------------------------------------------

local function blanks(code)
  return (" "):rep(#code)
end

-- The line with the code in it blanked out, so that places stay what they are.
local function without_code(line)
  return (line:gsub("(`+)(.-)%1", function(ticks, code)
    return blanks(ticks .. code .. ticks)
  end))
end

-- The mark of a fence that a line opens or closes.
local function fence_of(line)
  return line:match("^ ? ? ?(```+)[^`]*$") or line:match("^ ? ? ?(~~~+)")
end

local function closes(fence, line)
  local mark = fence_of(line)
  return mark ~= nil and mark:sub(1, 1) == fence:sub(1, 1) and #mark >= #fence
    and not line:find("[^`~%s]")
end

local function readable(text)
  local out, fence = {}, nil
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    local mark = not fence and fence_of(line)
    if mark then
      fence = mark
      line = blanks(line)
    elseif fence then
      fence = not closes(fence, line) and fence or nil
      line = blanks(line)
    end
    out[#out + 1] = without_code(line)
  end
  return table.concat(out, "\n")
end

-- Words --------------------------------------------------------------------------------------------

local function lines_behind(name)
  local bare, first, last = name:match("^(.+):(%d+)%-(%d+)$")
  if bare then
    return bare, tonumber(first), tonumber(last)
  end
  bare, first = name:match("^(.+):(%d+)$")
  if bare then
    return bare, tonumber(first), tonumber(first)
  end
  return name
end

-- The name that begins at `at`, and where it ends; lines may follow one in quotes, too.
local function name_at(text, at)
  for _, quote in ipairs({ '"', "'" }) do
    local name, stop = text:match("^" .. quote .. "([^\n" .. quote .. "]+)" .. quote .. "()", at)
    if name then
      local lines, behind = text:match("^(:%d+%-?%d*)()", stop)
      local _, first, last = lines_behind("x" .. (lines or ""))
      return name, first, last, first and behind or stop
    end
  end
  local name = text:match("^[^%s\"']+", at)
  name = name and name:gsub("[.,;:!?%)%]}>]+$", "")
  if name and name ~= "" then
    local bare, first, last = lines_behind(name)
    return bare, first, last, at + #name
  end
end

-- Of a decorator or an attribute, more follows at once.
local function goes_on(text, at)
  return text:find("^[%w_%-%(]", at) or text:find("^%.[%w_]", at)
end

local function mention_at(text, word, at)
  local takes = WORDS[word]
  if not takes or goes_on(text, at) then
    return nil
  end
  local name, first, last, stop
  if takes.name and text:sub(at, at) == ":" then
    name, first, last, stop = name_at(text, at + 1)
  end
  if takes.name == "must" and not name then
    return nil
  end
  return { word = word, name = name, first = first, last = last }, stop or at
end

--- The @words of a text, each once, in the order in which they stand there. None in code: neither
--- between backticks nor in a fence.
---@param text string
---@return mistral.chat.Mention[]
function M.find(text)
  local plain, found, seen, from = readable(text), {}, {}, 1
  while true do
    local start, word, at = plain:match("()@(%l+)()", from)
    if not start then
      return found
    end
    from = at
    local before = start > 1 and plain:sub(start - 1, start - 1) or " "
    local mention, stop
    if not before:find("[%w_@.%-+/\\]") then
      mention, stop = mention_at(plain, word, at)
    end
    if mention then
      from, mention.said = stop, text:sub(start, stop - 1)
      if not seen[mention.said] then
        seen[mention.said] = true
        found[#found + 1] = mention
      end
    end
  end
end

return M
