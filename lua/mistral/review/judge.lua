--- Takes one object of an answer for what it is worth: a finding in a file that was sent, on lines
--- that stand there, with a fix that fits; or none, and why.
local findings = require("mistral.review.finding")
local fingerprint = require("mistral.review.fingerprint")
local fixes = require("mistral.review.fix")
local place = require("mistral.review.place")

local M = {}

---@alias mistral.review.Fate
---| "kept"
---| "unusable" # no finding, or of a file that was not sent
---| "unchanged" # about lines that did not change

-- The file that a finding names. Where only one was sent, it need not be named; and what other tools
-- write before a path does no harm if what is behind it was sent.
local function source_of(piece, path)
  local only = piece[1].source
  for _, slice in ipairs(piece) do
    if slice.source.label == path then
      return slice.source
    elseif slice.source ~= only then
      only = nil
    end
  end
  local bare = path and (path:match("^%./(.+)$") or path:match("^[ab]/(.+)$"))
  if bare then
    return source_of(piece, bare)
  end
  return path == nil and only or nil
end

-- Whether these rows of a file were in the piece, all of them.
local function shown_in(piece, source)
  return function(first, last)
    for _, slice in ipairs(piece) do
      if slice.source == source and slice.first and first >= slice.first and last <= slice.last then
        return true
      end
    end
    return false
  end
end

local function touches_change(source, first, last)
  if source.whole then
    return true
  end
  for row = first, last do
    if source.changed[row] then
      return true
    end
  end
  return false
end

--- What to make of a decoded object of the answer about a piece.
---@param object any
---@param piece mistral.review.Piece
---@return mistral.Finding? finding
---@return mistral.review.Source|mistral.review.Fate source of the finding, or why there is none
function M.of(object, piece)
  local finding = findings.check(object)
  local source = finding and source_of(piece, finding.path)
  if not source then
    return nil, "unusable"
  end
  finding.path, finding.state = source.path, "open"
  local first, last, _, quote = place.find(finding.quote, finding.line, source.text, nil,
    shown_in(piece, source))
  if first and not touches_change(source, first, last) then
    return nil, "unchanged"
  end
  finding.first, finding.last, finding.quote = first, last, quote or finding.quote
  finding.fix = first and finding.fix and fixes.locate(finding.fix, first, last, source)
  finding.fingerprint = fingerprint.of(finding, source)
  return finding, source
end

return M
