-- A thousand requests at once against a server that refuses some and breaks off others.
local client = require "mistral.api.client"
local json = require "mistral.json"
local loopback = require "spec.support.loopback"
local native = require "mistral.native"

local COUNT = 1000

-- The answer says which item it belongs to: the service has to call a tool with the one number that
-- is allowed.
local function request_for(item)
  return {
    model = "mistral-small-latest",
    messages = { { role = "user", content = "item " .. item } },
    tool_choice = "any",
    tools = { {
      type = "function",
      ["function"] = { name = "note", parameters = {
        type = "object", required = { "item" }, properties = { item = { enum = { item } } },
      } },
    } },
  }
end

local function item_of(reply)
  return json.decode(reply.tool_calls[1]["function"].arguments).item
end

local function resident_kib()
  local file = io.open "/proc/self/status"
  if not file then return 0 end
  local said = file:read "*a"
  file:close()
  return tonumber(said:match "VmRSS:%s+(%d+)")
end

local function lua_kib()
  collectgarbage()
  collectgarbage()
  return collectgarbage "count"
end

-- What the server saw of each item: its attempts in order.
local function attempts_of(requests)
  local attempts = {}
  for _, record in ipairs(requests) do
    -- One whose connection broke before it was read has no body, and had no answer.
    local item = record.body and tonumber(record.body:match "item (%d+)")
    if item then
      attempts[item] = attempts[item] or {}
      table.insert(attempts[item], record)
    end
  end
  return attempts
end

local function may_be_asked_again(record)
  return record.status == 429 or record.sent_bytes == 0
end

local function numbers(count)
  local list = {}
  for index = 1, count do
    list[index] = index
  end
  return list
end

-- The real transport, with a look at its mail: `broken` is set to what came after data that should
-- not have come.
local function watched(server, seen)
  local inner = assert(native.transport { ca_file = server.ca_file })
  local outer = setmetatable({}, { __index = function(_, name)
    return function(_, ...) return inner[name](inner, ...) end
  end })
  local spoke = {}
  function outer.drain(_, max)
    local events = inner:drain(max)
    for _, event in ipairs(events) do
      if event.kind == "data" then
        spoke[event.id] = true
      elseif event.kind ~= "end" and spoke[event.id] then
        seen.broken = event.kind .. " after data"
      end
    end
    return events
  end
  return outer
end

describe("a thousand requests by client:map", function()
  local server, one, seen

  local function connect(url)
    seen = {}
    one = assert(client.new {
      api_key = server.key, base_url = url, transport = watched(server, seen),
    })
  end

  before_each(function()
    server = loopback.start()
    server:reset()
    server:keep(4 * COUNT)
    server:fault { kind = "status", status = 429, retry_after = 0, rate = 0.1, seed = 7, times = 0 }
    server:fault { kind = "cut", head = true, rate = 0.025, seed = 11, times = 0 }
    server:fault { kind = "cut", after_bytes = 40, rate = 0.025, seed = 13, times = 0 }
  end)

  after_each(function()
    one:close()
    server:reset()
  end)

  -- Maps them all; a result is the number that came back, or the code of its error.
  local function map_all()
    local memory, last = {}, nil
    local results, err = one:map(numbers(COUNT), request_for, {
      in_flight = 16,
      on_result = function(result)
        return result.reply and item_of(result.reply) or result.err.code
      end,
      on_progress = function(progress)
        last = progress
        if progress.done % 250 == 0 then
          memory[#memory + 1] = { lua = lua_kib(), resident = resident_kib() }
        end
      end,
    })
    assert.is_nil(err)
    assert.same({ done = COUNT, failed = results.failed, total = COUNT }, last)
    return results, memory
  end

  local FAILURES = { network = true, broken = true, rate_limited = true }

  local function assert_in_order(results)
    local failed = 0
    for index = 1, COUNT do
      if FAILURES[results[index]] then
        failed = failed + 1
      else
        assert.equal(index, results[index])
      end
    end
    assert.equal(failed, results.failed)
  end

  local function assert_struck(requests)
    local struck = { status = 0, cut = 0 }
    for _, record in ipairs(requests) do
      if record.fault then struck[record.fault] = struck[record.fault] + 1 end
    end
    assert.truthy(struck.status > COUNT * 0.06, struck.status .. " refused")
    assert.truthy(struck.cut > COUNT * 0.03, struck.cut .. " cut")
  end

  it("have a result each, in order, in flat memory, over connections that many share", function()
    connect(server.url)

    local results, memory = map_all()

    assert_in_order(results)
    assert_struck(server:requests())
    assert.is_nil(seen.broken)
    assert.truthy(results.failed < COUNT * 0.2, results.failed .. " failed")
    assert.truthy(memory[4].lua - memory[1].lua < 128, memory[4].lua - memory[1].lua)
    -- The first half fills what libcurl and TLS keep for the connections that come and go. A
    -- sanitizer keeps what was freed.
    local grown = memory[4].resident - memory[2].resident
    assert.truthy(grown < 2048 or os.getenv "MISTRAL_SANITIZER", grown .. " KiB more")
  end)

  -- Here each request has a connection to itself while it lasts, so what the server has sent of an
  -- answer has come, and the server's own books show what was asked again.
  it("are never asked again after data came", function()
    connect(server.url_h1)

    local results = map_all()

    assert_in_order(results)
    assert_struck(server:requests())
    assert.is_nil(seen.broken)
    for item, attempts in pairs(attempts_of(server:requests())) do
      for place = 1, #attempts - 1 do
        assert.truthy(may_be_asked_again(attempts[place]), "item " .. item .. " was asked again")
      end
    end
    assert.truthy(results.failed < COUNT * 0.06, results.failed .. " failed")
  end)
end)
