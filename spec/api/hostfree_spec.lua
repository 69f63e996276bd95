local lfs = require "lfs"

local LEAVES = { "init", "json", "errors", "keys", "lines", "redact", "search", "spawn", "state", "text" }

local function add_folder(paths, folder)
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    if name:find "%.lua$" then
      paths[#paths + 1] = path
    elseif not name:find "^%." and lfs.attributes(path, "mode") == "directory" then
      add_folder(paths, path)
    end
  end
end

local function sources()
  local paths = {}
  for _, name in ipairs(LEAVES) do
    paths[#paths + 1] = "lua/mistral/" .. name .. ".lua"
  end
  for _, room in ipairs { "api", "review" } do add_folder(paths, "lua/mistral/" .. room) end
  return paths
end

local function module_of(path)
  return (path:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/init$", ""):gsub("/", "."))
end

-- The source without comments, which may say what they like.
local function code_of(path)
  local file = assert(io.open(path))
  local code = file:read("*a"):gsub("%-%-[^\n]*", "")
  file:close()
  return code
end

describe("the client library", function()
  it("has more than a handful of modules to look at", function()
    assert.truthy(#sources() > 15)
  end)

  for _, path in ipairs(sources()) do
    it(path .. " loads where there is no editor, and changes no global", function()
      local module, loaded = module_of(path), package.loaded
      local kept = { [module] = loaded[module] }
      loaded[module] = nil
      local editor = rawget(_G, "vim")
      rawset(_G, "vim", nil)
      local before = {}
      for name in pairs(_G) do before[name] = true end

      local done, problem = pcall(require, module)
      rawset(_G, "vim", editor)
      loaded[module] = kept[module]

      assert.is_true(done, problem)
      for name in pairs(_G) do
        assert.truthy(before[name] or name == "vim", "a new global: " .. tostring(name))
      end
    end)

    it(path .. " never names an editor", function()
      local code = code_of(path)
      if path:find "/language%.lua$" then code = code:gsub('"vim"', "") end -- it is one, too
      assert.is_nil(code:find "%f[%w_]vim%f[^%w_]")
    end)
  end

  it("does not touch the C module or the network by being required", function()
    for name in pairs(package.loaded) do
      if name == "mistral" or name:find "^mistral%.api" then package.loaded[name] = nil end
    end
    local native = package.loaded["mistral.native"]
    package.loaded["mistral.native"] = nil

    require "mistral"
    require "mistral.api.client"

    local touched = package.loaded["mistral.native"]
    package.loaded["mistral.native"] = native
    assert.is_nil(touched)
  end)
end)
