--- The fixes of findings: put in one by one, looked at first, walked through, or all at once.
local apply = require("mistral.editor.fix.apply")
local patch = require("mistral.editor.edit.patch")
local text = require("mistral.text")
local walk = require("mistral.editor.edit.walk")

local M = {}

local function nothing(session)
  if not session.findings:all()[1] then
    return nil, "there are no findings; :Mistral review makes some"
  end
  return nil, "no finding has a fix that can be put in"
end

--- The finding under the cursor, or the next one.
local function current(session)
  local record = session.findings:current()
  if not record then
    return nothing(session)
  end
  return record
end

--- Puts in the fix of the finding under the cursor, or of the next one.
---@param session mistral.Session
---@return true|nil, string|nil message
function M.apply(session)
  local record, message = current(session)
  if not record then
    return nil, message
  end
  return apply.one(session, record)
end

-- Several ------------------------------------------------------------------------------------------

--- All fixes that fit now, in the order of the findings; how many are in files that are not loaded.
local function fitting(session)
  local items, elsewhere = {}, 0
  for _, record in ipairs(session.findings:all()) do
    local is_open = record.finding.fix and record.finding.state == "open"
    local proposal = is_open and record.buffer and apply.propose(session, record)
    if proposal then
      items[#items + 1] = { record = record, proposal = proposal }
    elseif is_open and not record.buffer then
      elsewhere = elsewhere + 1
    end
  end
  return items, elsewhere
end

local function counted(n, one, many)
  return n == 1 and "1 " .. one or ("%d %s"):format(n, many)
end

local function sentence(done, elsewhere)
  local parts = { counted(done.applied, "fix", "fixes") .. " put in" }
  if done.stale > 0 then
    parts[#parts + 1] = counted(done.stale, "does", "do") .. " not fit any more"
  end
  if elsewhere > 0 then
    parts[#parts + 1] = counted(elsewhere, "is", "are") .. " in files that are not loaded"
  end
  for _, refused in ipairs(done.refused) do
    parts[#parts + 1] = refused
  end
  return table.concat(parts, "; ")
end

local function put_in(session, items, elsewhere)
  local done = apply.several(session, items)
  session:tell(sentence(done, elsewhere), done.refused[1] and "warn" or "info")
end

--- Puts in all that fit.
---@param session mistral.Session
---@return true|nil, string|nil message
function M.apply_all(session)
  local items, elsewhere = fitting(session)
  if not items[1] and elsewhere == 0 then
    return nothing(session)
  end
  put_in(session, items, elsewhere)
  return true
end

-- Walking ------------------------------------------------------------------------------------------

--- A fix as one choice: all its hunks go together.
local function choice_of(item)
  local finding, list = item.record.finding, patch.hunks(item.proposal)
  if not list then
    return nil
  end
  local lines = {}
  for i, hunk in ipairs(list) do
    if i > 1 then
      lines[#lines + 1] = ("@@ and line %d @@"):format(hunk.row)
    end
    for _, line in ipairs(hunk.lines) do
      lines[#lines + 1] = line
    end
  end
  return {
    group = item.proposal.buffer,
    note = {
      "# " .. text.line(item.proposal.name, 200),
      ("# %s: %s"):format(finding.severity, text.line(finding.title, 200)),
    },
    row = list[1].row,
    lines = lines,
    item = item,
  }
end

local function choices_of(items)
  local out = {}
  for _, item in ipairs(items) do
    local choice = choice_of(item)
    out[#out + 1] = choice
    if not choice then
      item.proposal:close()
    end
  end
  return out
end

local function taken_of(choices)
  local taken = {}
  for _, choice in ipairs(choices) do
    if choice.taken then
      taken[#taken + 1] = choice.item
    else
      choice.item.proposal:close()
    end
  end
  return taken
end

local function close_all(choices)
  for _, choice in ipairs(choices) do
    choice.item.proposal:close()
  end
end

local function answered(session, choices)
  local taken = taken_of(choices)
  if taken[1] then
    put_in(session, taken, 0)
  else
    session:tell("no fix was taken; the code is as it was")
  end
end

local function beside(session, choice)
  local proposal = choice.item.proposal
  session.host.diff({
    title = proposal.name,
    old = proposal.old,
    new = proposal.new,
    filetype = session.host.filetype(proposal.buffer),
  })
end

--- Walks through all that fit; what was taken is put in at the end.
---@param session mistral.Session
---@return true|nil, string|nil message
function M.walk(session)
  local items, elsewhere = fitting(session)
  local choices = choices_of(items)
  if not choices[1] then
    if elsewhere > 0 then
      return nil, counted(elsewhere, "fix is in a file", "fixes are in files") .. " not loaded"
    end
    return nothing(session)
  end
  walk.open(session, {
    title = counted(#choices, "fix", "fixes") .. " of the review",
    choices = choices,
    focus = true,
    beside = function(choice) beside(session, choice) end,
    done = function(given)
      if given then
        answered(session, given)
      else
        close_all(choices)
      end
    end,
  })
  return true
end

-- Looking ------------------------------------------------------------------------------------------

--- The whole buffer as the fix would have it.
local function with_fix(host, proposal)
  local first, last = proposal:stands()
  local lines = host.lines(proposal.buffer, 1, first - 1)
  for _, line in ipairs(proposal.new) do
    lines[#lines + 1] = line
  end
  for _, line in ipairs(host.lines(proposal.buffer, last + 1, -1)) do
    lines[#lines + 1] = line
  end
  return lines, first
end

--- Shows the fix of the finding under the cursor, or of the next one, beside the buffer as it is.
---@param session mistral.Session
---@return true|nil, string|nil message
function M.preview(session)
  local host = session.host
  local record, message = current(session)
  if not record then
    return nil, message
  end
  local proposal
  proposal, message = apply.propose(session, record)
  if not proposal then
    return nil, ("%s %s"):format(apply.title(record), message)
  end
  local lines, first = with_fix(host, proposal)
  local shown
  proposal:close()
  shown = host.diff({
    title = text.line(record.finding.title, 40),
    buffer = record.buffer,
    new = lines,
    filetype = host.filetype(record.buffer),
    keys = {
      y = function()
        shown.close()
        local ok, why = apply.one(session, record)
        if not ok then
          session:tell(why, "warn")
        end
      end,
    },
  })
  host.set_cursor(first, 0)
  session:tell(("y puts in the fix of %s, q leaves it"):format(apply.title(record)))
  return true
end

return M
