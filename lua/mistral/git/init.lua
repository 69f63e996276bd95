--- What changed in a repository, for a review: git is asked, never trusted, and no program of the
--- repository's choosing runs. Nothing here starts a process: the caller gives `run`.
local ask = require "mistral.git.ask"
local attributes = require "mistral.git.attributes"
local batches = require "mistral.git.batches"
local collect = require "mistral.git.collect"
local entries = require "mistral.git.entries"
local filters = require "mistral.git.filters"
local scopes = require "mistral.git.scope"
local skip = require "mistral.git.skip"
local text = require "mistral.text"

local M = {}

---@class mistral.git.File
---@field path string new side, "/"-separated, from the top of the work tree, bytes as on disk
---@field old_path? string of a renamed or copied file
---@field status "added"|"modified"|"renamed"|"copied"|"type"
---@field binary boolean false: binary files are skipped
---@field whole? true no change: the file itself is what is asked for
---@field added integer
---@field removed integer
---@field hunks mistral.git.Hunk[] with every line of the new side
---@field crlf? boolean every line of the new side ends with CRLF
---@field no_newline? boolean the last line of the new side has no line end

---@class mistral.git.Changes
---@field top string absolute path of the work tree
---@field files mistral.git.File[] may be empty, when all that changed is skipped
---@field skipped { path: string, why: string }[]
---@field title string
---@field base? string object name of the old side
---@field rev? string object name of the new side

---@class mistral.git.Options
---@field skip? string[] globs of files to leave out
---@field keep? string[] globs of files not to leave out for their name or looks
---@field names? { skip?: string, keep?: string } what the user calls these two: sentences advise them
---@field allow_files? string[] names that may be sent though they are those of secrets
---@field max_file_bytes? integer of one file's new side: 1 MiB unless told
---@field max_lines? integer of all files together: 200000 unless told
---@field breathe? fun() called often, between short steps

local MAX_FILE_BYTES = 1024 * 1024
local MAX_LINES = 200000

local function no_breath() end

local ELSEWHERE = "%s belongs to a repository that says its files are in %s: open one of those, if "
  .. "you know that repository"

local function own_folder(run, folder)
  local out, problem = ask.git(run, { folder = folder }, { "rev-parse", "--absolute-git-dir" })
  if not out then return nil, problem end
  return (out:gsub("\n$", ""))
end

-- A repository may name any folder as its work tree (core.worktree). It has to be one that the folder at
-- hand is in, and that knows the same repository; or files that nobody meant would be sent.
local function is_at(run, folder, top)
  local inside = ask.line(run, { folder = folder }, { "rev-parse", "--is-inside-work-tree" })
  if inside ~= "true" then return false end
  local own = own_folder(run, folder)
  return own ~= nil and (own == top .. "/.git" or own == own_folder(run, top))
end

--- The top of the work tree that a folder belongs to.
---@param run mistral.git.Run
---@param folder? string
---@return string?
---@return string? sentence
function M.top(run, folder)
  folder = folder or "."
  local out, problem = ask.git(run, { folder = folder }, { "rev-parse", "--show-toplevel" })
  if not out then return nil, problem end
  local top = out:gsub("\n$", "")
  if is_at(run, folder, top) then return top end
  return nil, ELSEWHERE:format(text.line(folder, 200), text.line(top, 200))
end

--- What tells a repository from others for as long as it stays where it is, whichever of its work
--- trees is asked: the absolute path of the folder that they share.
---@param run mistral.git.Run
---@param folder? string
---@return string?
---@return string? sentence
function M.identity(run, folder)
  local top, problem = M.top(run, folder)
  if not top then return nil, problem end
  local out
  out, problem = ask.git(run, { folder = top }, { "rev-parse", "--git-common-dir" })
  if not out then return nil, problem end
  local path = out:gsub("\n$", "")
  return path:sub(1, 1) == "/" and path or top .. "/" .. path
end

