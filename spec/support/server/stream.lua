--- Sends a plan as server-sent events, at the chosen pace.

local cqueues = require "cqueues"
local json = require "json"
local pace = require "pace"

local M = {}

local TICK_S = 0.001
local BURST = 16
local PADDING = "abcdefghijklmnopqrstuvwxyz0123456789"
local MAX_PADDING = #PADDING

local function new_id()
  return ("%08x%08x%08x%08x"):format(math.random(0, 2 ^ 31 - 1), math.random(0, 2 ^ 31 - 1),
    math.random(0, 2 ^ 31 - 1), math.random(0, 2 ^ 31 - 1))
end

--- The service adds characters of random number to every event, against traffic analysis.
local function padding()
  return ',"p":"' .. PADDING:sub(1, math.random(0, MAX_PADDING)) .. '"'
end

---@class EventWriter how an answer is said: other services have writers of their own
---@field plan Plan
---@field content_type string
---@field done string  what stands behind the last event
local writer = {
  content_type = "text/event-stream; charset=utf-8",
  done = "data: [DONE]\n\n",
}
writer.__index = writer

local function new_writer(plan)
  return setmetatable({
    plan = plan,
    prefix = ('{"id":"%s","object":"chat.completion.chunk","created":%d,"model":%s,"choices":[')
      :format(new_id(), os.time(), json.encode(plan.model)),
  }, writer)
end

function writer:event(delta, finish_reason, rest)
  local choices = {}
  for index = 1, self.plan.choices do
    choices[index] = ('{"index":%d,"delta":%s,"finish_reason":%s}'):format(index - 1, delta,
      finish_reason and json.encode(finish_reason) or "null")
  end
  return "data: " .. self.prefix .. table.concat(choices, ",") .. "]" .. (rest or "") .. "}\n\n"
end

function writer:role()
  return self:event '{"role":"assistant","content":""}'
end

function writer:piece(delta)
  return self:event(delta, nil, padding())
end

function writer:last(finish_reason)
  return self:event('{"content":""}', finish_reason,
    ',"usage":' .. json.encode(self.plan.usage) .. padding())
end

--- How many pieces the clock allows by now. The rate is read anew each time, so that a spec can
--- change it in the middle of a stream.
local function allowance()
  local due, before = 1, cqueues.monotime()
  return function()
    local rate, now = pace.tokens_per_s(), cqueues.monotime()
    if rate <= 0 then return BURST end
    due = due + (now - before) * rate
    before = now
    local whole = math.floor(due)
    due = due - whole
    return whole
  end
end

--- Until the next piece is due, but not less than a tick: at a high rate pieces go in batches.
local function pause_s()
  local rate = pace.tokens_per_s()
  return rate > 0 and math.max(TICK_S, 1 / rate) or 0
end

local function send_pieces(reply, events, first, last)
  local may_send, sent = allowance(), first - 1
  while sent < last do
    local count = math.min(may_send(), last - sent)
    if count > 0 then
      local batch = {}
      for index = 1, count do batch[index] = events:piece(events.plan.deltas[sent + index]) end
      if not reply:write(table.concat(batch)) then return nil end
      sent = sent + count
    end
    if sent < last and not reply.exchange:wait(pause_s()) then return nil end
  end
  return true
end

--- How many pieces make up the first `bytes` bytes of text.
local function pieces_for(plan, bytes)
  local count, length = 0, 0
  while count < #plan.deltas and length < bytes do
    count = count + 1
    length = length + #plan.texts[count]
  end
  return count
end

local function send_end(reply, events, fault)
  if fault.frame and not reply:write(fault.frame) then return end
  local finish_reason = fault.finish_reason or events.plan.finish_reason
  if not fault.unfinished and not reply:write(events:last(finish_reason)) then return end
  if not fault.no_done and not reply:write(events.done) then return end
  reply:finish()
end

---@class StreamFault
---@field after_text? integer    bytes of text before it happens
---@field insert? fun(events): string  an event put in there; the stream goes on
---@field stop? boolean          nothing more of the text is sent
---@field frame? string          an event sent in place of the rest
---@field finish_reason? string  instead of the true one
---@field unfinished? boolean    no last event with finish_reason and usage
---@field no_done? boolean       no [DONE]

local function send_start(reply, events)
  local headers = { ["content-type"] = events.content_type, ["cache-control"] = "no-cache" }
  if not reply:head(200, headers) then return nil end
  local thinking_s = pace.first_s()
  if thinking_s > 0 and not reply.exchange:wait(thinking_s) then return nil end
  return reply:write(events:role())
end

--- Sends the whole answer. It stops at once when the stream is reset.
---@param reply Reply
---@param plan Plan
---@param fault? StreamFault
---@param events? EventWriter  else the service's own
function M.send(reply, plan, fault, events)
  fault = fault or {}
  events = events or new_writer(plan)
  local total = #plan.deltas
  local cut = fault.after_text and pieces_for(plan, fault.after_text) or total
  if not send_start(reply, events) then return end
  if not send_pieces(reply, events, 1, cut) then return end
  if fault.insert and not reply:write(fault.insert(events)) then return end
  if not fault.stop and not send_pieces(reply, events, cut + 1, total) then return end
  send_end(reply, events, fault)
end

--- The same answer as one object.
---@param plan Plan
---@param fault? StreamFault
---@return table
function M.object(plan, fault)
  local choices = {}
  for index = 1, plan.choices do
    choices[index] = { index = index - 1, message = plan.message,
      finish_reason = fault and fault.finish_reason or plan.finish_reason }
  end
  return {
    id = new_id(), object = "chat.completion", created = os.time(), model = plan.model,
    choices = choices, usage = plan.usage,
  }
end

--- The whole answer, at once.
function M.whole(reply, plan, fault)
  reply:json(200, M.object(plan, fault))
end

return M
