--- Starts the processes that rows compare: ours in a script, ours in Neovim, libcurl in C.

local cjson = require("cjson")
local shell = require("spec.bench.lib.shell")
local worker = require("spec.bench.lib.worker")

local M = {}

-- A request as an editor sends it in the middle of a file: 6 KB of prompt and suffix.
local LINE = "  local value = table.concat(parts, separator) -- line %04d of the file\n"

---@param from integer
---@param to integer
---@return string
local function lines(from, to)
  local text = {}
  for i = from, to do
    text[#text + 1] = LINE:format(i)
  end
  return table.concat(text)
end

M.params = {
  model = "codestral-latest",
  prompt = lines(1, 60),
  suffix = lines(61, 80),
  max_tokens = 64,
}

---@return string
function M.body()
  local body = { stream = true }
  for name, value in pairs(M.params) do
    body[name] = value
  end
  return cjson.encode(body)
end

--- Whether this user may have a mount of its own, to put our CA beside the machine's.
local own_mounts

---@param site bench.Site
---@param argv string[]
---@return string[] argv that runs with the site's store where Debian has its own
local function trusting(site, argv)
  local mount = { "unshare", "-rm", "sh", "-c", 'mount --bind "$0" /etc/ssl/certs && exec "$@"' }
  mount[#mount + 1] = site.hashed
  if own_mounts == nil then
    own_mounts = pcall(shell.run, shell.command(mount) .. " true")
  end
  if not own_mounts then
    return argv
  end
  return table.move(argv, 1, #argv, #mount + 1, mount)
end

---@param site bench.Site
---@param url string
---@return table<string, string>
local function environment(site, url)
  local env = { MISTRAL_BENCH_URL = url, no_proxy = "*" }
  if not own_mounts then
    env.MISTRAL_BENCH_CA, env.CURL_CA_BUNDLE = site.bundle, site.bundle
  end
  return env
end

---@param site bench.Site
---@param argv string[]
---@param env table<string, string>
---@param raw? boolean it is not told of its request yet
---@return bench.Worker
local function start(site, argv, env, raw)
  local subject = worker.start(argv, { name = argv[1], folder = site.folder, env = env })
  if not raw then
    subject:ask("params " .. cjson.encode(M.params))
  end
  return subject
end

--- mistral.vim in a Lua 5.4 script. `door` is "client" (`client:fim`) or "native" (the C module).
---@param site bench.Site
---@param url string
---@param door "client"|"native"
---@return bench.Worker
function M.script(site, url, door)
  local argv = trusting(site, { "lua5.4", "spec/bench/subject/script.lua", door })
  return start(site, argv, environment(site, url))
end

local EDITOR = { "nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n", "--cmd", "set rtp^=.",
  "+luafile spec/bench/subject/editor.lua" }

--- Neovim, with mistral.vim by the given door and with a curl per request.
---@param site bench.Site
---@param url string
---@param door? "client"|"native"
---@param raw? boolean it has not loaded anything yet
---@return bench.Worker
function M.editor(site, url, door, raw)
  local argv = trusting(site, EDITOR)
  local env = environment(site, url)
  env.MISTRAL_BENCH_DOOR = door or "client"
  local subject = start(site, argv, env, raw)
  if not raw then
    subject:ask("curl params " .. cjson.encode(M.params))
  end
  return subject
end

--- Neovim before the specs' own server, for the commands of editor_stream.lua.
---@param site bench.Site
---@param server bench.Loopback
---@return bench.Worker
function M.loopback_editor(site, server)
  local env = { MISTRAL_BENCH_URL = server.url, MISTRAL_BENCH_CA = server.ca_file, no_proxy = "*" }
  return start(site, EDITOR, env, true)
end

---@class bench.BareOptions
---@field http? "http1"|"http2" default "http2"
---@field file? string CA bundle
---@field path? string CA folder; the site's when neither is given

--- libcurl in C.
---@param site bench.Site
---@param build string
---@param url string
---@param options? bench.BareOptions
---@return bench.Worker
function M.bare(site, build, url, options)
  options = options or {}
  local path = options.path or (options.file and "-" or site.hashed)
  local argv = { build .. "/bench/bare", url .. "/fim/completions", options.http or "http2" }
  argv[#argv + 1] = options.file or "-"
  argv[#argv + 1] = path
  local subject = worker.start(argv, { name = "bare libcurl", folder = site.folder })
  local body = M.body()
  subject:ask("body " .. #body, body)
  return subject
end

return M
