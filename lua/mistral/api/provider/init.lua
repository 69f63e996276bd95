--- Who answers. A provider is one table of pure functions that say where a request goes, what it
--- carries and how the answer is read, wherever that differs from the service's own ways.
local M = {}

---@class mistral.Site: mistral.Address where a client's requests go, as the provider read the options

---@class mistral.ProviderKey
---@field env string[] variables of the environment that hold it, first come first
---@field needed? fun(site: mistral.Site): boolean false where one can do without

---@class mistral.Provider
---@field name string
---@field key mistral.ProviderKey
---@field site fun(options: table): mistral.Site?, string? the sentence says what is wrong with them
---@field lacks fun(site: mistral.Site, call: mistral.Call): string? why it cannot be asked for this
---@field url fun(site: mistral.Site, call: mistral.Call): string
---@field headers fun(site: mistral.Site, call: mistral.Call, key: string?): table<string, string>
---@field body fun(site: mistral.Site, call: mistral.Call): table a new table, to be sent as JSON
---@field reader fun(site, call, options: mistral.ReaderOptions): mistral.Reader? nil: the endpoint's
---@field sign fun(site: mistral.Site, key: string?): table? what submit's `sigv4` takes

local NAMES = { "mistral" }

--- The provider of this name.
---@param name string
---@return mistral.Provider? provider
---@return string? message
function M.get(name)
  for _, known in ipairs(NAMES) do
    if known == name then return require("mistral.api.provider." .. name) end
  end
  local known = table.concat(NAMES, ", ")
  return nil, ("`provider` should be one of %s, got %q"):format(known, tostring(name))
end

return M
