--- Ollama, by its own API: it alone takes a suffix, sizes and options; its answers are lines of JSON.
local address = require "mistral.api.address"
local ask = require "mistral.api.provider.ollama.ask"
local noun_of = require "mistral.api.provider.nouns"
local openai = require "mistral.api.provider.dialect.openai"
local read = require "mistral.api.provider.ollama.read"
local service = require "mistral.api.provider.mistral"
local text = require "mistral.text"

local M = { name = "ollama" }

-- A model that is not in memory yet is loaded first, from a slow disk perhaps.
M.head_ms = 300000

M.key = {
  env = { "OLLAMA_API_KEY" },
  needed = function() return false end,
}

local BASE_URL = "http://127.0.0.1:11434"

-- Embeddings by its other API: what they are asked and answer there, others know as well.
local PATHS = {
  chat = "/api/chat", fim = "/api/generate", models = "/api/tags", embed = "/v1/embeddings",
}

-- Many write the address of its other API.
function M.site(options)
  local site, message = address.parse(options.base_url or BASE_URL)
  if not site then return nil, message end
  site.base = site.base:gsub("/v1$", ""):gsub("/api$", "")
  return site
end

function M.lacks(_, call)
  if not PATHS[call.kind] then
    return ("Ollama has no %s: only chat, fim, embed and models"):format(noun_of(call.kind))
  end
  local what = call.kind == "embed" and openai.beyond_embed(call) or ask.beyond(call)
  return what and ("Ollama is not asked for %s"):format(what)
end

function M.url(site, call)
  return site.base .. PATHS[call.kind]
end

function M.headers(site, call, key)
  local headers = service.headers(site, call, key)
  if call.streamed then headers["Accept"] = "application/x-ndjson" end
  return headers
end

function M.body(_, call)
  return (ask[call.kind] or openai[call.kind])(call)
end

function M.reader(_, call, options)
  return read[call.kind] and read[call.kind](options)
end

--- What to do where only the server's own tools help.
function M.explain(err, call)
  local model = call.params.model and text.line(call.params.model, 80)
  if err.code == "unknown_model" then
    err.hint = ("run `ollama pull %s`, or choose one that client:models() lists"):format(model)
  elseif err.message:find("does not support insert", 1, true) then
    err.hint = "choose a model made for it, such as codestral: this one cannot fill in the middle"
  elseif err.code == "network" then
    err.hint = "is the server running? `ollama serve` starts it; base_url says where it is"
  end
end

M.sign = service.sign

return M
