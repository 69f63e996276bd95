--- What outlives the editor: findings that were dismissed, and reviews that can be shown again.
local remember = require("mistral.review.remember")
local subjects = require("mistral.editor.review.subject")
local walk = require("mistral.editor.review.walk")

local M = {}

local MOST_KEPT = 500 -- findings of one review

-- Keeping ----------------------------------------------------------------------------------------

local function kept_of(all, board)
  local list = {}
  for _, file in ipairs(all:files_of(board)) do
    for _, record in ipairs(file.path ~= "" and file.records or {}) do
      if #list < MOST_KEPT then
        list[#list + 1] = record.finding
      end
    end
  end
  return list
end

--- Keeps a review for `restore`, when the options want any kept and it has a place to be kept at. It
--- goes on in slices; while it does, the board is `being_kept`.
---@param all mistral.review.Findings
---@param board mistral.review.Board
function M.keep(all, board)
  local most = board.options.kept
  local list = most > 0 and board.top and kept_of(all, board) or {}
  if #list == 0 then
    return
  end
  local kept = { title = board.title, when = os.time(), findings = list }
  local saving = coroutine.create(function()
    remember.save(board.top, kept, most, coroutine.yield)
  end)
  board.being_kept = true
  local function go_on()
    local ran, problem = coroutine.resume(saving)
    board.being_kept = coroutine.status(saving) ~= "dead"
    if board.being_kept then
      all.slices:add(go_on)
    elseif not ran then
      error(problem, 0)
    end
  end
  all.slices:add(go_on)
end

--- The fingerprints of what was dismissed in the repository at this folder, as a set.
M.dismissed = remember.dismissed

-- Dismissing -------------------------------------------------------------------------------------

--- The records that the words mean: the one under the cursor, that of a number, or all.
local function meant(all, rest)
  if rest == "" then
    return { all:here() }, "no finding stands on this line"
  elseif rest == "all" then
    local records = {}
    for i, stop in ipairs(walk.stops(all)) do
      records[i] = stop.record
    end
    return records, "no finding is open"
  end
  return { walk.nth(all, tonumber(rest) or 0) }, ("there is no finding `%s`"):format(rest)
end

--- Remembers them, repository by repository.
local function remember_all(records, back)
  local tops = {}
  for _, record in ipairs(records) do
    local top, fingerprint = record.board.top, record.finding.fingerprint
    if top and fingerprint then
      tops[top] = tops[top] or {}
      table.insert(tops[top], fingerprint)
    end
  end
  for top, fingerprints in pairs(tops) do
    local written, message = remember.dismiss(top, fingerprints, back)
    if not written then
      return nil, message
    end
  end
  return true
end

local function counted(records)
  return #records == 1 and ("\"%s\""):format(records[1].finding.title)
    or #records .. " findings"
end

--- Dismisses findings; a later review does not bring them back.
---@param session mistral.Session
---@param rest string "", a number as `next` counts, or "all"
---@return true|nil, string|nil message
function M.dismiss(session, rest)
  local all = session.findings
  local records, none = meant(all, rest)
  if #records == 0 then
    return nil, none
  end
  for _, record in ipairs(records) do
    record:set_state("dismissed")
  end
  all.dismissed[#all.dismissed + 1] = records
  local kept, message = remember_all(records)
  session:tell(("dismissed %s; :Mistral! dismiss brings %s back"):format(counted(records),
    #records == 1 and "it" or "them"))
  if not kept then
    return nil, ("it will come back in the next review: %s"):format(message)
  end
  return true
end

--- Takes back what was dismissed last.
---@param session mistral.Session
---@return true|nil, string|nil message
function M.undo(session)
  local records = table.remove(session.findings.dismissed)
  if not records then
    return nil, "nothing was dismissed"
  end
  for _, record in ipairs(records) do
    record:set_state("open")
  end
  session:tell(("brought back %s"):format(counted(records)))
  return remember_all(records, true)
end

-- Showing again ----------------------------------------------------------------------------------

--- The folder whose reviews are meant: the repository of the file at hand, or of the editor.
local function top_here(host)
  local path = host.path(host.buffer())
  local folder = host.folder()
  return subjects.top_of(path) or path:match("^(.+)/") or subjects.top_of(folder .. "/x") or folder
end

local function said(entry)
  return ("%s, %s, %d finding%s"):format(os.date("%Y-%m-%d %H:%M", entry.when), entry.title,
    entry.count, entry.count == 1 and "" or "s")
end

--- The files of findings, each once.
local function covered_by(findings, top)
  local covered, seen = {}, {}
  for _, finding in ipairs(findings) do
    local path = top .. "/" .. finding.path
    if not seen[path] then
      seen[path] = true
      covered[#covered + 1] = { key = path, path = path }
    end
  end
  return covered
end

--- Without those that were dismissed since.
local function wanted(findings, dismissed)
  local out = {}
  for _, finding in ipairs(findings) do
    if not dismissed[finding.fingerprint] then
      finding.state = finding.state == "applied" and "applied" or "open"
      out[#out + 1] = finding
    end
  end
  return out
end

--- Shows a review again; its findings get places wherever their quotes still stand.
local function show(session, top, entry, options)
  local kept = remember.load(top, entry.slot)
  if not kept then
    return nil, ("what was kept of the review of %s cannot be read"):format(entry.title)
  end
  local all = session.findings
  local findings = wanted(kept.findings, remember.dismissed(top))
  local board = all:open(kept.title, options.review, covered_by(findings, top))
  board.top = top
  for _, finding in ipairs(findings) do
    all.slices:add(function()
      all:add(board, top .. "/" .. finding.path, finding)
    end)
  end
  all.slices:add(function()
    all:renew(board)
    session:tell(("restored %s; see :copen"):format(said(entry)))
  end)
  return true
end

--- Shows the n-th last review of this repository again.
---@param session mistral.Session
---@param number integer
---@param options mistral.Options
---@return true|nil, string|nil message
function M.restore(session, number, options)
  local top = top_here(session.host)
  local entries = remember.list(top)
  if #entries == 0 then
    return nil, ("no review is kept of %s"):format(top)
  elseif not entries[number] then
    return nil, ("only %d reviews are kept of %s"):format(#entries, top)
  end
  return show(session, top, entries[number], options)
end

--- Lists the reviews that are kept of this repository; the one that is chosen is shown again.
---@param session mistral.Session
---@param options mistral.Options
---@return true|nil, string|nil message
function M.history(session, options)
  local top = top_here(session.host)
  local entries = remember.list(top)
  if #entries == 0 then
    return nil, ("no review is kept of %s"):format(top)
  end
  local choices = {}
  for i, entry in ipairs(entries) do
    choices[i] = said(entry)
  end
  session.host.ask("Reviews of " .. top, choices, function(index)
    local shown, message = true, nil
    if index then
      shown, message = show(session, top, entries[index], options)
    end
    if not shown then
      session:tell(message, "warn")
    end
  end)
  return true
end

return M
