--- A client on a fake transport, and callbacks that write down what they hear.
local client = require "mistral.api.client"
local fake = require "spec.api.support.fake_transport"
local leaks = require "spec.support.leaks"

local M = {}

M.KEY = "canary-0123456789abcdef"

local made = {}

-- A request that a test left open is one that never ended.
leaks.register("requests", function()
  local open = 0
  for _, one in ipairs(made) do
    for _ in pairs(one.requests) do open = open + 1 end
  end
  made = {}
  return open > 0 and open .. " that never ended" or nil
end)

--- A client with the canary key, and its transport.
function M.client(options)
  local all = { api_key = M.KEY, transport = fake.new(), ledger = false }
  for name, value in pairs(options or {}) do
    all[name] = value
  end
  local one = assert(client.new(all))
  made[#made + 1] = one
  return one, all.transport
end

--- Callbacks, and what they heard: texts, and the ends in order.
function M.listener(streamed)
  local heard = { texts = {}, deltas = {}, ends = {}, retries = {} }
  local callbacks = {
    on_done = function(reply) heard.ends[#heard.ends + 1] = { reply = reply } end,
    on_error = function(err) heard.ends[#heard.ends + 1] = { err = err } end,
    on_retry = function(retry) heard.retries[#heard.retries + 1] = retry end,
  }
  if streamed ~= false then
    callbacks.on_delta = function(delta)
      heard.deltas[#heard.deltas + 1] = delta
      heard.texts[#heard.texts + 1] = delta.text
    end
  end
  return callbacks, heard
end

--- A chat request that the service would take, with these fields besides.
function M.chat(fields)
  local params = { model = "m", messages = { { role = "user", content = "hello" } } }
  for name, value in pairs(fields or {}) do
    params[name] = value
  end
  return params
end

return M
