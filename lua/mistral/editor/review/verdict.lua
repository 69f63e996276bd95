--- The one sentence at the end of a review.
local findings = require("mistral.review.finding")
local money = require("mistral.money.words")
local preflight = require("mistral.editor.review.preflight")

local M = {}

local function counted(n, word)
  return ("%d %s%s"):format(n, word, n == 1 and "" or "s")
end

local LEFT_OUT = {
  { "unchanged", "about unchanged lines" },
  { "unsure", "too unsure" },
  { "scored", "found wanting at a second look" },
  { "merged", "said twice" },
  { "capped", "beyond review.max_findings" },
  { "unusable", "unusable" },
}

--- "3 left out (2 about unchanged lines, 1 said twice)"
local function left_out(dropped)
  local parts, total = {}, 0
  for _, kind in ipairs(LEFT_OUT) do
    local count = dropped[kind[1]] or 0
    if count > 0 then
      total = total + count
      parts[#parts + 1] = ("%d %s"):format(count, kind[2])
    end
  end
  return total > 0 and ("%d left out (%s)"):format(total, table.concat(parts, ", ")) or nil
end

local function count_of(review)
  local said = counted(#review.findings, "finding")
  if review.files > 1 then
    said = said .. " in " .. counted(review.files, "file")
  end
  return #review.findings > 0 and said .. ": " .. findings.count(review.findings) or said
end

--- What became of it, in parts.
---@param review mistral.ReviewResult
---@return string
function M.tally(review)
  local parts = { count_of(review) }
  if review.unplaced > 0 then
    parts[#parts + 1] = ("%d without a place"):format(review.unplaced)
  end
  parts[#parts + 1] = left_out(review.dropped)
  if (review.dropped.dismissed or 0) > 0 then
    parts[#parts + 1] = ("%d dismissed before"):format(review.dropped.dismissed)
  end
  return table.concat(parts, ", ")
end

local function failures(review)
  local paths = {}
  for _, failure in ipairs(review.failed) do
    for _, path in ipairs(failure.paths) do
      paths[#paths + 1] = path
    end
  end
  local what = #paths == 1 and "not all of %s could be reviewed (%s)"
    or "%s could not be reviewed, or not to the end (%s)"
  return what:format(preflight.names(paths), tostring(review.failed[1].err))
end

local function was_money(review)
  return review.cost and review.cost >= 0.005 and money.usd(review.cost) or nil
end

--- What else there is to say, behind what was found.
local function remarks(review)
  local said = {}
  if #review.failed > 0 then
    said[#said + 1] = failures(review)
  end
  if review.unscored then
    said[#said + 1] = ("not all could be looked at twice (%s)"):format(tostring(review.unscored))
  end
  said[#said + 1] = was_money(review)
  return said
end

--- A title without its merge base, which was said at the start: the line is short.
local function brief(title)
  return (title:gsub(" %(merge base %x+%)$", ""))
end

--- For an answer that had nothing of use in it.
---@param name string what was reviewed
---@return string
function M.no_list(name)
  return ("the answer about %s was no list of findings"):format(name)
end

--- For a review that came to its end, and how loudly to say it.
---@param name string what was reviewed
---@param review mistral.ReviewResult
---@return string sentence, mistral.Level level
function M.of(name, review)
  local found = #review.findings > 0
  name = brief(name)
  if not found and not review.cut and (review.dropped.unusable or 0) > 0 then
    return M.no_list(name), "warn"
  end
  local shown = found and M.tally(review) or "nothing found"
  local more = not found and left_out(review.dropped)
  if review.cut then
    shown = ("the review of %s was cut off: %s"):format(name,
      found and shown or "nothing to show")
  else
    shown = ("%s: %s"):format(name, shown .. (more and ", " .. more or ""))
  end
  local parts = remarks(review)
  table.insert(parts, 1, shown)
  if found and not review.cut then
    parts[#parts + 1] = "see :copen"
  end
  return table.concat(parts, "; "), (review.cut or #review.failed > 0) and "warn" or "info"
end

return M
