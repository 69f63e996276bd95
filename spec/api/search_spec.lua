-- The current folder may be anybody's project: nothing in it runs for being called like a module.
local lfs = require "lfs"
local search = require "mistral.search"

local TRAP = "mistral_spec_trap"

describe("a file in the current folder", function()
  local home, folder, kept

  before_each(function()
    home, folder = lfs.currentdir(), os.tmpname()
    os.remove(folder)
    assert(lfs.mkdir(folder) and lfs.chdir(folder))
    kept = { path = package.path, cpath = package.cpath, loadlib = package.loadlib, loaded = {} }
    for _, name in ipairs { "cjson", "mistral.json", "mistral.native", TRAP } do
      kept.loaded[name], package.loaded[name] = package.loaded[name] or false, nil
    end
    package.path = "./?.lua;?.lua;.//?.lua;" .. package.path
    package.cpath = "./?.so;?.so;" .. package.cpath
  end)

  after_each(function()
    package.path, package.cpath = kept.path, kept.cpath
    rawset(package, "loadlib", kept.loadlib)
    for name, module in pairs(kept.loaded) do package.loaded[name] = module or nil end
    lfs.chdir(home)
    for name in lfs.dir(folder) do os.remove(folder .. "/" .. name) end
    lfs.rmdir(folder)
  end)

  local function write(name, content)
    local file = assert(io.open(name, "w"))
    file:write(content)
    file:close()
  end

  it("is not taken for the JSON codec", function()
    write("cjson.lua", "error 'it ran'")

    local json = require "mistral.json"

    assert.equal("[1]", json.encode { 1 })
  end)

  it("is not taken for the C module", function()
    write("mistral_core.so", "")
    local tried = {}
    rawset(package, "loadlib", function(path)
      tried[#tried + 1] = path
      return nil, "not now"
    end)

    local found = pcall(require, "mistral.native")

    assert.is_false(found)
    for _, path in ipairs(tried) do assert.is_nil(path:find "^%.?/*mistral_core") end
  end)

  it("is nothing to search, and leaves the paths as they were", function()
    write(TRAP .. ".lua", "return 'it ran'")
    local path, cpath = package.path, package.cpath

    assert.is_nil(search.require(TRAP))

    assert.equal(path, package.path)
    assert.equal(cpath, package.cpath)
    assert.equal("it ran", require(TRAP))
  end)
end)
