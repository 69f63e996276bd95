--- Puts the fixes of findings into their buffers: only where the text is, to the letter, what the fix
--- says that it replaces.
local lines_of = require("mistral.lines")
local proposals = require("mistral.editor.edit.proposal")
local replacement = require("mistral.editor.edit.replacement")
local text = require("mistral.text")

local M = {}

local WIDEST = 60 -- bytes of a title within a sentence

--- The title, quoted, for a sentence.
---@param record mistral.review.Record
---@return string
function M.title(record)
  return ("`%s`"):format(text.line(record.finding.title, WIDEST))
end

-- Proposing ----------------------------------------------------------------------------------------

local SETTLED = { applied = "is put in already", dismissed = "was dismissed" }

local function unfit(record)
  local finding = record.finding
  if not finding.fix then
    return "has no fix"
  elseif SETTLED[finding.state] then
    return SETTLED[finding.state]
  elseif finding.fix.existing == "" then
    return "does not say what its fix replaces"
  elseif not record.buffer then
    return "is in a file that is not loaded"
  end
end

local function is_existing(raw, existing)
  local wanted = lines_of.split_lines(existing)
  if #raw ~= #wanted then
    return false
  end
  for i, line in ipairs(raw) do
    if lines_of.code_line(line) ~= lines_of.code_line(wanted[i]) then
      return false
    end
  end
  return true
end

local function stale(record)
  record:set_state("stale")
  return nil, "does not fit any more: its code was changed since the review"
end

local function proposal_of(session, record)
  local host, fix = session.host, record.finding.fix
  local first, last = record:fix_place()
  local raw = first and host.lines(record.buffer, first, last)
  if not raw or not is_existing(raw, fix.existing) then
    return stale(record)
  end
  local whole = fix.replacement == "" and "" or fix.replacement .. "\n"
  local lines, message = replacement.lines(whole, raw)
  if not lines then
    return nil, message
  end
  local name = host.name(record.buffer)
  local proposal = proposals.new(host, {
    buffer = record.buffer, name = name == "" and "[No Name]" or name, first = first, last = last,
  })
  proposal:offer(lines)
  if not proposal.hunks[1] then
    proposal:close()
    return nil, "has a fix that changes nothing"
  end
  return proposal
end

--- The fix of a finding as what may take the place of its code now. Whoever gets it closes it.
---@param session mistral.Session
---@param record mistral.review.Record
---@return mistral.edit.Proposal|nil
---@return string|nil why not: what to say behind the finding's title
function M.propose(session, record)
  local why = unfit(record)
  if why then
    return nil, why
  end
  return proposal_of(session, record)
end

-- Applying -----------------------------------------------------------------------------------------

--- Puts in the fix of one finding.
---@param session mistral.Session
---@param record mistral.review.Record
---@return true|nil, string|nil message
function M.one(session, record)
  local proposal, message = M.propose(session, record)
  if not proposal then
    return nil, ("%s %s"):format(M.title(record), message)
  end
  local row = proposal:stands()
  local count
  count, message = proposal:apply()
  proposal:close()
  if not count then
    return nil, message
  end
  record:set_state("applied")
  session.findings:refresh()
  session:tell(("line %d, %s: its fix is put in; u undoes"):format(row, M.title(record)))
  return true
end

---@class mistral.fix.Item
---@field record mistral.review.Record
---@field proposal mistral.edit.Proposal
---@field first integer
---@field last integer

--- Those that have no line in common, from the top down; the others are handed back.
local function apart(items)
  table.sort(items, function(a, b)
    return a.first < b.first or a.first == b.first and a.order < b.order
  end)
  local chosen, rest, free = {}, {}, 0
  for _, item in ipairs(items) do
    local into = item.first > free and chosen or rest
    into[#into + 1] = item
    free = item.first > free and item.last or free
  end
  return chosen, rest
end

local function by_buffer(items)
  local buffers, groups = {}, {}
  for order, item in ipairs(items) do
    item.order = order
    local group = groups[item.proposal.buffer]
    if not group then
      group = {}
      groups[item.proposal.buffer], buffers[#buffers + 1] = group, group
    end
    group[#group + 1] = item
  end
  return buffers
end

local function close_all(items)
  for _, item in ipairs(items) do
    item.proposal:close()
  end
end

local function still_standing(items)
  local standing, gone = {}, {}
  for _, item in ipairs(items) do
    item.first, item.last = item.proposal:stands()
    local into = item.first and standing or gone
    into[#into + 1] = item
  end
  return standing, gone
end

local function proposals_of(items)
  local list = {}
  for i, item in ipairs(items) do
    list[i] = item.proposal
  end
  return list
end

local function settle(items, state)
  for _, item in ipairs(items) do
    item.record:set_state(state)
  end
end

--- Puts in those of one buffer that still fit and have no line in common, in one undo step. Returns
--- those that had.
local function put_in(items, done)
  local standing, gone = still_standing(items)
  local chosen, rest = apart(standing)
  settle(gone, "stale")
  done.stale = done.stale + #gone
  if not chosen[1] then
    return {}
  end
  local count, message = proposals.apply(proposals_of(chosen))
  if not count then
    done.refused[#done.refused + 1] = message
    return {}
  end
  settle(chosen, "applied")
  done.applied = done.applied + #chosen
  return rest
end

---@class mistral.fix.Done
---@field applied integer fixes put in
---@field stale integer fixes that did not fit any more
---@field refused string[] why nothing was put into a buffer, a sentence for each

--- Puts in these fixes, in one undo step for each buffer, and closes them. One that shares lines with
--- another comes after it, in a step of its own, if its code is still there.
---@param session mistral.Session
---@param items mistral.fix.Item[]
---@return mistral.fix.Done
function M.several(session, items)
  local done = { applied = 0, stale = 0, refused = {} }
  for _, group in ipairs(by_buffer(items)) do
    local rest = group
    while rest[1] do
      rest = put_in(rest, done)
    end
  end
  close_all(items)
  session.findings:refresh()
  return done
end

return M
