--- What `:Mistral review …` is about. The words are, in this order:
---
---     [staged | unstaged | branch [base] | commit <rev> | files <name>… | <name>… | buffer]
---     [-- wish], or just the wish
---
--- The first word decides. A scope word is the scope; the name of a file that is there begins a list
--- of files; with any other word all of them are the wish, and the scope is the buffer or the range.
--- A wish behind a scope stands behind `--`, and so does one that begins with a scope word or a
--- file's name: so no word ever means two things. A blank within a name has a backslash before it.
local disk = require("mistral.api.disk")
local names = require("mistral.editor.names")

local M = {}

M.scopes = { "branch", "buffer", "commit", "files", "staged", "unstaged" }

---@class mistral.review.Wanted
---@field kind "buffer"|"staged"|"unstaged"|"branch"|"commit"|"files"
---@field base? string
---@field rev? string
---@field paths? string[] absolute
---@field wish string what the user wrote for the model, or ""

--- Splits at blanks that have no backslash before them; what stands behind `--` is one string.
local function split(rest)
  local words = {}
  local before, wish = rest:match("^(.-)%s+%-%-%s+(.*)$")
  if not before and rest:find("^%-%-%s") then
    before, wish = "", rest:match("^%-%-%s+(.*)$")
  end
  for word in (before or rest):gsub("\\(%s)", "\1"):gmatch("%S+") do
    words[#words + 1] = (word:gsub("\1", " "))
  end
  return words, wish
end

local BEHIND = "; words for the model stand behind --"

local function too_many(kind, word)
  return nil, (":Mistral review %s takes no `%s`%s"):format(kind, word, BEHIND)
end

--- From the word with this index on, all are files.
local function files_of(words, from, folder)
  local paths = {}
  for i = from, #words do
    local path = names.absolute(words[i], folder)
    if not disk.exists(path) then
      return nil, ("there is no file %s%s"):format(words[i], BEHIND)
    end
    paths[#paths + 1] = path
  end
  if #paths == 0 then
    return nil, ":Mistral review files needs the name of a file"
  end
  return { kind = "files", paths = paths }
end

local function plain(kind)
  return function(words)
    if words[2] then
      return too_many(kind, words[2])
    end
    return { kind = kind }
  end
end

--- A word for git; one with a dash in front would be an option of git's.
local function revision(kind, field, word)
  if word and word:sub(1, 1) == "-" then
    return nil, ("`%s` is no commit%s"):format(word, BEHIND)
  end
  return { kind = kind, [field] = word }
end

local READ = {
  buffer = plain("buffer"),
  staged = plain("staged"),
  unstaged = plain("unstaged"),
  branch = function(words)
    if words[3] then
      return too_many("branch", words[3])
    end
    return revision("branch", "base", words[2])
  end,
  commit = function(words)
    if not words[2] then
      return nil, ":Mistral review commit needs a commit, such as HEAD"
    elseif words[3] then
      return too_many("commit", words[3])
    end
    return revision("commit", "rev", words[2])
  end,
  files = function(words, folder)
    return files_of(words, 2, folder)
  end,
}

local function scope_of(words, folder)
  local first = words[1]
  if not first then
    return { kind = "buffer" }
  elseif READ[first] then
    return READ[first](words, folder)
  elseif disk.exists(names.absolute(first, folder)) then
    return files_of(words, 1, folder)
  end
end

--- What the words ask for; nil and a sentence when that cannot be.
---@param rest string the words, as typed
---@param folder string the working directory
---@param ranged boolean whether a range was given
---@return mistral.review.Wanted|nil, string|nil message
function M.read(rest, folder, ranged)
  local words, wish = split(rest)
  local wanted, message = scope_of(words, folder)
  if message then
    return nil, message
  elseif not wanted and wish then
    return nil, (":Mistral review does not know `%s`; before -- stand %s or names of files"):format(
      words[1], table.concat(M.scopes, ", "))
  end
  wanted = wanted or { kind = "buffer", wish = rest }
  if ranged and wanted.kind ~= "buffer" then
    return nil, ("a range and `%s` are two scopes%s"):format(words[1], BEHIND)
  end
  wanted.wish = wanted.wish or wish or ""
  return wanted
end

return M
