--- Any server that speaks the common dialect: vLLM, llama.cpp, and whatever else has a base_url.
local address = require "mistral.api.address"
local fill = require "mistral.api.provider.dialect.fill"
local noun_of = require "mistral.api.provider.nouns"
local openai = require "mistral.api.provider.dialect.openai"
local service = require "mistral.api.provider.mistral"

local M = { name = "compatible" }

-- The head comes with the first word, and without a graphics card that may take a while.
M.head_ms = 60000

-- No variable of the environment is read: a key that belongs elsewhere must not come here.
M.key = {
  env = {},
  needed = function() return false end,
}

local KNOWN = { chat = true, fim = true, embed = true, models = true }

function M.site(options)
  if not options.base_url then
    return nil, "the provider compatible needs `base_url`, such as http://127.0.0.1:8000/v1"
  end
  local site, message = address.parse(options.base_url)
  if not site then return nil, message end
  site.fim = options.fim or "raw"
  if not fill.WAYS[site.fim] then
    return nil, ('`fim` should be "raw", "suffix" or "infill", got %q'):format(site.fim)
  end
  return site
end

local function way(site)
  return fill.WAYS[site.fim]
end

function M.lacks(site, call)
  if not KNOWN[call.kind] then
    return ("a compatible server has no %s: only chat, fim, embed and models go there")
      :format(noun_of(call.kind))
  end
  local what
  if call.kind == "chat" then what = openai.beyond(call) end
  if call.kind == "fim" then what = way(site).beyond(call) end
  if call.kind == "embed" then what = openai.beyond_embed(call) end
  return what and ("a compatible server is not asked for %s"):format(what)
end

function M.url(site, call)
  if call.kind ~= "fim" then return site.base .. call.path end
  local base = way(site).root and site.base:gsub("/v1$", "") or site.base
  return base .. way(site).path
end

M.headers = service.headers

function M.body(site, call)
  if call.kind == "fim" then return way(site).body(call) end
  return openai[call.kind](call)
end

function M.reader(site, call, options)
  if call.kind == "chat" then return openai.reader(options) end
  if call.kind == "fim" then return openai.reader(options, way(site).translate) end
end

M.sign = service.sign

return M
