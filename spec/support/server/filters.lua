--- Faults that happen to the bytes of an answer's body, whatever the answer is. Each makes a filter
--- for one reply: feed(reply, bytes), and perhaps finish(reply) and headers(headers).

local gzip = require "gzip"

local M = {}

local YIELD_EVERY = 512

--- Lets `limit` bytes pass, then does `act` once; act says whether the rest may follow.
local function after(limit, act)
  local passed, acted = 0, false
  return {
    feed = function(reply, bytes)
      if acted or passed + #bytes < limit then
        passed = passed + #bytes
        return reply:send(bytes)
      end
      local head, rest = bytes:sub(1, limit - passed), bytes:sub(limit - passed + 1)
      acted = true
      if head ~= "" and not reply:send(head) then return nil end
      if not act(reply) then return nil end
      if rest == "" then return true end
      return reply:send(rest)
    end,
    finish = function(reply)
      if not acted then act(reply) end
    end,
  }
end

--- cut{after_bytes=0, tcp_reset=false}: the connection breaks in the middle of the body.
function M.cut(_, fault)
  return after(fault.after_bytes or 0, function(reply)
    reply.exchange:lose("cut")
    reply.exchange.connection:break_off(fault.tcp_reset)
    return false
  end)
end

--- reset{after_bytes=0, code=2}: HTTP/2 RST_STREAM, the connection stays; a TCP reset in HTTP/1.1.
function M.reset(_, fault)
  return after(fault.after_bytes or 0, function(reply)
    reply.exchange:abort(fault.code)
    return false
  end)
end

--- silence{after_bytes=0, for_ms=nil}: no more bytes, for good or for a while.
function M.silence(_, fault)
  return after(fault.after_bytes or 0, function(reply)
    return reply.exchange:wait(fault.for_ms and fault.for_ms / 1000)
  end)
end

--- goaway{after_bytes=n, code=0}: the server is about to leave, but finishes this answer.
function M.goaway(_, fault)
  return after(fault.after_bytes or 0, function(reply)
    local exchange = reply.exchange
    exchange.connection.leaving = true
    if exchange.goaway then exchange:goaway(exchange.stream_id, fault.code) end
    return true
  end)
end

--- trickle{bytes=nil, interval_ms=0}: one byte at a time, for the first `bytes` or all.
function M.trickle(_, fault)
  local left, count = fault.bytes or math.huge, 0
  local pause = (fault.interval_ms or 0) / 1000
  return {
    feed = function(reply, bytes)
      for index = 1, #bytes do
        if left <= 0 then return reply:send(bytes:sub(index)) end
        left, count = left - 1, count + 1
        if not reply:send(bytes:sub(index, index)) then return nil end
        local rests = pause > 0 or count % YIELD_EVERY == 0
        if rests and not reply.exchange:wait(pause) then return nil end
      end
      return true
    end,
  }
end

--- compressed{}: the body as gzip, every piece unpackable as it comes.
function M.compressed()
  local packer = gzip.stream()
  return {
    headers = function(headers) headers["content-encoding"] = "gzip" end,
    feed = function(reply, bytes) return reply:send(packer.feed(bytes)) end,
    finish = function(reply) reply:send(packer.finish()) end,
  }
end

return M
