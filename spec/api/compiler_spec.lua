-- Where LuaJIT breaks loops that it compiles, ours are not compiled.
local compiler = require "mistral.compiler"

local jit = rawget(_G, "jit")
local NAME = "mistral.tables"

-- How many loops and functions of a file were compiled while this ran.
local function compiled(file, fn)
  local util, count = require "jit.util", 0
  local function hear(what, _, func)
    if what == "start" and util.funcinfo(func).source:find(file, 1, true) then count = count + 1 end
  end
  jit.attach(hear, "trace")
  fn()
  jit.attach(hear)
  return count
end

local function work(add)
  local sum = {}
  for _ = 1, 2000 do add(sum, { a = 1, b = 2, c = 3 }) end
  return sum
end

describe("the compiler", function()
  local loaded
  before_each(function() loaded = require(NAME) end)
  after_each(function() package.loaded[NAME] = loaded end)

  it("is kept from our code where it is broken, and nowhere else", function()
    require "mistral"
    compiler.tame()
    package.loaded[NAME] = nil
    local add = require(NAME).add

    assert.same({ a = 2000, b = 4000, c = 6000 }, work(add))
    if jit and jit.status() then
      local count = compiled("tables.lua", function() work(add) end)
      assert.equal(compiler.is_broken(), count == 0, count .. " traces")
    end
  end)

  it("has modules found where they were, once and by their names", function()
    compiler.tame()
    compiler.tame()

    assert.equal("function", type(require("mistral.text").line))
    assert.falsy(pcall(require, "mistral.no_such_module"))
    assert.equal("table", type(require "mistral.native"))
  end)
end)
