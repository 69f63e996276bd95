-- The first review of an editor loads what a client needs a part at a time, and is a review meanwhile.
local config = require "mistral.config"
local fake = require "mistral.host.fake"
local fake_client = require "spec.editor.support.client"
local loading = require "mistral.editor.loading"
local review = require "mistral.editor.review"
local session = require "mistral.editor.session"

local LAST = "mistral.api.work.review"

describe("the first review", function()
  local host, here, client, problem, module

  before_each(function()
    config.reset()
    host = fake.new()
    here = session.new(host)
    client, problem = fake_client.new(host), nil
    here.client = function() return not problem and client or nil, problem end
    module = require(LAST)
    package.loaded[LAST] = nil
    host.open({ "gets(name);" }, "main.c", "c")
  end)
  after_each(function()
    package.loaded[LAST] = module
    here:close()
    host.advance(1000)
    assert.equal(0, host.live(), "timers, marks or handlers left")
  end)

  local function start()
    return assert(review.start(here, { buffer = host.buffer() }, assert(here:options())))
  end

  local function said()
    local list = {}
    for i, note in ipairs(host.notes) do list[i] = note.level .. ": " .. note.message end
    return table.concat(list, "\n")
  end

  it("runs at once, and asks when all is loaded", function()
    start()
    assert.equal(1, #here:running "review")
    assert.equal(0, #client.requests)

    host.advance(10)

    assert.is_true(loading.is_done())
    assert.equal(1, #client.requests)
  end)

  it("gives the editor its turn between two parts", function()
    local turns, schedule = 0, host.schedule
    function host.schedule(fn)
      schedule(function()
        turns = turns + 1
        fn()
      end)
    end

    loading.start(host, function() end)
    assert.equal(0, turns)
    host.advance(10)

    assert.is_true(turns >= 4, turns .. " turns")
  end)

  it("is stopped while it loads, and asks for nothing then", function()
    local started = start()

    here:stop("review", "user")

    assert.is_true(started.ended)
    assert.equal("info: mistral: the review of main.c was stopped", said())
    host.advance(10)
    assert.equal(0, #client.requests)
    assert.equal(0, #here:running "review")
  end)

  it("ends with its session while it loads", function()
    start()

    here:close()
    host.advance(10)

    assert.equal(0, #client.requests)
    assert.equal("", said())
  end)

  it("says why there is no client, and is over", function()
    problem = "the C module is not built; run make"
    start()

    host.advance(10)

    assert.equal("warn: mistral: " .. problem, said())
    assert.equal(0, #here:running "review")
  end)
end)
