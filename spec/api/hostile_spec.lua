-- Whatever a server sends, a request ends once, in a reply or in an error with a meaning.
local json = require "mistral.json"
local subject = require "spec.api.support.subject"

-- A small generator of its own, so that a failure can be repeated.
local function random(seed)
  local state = seed
  return function(n)
    state = (state * 16807) % 2147483647
    return state % n + 1
  end
end

local NAMES = {
  "id", "object", "model", "choices", "index", "delta", "message", "role", "content", "type", "text",
  "thinking", "signature", "tool_calls", "function", "name", "arguments", "finish_reason", "usage",
  "error", "detail", "code", "raw_status_code", "loc", "msg", "request_id", "status",
}
local STRINGS = {
  "", "null", "error", "stop", "tool_calls", "text", "thinking", "function", "chat.completion.chunk",
  "[DONE]", "abcdefghi", "\27[2J", "é\255", "0", "422", ("x"):rep(300),
}
local NUMBERS = { 0, 1, -1, 0.5, 7, 1e300, 2 ^ 53, 422, 500 }

local function value(pick, depth)
  local kind = pick(depth > 5 and 4 or 7)
  if kind == 1 then return STRINGS[pick(#STRINGS)] end
  if kind == 2 then return NUMBERS[pick(#NUMBERS)] end
  if kind == 3 then return json.null end
  if kind == 4 then return pick(2) == 1 end
  local made = json.array {}
  if kind == 5 then
    for index = 1, pick(4) - 1 do made[index] = value(pick, depth + 1) end
    return made
  end
  made = {}
  for _ = 1, pick(6) do made[NAMES[pick(#NAMES)]] = value(pick, depth + 1) end
  return made
end

-- A well-formed chunk with one thing in it replaced by nonsense.
local function chunk(pick)
  local call = { id = "abcdefghi", index = 0, type = "function",
    ["function"] = { name = "f", arguments = "{}" } }
  local delta = { role = "assistant", content = "x", tool_calls = { call } }
  local choice = { index = 0, delta = delta, finish_reason = json.null }
  local whole = { id = "i", model = "m", choices = { choice }, usage = { total_tokens = 1 } }
  local targets = { whole, choice, delta, call, call["function"] }
  local target, names = targets[pick(#targets)], {}
  for name in pairs(target) do names[#names + 1] = name end
  table.sort(names)
  target[names[pick(#names)]] = value(pick, 2)
  return whole
end

local MEANT = {
  broken = true, server = true, overloaded = true, rate_limited = true, unknown_model = true,
  invalid_request = true, context_too_long = true, unauthorized = true, forbidden = true,
  not_found = true, quota = true, timeout = true, network = true, too_large = true,
}

local function assert_meant(ended)
  if ended.reply then return assert.is_string(ended.reply.text) end
  assert.truthy(MEANT[ended.err.code], ended.err.code .. ": " .. ended.err.message)
  assert.is_nil(ended.err.message:find "[%c\127]")
  assert.is_true(#ended.err.message < 800)
end

-- Runs one streamed request through `say`; what each delta held must be what it promises.
local function run(say)
  local one, transport = subject.client()
  local callbacks, heard = subject.listener()
  callbacks.retry = 0
  one:chat(subject.chat(), callbacks)
  say(transport)
  one:drain()
  if not transport.ended[1] then transport:done() end
  one:drain()
  one:close()
  assert.equal(1, #heard.ends)
  for _, delta in ipairs(heard.deltas) do
    assert.is_string(delta.text)
    for _, call in ipairs(delta.tool_calls or {}) do assert.is_string(call.arguments) end
  end
  assert_meant(heard.ends[1])
end

describe("a hostile server", function()
  for seed = 1, 20 do
    it(("ends requests with sense, whatever its events say (%d)"):format(seed), function()
      local pick = random(seed * 7919)
      for _ = 1, 60 do
        run(function(transport)
          transport:head()
          for _ = 1, pick(5) do
            if transport.ended[1] then return end
            local said = pick(2) == 1 and chunk(pick) or value(pick, 0)
            transport:event((assert(json.encode(said))))
          end
        end)
      end
    end)

    it(("ends requests with sense, whatever its bodies say (%d)"):format(seed), function()
      local pick = random(seed * 104729)
      for _ = 1, 60 do
        run(function(transport)
          local body = assert(json.encode(pick(2) == 1 and chunk(pick) or value(pick, 0)))
          if pick(3) == 1 then body = body:sub(1, pick(#body)) end
          if pick(2) == 1 then return transport:body(body) end
          local status = ({ 400, 401, 403, 404, 408, 422, 429, 500, 503 })[pick(9)]
          transport:fail { code = "http", status = status, headers = {}, body = body }
        end)
      end
    end)
  end
end)
