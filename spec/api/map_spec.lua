local json = require "mistral.json"
local subject = require "spec.api.support.subject"

local ANSWER = '{"choices":[{"index":0,"message":{"role":"assistant","content":"%s"},'
  .. '"finish_reason":"stop"}]}'

local function said(transport, id)
  local list = json.decode(transport.sent[id].body).messages
  return list[#list].content
end

-- Answers the newest of the open requests with what it was asked, so that ends come out of order.
local function echo_newest(t)
  local id = t.last_id
  while t.ended[id] do id = id - 1 end
  t:body(ANSWER:format("re " .. said(t, id)), nil, id)
end

local function fail_newest(t)
  local id = t.last_id
  while t.ended[id] do id = id - 1 end
  t:fail({ status = 400, code = "http" }, id)
end

local function open_count(t)
  local open = 0
  for id = 1, t.last_id do
    if not t.ended[id] then open = open + 1 end
  end
  return open
end

-- A script of so many such steps.
local function times(count, step)
  local script = {}
  for index = 1, count do script[index] = step end
  return script
end

local function request(item)
  return subject.chat { messages = { { role = "user", content = item } } }
end

describe("client:map", function()
  it("keeps the order of the list, whatever the order of the answers", function()
    local one, transport = subject.client()
    transport.script = times(5, echo_newest)

    local results, err = one:map({ "a", "b", "c", "d", "e" }, request, { in_flight = 3 })

    assert.is_nil(err)
    assert.equal(0, results.failed)
    for index, item in ipairs { "a", "b", "c", "d", "e" } do
      assert.equal("re " .. item, results[index].reply.text)
      assert.equal(item, results[index].item)
      assert.is_nil(results[index].err)
    end
    one:close()
  end)

  it("has no more in flight than it was told", function()
    local one, transport = subject.client()
    local most = 0
    transport.script = times(9, function(t)
      most = math.max(most, open_count(t))
      echo_newest(t)
    end)

    one:map({ "1", "2", "3", "4", "5", "6", "7", "8", "9" }, request, { in_flight = 4 })

    assert.equal(4, most)
    one:close()
  end)

  it("does not lose the others when one fails, is refused, or cannot be made", function()
    local one, transport = subject.client()
    transport.script = { echo_newest, fail_newest }
    local progress = {}

    local results = one:map({ "a", "b", "c", "d", "e" }, function(item)
      if item == "c" then error "no such thing" end
      if item == "d" then return nil, "not today" end
      if item == "e" then return { model = "m" } end
      return request(item)
    end, { in_flight = 1, on_progress = function(one_more) progress[#progress + 1] = one_more end })

    assert.equal("re a", results[1].reply.text)
    assert.equal("invalid_request", results[2].err.code)
    assert.truthy(results[3].err.message:find("no such thing", 1, true))
    assert.equal("map: not today", results[4].err.message)
    assert.equal("chat: `messages` is missing", results[5].err.message)
    assert.equal(4, results.failed)
    assert.same({ done = 5, failed = 4, total = 5 }, progress[5])
    one:close()
  end)

  it("adds each item to a request that all have in common", function()
    local one, transport = subject.client()
    transport.script = times(3, echo_newest)
    local common = { model = "m", messages = { { role = "system", content = "s" } } }

    local results = one:map({ "a", { temperature = 0.5, messages = request("x").messages }, 7 }, common,
      { in_flight = 1 })

    assert.equal("re a", results[1].reply.text)
    assert.equal("system", json.decode(transport.sent[1].body).messages[1].role)
    assert.equal(0.5, json.decode(transport.sent[2].body).temperature)
    assert.equal("re 7", results[3].reply.text)
    assert.equal(1, #common.messages)
    one:close()
  end)

  it("makes requests of another kind", function()
    local one, transport = subject.client()
    transport.script = times(1, function(t) t:body(ANSWER:format "x") end)

    local results = one:map({ "local x = " }, { model = "m", suffix = "\n" }, { kind = "fim" })

    assert.equal("x", results[1].reply.text)
    assert.same({ model = "m", prompt = "local x = ", suffix = "\n" },
      json.decode(transport.sent[1].body))
    one:close()
  end)

  it("keeps what is made of a result instead of it", function()
    local one, transport = subject.client()
    transport.script = times(2, echo_newest)

    local results = one:map({ "a", "b" }, request, {
      on_result = function(result, index) if index == 1 then return #result.reply.text end end,
    })

    assert.equal(4, results[1])
    assert.equal("re b", results[2].reply.text)
    one:close()
  end)

  it("tells nothing before it has returned, also of what cannot be asked", function()
    local one = subject.client()
    local returned, heard = false, {}
    local function hear() heard[#heard + 1] = returned end

    one:map({ "a", "b" }, function() return nil, "not today" end,
      { on_done = hear, on_progress = hear, on_result = hear })
    returned = true
    repeat until one:drain() == 0 and #heard == 5

    assert.same({ true, true, true, true, true }, heard)
    one:close()
  end)

  it("says that an item failed whose error cannot be told", function()
    local one, transport = subject.client()
    transport.script = times(1, echo_newest)
    local mute = setmetatable({}, { __tostring = function() error "mine" end })

    local results = assert(one:map({ "a", "b", "c" }, function(item)
      if item == "a" then error(mute) end
      if item == "b" then return nil, mute end
      return request(item)
    end))

    assert.equal("map: the function raised: it failed", results[1].err.message)
    assert.equal("map: it failed", results[2].err.message)
    assert.equal("re c", results[3].reply.text)
    one:close()
  end)

  it("asks for no item that is neither text nor fields", function()
    local one, transport = subject.client()
    transport.script = times(1, echo_newest)

    local results = one:map({ true, "a", json.null }, subject.chat { messages = {} })

    assert.equal(2, results.failed)
    assert.equal("map: an item should be a text or a table of fields, got a boolean",
      results[1].err.message)
    assert.equal("re a", results[2].reply.text)
    one:close()
  end)

  it("has an error for each item of a request that makes no sense", function()
    local one = subject.client()

    local results = one:map({ "a" }, { model = "m", messages = "b" })

    assert.equal("chat: `messages` should be a list, got a string", results[1].err.message)
    one:close()
  end)

  it("ends, and says why, when a function of its own yields", function()
    local one = subject.client()
    local function yields()
      coroutine.yield()
      return nil, "too late"
    end

    local results, err = one:map({ "a" }, yields)
    -- Lua 5.1 has no yield across a pcall, and says so itself.
    err = err or results[1].err

    assert.equal("refused", err.code)
    assert.truthy(err.message:find("yield", 1, true))
    one:close()
  end)

  it("ends after the last of its callbacks, though one drains and others end within it", function()
    local one, transport = subject.client()
    local heard = {}

    one:map({ "a", "b" }, request, {
      on_result = function(_, index)
        heard[#heard + 1] = "begins " .. index
        if index == 1 then echo_newest(transport) end
        one:drain()
        heard[#heard + 1] = "ends " .. index
      end,
      on_done = function() heard[#heard + 1] = "done" end,
    })
    transport:post { id = 1, kind = "end", outcome = "cancelled" }
    one:drain()

    assert.same({ "begins 1", "begins 2", "ends 2", "ends 1", "done" }, heard)
    one:close()
  end)

  it("is not heard of after its end when a callback closes the client", function()
    local one, transport = subject.client()
    local heard = {}

    one:map({ "a", "b" }, request, {
      on_result = function()
        heard[#heard + 1] = "result"
        one:close()
      end,
      on_progress = function() heard[#heard + 1] = "progress" end,
      on_error = function(err) heard[#heard + 1] = err.code end,
    })
    echo_newest(transport)
    one:drain()

    assert.equal("cancelled", heard[#heard])
  end)

  for _, name in ipairs { "on_result", "on_progress" } do
    it("has a result for every item when its " .. name .. " closes the client", function()
      local one, transport = subject.client()
      local callbacks, heard = subject.listener(false)
      callbacks.in_flight = 2
      callbacks[name] = function() one:close() end

      one:map({ "a", "b", "c" }, request, callbacks)
      echo_newest(transport)
      one:drain()

      local err = heard.ends[1].err
      assert.equal("cancelled", err.code)
      assert.equal("cancelled", err.reply[1].err.code)
      assert.equal("re b", err.reply[2].reply.text)
      assert.equal("cancelled", err.reply[3].err.code)
      assert.equal(2, err.reply.failed)
    end)
  end

  it("cannot be waited for from its own callbacks, which would never return", function()
    local one, transport = subject.client()
    local running, problem

    running = one:map({ "a" }, request, {
      on_done = function() end,
      on_progress = function() problem = select(2, pcall(running.wait, running)) end,
    })
    echo_newest(transport)
    one:drain()

    assert.truthy(problem:find("task:wait would never return", 1, true))
    assert.is_true(running.ended)
    one:close()
  end)

  it("goes on though its callbacks raise", function()
    local traces = {}
    local one, transport = subject.client { report = function(trace) traces[#traces + 1] = trace end }
    transport.script = times(2, echo_newest)

    local results = one:map({ "a", "b" }, request, {
      on_result = function() error "mine" end, on_progress = function() error "mine, too" end,
    })

    assert.equal("re a", results[1].reply.text)
    assert.equal("re b", results[2].reply.text)
    assert.equal(4, #traces)
    one:close()
  end)

  it("cancelled, has a result for every item", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener(false)
    callbacks.in_flight = 2

    local running = one:map({ "a", "b", "c", "d" }, request, callbacks)
    echo_newest(transport)
    one:drain()
    running:cancel()
    one:drain()

    assert.equal(1, #heard.ends)
    local err = heard.ends[1].err
    assert.equal("cancelled", err.code)
    assert.equal(3, err.reply.failed)
    assert.equal("re b", err.reply[2].reply.text)
    for _, index in ipairs { 1, 3, 4 } do
      assert.equal("cancelled", err.reply[index].err.code)
    end
    assert.equal(3, transport.last_id)
    one:close()
  end)

  it("of nothing is nothing, and of very many that are refused ends as well", function()
    local one = subject.client()
    local many = {}
    for index = 1, 5000 do many[index] = index end

    assert.same({ failed = 0 }, (one:map({}, request)))
    assert.equal(5000, one:map(many, function() return nil, "no" end).failed)
    one:close()
  end)

  it("raises on what only a mistake in the calling code can be", function()
    local one = subject.client()

    assert.error_matches(function() one:map("x", request) end, "a list should come first, got a str")
    assert.error_matches(function() one:map({ "a", nil, "c" }, request) end, "the list has holes")
    assert.error_matches(function() one:map({}, 3) end, "a function or a request should come second")
    assert.error_matches(function() one:map({}, request, { in_flight = 0 }) end, "from 1 to 1000")
    assert.error_matches(function() one:map({}, request, { on_delta = print }) end, "no `on_delta`")
    assert.error_matches(function() one:map({}, request, { inflight = 1 }) end, "has no `inflight`")
    assert.error_matches(function() one:map({}, request, { kind = "chatt" }) end, "no such kind")
    one:close()
  end)
end)
