--- What a spec has armed, and which of it strikes a request. Each request takes the first fault in
--- the queue whose path fits, so that a list of them is a story: first a 503, then a cut, then an
--- answer.

local connections = require "connections"
local counters = require "counters"
local filters = require "filters"
local misbehave = require "misbehave"
local refusal = require "refusal"

local M = {}

local queue = {}

--- Kinds that change the text or the events of a generated answer.
local ANSWER_KINDS = {
  say = true, not_json = true, truncate = true, wrong_lines = true, wrong_quotes = true,
  giant_event = true, finish_error = true, error_frame = true, no_done = true,
}

--- Kinds that strike while a request comes in; the module uploads does the deed.
local UPLOAD_KINDS = {
  upload_cut = true, upload_reset = true, upload_stall = true, upload_refuse = true,
  upload_early = true,
}

local function is_known(kind)
  return ANSWER_KINDS[kind] or UPLOAD_KINDS[kind] or filters[kind] or misbehave[kind]
    or kind == "dead_idle"
end

--- Every connection open now goes dead; those opened later are well.
local function kill_idle()
  local count = 0
  for connection in connections.each() do
    connection:freeze()
    count = count + 1
  end
  return { frozen = count }
end

---@param fault table  {kind=, times=1 (0: until reset), path=?, rate=?, seed=?, …}
---@return table? answer, string? message
function M.arm(fault)
  if type(fault.kind) ~= "string" or not is_known(fault.kind) then
    return nil, "no such fault: " .. tostring(fault.kind)
  end
  if fault.kind == "dead_idle" then return kill_idle() end
  if fault.shape and not refusal.shapes[fault.shape] then
    return nil, "no such body shape: " .. tostring(fault.shape)
  elseif fault.name and not refusal.named[fault.name] then
    return nil, "no such refusal: " .. tostring(fault.name)
  end
  fault.left = fault.times == 0 and math.huge or fault.times or 1
  fault.state = fault.seed or 1
  queue[#queue + 1] = fault
  return { armed = #queue }
end

local resets = 0

function M.reset()
  queue = {}
  resets = resets + 1
end

--- How often the faults were reset: what lasts until a reset compares.
---@return integer
function M.resets()
  return resets
end

---@return table[]
function M.armed()
  local list = {}
  for index, fault in ipairs(queue) do
    list[index] = { kind = fault.kind, path = fault.path,
      left = fault.left < math.huge and fault.left or 0 }
  end
  return list
end

--- A fault with a rate strikes that part of the requests, the same ones for the same seed.
local function strikes(fault)
  if not fault.rate then return true end
  fault.state = (fault.state * 48271 + 11) % 2147483647
  return fault.state / 2147483647 < fault.rate
end

local function fits(fault, exchange, of_upload)
  return (not fault.path or exchange.path:find(fault.path, 1, true))
    and (UPLOAD_KINDS[fault.kind] or false) == of_upload
end

local function take(exchange, of_upload)
  for index, fault in ipairs(queue) do
    if fits(fault, exchange, of_upload) and strikes(fault) then
      fault.left = fault.left - 1
      if fault.left <= 0 then table.remove(queue, index) end
      exchange.record.fault = fault.kind
      counters.count("faults")
      return fault
    end
  end
end

--- The fault for this request, used up by one.
---@return table?
function M.take(exchange)
  return take(exchange, false)
end

--- The same for a request of which only the head has come.
---@return table?
function M.take_upload(exchange)
  return take(exchange, true)
end

--- Does what is to be done in place of an answer, and says whether that was all.
---@param reply Reply
---@return boolean handled
function M.instead(reply)
  local fault = reply.fault
  if not fault then return false end
  if misbehave[fault.kind] and misbehave[fault.kind](reply, fault) then return true end
  if filters[fault.kind] and not reply.filter then
    reply.filter = filters[fault.kind](reply, fault)
  end
  return false
end

--- What the fault changes about the text of an answer.
---@return {text?: string, wrong_lines?: integer, wrong_quotes?: boolean}
function M.answer_changes(fault)
  if not fault then return {} end
  if fault.kind == "say" then return { text = fault.text or "" } end
  if fault.kind == "not_json" then
    return { text = fault.text or "Sure! I looked at the code and it is fine, mostly." }
  end
  return {
    wrong_lines = fault.kind == "wrong_lines" and (fault.by or 3) or nil,
    wrong_quotes = fault.kind == "wrong_quotes" or nil,
  }
end

local function text_length(plan)
  local length = 0
  for _, text in ipairs(plan.texts) do length = length + #text end
  return length
end

local STREAM_CHANGES = {
  say = function(fault) return { finish_reason = fault.finish_reason } end,
  truncate = function(fault, plan)
    return { after_text = fault.after_text or math.floor(text_length(plan) / 2), stop = true,
      finish_reason = fault.finish_reason or "length" }
  end,
  giant_event = function(fault)
    local filler = ("x"):rep(fault.bytes or 8 * 1024 * 1024)
    return { after_text = fault.after_text or 0, insert = function(events)
      return events:piece('{"content":"' .. filler .. '"}')
    end }
  end,
  finish_error = function(fault)
    return { after_text = fault.after_text or 0, stop = true, finish_reason = "error" }
  end,
  error_frame = function(fault)
    local body = refusal.shapes[fault.shape or "error"] {
      status = fault.status or 500, code = fault.code, type = fault.type,
      message = fault.message or "Internal server error",
    }
    return { after_text = fault.after_text or 0, stop = true, unfinished = true,
      no_done = not fault.done, frame = "data: " .. body:gsub("\n", "") .. "\n\n" }
  end,
  no_done = function(fault)
    return { no_done = true, unfinished = fault.finish == false }
  end,
}

--- What the fault changes about the events of an answer.
---@return StreamFault?
function M.stream_changes(fault, plan)
  local change = fault and STREAM_CHANGES[fault.kind]
  return change and change(fault, plan)
end

return M
