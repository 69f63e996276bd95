--- The service itself. What other providers do not do their own way, they do like this.
local address = require "mistral.api.address"
local noun_of = require "mistral.api.provider.nouns"
local tables = require "mistral.tables"

local M = { name = "mistral" }

M.key = {
  env = { "MISTRAL_API_KEY" },
  needed = function(site) return site.service end,
}

local BASE_URL = "https://api.mistral.ai/v1"
local REGIONS = { eu = "https://api.eu.mistral.ai/v1", us = "https://api.us.mistral.ai/v1" }

function M.site(options)
  local region = options.region
  if region and not REGIONS[region] then
    return nil, ('`region` of the provider mistral is "eu" or "us", got %q'):format(region)
  end
  local site, message = address.parse(options.base_url or REGIONS[region] or BASE_URL)
  if not site then return nil, message end
  site.region = region or site.host:match("^api%.(%l%l)%.mistral%.ai$")
  return site
end

-- What the regional hosts do without: they answer, and keep nothing.
local KEEPING = { "^/files", "^/batch", "^/agents", "^/conversations" }

local function other_tool(tools)
  for _, tool in ipairs(tools or {}) do
    if tool.type and tool.type ~= "function" then return tool.type end
  end
end

local function lacks_here(call)
  for _, pattern in ipairs(KEEPING) do
    if call.endpoint.path:find(pattern) then return noun_of(call.kind) end
  end
  local tool = other_tool(call.params.tools)
  return tool and "the tool " .. tool
end

function M.lacks(site, call)
  local what = site.region and lacks_here(call)
  return what and ("the regional host %s has no %s; leave out `region`, or use the global host")
    :format(site.host, what) or nil
end

function M.url(site, call)
  return site.base .. call.path
end

--- The headers of ours; the transport adds User-Agent, Accept-Encoding, and the body's length.
function M.headers(_, call, key)
  local endpoint = call.endpoint
  local json = endpoint.method == "POST" and (endpoint.send or "json") == "json"
  return {
    ["Accept"] = call.streamed and "text/event-stream" or endpoint.accept or "application/json",
    ["Content-Type"] = json and "application/json" or nil,
    ["Authorization"] = key and "Bearer " .. key or nil,
  }
end

function M.body(_, call)
  local out = tables.copy(call.params)
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
