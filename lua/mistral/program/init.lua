--- The review as a program: reads its command line, reviews, writes, and says how it went by a status.
local arguments = require "mistral.program.arguments"
local export = require "mistral.review.export"
local finding = require "mistral.review.finding"
local mistral = require "mistral"
local outputs = require "mistral.program.output"
local plans = require "mistral.program.plan"
local says = require "mistral.program.say"

local M = {}

local CLEAN, FOUND, FAILED, INTERRUPTED = 0, 1, 2, 130

-- What sentences advise.
local NAMES = { skip = "--skip", keep = "--keep" }

local RANK = {}
for rank, severity in ipairs(finding.severities) do RANK[severity] = rank end

---@class mistral.program.Run
---@field wanted mistral.program.Wanted
---@field say mistral.program.Say
---@field output mistral.program.Output
---@field client? mistral.Client
---@field line_ends table<string, string>
---@field broken? string an error in a callback of ours
local Run = {}
Run.__index = Run

-- CTRL-C raises in whatever Lua runs: here, or in a callback, whose errors the client collects.
local function is_interrupt(problem)
  return tostring(problem):find("interrupted!", 1, true) ~= nil
end

function Run:fail(problem)
  self.say:fail(tostring(problem))
  return FAILED
end

function Run:open_client()
  local options = {}
  for name, value in pairs(self.wanted.client) do options[name] = value end
  if self.wanted.quiet then options.on_notice = false end
  options.report = function(trace)
    self.broken = self.broken or trace
    if self.task then self.task:cancel() end
  end
  local opened, client, err = pcall(mistral.client, options)
  if not opened then return nil, (tostring(client):gsub("^[^:]*:%d+: ", "")) end
  self.client = client
  return client, err
end

function Run:params()
  local params = { scope = self.wanted.scope, names = NAMES }
  for name, value in pairs(self.wanted.review) do params[name] = value end
  return params
end

function Run:wait(task)
  self.task = task
  local reply, err = task:wait()
  if self.broken then error(self.broken, 0) end
  return reply, err
end

-- Before anything is sent.
function Run:on_plan(plan, go)
  self.refused = plans.missing(plan)
  if self.refused then return go(false) end
  for _, file in ipairs(plan.files) do
    if file.crlf then self.line_ends[file.path] = "\r\n" end
  end
  local concern = plans.concern(plan, self.wanted)
  if not concern then return go(true) end
  local agreed = self.say:ask(("%s: %s; send it?"):format(plans.summary(plan), concern))
  if agreed == nil then
    self.refused = concern .. "; --yes sends it all the same"
  elseif not agreed then
    self.refused = "nothing was sent"
  end
  go(agreed == true)
end

-- Nothing that changed is nothing found.
local function is_nothing(err)
  return err.code == "refused" and err.detail == "nothing"
end

function Run:review()
  local callbacks = {
    on_plan = function(plan, go) self:on_plan(plan, go) end,
    on_progress = function(progress) self.say:progress(progress) end,
    on_retry = function() end,
    on_done = function() end,
    on_error = function() end,
  }
  local review, err = self:wait(self.client:review(self:params(), callbacks))
  self.say:clear()
  if review or not is_nothing(err) then return review, err end
  self.say:note(err.message)
  return { findings = {}, title = self.wanted.scope.kind, files = 0, skipped = {}, failed = {} }
end

local function is_grave(review, level)
  local bound = RANK[level]
  for _, one in ipairs(bound and review.findings or {}) do
    if RANK[one.severity] <= bound then return true end
  end
  return false
end

-- What the formats have no place for.
function Run:tell_of(review)
  if #review.skipped > 0 and self.wanted.format == "rdjsonl" then
    self.say:note(("%d changed file%s not reviewed; --dry-run says why"):format(#review.skipped,
      #review.skipped == 1 and " was" or "s were"))
  end
  for _, failure in ipairs(review.failed) do
    local which = ("%s was not reviewed to its end: "):format(table.concat(failure.paths, ", "))
    self.say:fail(which .. tostring(failure.err))
  end
  if review.unscored then
    self.say:fail("the findings have no scores: " .. tostring(review.unscored))
  end
end

function Run:write(text)
  local written, message = self.output:write(text)
  if not written then return self:fail(message) end
end

function Run:run_review()
  local review, err = self:review()
  if not review then return self:fail(self.refused or err) end
  local text = assert(export.write(self.wanted.format, review, {
    line_ends = self.line_ends, version = mistral.version,
  }))
  self:tell_of(review)
  local failed = self:write(text)
  if failed then return failed end
  if is_grave(review, self.wanted.fail_on) then return FOUND end
  return #review.failed > 0 and FAILED or CLEAN
end

function Run:run_plan()
  local nothing = { on_done = function() end, on_error = function() end }
  local plan, err = self:wait(self.client:review_plan(self:params(), nothing))
  local missing = plan and plans.missing(plan)
  if missing then return self:fail(missing) end
  if plan then return self:write(plans.write(plan)) or CLEAN end
  if not is_nothing(err) then return self:fail(err) end
  return self:write(err.message .. "\n") or CLEAN
end

function Run:run()
  local message, err
  self.output, message = outputs.open(self.wanted.output)
  if not self.output then return self:fail(message) end
  self.client, err = self:open_client()
  if not self.client then return self:fail(err) end
  return self.wanted.dry_run and self:run_plan() or not self.wanted.dry_run and self:run_review()
end

function Run:close()
  if self.client then self.client:close() end
  if self.output then self.output:drop() end
end

local function execute(wanted)
  local self = setmetatable({
    wanted = wanted, say = says.new(wanted.quiet == true), line_ends = {},
  }, Run)
  local ran, status = pcall(self.run, self)
  self.say:clear()
  local closed, problem = pcall(self.close, self)
  if ran and closed then return status end
  problem = ran and problem or status
  if is_interrupt(problem) then
    self.say:fail "interrupted"
    return INTERRUPTED
  end
  return self:fail(problem)
end

--- Run it.
---@param words string[] of the command line
---@return integer status
function M.main(words)
  local wanted, message = arguments.read(words)
  if not wanted then
    io.stderr:write("mistral: ", message, "\n")
    return FAILED
  elseif wanted.help then
    io.stdout:write(arguments.usage)
    return CLEAN
  elseif wanted.version then
    io.stdout:write("mistral.vim ", mistral.version, "\n")
    return CLEAN
  end
  return execute(wanted)
end

return M
