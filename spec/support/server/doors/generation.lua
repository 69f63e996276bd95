--- Chat and completion: the endpoints that generate text, streamed or whole.

local answer = require "answer"
local bodies = require "bodies"
local faults = require "faults"
local gate = require "gate"
local json = require "json"
local stream = require "stream"

local M = {}

local KINDS = {
  ["/v1/chat/completions"] = { bodies.chat, "completion_chat", answer.chat },
  ["/v1/fim/completions"] = { bodies.fim, "completion_fim", answer.fim },
}

local function door(shape, capability, make_plan)
  return function(exchange, reply)
    local body, trouble = gate.decoded(exchange)
    trouble = trouble or gate.misfit(shape, body)
      or gate.unservable(body, #exchange.body, capability)
    if trouble then return reply:refuse(trouble) end
    local plan = make_plan(body, faults.answer_changes(reply.fault))
    local send = body.stream == true and stream.send or stream.whole
    send(reply, plan, faults.stream_changes(reply.fault, plan))
  end
end

M.routes, M.answers = {}, {}

for path, kind in pairs(KINDS) do
  local shape, capability, make_plan = kind[1], kind[2], kind[3]
  M.routes[#M.routes + 1] = { "^" .. path .. "$", POST = door(shape, capability, make_plan) }
  M.answers[path] = function(body)
    local trouble = gate.misfit(shape, body)
      or gate.unservable(body, #json.encode(body), capability)
    if trouble then return nil, trouble end
    return stream.object(make_plan(body, {}))
  end
end

return M
