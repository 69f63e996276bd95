--- Chats as files: markdown as it stands in the buffer, one folder for each project, below the folder
--- of our state; for their owner's eyes.
local disk = require("mistral.api.disk")
local document = require("mistral.editor.chat.document")
local project = require("mistral.editor.chat.project")
local state = require("mistral.state")
local text = require("mistral.text")

local M = {}

---@class mistral.chat.Entry a chat that is kept
---@field name string without .md
---@field file string its path

local MOST_BYTES = 16 * 1024 * 1024
local LONGEST_SLUG = 48

-- A number for a path, so that two projects of one name have two folders: FNV-1a, with products small
-- enough for a double.
local function hash(path)
  local high, low = 0x811c, 0x9dc5
  for at = 1, #path do
    local byte, bit, mixed = path:byte(at), 1, 0
    local rest = low
    for _ = 1, 16 do
      local a, b = rest % 2, byte % 2
      mixed = mixed + (a ~= b and bit or 0)
      rest, byte, bit = (rest - a) / 2, (byte - b) / 2, bit * 2
    end
    local product = mixed * 0x0193
    high = (high * 0x0193 + mixed * 0x0100 + math.floor(product / 65536)) % 65536
    low = product % 65536
  end
  return ("%04x%04x"):format(high, low)
end

local function slug(said, limit)
  local word = said:lower():gsub("[^%w]+", "-"):sub(1, limit):gsub("^%-+", ""):gsub("%-+$", "")
  return word
end

--- The folder of a project's chats.
---@param host mistral.Host
---@return string
function M.folder(host)
  local folder = project.folder(host)
  local name = slug(folder:match("([^/]*)$"), LONGEST_SLUG)
  return state.path("chats", (name ~= "" and name .. "-" or "") .. hash(folder))
end

--- The chats of this project, the newest first.
---@param host mistral.Host
---@return mistral.chat.Entry[]
function M.list(host)
  local folder, entries = M.folder(host), {}
  for _, file in ipairs(host.names_in(folder)) do
    local name = file:match("^(%d%d%d%d%-.+)%.md$")
    if name then
      entries[#entries + 1] = { name = name, file = folder .. "/" .. file }
    end
  end
  table.sort(entries, function(a, b)
    return a.name > b.name
  end)
  return entries
end

--- The lines of a kept chat.
---@param entry mistral.chat.Entry
---@return string[]|nil, string|nil message
function M.read(entry)
  local found = disk.stat(entry.file)
  if found and found.size > MOST_BYTES then
    return nil, ("%s is too large to be a chat"):format(entry.file)
  end
  local said, message = state.read(entry.file)
  if not said then
    return nil, ("%s cannot be read: %s"):format(entry.file, message)
  end
  local lines = {}
  for line in (said:gsub("\n$", "") .. "\n"):gmatch("([^\n]*)\n") do
    lines[#lines + 1] = line
  end
  return lines
end

-- The first words that the user said.
local function title_of(lines)
  local read = document.read(lines)
  for _, turn in ipairs(read and read.turns or {}) do
    if turn.role == "user" then
      return turn.text
    end
  end
end

local function new_file(host, title)
  local words = slug(title:sub(1, 200), LONGEST_SLUG)
  local stem = os.date("%Y-%m-%d-%H%M") .. "-" .. (words ~= "" and words or "chat")
  local folder, count = M.folder(host), 1
  local path = ("%s/%s.md"):format(folder, stem)
  while disk.exists(path) do
    count = count + 1
    path = ("%s/%s-%d.md"):format(folder, stem, count)
  end
  return path
end

-- Another editor may have gone on with the same chat: then this one goes on in a file of its own.
local function make_way(talk, lines)
  local there = talk.kept and state.read(talk.file)
  if not there or there == talk.kept then
    return
  end
  talk.file = new_file(talk.host, title_of(lines) or "chat")
  local said = "this chat was gone on with elsewhere, too; from here on it is kept as %s"
  talk.session:tell(said:format(talk.file:match("([^/]*)%.md$")), "warn")
end

--- Keeps a chat as it stands in its buffer; one in which nothing is said yet is not kept. What cannot
--- be written is said once.
---@param talk mistral.chat.Talk
function M.save(talk)
  local lines = talk:lines()
  local said = table.concat(lines, "\n") .. "\n"
  local title = not talk.file and title_of(lines)
  if not title and not talk.file or said == talk.kept then
    return talk.host.unmodified(talk.buffer)
  end
  if talk.file then
    make_way(talk, lines)
  end
  talk.file = talk.file or new_file(talk.host, title)
  local written, message = state.write(talk.file, said, true)
  if written then
    talk.kept = said
    talk.host.unmodified(talk.buffer)
  elseif not talk.told then
    talk.told = true
    local why = text.line(tostring(message), 300)
    talk.session:tell("this chat cannot be kept: " .. why, "warn")
  end
end

return M
