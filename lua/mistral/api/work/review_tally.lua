--- What a review has come to so far: its findings, what was left out and why, what failed, and what it
--- took.
local errors = require "mistral.errors"
local judge = require "mistral.review.judge"
local merge = require "mistral.review.merge"
local prices = require "mistral.money.prices"
local tables = require "mistral.tables"

local M = {}

---@class mistral.ReviewDropped findings that are not in the list, by why
---@field unusable integer no finding, or of a file that was not sent
---@field unchanged integer about lines that did not change
---@field unsure integer less sure than `min_confidence`
---@field dismissed integer dismissed before
---@field merged integer said already
---@field capped integer more than `max_findings` of a file, or a thousand in all
---@field scored integer pruned by the second request

---@class mistral.ReviewFailure
---@field paths string[]
---@field err mistral.Error

---@class mistral.ReviewResult
---@field findings mistral.Finding[] by file and row
---@field unplaced integer how many of them have no place
---@field title string
---@field top? string
---@field files integer
---@field skipped { path: string, why: string }[]
---@field dropped mistral.ReviewDropped
---@field failed mistral.ReviewFailure[] what could not be reviewed, or not to its end
---@field requests integer
---@field usage table
---@field cost? number US dollars; nil: nobody knows
---@field cut boolean an answer ended before its time: there may be more to find
---@field unscored? mistral.Error why scores are missing, where some are
---@field redacted integer secrets that were hidden in what was sent

---@class mistral.review.Tally
local Tally = {}
Tally.__index = Tally

---@param plan mistral.ReviewPlan
---@param params mistral.ReviewParams
---@param price? mistral.Price
---@return mistral.review.Tally
function M.new(plan, params, price)
  local order = {}
  for index, file in ipairs(plan.files) do
    order[file.path] = order[file.path] or index
  end
  return setmetatable({
    plan = plan,
    price = price,
    order = order,
    least = params.min_confidence or 0,
    dismissed = params.dismissed or {},
    merger = merge.new(plan.options.max_findings),
    dropped = { unusable = 0, unchanged = 0, unsure = 0, dismissed = 0, scored = 0 },
    failed = {},
    usage = {},
    cost = 0,
    requests = 0,
    redacted = 0,
    cut = false,
  }, Tally)
end

function Tally:drop(why, count)
  self.dropped[why] = self.dropped[why] + (count or 1)
end

--- What to make of a decoded object of the answer about a piece, before it is compared with others.
---@param object any
---@param index integer of the piece
---@return mistral.Finding?
---@return mistral.review.Source?
function Tally:judge(object, index)
  local finding, source = judge.of(object, self.plan.pieces[index])
  if not finding then
    self:drop(source)
  elseif finding.confidence < self.least then
    self:drop "unsure"
  elseif self.dismissed[finding.fingerprint] then
    self:drop "dismissed"
  else
    finding.piece = index
    return finding, source
  end
end

--- Take a finding in; false when it is one that is there already, or one too many.
---@param finding mistral.Finding
---@return boolean
function Tally:add(finding)
  return self.merger:add(finding) == "new"
end

--- A request has ended, well or not: what it took.
---@param reply? table
---@param request? mistral.Request
function Tally:count(reply, request)
  self.requests = self.requests + 1
  self.redacted = self.redacted + (request and request.redacted or 0)
  local usage = reply and reply.usage
  if type(usage) == "table" then
    tables.add(self.usage, usage)
    local cost = prices.amount(prices.counts(usage), self.price)
    self.cost = self.cost and cost and self.cost + cost
  elseif self.cost then
    -- One that was cut short is paid for all the same, and estimated in the books.
    self.cost = self.cost + (request and request.record and request.record.cost or 0)
  end
end

local function add_paths(paths, piece)
  local seen = {}
  for _, path in ipairs(paths) do seen[path] = true end
  for _, slice in ipairs(piece) do
    local path = slice.source.path
    if not seen[path] then
      paths[#paths + 1], seen[path] = path, true
    end
  end
end

--- A piece could not be reviewed. What fails the same way is one failure.
---@param index integer
---@param err mistral.Error
function Tally:fail(index, err)
  local failure
  for _, other in ipairs(self.failed) do
    if other.err.code == err.code and other.err.message == err.message then failure = other end
  end
  if not failure then
    failure = { paths = {}, err = err }
    self.failed[#self.failed + 1] = failure
  end
  add_paths(failure.paths, self.plan.pieces[index])
end

local function in_order(order)
  return function(one, other)
    if one.path ~= other.path then return order[one.path] < order[other.path] end
    local here, there = one.first or math.huge, other.first or math.huge
    if here ~= there then return here < there end
    return one.id < other.id
  end
end

--- The review as it stands.
---@return mistral.ReviewResult
function Tally:result()
  local findings, unplaced = {}, 0
  for index, finding in ipairs(self.merger.findings) do
    findings[index] = finding
    unplaced = unplaced + (finding.first and 0 or 1)
  end
  table.sort(findings, in_order(self.order))
  return {
    findings = findings,
    unplaced = unplaced,
    title = self.plan.title,
    top = self.plan.top,
    files = #self.plan.files,
    skipped = self.plan.skipped,
    dropped = tables.with(self.dropped, {
      merged = self.merger.merged, capped = self.merger.capped + (self.flooded or 0),
    }),
    failed = self.failed,
    requests = self.requests,
    usage = self.usage,
    cost = self.cost,
    cut = self.cut,
    unscored = self.unscored,
    redacted = self.redacted,
  }
end

--- The error of a review of which nothing came, or nil.
---@param failures integer pieces that failed
---@return mistral.Error?
function Tally:error(failures)
  if failures == 0 or failures < self.plan.count or #self.merger.findings > 0 then return nil end
  local err = self.failed[1].err
  return errors.new(err.code, err.message, tables.with(err, { review = self:result() }))
end

return M
