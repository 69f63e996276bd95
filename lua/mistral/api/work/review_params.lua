--- What a review may be told. Raises on what only a mistake in the calling code can bring about.
local options = require "mistral.api.options"
local schema = require "mistral.api.schema"

local M = {}

---@class mistral.ReviewParams
---@field scope? table what to review of a repository: { kind = "staged"|"unstaged"|"branch"|"commit"|"files", base?, rev?, paths? }
---@field texts? mistral.review.GivenText[] what to review instead of a scope
---@field folder? string a path inside the repository; the working folder unless told
---@field model? string mistral-medium-latest unless told
---@field instructions? string your own rules, part of every request
---@field wish? string what this review should look at above all
---@field max_findings? integer of each file: 20 unless told
---@field min_confidence? number findings that are less sure are left out
---@field score? boolean whether a second request for each first one prunes what was found
---@field skip? string[] more globs of paths that are not reviewed
---@field keep? string[] globs of paths that are reviewed though they would be skipped
---@field names? { skip?: string, keep?: string } what your users call these two, for sentences
---@field request_tokens? integer of code in one request: 12000 unless told
---@field in_flight? integer requests at once: 4 unless told
---@field dismissed? table<string, any> by fingerprint: findings that do not come back

---@class mistral.ReviewCallbacks
---@field on_plan? fun(plan: mistral.ReviewPlan, go: fun(yes: boolean)) before anything is sent; it goes on when `go` is called
---@field on_finding? fun(finding: mistral.Finding, source: mistral.review.Source) the moment it is complete
---@field on_progress? fun(progress: { done: integer, total: integer, findings: integer }) after each request
---@field on_retry? fun(retry: mistral.Retry)
---@field on_done? fun(review: mistral.ReviewResult)
---@field on_error? fun(err: mistral.Error)

M.MODEL = "mistral-medium-latest"
M.MAX_FINDINGS = 20
M.IN_FLIGHT = 4

local FUNCTION = { ["function"] = true }

--- What may stand beside the callbacks of a request.
M.CALLBACKS = { on_plan = FUNCTION, on_finding = FUNCTION }

local TYPES = {
  scope = "table", texts = "table", folder = "string", model = "string", instructions = "string",
  wish = "string", max_findings = "number", min_confidence = "number", score = "boolean",
  skip = "table", keep = "table", names = "table", request_tokens = "number", in_flight = "number",
  dismissed = "table",
}

-- The least and the most, and whether it is a whole number.
local RANGES = {
  max_findings = { 1, 1000, true }, min_confidence = { 0, 1 },
  request_tokens = { 500, 1000000, true }, in_flight = { 1, 1000, true },
}

local function fault(name, level, ...)
  error(("client:%s: "):format(name) .. string.format(...), level + 1)
end

local function check_type(name, field, value, level)
  local wanted = TYPES[field]
  if not wanted then
    local close = schema.nearest(tostring(field), TYPES)
    fault(name, level + 1, "it takes no `%s`%s", tostring(field),
      close and ("; did you mean `%s`?"):format(close) or "")
  elseif type(value) ~= wanted then
    fault(name, level + 1, "`%s` should be a %s, got a %s", field, wanted, type(value))
  end
end

local function check_range(name, field, value, level)
  local range = RANGES[field]
  if not range or value >= range[1] and value <= range[2] and (not range[3] or value % 1 == 0) then
    return
  end
  fault(name, level + 1, "`%s` should be a %snumber from %d to %d", field,
    range[3] and "whole " or "", range[1], range[2])
end

local function check_lines(name, list, where, level)
  for i = 1, #list do
    if type(list[i]) ~= "string" then
      fault(name, level + 1, "%s should be a list of strings", where)
    end
  end
end

local function check_text(name, given, i, level)
  local where = ("`texts[%d]"):format(i)
  if type(given) ~= "table" or type(given.path) ~= "string" then
    fault(name, level + 1, "%s` should be a table with a `path`", where)
  elseif (type(given.text) == "string") == (type(given.lines) == "table") then
    fault(name, level + 1, "%s` should have a `text` or `lines`", where)
  elseif given.lines then
    check_lines(name, given.lines, where .. ".lines`", level + 1)
  end
  local first = given.first
  if first ~= nil and (type(first) ~= "number" or first < 1 or first % 1 ~= 0) then
    fault(name, level + 1, "%s.first` should be a whole number from 1", where)
  end
end

local KINDS = { staged = true, unstaged = true, branch = true, commit = true, files = true }

local function check_what(name, params, level)
  if (params.scope == nil) == (params.texts == nil) then
    fault(name, level + 1, "it takes either a `scope` or `texts`")
  elseif params.scope and not KINDS[params.scope.kind] then
    fault(name, level + 1,
      "`scope.kind` should be staged, unstaged, branch, commit or files, got %s",
      tostring(params.scope.kind))
  end
  for i, given in ipairs(params.texts or {}) do
    check_text(name, given, i, level + 1)
  end
end

--- Check how a method was called.
---@param client mistral.Client
---@param name "review"|"review_plan"
---@param params any
---@param callbacks any
---@param level integer of the caller to blame, as for error()
function M.check(client, name, params, callbacks, level)
  options.method(client, "pump", "client:" .. name, level + 1)
  if client.pump.closed then fault(name, level + 1, "the client is closed") end
  options.call(name, params, callbacks or {}, level + 1, M.CALLBACKS)
  for field, value in pairs(params) do
    check_type(name, field, value, level + 1)
    check_range(name, field, value, level + 1)
  end
  check_what(name, params, level + 1)
  for called, word in pairs(params.names or {}) do
    if called ~= "skip" and called ~= "keep" or type(word) ~= "string" then
      fault(name, level + 1, "`names` should be a table with strings for `skip` and `keep`")
    end
  end
  for _, field in ipairs { "skip", "keep" } do
    check_lines(name, params[field] or {}, ("`%s`"):format(field), level + 1)
  end
end

return M
