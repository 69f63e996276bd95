--- The service itself. What other providers do not do their own way, they do like this.
local address = require "mistral.api.address"

local M = { name = "mistral" }

M.key = {
  env = { "MISTRAL_API_KEY" },
  needed = function(site) return site.service end,
}

local BASE_URL = "https://api.mistral.ai/v1"

function M.site(options)
  return address.parse(options.base_url or BASE_URL)
end

function M.lacks()
  return nil
end

function M.url(site, call)
  return site.base .. call.path
end

--- The headers of ours; the transport adds User-Agent, Accept-Encoding, and the body's length.
function M.headers(_, call, key)
  local json = call.endpoint.method == "POST" and call.endpoint.send ~= "form"
  return {
    ["Accept"] = call.streamed and "text/event-stream" or "application/json",
    ["Content-Type"] = json and "application/json" or nil,
    ["Authorization"] = key and "Bearer " .. key or nil,
  }
end

function M.body(_, call)
  local out = {}
  for name, value in pairs(call.params) do
    out[name] = value
  end
  out.stream = call.streamed or nil
  return out
end

function M.reader()
  return nil
end

function M.sign()
  return nil
end

return M
