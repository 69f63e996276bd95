--- The changes of the files that are reviewed: git is asked for them in batches, and what it prints
--- becomes files, or the sentence why one is left out.
local arguments = require "mistral.git.arguments"
local ask = require "mistral.git.ask"
local batches = require "mistral.git.batches"
local diff = require "mistral.git.diff"
local skip = require "mistral.git.skip"

local M = {}

---@class mistral.git.Job
---@field run mistral.git.Run
---@field place mistral.git.Place the top of the work tree
---@field sides mistral.git.Sides
---@field skip mistral.git.Skip
---@field attributes table<string, mistral.git.Attributes>
---@field max_bytes integer
---@field max_rows integer
---@field rows integer kept so far
---@field breathe fun()
---@field files mistral.git.File[]
---@field skipped { path: string, why: string }[]

local AT_ONCE = 48 -- files: what git prints of them stays small enough to be taken in one step
local MOST_UNTRACKED = 500 -- each takes a run of git
local LINK = "120000"

local NO_FILE = "%s cannot be read: it is no file, or it is gone"

local STATUS = { A = "added", T = "type" }

local function status_of(entry, section)
  return section.moved or STATUS[entry.status] or section.old_path and "modified" or "added"
end

local function bytes(count)
  return count >= 1024 and ("%d KiB"):format(count / 1024) or ("%d bytes"):format(count)
end

-- A file with no line that changed.
local function unchanged(entry, section)
  local path = entry.path
  if section.moved == "renamed" then
    return skip.record(path, "%s was only renamed")
  elseif section.moved == "copied" then
    return skip.record(path, "%s is a plain copy")
  elseif section.old_mode and section.new_mode and section.old_mode ~= section.new_mode then
    return skip.record(path, "only the mode of %s changed, from %s to %s", section.old_mode,
      section.new_mode)
  end
  return skip.record(path, section.removed > 0 and "%s has no lines left" or "%s is empty")
end

-- What rules a file out once its lines are known.
local function verdict(job, entry, section)
  local path = entry.path
  if not section then
    return skip.record(path, entry.whole and NO_FILE or "%s changed while git read it: start again")
  elseif section.new_mode == LINK then
    return skip.record(path, "%s is a symbolic link")
  elseif section.binary then
    return skip.record(path, "%s is binary")
  elseif section.over == "bytes" then
    return skip.record(path, "%s has more than %s: review a range of it", bytes(job.max_bytes))
  elseif section.over == "rows" then
    return skip.record(path, "%s is left out, since all files together have more than %d lines: "
      .. "review less at once", job.max_rows)
  elseif #section.hunks == 0 or section.bytes == 0 then
    return unchanged(entry, section)
  end
  return skip.by_looks(job.skip, path, section, job.attributes[path] or {})
end

local function file_of(entry, section)
  return {
    path = entry.path, old_path = section.moved and section.old_path or nil,
    status = status_of(entry, section), whole = entry.whole, binary = false,
    added = section.added, removed = section.removed, hunks = section.hunks,
    crlf = section.crlf, no_newline = section.no_newline,
  }
end

local function take(job, entry, section)
  local record = verdict(job, entry, section)
  if record then
    job.skipped[#job.skipped + 1] = record
  else
    job.rows = job.rows + section.rows
    job.files[#job.files + 1] = file_of(entry, section)
  end
end

local function parse(job, out)
  return diff.parse(out, {
    max_bytes = job.max_bytes, max_rows = job.max_rows - job.rows, breathe = job.breathe,
  })
end

local UNREADABLE = "what `git diff` printed cannot be read from line %d on: please report it"

-- A source of a rename is listed too, or git would not know where the file came from.
local function paths_of(entries)
  local paths, seen = {}, {}
  for _, entry in ipairs(entries) do
    for _, path in ipairs { entry.path, entry.old_path } do
      if not seen[path] then paths[#paths + 1] = path end
      seen[path] = true
    end
  end
  return paths
end

local function take_all(job, entries, out)
  local sections, row = parse(job, out)
  if not sections then return nil, UNREADABLE:format(row) end
  local by_path = {}
  for _, section in ipairs(sections) do
    if section.path then by_path[section.path] = section end
  end
  for index, entry in ipairs(entries) do
    if index % 16 == 0 then job.breathe() end
    take(job, entry, by_path[entry.path])
  end
  return true
end

-- A batch that prints too much is asked for in halves, until one file does.
local function read_batch(job, entries)
  local words = arguments.patch(job.sides.words, paths_of(entries))
  local out, problem, code = ask.git(job.run, job.place, words)
  if out then return take_all(job, entries, out) end
  if code ~= ask.TOO_LONG then return nil, problem end
  if #entries == 1 then
    job.skipped[#job.skipped + 1] = skip.record(entries[1].path,
      "%s prints more than can be read: review a range of it")
    return true
  end
  local first, second = batches.halves(entries)
  local read
  read, problem = read_batch(job, first)
  if not read then return nil, problem end
  return read_batch(job, second)
end

-- A file that git does not know, or whose lines are wanted whole.
local function read_alone(job, entry)
  local out, problem, code = ask.git(job.run, job.place, arguments.untracked(entry.path), 1)
  if not out and code ~= ask.TOO_LONG and code ~= 128 then return nil, problem end
  if not out then
    job.skipped[#job.skipped + 1] = skip.record(entry.path, NO_FILE)
    return true
  end
  local sections, row = parse(job, out)
  if not sections then return nil, UNREADABLE:format(row) end
  take(job, entry, sections[1])
  return true
end

local function split(entries)
  local known, alone = {}, {}
  for _, entry in ipairs(entries) do
    local list = (entry.untracked or entry.whole) and alone or known
    list[#list + 1] = entry
  end
  return known, alone
end

local function read_each(job, alone)
  for index, entry in ipairs(alone) do
    if index > MOST_UNTRACKED and not entry.whole then
      job.skipped[#job.skipped + 1] = skip.record(entry.path,
        "%s is left out, since more than %d files are untracked: `git add` those that matter",
        MOST_UNTRACKED)
    else
      local read, problem = read_alone(job, entry)
      if not read then return nil, problem end
    end
  end
  return true
end

local function size(entry)
  return #entry.path + #(entry.old_path or "") + 40
end

--- Fill the job's files, and its skipped ones.
---@param job mistral.git.Job
---@param entries mistral.git.Entry[]
---@return true?
---@return string? sentence
function M.read(job, entries)
  local known, alone = split(entries)
  for _, batch in ipairs(batches.of(known, size, AT_ONCE)) do
    local read, problem = read_batch(job, batch)
    if not read then return nil, problem end
  end
  return read_each(job, alone)
end

return M
