--- What is said before anything is sent: how much that is, what it may cost, and what is left out;
--- and when it is asked for.
local files = require("mistral.editor.review.file")
local money = require("mistral.money.words")

local M = {}

local MOST_NAMES = 3

local function counted(n, word)
  return ("%d %s%s"):format(n, word, n == 1 and "" or "s")
end

--- "a, b, c and 4 more"
---@param names string[]
---@return string
function M.names(names)
  local shown = {}
  for i = 1, math.min(#names, MOST_NAMES) do
    shown[i] = names[i]
  end
  local more = #names - #shown
  return table.concat(shown, ", ") .. (more > 0 and (" and %d more"):format(more) or "")
end

local function thousands(n)
  if n < 1000 then
    return tostring(n)
  end
  return n < 100000 and ("%.1f k"):format(n / 1000) or ("%d k"):format(math.floor(n / 1000 + 0.5))
end

local function skipped_names(plan)
  local names = {}
  for i, skipped in ipairs(plan.skipped) do
    names[i] = skipped.path
  end
  return names
end

--- Buffers that were changed and not written, of files whose text on disk is reviewed.
local function unsaved(host, subject, plan)
  local kind, names = subject.wanted.kind, {}
  if kind ~= "unstaged" and kind ~= "files" then
    return names
  end
  local reviewed = {}
  for _, source in ipairs(plan.files) do
    reviewed[subject.covered(source, plan.top).key] = true
  end
  for _, buffer in ipairs(host.buffers()) do
    if host.modified(buffer) and reviewed[files.key(host.path(buffer))] then
      names[#names + 1] = host.name(buffer)
    end
  end
  return names
end

local function size_of(plan)
  local parts = {
    ("%s in %s"):format(counted(#plan.files, "file"), counted(plan.count, "request")),
    ("about %s tokens"):format(thousands(plan.tokens)),
  }
  if plan.cost then
    parts[#parts + 1] = "about " .. money.usd(plan.cost)
  end
  return table.concat(parts, ", ")
end

--- One sentence about a plan; the second value says whether it is worth saying though nobody asked.
---@param host mistral.Host
---@param subject mistral.review.Subject
---@param plan mistral.ReviewPlan
---@return string sentence, boolean remarkable
function M.sentence(host, subject, plan)
  local said = { ("reviewing %s: %s"):format(plan.title, size_of(plan)) }
  local skipped, changed = skipped_names(plan), unsaved(host, subject, plan)
  if #skipped > 0 then
    said[#said + 1] = ("left out %s (%s)"):format(counted(#skipped, "file"), M.names(skipped))
  end
  if #changed > 0 then
    said[#said + 1] = ("what is not written yet is not seen (%s)"):format(M.names(changed))
  end
  local remarkable = plan.count > 1 or #said > 1 or subject.wanted.kind ~= "buffer"
  return table.concat(said, "; "), remarkable
end

--- Why there is nothing to send, when that is so.
---@param plan mistral.ReviewPlan
---@return string|nil
function M.nothing(plan)
  if plan.count > 0 then
    return nil
  end
  local skipped = plan.skipped
  if #skipped == 1 then
    return ("nothing to review in %s: %s"):format(plan.title, skipped[1].why)
  elseif #skipped > 1 then
    return ("nothing to review in %s: %s were left out (%s)"):format(
      plan.title, counted(#skipped, "file"), M.names(skipped_names(plan)))
  end
  return ("nothing to review in %s: there are no changes"):format(plan.title)
end

local function over(value, limit)
  return limit > 0 and value ~= nil and value > limit
end

--- Says what there is to say, and asks where the options want that; `go` is told whether to go on.
---@param session mistral.Session
---@param subject mistral.review.Subject
---@param plan mistral.ReviewPlan
---@param options mistral.Options.Review
---@param go fun(yes: boolean)
function M.ask(session, subject, plan, options, go)
  local sentence, remarkable = M.sentence(session.host, subject, plan)
  if over(plan.tokens, options.ask_tokens) or over(plan.cost, options.ask_cost) then
    return session.host.ask(sentence, { "Review", "Leave it" }, function(choice)
      go(choice == 1)
    end)
  end
  if remarkable then
    session:tell(sentence)
  end
  go(true)
end

return M
