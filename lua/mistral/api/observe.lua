--- Tells whoever shows them of the steps of each request: what began, how much has come, what waits,
--- how it ended. Counts, names and times; nothing of what is said, no key.
local failure = require "mistral.api.failure"
local text = require "mistral.text"

local M = {}

---@class mistral.Step
---@field what "began"|"answer"|"waits"|"ended"
---@field id integer of the request, as long as its client lives
---@field kind string of the request: chat, fim, embed ...
---@field model? string
---@field purpose? any what the callbacks of the call say: it is handed on as it is
---@field tokens? number of the answer so far, estimated; of "answer"
---@field delay_ms? integer of "waits"
---@field code? string of the error, or of the wait's reason
---@field message? string the same in words
---@field hint? string what to do about an error
---@field detail? string the error's finer code
---@field outcome? "done"|"failed"|"cancelled" of "ended", and so are all that follow
---@field status? integer HTTP status
---@field tries? integer how often it was sent; 0: never
---@field request_id? string the service's
---@field duration_ms? number
---@field tokens_in? number
---@field tokens_out? number
---@field cost? number US dollars; nil: unknown
---@field redacted? integer how many secrets stayed here

local function model_of(request)
  local model = request.call and request.call.params.model
  return type(model) == "string" and text.line(model, 100) or nil
end

local function tell(request, what, step)
  local owner = request.owner
  step.what, step.id, step.kind = what, request.number, request.kind
  step.model, step.purpose = model_of(request), request.callbacks.purpose
  owner.pump:call(owner.observe, step)
end

--- A number for a request, when somebody wants to hear of it.
---@param request mistral.Request
function M.number(request)
  local owner = request.owner
  if not owner.observe then return end
  owner.observed = (owner.observed or 0) + 1
  request.number = owner.observed
end

---@param request mistral.Request
function M.began(request)
  if request.number then tell(request, "began", {}) end
end

--- More of its answer has come.
---@param request mistral.Request
function M.answer(request)
  local said = request.number and request.call.estimate
  if said then tell(request, "answer", { tokens = said.answered }) end
end

--- It waits to be tried again, or because another one's 429 holds it back.
---@param request mistral.Request
---@param code string
---@param event table with delay_ms, status and message
function M.waits(request, code, event)
  if not request.number then return end
  tell(request, "waits", {
    code = code,
    delay_ms = event.delay_ms,
    status = event.status,
    message = text.line(request.scrub(event.message or ""), 300),
  })
end

--- It has ended; called once it is in the books.
---@param request mistral.Request
---@param err? mistral.Error
function M.ended(request, err)
  if not request.number then return end
  local record = request.record or {}
  local said = err and err.code ~= "cancelled" and err or nil
  tell(request, "ended", {
    outcome = not err and "done" or err.code == "cancelled" and "cancelled" or "failed",
    code = err and err.code,
    message = said and text.line(said.message, 500),
    hint = said and said.hint,
    detail = said and said.detail,
    status = request.status or err and err.status,
    tries = request.id and request.tries + 1 or 0,
    request_id = failure.request_id(request.headers, request.scrub),
    duration_ms = record.duration_ms or request.duration_ms,
    tokens_in = record.tokens_in,
    tokens_out = record.tokens_out,
    cost = record.cost,
    redacted = request.redacted,
  })
end

return M
