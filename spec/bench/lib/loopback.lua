--- The specs' own server, for the one row that needs an answer at a chosen pace.

local cjson = require("cjson")
local shell = require("spec.bench.lib.shell")

local M = {}

---@class bench.Loopback
---@field url string
---@field ca_file string
---@field private control string
---@field private process file*
local Loopback = {}
Loopback.__index = Loopback

---@param folder string
---@return bench.Loopback
function M.start(folder)
  local own = folder .. "/loopback"
  shell.run({ "mkdir", own })
  local argv = { "luajit", "spec/support/server/main.lua", own }
  local log = " 2>" .. shell.quote(own .. "/log")
  local process = assert(io.popen("exec " .. shell.command(argv) .. log, "w"))
  local ready = cjson.decode(shell.wait_for(function()
    return shell.read(own .. "/ready.json")
  end, "the loopback server did not start"))
  return setmetatable({
    url = ("https://127.0.0.1:%d/v1"):format(ready.https),
    ca_file = ready.ca,
    control = ("http://127.0.0.1:%d"):format(ready.control),
    process = process,
  }, Loopback)
end

--- The answer to the next `times` requests, and how fast it comes.
---@param text string
---@param tokens_per_s number
---@param times integer
function Loopback:say(text, tokens_per_s, times)
  self:post("/pace", { tokens_per_s = tokens_per_s })
  self:post("/fault", { kind = "say", text = text, times = times })
end

---@private
---@param path string
---@param body table
function Loopback:post(path, body)
  local json = cjson.encode(body)
  shell.run({ "curl", "-sSf", "--noproxy", "*", "-d", json, self.control .. path })
end

function Loopback:stop()
  self.process:close()
end

return M