--- The subjects of the latest commits, the newest first; none in a repository without a commit.
---@param run mistral.git.Run
---@param folder? string
---@param count? integer at most so many, 20 unless told
---@return string[]?
---@return string? sentence
function M.subjects(run, folder, count)
  local top, problem = M.top(run, folder)
  if not top then return nil, problem end
  local words = { "log", "--max-count=" .. (count or 20), "--format=%s", "HEAD", "--" }
  local out, why, code = ask.git(run, { folder = top }, words)
  if not out and code ~= 128 then return nil, why end
  local subjects = {}
  for subject in (out or ""):gmatch("[^\n]+") do
    subjects[#subjects + 1] = text.line(subject, 200)
  end
  return subjects
end

-- Programs of the repository's own are only in question where files of the work tree are read.
local function pins_of(run, place, scope)
  if scope.kind ~= "unstaged" and scope.kind ~= "files" then return {} end
  return filters.off(run, place)
end

local function place_of(run, scope)
  local top, problem = M.top(run, scope.folder)
  if not top then return nil, problem end
  local place = { folder = top, index = scope.kind == "staged" and scope.index or nil }
  place.pins, problem = pins_of(run, place, scope)
  if not place.pins then return nil, problem end
  return place
end

-- Where names that were given are meant from.
local function here(place, scope)
  return { folder = scope.folder or ".", index = place.index, pins = place.pins }
end

local function entries_of(job, scope)
  if scope.kind == "files" then
    return entries.named(job.run, here(job.place, scope), scope.paths or {}, job.breathe)
  end
  local from = scope.paths and here(job.place, scope) or job.place
  return entries.changed(job.run, from, job.sides, scope.paths, job.breathe)
end

-- The entries that nothing speaks against; why the others are left out goes to `skipped`.
local function keep(job, list, why)
  local kept = {}
  for index, entry in ipairs(list) do
    if index % 64 == 0 then job.breathe() end
    local record = why(entry)
    local into = record and job.skipped or kept
    into[#into + 1] = record or entry
  end
  return kept
end

local function attributes_of(job, list)
  local paths = {}
  for index, entry in ipairs(list) do
    paths[index] = entry.path
  end
  local parts = batches.of(paths, function(path) return #path + 1 end)
  return attributes.of(job.run, job.place, parts)
end

local function choose(job, list)
  list = keep(job, list, skip.by_kind)
  local problem
  job.attributes, problem = attributes_of(job, list)
  if not job.attributes then return nil, problem end
  return keep(job, list, function(entry)
    return skip.by_name(job.skip, entry, job.attributes[entry.path] or {})
  end)
end

local function new_job(run, place, sides, options)
  return {
    run = run, place = place, sides = sides, skip = skip.new(options), files = {}, skipped = {},
    max_bytes = options.max_file_bytes or MAX_FILE_BYTES, rows = 0,
    max_rows = options.max_lines or MAX_LINES, breathe = options.breathe or no_breath,
  }
end

local function fill(job, scope)
  local list, problem = entries_of(job, scope)
  if not list then return nil, problem end
  if #list == 0 then return nil, job.sides.nothing, "nothing" end
  list, problem = choose(job, list)
  if not list then return nil, problem end
  return collect.read(job, list)
end

--- What a scope holds: every changed file with all lines of its new side, and which files are left
--- out, with the sentence why. Nothing that changed at all is a sentence too.
---@param run mistral.git.Run runs a command and gives its result; it may wait
---@param scope mistral.git.Scope
---@param options? mistral.git.Options
---@return mistral.git.Changes?
---@return string? sentence
---@return "nothing"? code when that is all that is wrong
function M.changes(run, scope, options)
  local place, problem = place_of(run, scope)
  if not place then return nil, problem end
  local sides
  sides, problem = scopes.sides(run, place, scope)
  if not sides then return nil, problem end
  local job = new_job(run, place, sides, options or {})
  local filled, code
  filled, problem, code = fill(job, scope)
  if not filled then return nil, problem, code end
  return {
    top = place.folder, files = job.files, skipped = job.skipped, title = sides.title,
    base = sides.base, rev = sides.rev,
  }
end

return M
