--- What a review would send, in words, and whether it may cost as much.
local export = require "mistral.review.export.common"
local words = require "mistral.money.words"

local M = {}

local function plural(count, word)
  return ("%s %s%s"):format(M.count(count), word, count == 1 and "" or "s")
end

--- 12345 as "12,345".
---@param number integer
---@return string
function M.count(number)
  local digits = ("%d"):format(number)
  return (digits:reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", ""))
end

local function money(cost)
  if not cost then return "at a cost that nobody knows" end
  return "for about " .. words.usd(cost)
end

--- The plan in one line.
---@param plan mistral.ReviewPlan
---@return string
function M.summary(plan)
  return ("%s in %s, about %s, %s"):format(plural(#plan.files, "file"),
    plural(plan.count, "request"), plural(plan.tokens, "token"), money(plan.cost))
end

--- The plan with its files.
---@param plan mistral.ReviewPlan
---@return string text with a line feed at its end
function M.write(plan)
  local out = { export.path(plan.title), M.summary(plan) }
  for _, file in ipairs(plan.files) do
    out[#out + 1] = "  " .. export.path(file.path)
  end
  for _, remark in ipairs(export.remarks { findings = {}, skipped = plan.skipped }) do
    out[#out + 1] = "not reviewed: " .. remark.text
  end
  return table.concat(out, "\n") .. "\n"
end

--- What cannot be reviewed though it was named; nil when all is there.
---@param plan mistral.ReviewPlan
---@return string?
function M.missing(plan)
  for _, skipped in ipairs(plan.skipped) do
    if skipped.missing then return skipped.why end
  end
end

--- Why this should not go out without a word of the user's; nil when it may.
---@param plan mistral.ReviewPlan
---@param wanted mistral.program.Wanted
---@return string?
function M.concern(plan, wanted)
  if wanted.yes or plan.count == 0 then return nil end
  if not plan.cost and wanted.own_max_cost then
    return "nobody knows what this costs, so --max-cost cannot be kept"
  elseif plan.cost and plan.cost > wanted.max_cost then
    return ("this may cost %s, more than %s"):format(
      words.usd(plan.cost), words.usd(wanted.max_cost))
  end
end

return M
