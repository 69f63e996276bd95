--- What a buffer shows of its last review: findings on their lines, kept there by marks while the
--- text is edited, and one quickfix list.
local M = {}

---@class mistral.review.Board
---@field host mistral.Host
---@field buffer integer
---@field name string
---@field options mistral.Options.Review
---@field findings mistral.Finding[]
---@field private list? integer
local Board = {}
Board.__index = Board

---@param host mistral.Host
---@param buffer integer
---@param name string for the title of the list
---@param options mistral.Options.Review
---@return mistral.review.Board
function M.new(host, buffer, name, options)
  return setmetatable({
    host = host,
    buffer = buffer,
    name = name,
    options = options,
    findings = {},
  }, Board)
end

local function one_line(finding)
  local said = finding.title
  if finding.detail ~= "" then
    said = said .. ": " .. finding.detail:gsub("%s+", " ")
  end
  return finding.first and said or "[no place] " .. said
end

local function list_item(buffer, finding)
  return {
    buffer = buffer,
    row = finding.first,
    last = finding.last,
    severity = finding.severity,
    text = one_line(finding),
    data = { mistral = { category = finding.category, quote = finding.quote } },
  }
end

function Board:add_to_list(findings)
  if not self.list then
    self.list = self.host.new_list("Mistral review: " .. self.name, self.options.open_list)
  end
  local items = {}
  for i, finding in ipairs(findings) do
    items[i] = list_item(self.buffer, finding)
  end
  self.host.add_to_list(self.list, items)
end

--- Where the findings are now; one whose lines were deleted is not shown any more.
function Board:shown()
  local shown = {}
  for _, finding in ipairs(self.findings) do
    local first, last
    if finding.mark then
      first, last = finding.mark.range()
    end
    if first then
      shown[#shown + 1] = {
        first = first,
        last = last,
        severity = finding.severity,
        category = finding.category,
        title = finding.title,
        detail = finding.detail,
      }
    end
  end
  return shown
end

--- Shows more findings; those with `first` and `last` are on these lines now.
---@param findings mistral.Finding[]
function Board:add(findings)
  for _, finding in ipairs(findings) do
    if finding.first then
      finding.mark = self.host.mark(self.buffer, finding.first, finding.last)
    end
    self.findings[#self.findings + 1] = finding
  end
  self.host.findings(self.buffer, self:shown(), self.options.virtual_text)
  self:add_to_list(findings)
end

--- Begins to show; ends by itself, calling `on_gone`, when the buffer is unloaded, since the places
--- go with its text.
---@param on_gone fun()
function Board:open(on_gone)
  self.off = self.host.on({ "BufUnload" }, self.buffer, function()
    on_gone()
    self.host.schedule(function()
      self:close()
    end)
  end)
end

--- Takes everything off the buffer; the list stays, as lists do. Safe to call again.
function Board:close()
  if self.off then
    self.off()
    self.off = nil
  end
  for _, finding in ipairs(self.findings) do
    if finding.mark then
      finding.mark.remove()
    end
  end
  if #self.findings > 0 then
    self.host.findings(self.buffer, {}, self.options.virtual_text)
  end
  self.findings = {}
end

return M
