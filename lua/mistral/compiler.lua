--- Keeps our code from a compiler that breaks it. LuaJIT until April 2022, which Debian 12 and the
--- Neovim of those years have, may cut an address in half where it compiles a loop over `pairs`
--- (LuaJIT issue 829): about one large review in a hundred ended the editor. There is no telling
--- which loop it will be, so there nothing of ours is compiled; it is no slower for it, since what
--- takes long is C.
local M = {}

local jit = rawget(_G, "jit")

--- Whether this is such a LuaJIT. Later ones have a date in their version.
---@return boolean
function M.is_broken()
  return jit ~= nil and jit.version == "LuaJIT 2.1.0-beta3" and jit.arch == "x64"
end

-- As the other loaders find it, but interpreted.
local function load(name)
  if name ~= "mistral" and name:sub(1, 8) ~= "mistral." then
    return nil
  end
  for _, loader in ipairs(rawget(package, "loaders")) do
    local chunk = loader ~= load and loader(name)
    if type(chunk) == "function" then
      if debug.getinfo(chunk, "S").what ~= "C" then
        jit.off(chunk, true)
      end
      return chunk
    end
  end
end

local installed = false

--- Has what is loaded of ours from now on interpreted, where compiling breaks it. Safe to call again.
function M.tame()
  if not installed and M.is_broken() then
    installed = true
    table.insert(rawget(package, "loaders"), 1, load)
  end
end

return M
