--- A client of the loopback server through the real module, and what a spec needs around it.
local client = require "mistral.api.client"
local loopback = require "spec.support.loopback"
local wait_for = require "spec.support.wait"

local M = {}

M.KEY = "test-key-canary-9f86d081884c7d65"

---@class Live
---@field server table
---@field one mistral.Client
---@field folder string gone after the test
local Live = {}
Live.__index = Live

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

--- For one test: a server that has forgotten the last one, a client, a folder.
---@param options? table of the client
---@return Live
function M.new(options)
  local server = loopback.start()
  server:reset()
  local all = { api_key = M.KEY, base_url = server.url, ca_file = server.ca_file }
  for name, value in pairs(options or {}) do all[name] = value end
  return setmetatable({
    server = server, options = all, one = assert(client.new(all)),
    folder = output_of("mktemp -d"):match "%S+",
  }, Live)
end

--- Another client of the same server, as after a restart.
---@param options? table to add to the first one's
function Live:again(options)
  self.one:close()
  for name, value in pairs(options or {}) do self.options[name] = value end
  self.one = assert(client.new(self.options))
end

--- To be called after each test.
function Live:close()
  self.one:close()
  os.execute("rm -rf " .. self.folder)
end

--- A file in the folder.
---@return string path
function Live:write(name, text)
  local path = self.folder .. "/" .. name
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

--- Run a shell's line in the folder.
---@param line string
function Live:run(line)
  local done = os.execute(("cd %s && %s"):format(self.folder, line))
  assert(done == true or done == 0, line)
end

---@return string? text
function Live.read(_, path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local text = file:read "*a"
  file:close()
  return text
end

--- The requests that the server has heard, as "METHOD path".
---@return string[]
function Live:heard()
  local list = {}
  for index, request in ipairs(self.server:requests()) do
    list[index] = request.method .. " " .. request.path
  end
  return list
end

--- Callbacks that write down what they hear.
function M.listener(more)
  local heard = { texts = {}, progress = {}, ends = 0 }
  local callbacks = {
    on_done = function(reply) heard.ends, heard.reply = heard.ends + 1, reply end,
    on_error = function(err) heard.ends, heard.err = heard.ends + 1, err end,
    on_progress = function(progress) heard.progress[#heard.progress + 1] = progress end,
  }
  for name, value in pairs(more or {}) do callbacks[name] = value end
  return callbacks, heard
end

--- Deliver mail until this holds.
function Live:await(condition, what)
  wait_for(condition, what or "it never came", 10, function()
    self.one.pump.transport:wait(20)
    self.one:drain()
  end)
end

return M
