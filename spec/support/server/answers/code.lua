--- Finds the numbered code in a prompt, and tells its language.

local M = {}

---@class CodeLine
---@field number integer  as it was sent
---@field text string     verbatim, without number and mark
---@field mark? string    "+" of a line that was added

local BY_EXTENSION = {
  c = "c", h = "c", cc = "c", cpp = "c", hpp = "c", lua = "lua", py = "python", js = "javascript",
  mjs = "javascript", jsx = "javascript", ts = "javascript", tsx = "javascript", go = "go",
  sh = "shell", bash = "shell",
}
local BY_NAME = {
  c = "c", cpp = "c", lua = "lua", python = "python", javascript = "javascript",
  typescript = "javascript", go = "go", sh = "shell", bash = "shell", shell = "shell",
}

local LOOKED_AT = 400

--- What a line of each language tends to look like; every hit is a vote.
local SIGNS = {
  c = { "^%s*#%s*include", "^%s*#%s*define", "^[%a_][%w_%s%*]*%(.*%)%s*{?$", "%->",
    "%f[%w]char%f[%W]", "%f[%w]int%f[%W]", "sizeof%s*%(" },
  lua = { "^%s*local%f[%W]", "%f[%w]then%s*$", "^%s*end[%s,%)]*$", "%f[%w]function%f[%W].*%)%s*$",
    "%.%.", "~=" },
  python = { "^%s*def%s+[%w_]+%(.*:%s*$", "^%s*import%s+[%w_]+", "^%s*from%s+[%w_.]+%s+import",
    "^%s*elif%f[%W]", "^%s*[%a]+.*:%s*$", "%f[%w]self%f[%W]", "%f[%w]None%f[%W]" },
  javascript = { "^%s*const%s", "^%s*let%s", "=>", "===", "%f[%w]require%(['\"]", "console%.",
    "^%s*var%s", "^%s*async%s" },
  go = { "^package%s+%w+$", "^func%s", ":=", "%f[%w]err%s*!=%s*nil", "^import%s*%(" },
  shell = { "^#!.*sh%s*$", "^%s*fi%s*$", "^%s*done", "%$%b{}", "^%s*echo%s", "%[%s.*%s%]",
    "^%s*[%u_]+=[^=]" },
}

local function text_of(content)
  if type(content) == "string" then return content end
  local pieces = {}
  for _, chunk in ipairs(type(content) == "table" and content or {}) do
    if chunk.type == "text" then pieces[#pieces + 1] = chunk.text end
  end
  return table.concat(pieces, "\n")
end

--- All that was said in a chat, in order.
---@return string
function M.prompt_text(messages)
  local pieces = {}
  for index, message in ipairs(messages) do pieces[index] = text_of(message.content) end
  return table.concat(pieces, "\n")
end

--- What the user said last.
---@return string
function M.last_user_text(messages)
  for index = #messages, 1, -1 do
    if messages[index].role == "user" then return text_of(messages[index].content) end
  end
  return ""
end

--- A line written as `%5d| text`, or `%5d|+text` where it was added.
---@return CodeLine?
local function numbered_line(line)
  local number, mark, text = line:match("^ *(%d+)|([ +])(.*)$")
  if not number then number, text = line:match("^ *(%d+)|(%s*)$") end
  if number and #line:match("^ *%d+") >= 5 then
    return { number = tonumber(number), text = text, mark = mark == "+" and mark or nil }
  end
end

--- The numbered lines of a prompt. A removed line has no number.
---@param prompt string
---@return CodeLine[]
function M.numbered(prompt)
  local lines = {}
  for line in (prompt .. "\n"):gmatch("(.-)\n") do
    lines[#lines + 1] = numbered_line(line)
  end
  return lines
end

---@class CodeFile
---@field path string
---@field changes boolean  only what changed is shown
---@field head string      what is said of it
---@field lines CodeLine[]

--- The files of a prompt. What stands before the first `File:` at the left edge belongs to none; no
--- line of code can be such a line, since each has its number first.
---@param prompt string
---@return CodeFile[]
function M.files(prompt)
  local files, file = {}, nil
  for line in (prompt .. "\n"):gmatch("(.-)\n") do
    local path = line:match("^File: (.+)$")
    if path then
      file = { path = path, head = "", changes = false, lines = {} }
      files[#files + 1] = file
    end
    local code = numbered_line(line)
    if file and code then
      file.lines[#file.lines + 1] = code
    elseif file and not line:find("^ *|") then
      file.head = file.head .. line .. "\n"
      file.changes = file.changes or line:find("^Shown: what changed") ~= nil
    end
  end
  return files
end

local function language_said(prompt)
  for line in prompt:gmatch("[^\n]+") do
    if not line:find("^ *%d+|") then
      for extension in line:gmatch("[%w_%-]%.(%a+)%f[%W]") do
        if BY_EXTENSION[extension] then return BY_EXTENSION[extension] end
      end
      local lower = line:lower()
      local name = lower:match("language:?%s*(%a+)") or lower:match("filetype:?%s*(%a+)")
        or lower:match("^```(%a+)")
      if name and BY_NAME[name] then return BY_NAME[name] end
    end
  end
end

local function votes(lines, signs)
  local count = 0
  for index = 1, math.min(#lines, LOOKED_AT) do
    for _, sign in ipairs(signs) do
      if lines[index].text:find(sign) then count = count + 1 end
    end
  end
  return count
end

local function language_seen(lines)
  local best, most = nil, 0
  for _, name in ipairs { "c", "lua", "python", "javascript", "go", "shell" } do
    local count = votes(lines, SIGNS[name])
    if count > most then best, most = name, count end
  end
  return best
end

--- By a file name or a language the prompt mentions, else by the look of the lines.
---@return string? language  c lua python javascript go shell
function M.language(prompt, lines)
  return language_said(prompt) or language_seen(lines)
end

---@param text string
---@return CodeLine[]  every line, numbered from 1
function M.plain(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("(.-)\r?\n") do
    lines[#lines + 1] = { number = #lines + 1, text = line }
  end
  return lines
end

return M
