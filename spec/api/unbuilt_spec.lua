-- What is said where the C module has not been built.
local lfs = require "lfs"

describe("without the C module, mistral.native", function()
  local folder, loaded, path, cpath

  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(os.execute(("mkdir -p '%s' && cp -r '%s/lua' '%s/lua'"):format(folder, lfs.currentdir(), folder)))
    loaded, path, cpath = package.loaded["mistral.native"], package.path, package.cpath
    package.loaded["mistral.native"] = nil
    package.path, package.cpath = folder .. "/lua/?.lua", folder .. "/?.so"
  end)
  after_each(function()
    package.loaded["mistral.native"], package.path, package.cpath = loaded, path, cpath
    os.execute(("rm -rf '%s'"):format(folder))
  end)

  it("says first what to do, and the same each time it is asked", function()
    local said = {}
    for try = 1, 2 do
      local found, problem = pcall(require, "mistral.native")
      assert.falsy(found)
      said[try] = tostring(problem)
    end

    assert.truthy(said[1]:find(("build the C module for %s: make -C %s"):format(_VERSION, folder), 1, true), said[1])
    assert.truthy(said[1]:find("mistral_core.so: no such file", 1, true), said[1])
    assert.equal(said[1], said[2])
  end)
end)
