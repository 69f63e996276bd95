--- Faults that strike while a request is still coming in, and so cannot wait for its path to be
--- answered: the connection breaks, the server stops reading, or it answers too early.

local cqueues = require "cqueues"
local faults = require "faults"
local refusal = require "refusal"
local replies = require "reply"

local M = {}

local CRAWL_BYTES = 128 * 1024
local REST_S = 0.02

--- upload_cut{after_bytes=0, tcp_reset=false}
local function cut(exchange, fault)
  exchange:lose("cut")
  exchange.connection:break_off(fault.tcp_reset)
  return false
end

--- upload_reset{after_bytes=0, code=2}
local function reset(exchange, fault)
  exchange:abort(fault.code)
  return false
end

--- Nobody reads on, and the client fills its window of 32 MiB. One that leaves says so.
local function rest_h2(exchange)
  cqueues.poll(exchange.connection.changed, exchange.stream.chunk_cond, REST_S)
  return 0
end

--- Who reads nothing never hears of the end either: it comes behind what is on its way.
local function rest_h1(exchange, fault)
  if fault.still then
    cqueues.poll(exchange.connection.changed, REST_S)
    return 0
  end
  local piece = exchange.connection.socket:xread(-CRAWL_BYTES)
  if not piece then exchange:lose("reset") end
  cqueues.poll(exchange.connection.changed, REST_S)
  return piece
end

--- upload_stall{after_bytes=0, still=false}: takes no more until the client leaves or there is a
--- reset; over HTTP/1.1 a little, unless it is to be still.
local function stall(exchange, fault, before)
  local rest = exchange.goaway and rest_h2 or rest_h1
  local pieces = {}
  while not exchange.gone and not exchange.connection.closed do
    if faults.resets() ~= before then return true, table.concat(pieces) end
    local piece = rest(exchange, fault)
    if piece ~= 0 then pieces[#pieces + 1] = piece end
  end
  return false
end

--- upload_refuse{after_bytes=0, status=413}: answers before all is read, and throws the rest away.
local function refuse(exchange, fault)
  local why = refusal.new(fault.status or 413, { shape = "html", message = "Request Entity Too Large" })
  replies.new(exchange):refuse(why)
  exchange.answered = true
  return true
end

--- upload_early{after_bytes=0, rest_ms=5}, over HTTP/1.1: says 200 at once, takes the rest with a
--- rest after each piece, and then says what it has to say.
local function early(exchange, fault)
  local body, length = "{}", tonumber(exchange.headers["content-length"])
  local reply = replies.new(exchange)
  reply:head(200, { ["content-type"] = "application/json", ["content-length"] = #body })
  exchange.answered = true
  return true, nil, function(bytes)
    if bytes < length then
      cqueues.poll(exchange.connection.changed, (fault.rest_ms or 5) / 1000)
    else
      reply:write(body)
      reply:finish()
    end
    return true
  end
end

local ACTS = {
  upload_cut = cut, upload_reset = reset, upload_stall = stall, upload_refuse = refuse,
  upload_early = early,
}

--- Takes the fault that is armed for this request, if there is one.
---@param exchange Exchange
---@return fun(bytes: integer): boolean, string?  to be told how much has come so far; false: read no
--- more; a string: what was read meanwhile
function M.watch(exchange)
  local fault = not exchange.connection.private and faults.take_upload(exchange)
  local struck, resets, later = false, faults.resets(), nil
  return function(bytes)
    if later then return later(bytes) end
    if not fault or struck or bytes < (fault.after_bytes or 0) then return true end
    struck = true
    local go_on, more, rest = ACTS[fault.kind](exchange, fault, resets)
    later = rest
    return go_on, more
  end
end

return M
