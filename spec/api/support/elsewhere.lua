--- Clients of other providers, against the dialects of the loopback server.
local client = require "mistral.api.client"
local loopback = require "spec.support.loopback"

local M = { CANARY = "test-key-canary-5d41402abc4b2a76" }

M.TOOLS = { { type = "function", ["function"] = { name = "look", description = "Looks.",
  parameters = { type = "object", properties = { where = { type = "string" } },
    required = { "where" } } } } }

---@class Elsewhere
---@field server Loopback
local elsewhere = {}
elsewhere.__index = elsewhere

--- Everything a spec of one provider needs; `defaults` are options of its clients, where `path` is
--- that of the dialect and `plain` asks for http.
function M.new(defaults)
  return setmetatable({ server = loopback.start(), defaults = defaults, open = {} }, elsewhere)
end

local function address(self, options)
  local url = options.plain and self.server.url_http or self.server.url
  return (url:gsub("/v1$", "")) .. options.path
end

--- A client; `more` lays over the defaults, false takes one away.
function elsewhere:client(more)
  local options = {}
  for _, layer in ipairs { self.defaults, more or {} } do
    for name, value in pairs(layer) do options[name] = value end
  end
  options.base_url = options.base_url or address(self, options)
  options.ca_file, options.path, options.plain = self.server.ca_file, nil, nil
  for name, value in pairs(options) do options[name] = value or nil end
  local one = assert(client.new(options))
  self.open[#self.open + 1] = one
  return one
end

--- Asks and waits. Streamed, the deltas must make up the reply; their count comes third.
function elsewhere:ask(one, kind, params, streamed, callbacks)
  local texts = {}
  local all = {}
  for name, value in pairs(callbacks or {}) do all[name] = value end
  if streamed then all.on_delta = function(delta) texts[#texts + 1] = delta.text end end
  local reply, err = one:start(kind, params, all):wait()
  if streamed and reply then assert(table.concat(texts) == reply.text, "the deltas say otherwise") end
  return reply, err, #texts
end

--- The last request that the server heard.
function elsewhere:last()
  local list = self.server:requests()
  return list[#list]
end

function elsewhere:close()
  for _, one in ipairs(self.open) do one:close() end
  self.open = {}
end

return M
