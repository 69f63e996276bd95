--- The quickfix list of a review: an entry for each finding that is neither dismissed nor gone from
--- the review, in the order of the files and their lines once all have come.
local text = require("mistral.text")

local M = {}

local AT_ONCE = 40 -- entries handed to the editor in one go
local LONGEST = 400 -- bytes of an entry's text

---@class mistral.review.List
---@field private host mistral.Host
---@field private slices mistral.Slices
---@field private title string
---@field private open boolean whether its window opens with the first entry
---@field private id? integer
---@field private listed mistral.review.Record[] in the order of the list
---@field private waiting mistral.review.Record[] not handed over yet
---@field private pass integer counts what is being written, so that an older writing gives up
local List = {}
List.__index = List

---@param host mistral.Host
---@param slices mistral.Slices
---@param title string
---@param open boolean
---@return mistral.review.List
function M.new(host, slices, title, open)
  return setmetatable({
    host = host,
    slices = slices,
    title = title,
    open = open,
    listed = {},
    waiting = {},
    pass = 0,
  }, List)
end

local WORD = { stale = "[stale] ", applied = "[applied] " }

local function one_line(finding, row)
  local said = finding.title
  if finding.detail ~= "" then
    said = said .. ": " .. finding.detail:gsub("%s+", " ")
  end
  local state = WORD[finding.state] or row == nil and "[no place] " or ""
  return text.clip(state .. said, LONGEST)
end

---@param record mistral.review.Record
---@return mistral.host.ListItem
local function item_of(record)
  local finding = record.finding
  local first, last = record:listed_at()
  return {
    buffer = record.buffer,
    path = not record.buffer and record.path ~= "" and record.path or nil,
    row = first,
    last = last,
    severity = finding.severity,
    text = one_line(finding, first),
    data = {
      mistral = {
        id = finding.id,
        category = finding.category,
        severity = finding.severity,
        quote = finding.quote,
        fix = finding.fix ~= nil,
      },
    },
  }
end

function List:make()
  if not self.id then
    self.id = self.host.new_list(self.title, self.open)
  end
end

--- Hands over the next few that wait, and comes again for the rest.
function List:write(pass)
  if pass ~= self.pass or #self.waiting == 0 then
    return
  end
  local items, rest = {}, {}
  for i, record in ipairs(self.waiting) do
    if i <= AT_ONCE then
      items[i] = item_of(record)
      self.listed[#self.listed + 1] = record
    else
      rest[#rest + 1] = record
    end
  end
  self.waiting = rest
  self:make()
  self.host.add_to_list(self.id, items)
  self:write_soon()
end

function List:write_soon()
  local pass = self.pass
  if #self.waiting > 0 then
    self.slices:add(function()
      self:write(pass)
    end)
  end
end

--- Whether entries wait to be written.
---@return boolean
function List:is_writing()
  return #self.waiting > 0
end

--- One more, at the end.
---@param record mistral.review.Record
function List:add(record)
  self.waiting[#self.waiting + 1] = record
  if #self.waiting == 1 then
    self:write_soon()
  end
end

--- Where the user is in the list, as a record.
function List:current()
  return self.id and self.listed[self.host.list_index(self.id)]
end

--- Back to the entry the user was at, when it is among those written again.
function List:return_to(record)
  for i, other in ipairs(self.listed) do
    if other == record then
      return self.host.set_list_index(self.id, i)
    end
  end
end

--- Writes it anew, in this order, a few entries at a time.
---@param all mistral.review.Record[]
function List:renew(all)
  if not self.id and #all == 0 then
    return
  end
  local current = self:current()
  self.pass = self.pass + 1
  self.listed, self.waiting = {}, all
  self:make()
  self.host.empty_list(self.id)
  self:write(self.pass)
  self.slices:add(function()
    self:return_to(current)
  end)
end

--- Shows its window, and makes it the current list; false when the editor has dropped it.
---@return boolean
function List:show()
  self:make()
  return self.host.show_list(self.id)
end

--- Makes another one in place of one that the editor has dropped.
function List:replace()
  self.id = nil
end

--- Leaves it as it is: nothing more is written, and what its entries were about is not held.
function List:forget()
  self.pass = self.pass + 1
  self.listed, self.waiting = {}, {}
end

--- Empties it: what is in it is forgotten.
function List:clear()
  self:forget()
  if self.id then
    self.host.empty_list(self.id)
  end
end

return M
