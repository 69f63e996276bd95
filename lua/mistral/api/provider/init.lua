--- Who answers. A provider is one table of pure functions that say where a request goes, what it
--- carries and how the answer is read, wherever that differs from the service's own ways.
local schema = require "mistral.api.schema"

local M = {}

---@class mistral.Site: mistral.Address where a client's requests go, as the provider read the options

---@class mistral.ProviderKey
---@field env string[] variables of the environment that hold it, first come first
---@field env_file? boolean false where it must not be looked for in .env
---@field option? string which holds it, api_key unless told
---@field command? string[] prints it, where nothing else is said
---@field lifetime_s? integer how long one is good for
---@field needed? fun(site: mistral.Site): boolean false where one can do without

---@class mistral.Provider
---@field name string
---@field key mistral.ProviderKey
---@field head_ms? integer that even an answer which is streamed may take to begin
---@field site fun(options: table): mistral.Site?, string? the sentence says what is wrong with them
---@field lacks fun(site: mistral.Site, call: mistral.Call): string? why it cannot be asked for this
---@field url fun(site: mistral.Site, call: mistral.Call): string
---@field headers fun(site: mistral.Site, call: mistral.Call, key: string?): table<string, string>
---@field body fun(site: mistral.Site, call: mistral.Call): table a new table, to be sent as JSON
---@field reader fun(site, call, options: mistral.ReaderOptions): mistral.Reader? nil: the endpoint's
---@field explain? fun(err: mistral.Error, call: mistral.Call) puts a better hint into an error
---@field conceal? fun(said: string, site: mistral.Site): string takes out secrets besides the key
---@field sign fun(site: mistral.Site, key: string?): table? what submit's `sigv4` takes

local NAMES = {
  "mistral", "azure", "vertex", "bedrock", "sagemaker", "compatible", "ollama",
}

-- As other tools call them.
local ALSO = {
  vllm = "compatible", llamacpp = "compatible", ["llama.cpp"] = "compatible",
  openai = "compatible", google = "vertex", gcp = "vertex", aws = "bedrock",
}

local function named()
  local set = {}
  for _, name in ipairs(NAMES) do
    set[name] = name
  end
  return set
end

--- The provider of this name.
---@param name string
---@return mistral.Provider? provider
---@return string? message
function M.get(name)
  local known = named()
  if known[name] then return require("mistral.api.provider." .. name) end
  local meant = ALSO[name:lower()] or schema.nearest(name, known)
  local message = ("`provider` should be one of %s, got %q"):format(table.concat(NAMES, ", "), name)
  return nil, meant and ("%s; did you mean %q?"):format(message, meant) or message
end

local function given(options)
  local out = {}
  for name, value in pairs(options) do
    if value ~= "" then out[name] = value end
  end
  return out
end

--- The provider that these options name, and where it is for them.
---@param options table empty strings are as good as none
---@return mistral.Provider? provider
---@return mistral.Site|string site_or_message
function M.find(options)
  options = given(options)
  local provider, message = M.get(options.provider or "mistral")
  if not provider then return nil, message end
  local site
  site, message = provider.site(options)
  if not site then return nil, message end
  return provider, site
end

--- Where this provider's key may come from, as the module keys takes it.
---@param provider mistral.Provider
---@param options table
---@return mistral.KeyOptions
function M.key_sources(provider, options)
  local key = provider.key
  return {
    api_key = options[key.option or "api_key"],
    api_key_command = options.api_key_command,
    key_file = options.key_file,
    env_file = key.env_file ~= false and options.env_file,
    command = key.command,
    lifetime_s = key.lifetime_s,
    env = key.env,
    spawn = options.spawn,
  }
end

local function where_from(key)
  local places = {}
  for _, name in ipairs(key.env) do
    places[#places + 1] = name
  end
  local option = key.option or "api_key, api_key_command or key_file"
  places[#places + 1] = "the option " .. option
  return "set " .. table.concat(places, ", or ")
end

--- Puts a better hint into an error, where this provider has one.
---@param provider mistral.Provider
---@param err mistral.Error
---@param call? mistral.Call
function M.explain(provider, err, call)
  local elsewhere = provider.name ~= "mistral"
  if elsewhere and err.code == "no_key" then err.hint = where_from(provider.key) end
  if provider.explain and call then provider.explain(err, call) end
end

return M
