--- What one review has found: its files in their order, its findings, its list.
local list = require("mistral.editor.review.list")

local M = {}

--- Most findings that are kept of one review; what a hostile answer has beyond is counted only.
local MOST = 2000

---@class mistral.review.Covered a file that was reviewed
---@field key string
---@field path string absolute, or "" for a buffer without a file
---@field buffer? integer for one without a file

---@class mistral.review.Board
---@field title string
---@field options mistral.Options.Review
---@field list mistral.review.List
---@field top? string the folder that what is remembered of it is remembered for
---@field count integer findings
---@field number integer counts the reviews that had something to show
---@field being_kept? boolean it is on its way to the disk
---@field private order table<string, integer> by key of a file
---@field private covered mistral.review.Covered[]
local Board = {}
Board.__index = Board

---@param host mistral.Host
---@param slices mistral.Slices
---@param title string
---@param options mistral.Options.Review
---@param covered mistral.review.Covered[] all that was reviewed, in order
---@return mistral.review.Board
function M.new(host, slices, title, options, covered)
  local order = {}
  for i, file in ipairs(covered) do
    order[file.key] = i
  end
  return setmetatable({
    title = title,
    options = options,
    list = list.new(host, slices, "Mistral review: " .. title, options.open_list),
    count = 0,
    covered = covered,
    order = order,
  }, Board)
end

--- Puts a board where it belongs by its age. One that goes on may have been left out before: later
--- ones took over all that it had found until then.
---@param all mistral.review.Board[] oldest first
---@param board mistral.review.Board
function M.put(all, board)
  local at = #all + 1
  while all[at - 1] and all[at - 1].number >= board.number do
    at = at - 1
  end
  if all[at] ~= board then
    table.insert(all, at, board)
  end
end

--- The newest of them, and those that have a file with findings.
---@param all mistral.review.Board[] oldest first
---@param with_findings table<string, mistral.review.File>
---@return mistral.review.Board[]
function M.used(all, with_findings)
  local used, kept = { [all[#all] or 0] = true }, {}
  for _, file in pairs(with_findings) do
    used[file.board] = true
  end
  for _, board in ipairs(all) do
    if used[board] then
      kept[#kept + 1] = board
    else
      board.list:forget()
    end
  end
  return kept
end

---@param key string
---@return mistral.review.Covered|nil
function Board:covers(key)
  return self.covered[self.order[key]]
end

---@return boolean
function Board:is_full()
  return self.count >= MOST
end

--- Orders files as the review went through them.
---@param files mistral.review.File[]
function Board:sort(files)
  table.sort(files, function(a, b)
    return self.order[a.key] < self.order[b.key]
  end)
end

return M
