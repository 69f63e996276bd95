--- What a commit will hold, read from git: what is staged, and with it, when a commit is amended, what
--- that one holds.
local git = require("mistral.git")
local patch = require("mistral.git.text")
local place = require("mistral.editor.commit.place")
local text = require("mistral.lines")
local words = require("mistral.text")

local M = {}

local MOST_DIFF = 64 * 1024 -- bytes of all diffs together
local MOST_TYPED = 4000
local SUBJECTS = 20

---@class mistral.commit.Changes: mistral.commit.Asked
---@field notes string[] sentences for the user: what is left out, what is amended

local NOTHING = "nothing is staged: stage what the commit is to hold, with `git add`"
local ONLY_AMENDED = "nothing is staged: the draft says what HEAD holds, which is taken to be "
  .. "amended"
local CUT = "the diff is longer than the %d KiB that are sent: the draft is made from a part of it"

local function is_nothing(message)
  return message:find("^nothing to review: ") ~= nil
end

local function clean(diff)
  return table.concat(text.code_lines(text.split_lines(diff)), "\n")
end

-- The files that are left out, by name as far as there is room.
local function left_out(skipped)
  if #skipped == 1 then
    return skipped[1].why
  end
  local names = {}
  for index = 1, math.min(3, #skipped) do
    names[index] = words.line(skipped[index].path, 100)
  end
  local more = #skipped > 3 and (" and %d more"):format(#skipped - 3) or ""
  return ("%d files are left out, of which only the names are sent: %s%s"):format(
    #skipped, table.concat(names, ", "), more)
end

--- Reads one scope; nil and a sentence.
local function changes_of(job, kind, folder)
  return git.changes(job.waiting.run, { kind = kind, folder = folder, index = job.index }, {
    allow_files = job.options.allow_files,
    max_file_bytes = job.options.max_bytes,
    breathe = job.waiting.breathe,
  })
end

local function add_part(job, title, changes)
  job.found[#job.found + 1] = { title = title, changes = changes }
end

-- A message that begins as the last commit's does is that one, to be amended.
local function is_amended(job, subjects)
  local first = job.typed:match("^[^\n]*")
  return first ~= "" and words.line(first, 200) == subjects[1]
end

local function find(job, folder, subjects)
  local staged, message = changes_of(job, "staged", folder)
  local amended = is_amended(job, subjects)
  if not staged and not (is_nothing(message) and (amended or job.message)) then
    return nil, is_nothing(message) and NOTHING or message
  elseif not staged or amended then
    local head = changes_of(job, "commit", folder)
    if not head and not staged then
      return nil, NOTHING
    elseif head then
      add_part(job, "What the commit to be amended holds", head)
    end
  end
  if staged then
    add_part(job, #job.found > 0 and "What is added to it" or "The diff to be committed", staged)
  else
    job.notes[#job.notes + 1] = ONLY_AMENDED
  end
  return true
end

-- The diffs as text, and what has to be said of them.
local function told(job)
  local parts, whole, skipped = {}, true, {}
  for index, part in ipairs(job.found) do
    local limit = math.floor(MOST_DIFF / #job.found)
    local diff, all = patch.of(part.changes, { limit = limit, breathe = job.waiting.breathe })
    parts[index] = { title = part.title, diff = clean(diff) }
    whole = whole and all
    for _, record in ipairs(part.changes.skipped) do
      skipped[#skipped + 1] = record
    end
  end
  if #skipped > 0 then
    job.notes[#job.notes + 1] = left_out(skipped)
  end
  if not whole then
    job.notes[#job.notes + 1] = CUT:format(MOST_DIFF / 1024)
  end
  return parts
end

--- Reads it; within `waiting`.
---@param waiting mistral.Waiting
---@param host mistral.Host
---@param message? integer the buffer of a message that is edited
---@param options mistral.Options
---@return mistral.commit.Changes|nil, string|nil sentence
function M.read(waiting, host, message, options)
  local folder = place.folder(host, message)
  local job = {
    waiting = waiting, options = options, message = message, found = {}, notes = {},
    typed = message and words.clip(place.head(host, message).typed, MOST_TYPED) or "",
    index = message and os.getenv("GIT_INDEX_FILE"), -- `git commit -a` has one of its own
  }
  local subjects, problem = git.subjects(waiting.run, folder, SUBJECTS)
  local found
  if subjects then
    found, problem = find(job, folder, subjects)
  end
  if not found then
    return nil, problem
  end
  return { subjects = subjects, parts = told(job), typed = job.typed, notes = job.notes }
end

return M
