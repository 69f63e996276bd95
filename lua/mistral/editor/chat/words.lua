--- What an @word may go on to while it is typed.
local disk = require("mistral.api.disk")
local files = require("mistral.redact.files")
local mentions = require("mistral.editor.chat.mentions")
local project = require("mistral.editor.chat.project")

local M = {}

local MOST = 500

--- Where the @word that is being typed begins; nil when there is none.
---@param left string the line before the cursor
---@return integer|nil column from 0
function M.start(left)
  local at = left:match('()@%l+:"[^"]*$') or left:match("()@%l*:?[^%s\"']*$")
  if at and (at == 1 or not left:sub(at - 1, at - 1):find("[%w_@.%-+/\\]")) then
    return at - 1
  end
end

local function begins(word, base)
  return word:sub(1, #base) == base
end

local function of_words(base)
  local out = {}
  for _, word in ipairs(mentions.WORDS) do
    if begins(word, base) then
      out[#out + 1] = word
    end
  end
  return out
end

local function of_buffers(host, said)
  local out, folder = {}, project.folder(host)
  for _, buffer in ipairs(host.buffers()) do
    local name = project.name(folder, host.path(buffer))
    if begins(name, said) and not files.refused(name) then
      out[#out + 1] = name
    end
  end
  return out
end

local IS_PICTURE = { png = true, jpg = true, jpeg = true, webp = true, gif = true }

local function is_folder(path)
  local found = disk.stat(path)
  return found ~= nil and found.type == "directory"
end

-- Entries of the folder that is typed; those whose names begin with a dot only when one is typed.
local function of_files(host, said, pictures)
  local above, part = said:match("^(.-)([^/]*)$")
  local folder = project.folder(host) .. "/" .. above
  local out = {}
  if above:find("^/") or ("/" .. above):find("/../", 1, true) then
    return out
  end
  for _, name in ipairs(host.names_in(folder)) do
    local hidden = name:find("^%.") and not part:find("^%.") or files.refused(name)
    if #out < MOST and begins(name, part) and not hidden and not name:find("[%c\"]") then
      local is_above = is_folder(folder .. name)
      if is_above or not pictures or IS_PICTURE[(name:match("%.(%w+)$") or ""):lower()] then
        out[#out + 1] = above .. name .. (is_above and "/" or "")
      end
    end
  end
  return out
end

-- A name in quotes, where it has blanks or was begun with one; a folder goes on.
local function quoted(name, quote)
  if quote == "" and not name:find("[%s']") then
    return name
  end
  return '"' .. name .. (name:find("/$") and "" or '"')
end

--- What it may go on to.
---@param host mistral.Host
---@param base string the word so far, with its @
---@return string[]
function M.candidates(host, base)
  local word, quote, said = base:match('^@(%l+):("?)(.*)$')
  if not word then
    return of_words(base)
  end
  local names = {}
  if word == "buffer" then
    names = of_buffers(host, said)
  elseif word == "file" or word == "image" then
    names = of_files(host, said, word == "image")
  end
  table.sort(names)
  for index, name in ipairs(names) do
    names[index] = ("@%s:%s"):format(word, quoted(name, quote))
  end
  return names
end

return M
