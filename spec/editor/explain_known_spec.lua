-- What an explanation is told beside the lines.
local config = require "mistral.config"
local explain = require "mistral.editor.explain"
local fake = require "mistral.host.fake"
local fake_client = require "spec.editor.support.client"
local session = require "mistral.editor.session"

local CODE = {
  "local M = {}", -- 1
  "function M.total(list)",
  "  local sum = 0",
  "  for _, item in ipairs(list) do",
  "    sum = sum + price_of(item)", -- 5
  "  end",
  "  return sum",
  "end",
  "return M",
}

describe("an explanation", function()
  local host, client, here, buffer, folder

  before_each(function()
    config.reset()
    host = fake.new()
    client = fake_client.new(host)
    here = session.new(host, client)
    folder = host.folder()
    buffer = host.open(CODE, folder .. "/a.lua", "lua")
  end)
  after_each(function()
    here:close()
    host.advance(400)
    assert.equal(0, host.live(), "timers, marks or handlers left")
  end)

  local function start(first, last, wish)
    local range = { buffer = buffer, first = first, last = last, wish = wish }
    assert(explain.start(here, range, assert(here:options())))
  end

  local function told()
    return client.requests[1].params.messages[2].content
  end

  local function question(first, last, wish)
    start(first, last, wish)
    host.advance(0)
    return told()
  end

  local function places(by_name)
    host.known.definition = function(at, row, col)
      local line = host.lines(at, row, row)[1]
      return by_name[line:sub(col + 1):match("^[%w_]+")] or {}
    end
  end

  it("knows the function around the lines, without telling a line twice", function()
    local said = question(5, 5)

    assert.truthy(said:find("Lines 5 to 5:\n\n    5|     sum = sum + price_of(item)\n\n"
      .. "Above them, in the same function, lines 2 to 4:\n\n    2| function M.total(list)\n", 1, true), said)
    assert.truthy(said:find("Below them, in the same function, lines 6 to 8:\n\n    6|   end\n", 1, true))
    assert.falsy(said:find("local M", 1, true))
    client.requests[1]:done()
  end)

  it("believes the editor's parser about the function", function()
    host.known.outline = function() return 4, 6, "a loop" end
    local said = question(5, 5)
    assert.truthy(said:find("lines 4 to 4:", 1, true) and said:find("lines 6 to 6:", 1, true), said)
    client.requests[1]:done()
  end)

  it("tells nothing around a whole function, or a whole buffer", function()
    assert.falsy(question(2, 8):find("same function", 1, true))
    client.requests[1]:done()
  end)

  it("knows what others say of the lines", function()
    host.known.diagnostics[buffer] = {
      { row = 5, last = 5, severity = "error", message = "undefined: price_of", source = "lint" },
      { row = 1, last = 1, severity = "hint", message = "elsewhere", source = "lint" },
    }
    local said = question(5, 5)
    assert.truthy(said:find("\n- line 5, error: undefined: price_of (lint)", 1, true), said)
    assert.falsy(said:find("elsewhere", 1, true))
    client.requests[1]:done()
  end)

  it("knows where the names in the lines are defined, by a server or by tags", function()
    host.open({ "-- prices", "function price_of(item)", "  return 1", "end", "other()" },
      folder .. "/price.lua", "lua")
    host.open({ "function helper()", "end" }, folder .. "/h.lua", "lua")
    places({ price_of = { { path = folder .. "/price.lua", row = 2 } } })
    host.known.tags = { ipairs = {}, sum = { { path = folder .. "/h.lua", row = 1 } } }

    local said = question(5, 5)
    assert.truthy(said:find("`price_of`, price.lua, lines 2 to 4:\n\n    2| function price_of(item)\n"
      .. "    3|   return 1\n    4| end", 1, true), said)
    assert.truthy(said:find("`sum`, h.lua, lines 1 to 2:", 1, true), said)
    client.requests[1]:done()
  end)

  it("tells no definition that is sent already, secret, outside of the project, or not wanted", function()
    host.open({ "price_of = 'canary'" }, folder .. "/.env", "")
    host.open({ "price_of = 'canary'" }, "/elsewhere/p.lua", "lua")
    host.open({ "price_of = 'canary'" }, folder .. "/link.lua", "lua")
    host.real_path = function(path) return (path:gsub("link.lua", "id_rsa")) end
    places({ price_of = {
      { path = folder .. "/.env", row = 1 }, { path = "/elsewhere/p.lua", row = 1 },
      { path = folder .. "/link.lua", row = 1 },
    }, item = { { path = folder .. "/a.lua", row = 4 } } })

    local said = question(5, 5)
    assert.falsy(said:find("canary", 1, true) or said:find("Defined elsewhere", 1, true), said)
    client.requests[1]:done()

    config.setup({ explain = { definitions = false } })
    host.known.definition = function() error("nobody asked") end
    start(5, 5)
    host.advance(0)
    assert.equal(2, #client.requests)
    client.requests[2]:done()
  end)

  it("waits no longer than 300 ms, and goes on with what it has", function()
    local answers = {}
    host.definition = function(_, _, _, done) answers[#answers + 1] = done end
    host.open({ "function price_of(item)", "end" }, folder .. "/price.lua", "lua")
    start(5, 5)
    assert.is_true(#answers > 1)
    answers[1] { { path = folder .. "/price.lua", row = 1 } }
    host.advance(299)
    assert.equal(0, #client.requests)
    host.advance(1)

    assert.equal(1, #client.requests)
    assert.truthy(told():find("`price_of`, price.lua", 1, true))
    for _, late in ipairs(answers) do late { { path = folder .. "/price.lua", row = 1 } } end
    assert.equal(1, #client.requests)
    client.requests[1]:done()
  end)

  it("can be stopped while it looks things up, and asks nothing then", function()
    host.definition = function() end
    start(5, 5)
    local window = here.room.explanation.buffer
    assert.is_true(host.splits[window])

    here:stop("explain", "user")
    host.advance(1000)

    assert.equal(0, #client.requests)
    assert.is_nil(host.splits[window])
    assert.equal("mistral: the explanation of " .. host.name(buffer) .. " was stopped",
      host.notes[1].message)
    assert.equal(0, #here:running())
  end)

  it("ends with the wish", function()
    assert.truthy(question(5, 5, "why a loop?"):find("\n\nAbove all: why a loop%?$"))
    client.requests[1]:done()
  end)
end)
