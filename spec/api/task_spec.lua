local subject = require "spec.api.support.subject"
local task = require "mistral.api.task"

local ANSWER = '{"choices":[{"index":0,"message":{"role":"assistant","content":"%s"},'
  .. '"finish_reason":"stop"}]}'

-- Answers the oldest request that is still open.
local function says(word)
  return function(t)
    local id = 1
    while t.ended[id] do id = id + 1 end
    t:body(ANSWER:format(word), nil, id)
  end
end

local function ask(one, text)
  return function(callbacks)
    return one:start("chat", subject.chat { messages = { { role = "user", content = text } } },
      callbacks)
  end
end

describe("a task", function()
  it("waits for one request after the other, and ends once with what it returns", function()
    local one, transport = subject.client()
    transport.script = { says "one", says "two" }
    local callbacks, heard = subject.listener(false)

    local running = task.run(one, callbacks, function(self)
      local first = self:await(ask(one, "a"))
      local second = self:await(ask(one, "b"))
      return first.text .. second.text
    end)
    assert.is_false(running.ended)
    local reply, err = running:wait()

    assert.equal("onetwo", reply)
    assert.is_nil(err)
    assert.same({ { reply = "onetwo" } }, heard.ends)
    one:close()
  end)

  it("is heard of only after the call that starts it, also when it has nothing to wait for",
    function()
      local one = subject.client()
      local callbacks, heard = subject.listener(false)

      task.run(one, callbacks, function() return "at once" end)

      assert.same({}, heard.ends)
      one:drain()
      assert.same({ { reply = "at once" } }, heard.ends)
      one:close()
    end)

  it("keeps no more requests in flight than it was told, and puts each end in its place", function()
    local one, transport = subject.client()
    local most, open, ends = 0, 0, {}
    transport.script = {}
    for index = 1, 7 do
      transport.script[index] = says(tostring(index))
    end

    local reply = task.run(one, nil, function(self)
      self:gather(7, 3, function(index, callbacks)
        open = open + 1
        most = math.max(most, open)
        return ask(one, tostring(index))(callbacks)
      end, function(index, answer)
        open = open - 1
        ends[index] = answer.text
      end)
      return "all"
    end):wait()

    assert.equal("all", reply)
    assert.equal(3, most)
    assert.equal(7, #ends)
    one:close()
  end)

  it("cancels what it waits for, and ends as cancelled", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener(false)
    local after
    local running = task.run(one, callbacks, function(self)
      local _, err = self:await(ask(one, "a"))
      after = { self:await(ask(one, "b")) }
      return nil, err
    end)

    running:cancel()
    local _, err = running:wait()

    assert.equal("cancelled", err.code)
    assert.equal("cancelled", after[2].code)
    assert.same({ 1 }, transport.cancelled)
    assert.equal(1, transport.last_id)
    assert.equal(1, #heard.ends)
    one:close()
  end)

  it("that fails within itself ends with an error, and not with silence", function()
    local one = subject.client()

    local _, err = task.run(one, nil, function() error "lost" end):wait()

    assert.equal("internal", err.code)
    assert.truthy(err.message:find("lost", 1, true))
    one:close()
  end)

  it("ends when its client is closed", function()
    local one = subject.client()
    local running = task.run(one, nil, function(self) return self:await(ask(one, "a")) end)

    one:close()

    assert.is_true(running.ended)
    assert.equal("cancelled", running.err.code)
  end)

  it("cannot be waited for by what it waits for itself", function()
    local one, transport = subject.client()
    transport.script = { says "one" }
    local outer, said

    local after
    outer = task.run(one, { on_done = function() after = outer:wait() end }, function(self)
      return self:await(function(callbacks)
        return task.run(one, callbacks, function(inner)
          inner:await(ask(one, "a"))
          said = select(2, pcall(outer.wait, outer))
          return "done"
        end)
      end)
    end)
    outer:wait()

    assert.equal("done", outer.reply)
    assert.equal("done", after)
    assert.truthy(said:find("task:wait would never return", 1, true))
    one:close()
  end)

  it("whose function yields ends with the reason, and is not heard of again", function()
    local one, transport = subject.client()
    local callbacks, heard = subject.listener(false)
    local gathered = 0

    task.run(one, callbacks, function(self)
      self:gather(3, 3, function(index, listening)
        if index == 2 then coroutine.yield() end
        return ask(one, "a")(listening)
      end, function() gathered = gathered + 1 end)
    end)
    one:drain()
    one:drain()

    assert.equal("refused", heard.ends[1].err.code)
    assert.is_nil(heard.ends[2])
    assert.equal(0, gathered)
    assert.equal(1, transport.last_id)
    assert.same({}, one.requests)
    one:close()
  end)
end)

describe("a command that a task waits for", function()
  -- An editor's spawn: what was asked for, and the ends in the spec's hands.
  local function background()
    local asked = {}
    return asked, function(argv, done, options)
      local one = { argv = argv, done = done, options = options }
      asked[#asked + 1] = one
      return function() one.stopped = (one.stopped or 0) + 1 end
    end
  end

  it("runs for real in a script, and its end is the task's to use", function()
    local one = subject.client()

    local result = task.run(one, nil, function(self)
      return self:run({ "tr", "a-z", "A-Z" }, { input = "shout" })
    end):wait()

    assert.equal(0, result.code)
    assert.equal("SHOUT", result.stdout)
    one:close()
  end)

  it("runs as the editor has it, while requests of the same task go on", function()
    local asked, spawn = background()
    local one, transport = subject.client { spawn = spawn }
    transport.script = { says "one" }
    local callbacks, heard = subject.listener(false)

    local running = task.run(one, callbacks, function(self)
      local result = self:run({ "git", "diff" }, { cwd = "/" })
      local reply = self:await(ask(one, result.stdout))
      return reply.text
    end)
    assert.same({ "git", "diff" }, asked[1].argv)
    assert.same({ cwd = "/" }, asked[1].options)
    asked[1].done { code = 0, stdout = "diff", stderr = "" }
    asked[1].done { code = 1, stdout = "again", stderr = "" }
    assert.same({}, heard.ends)

    assert.equal("one", running:wait())
    assert.equal(1, #heard.ends)
    assert.is_nil(asked[1].stopped)
    one:close()
  end)

  it("is stopped once when the task is cancelled, and not heard of again", function()
    local asked, spawn = background()
    local one = subject.client { spawn = spawn }
    local callbacks, heard = subject.listener(false)
    local after
    local running = task.run(one, callbacks, function(self)
      local result, err = self:run { "git", "diff" }
      after = { result = result, err = err }
      return nil, err
    end)

    running:cancel()
    running:cancel()
    asked[1].done { code = 143, stdout = "", stderr = "" }
    one:drain()

    assert.equal(1, asked[1].stopped)
    assert.is_nil(after.result)
    assert.equal("cancelled", after.err.code)
    assert.equal("cancelled", heard.ends[1].err.code)
    assert.is_nil(heard.ends[2])
    one:close()
  end)

  it("is stopped when the client is closed", function()
    local asked, spawn = background()
    local one = subject.client { spawn = spawn }
    local running = task.run(one, nil, function(self) return self:run { "git", "diff" } end)

    one:close()

    assert.equal(1, asked[1].stopped)
    assert.equal("cancelled", running.err.code)
  end)

  it("that the editor cannot start has failed, and nothing more", function()
    local one = subject.client { spawn = function() error("E475: not executable", 0) end }

    local result = task.run(one, nil, function(self) return self:run { "git" } end):wait()

    assert.same({ code = 127, stdout = "", stderr = "E475: not executable" }, result)
    one:close()
  end)
end)

describe("long work in a task", function()
  local function busy(self, seconds)
    local began, rounds = os.clock(), 0
    while os.clock() - began < seconds do
      for _ = 1, 1000 do rounds = rounds + 1 end
      if not self:breathe() then return "stopped" end
    end
    return "done"
  end

  it("lets the editor have its turn every few milliseconds", function()
    local waiting = {}
    local one = subject.client { later = function(fn) waiting[#waiting + 1] = fn end }
    local running = task.run(one, nil, function(self) return busy(self, 0.05) end)

    local turns, longest = 0, 0
    while not running.ended and turns < 1000 do
      turns = turns + 1
      local next_turn = table.remove(waiting, 1)
      if next_turn then next_turn() end
      local began = os.clock()
      one:drain()
      longest = math.max(longest, os.clock() - began)
    end

    assert.equal("done", running.reply)
    assert.is_true(turns >= 3 and turns <= 16, turns .. " turns")
    assert.is_true(longest < 0.04, longest)
    one:close()
  end)

  it("is told when the task was cancelled meanwhile", function()
    local waiting = {}
    local one = subject.client { later = function(fn) waiting[#waiting + 1] = fn end }
    local running = task.run(one, nil, function(self) return busy(self, 60) end)

    running:cancel()
    waiting[1]()
    one:drain()

    assert.equal("stopped", running.reply)
    one:close()
  end)

  it("waits for nobody in a script", function()
    local one = subject.client()

    local running = task.run(one, nil, function(self) return busy(self, 0.02) end)
    one:drain()

    assert.equal("done", running.reply)
    one:close()
  end)
end)
