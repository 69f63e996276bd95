--- Hunks as people read them: removed and added lines, with a few around them that stay.
local text = require("mistral.lines")

local M = {}

local CONTEXT = 3 -- lines

--- The lines of the buffer from `first` to `last` with their marks.
local function add(out, mark, lines, first, last)
  for i = first, last do
    out[#out + 1] = mark .. text.code_line(lines[i])
  end
end

--- A hunk with what stands around it. Lines of the hunks before and behind are not around it.
---@param whole mistral.edit.Around
---@param hunks mistral.diff.Hunk[] places in `whole.old`
---@param at integer
local function hunk_lines(whole, hunks, at)
  local hunk, before, behind = hunks[at], hunks[at - 1], hunks[at + 1]
  local above = before and before.first + before.count or whole.top
  local below = behind and behind.first - 1 or whole.bottom
  local out, last = {}, hunk.first + hunk.count - 1
  add(out, " ", whole.old, math.max(above, hunk.first - CONTEXT), hunk.first - 1)
  add(out, "-", whole.old, hunk.first, last)
  add(out, "+", whole.new, hunk.new_first, hunk.new_first + hunk.new_count - 1)
  add(out, " ", whole.old, last + 1, math.min(below, last + CONTEXT))
  return out
end

---@class mistral.edit.Around old and new lines, and what is around the old ones
---@field old table<integer, string> also below 1 and behind its end
---@field new string[]
---@field top integer the first number in `old`
---@field bottom integer the last

--- The old lines with those around them, by their places in the stretch.
local function around(proposal, first, last)
  local host, buffer = proposal.host, proposal.buffer
  local from = math.max(1, first - CONTEXT)
  local old = {}
  for i, line in ipairs(host.lines(buffer, from, last + CONTEXT)) do
    old[from - first + i] = line
  end
  local count = host.line_count(buffer)
  return {
    old = old,
    new = proposal.new,
    top = from - first + 1,
    bottom = math.min(count, last + CONTEXT) - first + 1,
  }
end

--- Each hunk of a proposal as the lines that show it, and the row it begins at; nil and a sentence
--- when it does not fit any more.
---@param proposal mistral.edit.Proposal
---@return { row: integer, lines: string[] }[]|nil, string|nil message
function M.hunks(proposal)
  local first, last = proposal:stands()
  if not first then
    return nil, last
  end
  local whole, out = around(proposal, first, last), {}
  for i, hunk in ipairs(proposal.hunks) do
    out[i] = { row = first + hunk.first - 1, lines = hunk_lines(whole, proposal.hunks, i) }
  end
  return out
end

return M
