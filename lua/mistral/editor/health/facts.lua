--- What is there and what is missing, as far as it can be told without asking anybody; without a
--- word of the key.
local address = require("mistral.api.address")
local keys = require("mistral.keys")
local ledgers = require("mistral.money.ledger")
local mistral = require("mistral")
local knowledge = require("mistral.money.known")
local providers = require("mistral.api.provider")
local usages = require("mistral.money.usage")

local M = {}

---@class mistral.HealthEntry
---@field level "ok"|"info"|"warn"|"error"
---@field text string

M.USES = { "review", "explain", "chat", "edit", "commit", "complete" } -- each has a model of its own
M.MONTH = { since = "month" }

---@param level "ok"|"info"|"warn"|"error"
---@param format string
---@param ... any
---@return mistral.HealthEntry
function M.entry(level, format, ...)
  return { level = level, text = format:format(...) }
end

local entry = M.entry

local function features(native)
  local names = {}
  for name, present in pairs(native.features) do
    names[#names + 1] = (present and "" or "no ") .. name
  end
  table.sort(names)
  return table.concat(names, ", ")
end

local function module_entries(add)
  local found, native = pcall(require, "mistral.native")
  if not found then
    return add(entry("error", "%s", tostring(native)))
  end
  add(entry("ok", "C module %s for %s", native.version, _VERSION))
  add(entry("ok", "libcurl: %s", native.curl))
  add(entry("info", "features: %s", features(native)))
  if not native.features.http2 then
    add(entry("warn", "this libcurl has no HTTP/2: every stopped request costs a new connection"))
  end
end

local function json_entries(add)
  local works, message = require("mistral.json").encode({})
  if works then
    return add(entry("ok", "JSON codec works"))
  end
  add(entry("error", "%s", message))
end

local function readable(path)
  local file = io.open(path, "rb")
  if file then
    file:close()
  end
  return file ~= nil
end

local function trust_entries(add, options)
  if options.ca_file == "" then
    add(entry("info", "certificates: the system's"))
  elseif readable(options.ca_file) then
    add(entry("ok", "certificates: %s", options.ca_file))
  else
    add(entry("error", "option ca_file: %s cannot be read", options.ca_file))
  end
end

--- Name and password, as proxies have them, are nobody's business. A proxy may be named without a
--- scheme, and a careless password has any sign in it.
local function without_login(url)
  local scheme, rest = url:match("^(%a[%w+.-]*://)(.*)$")
  return (scheme or "") .. (rest or url):gsub("^.*@", "")
end

local function proxy_text(way)
  if not way.proxy then
    return "proxy: none"
  end
  local except = way.no_proxy and ", except for " .. way.no_proxy or ""
  return ("proxy: %s, from %s%s"):format(without_login(way.proxy), way.source, except)
end

local function way_entries(add, options, provider, site)
  add(entry("info", "service: %s, by the provider %s", site.base, provider.name))
  add(entry("info", "%s", proxy_text(address.way(options, site, os.getenv))))
end

local KEY = {
  api_key = "key: from option api_key",
  [".env"] = "key: from .env in the working folder",
  api_key_command = "key: from the command %s, run at the first request",
  key_file = "key: from the file %s",
}

--- Where the key comes from; that it works only a request can show.
local function key_entries(add, options, provider, site)
  local key = provider.key
  local origin, detail = keys.origin(providers.key_sources(provider, options))
  if origin == ".env" and detail then
    return add(entry("error", "key: %s", detail))
  elseif origin then
    return add(entry("ok", KEY[origin] or "key: from " .. origin, detail))
  elseif key.command then
    return add(entry("info", KEY.api_key_command, table.concat(key.command, " ")))
  elseif key.needed and not key.needed(site) then
    return add(entry("info", "key: none, and none is needed"))
  end
  add(entry("warn", "key: none; set %s, or option api_key_command or key_file", key.env[1]))
end

-- Names that are gone or going are the catalogue's to know, without asking.
local function model_entries(add, options, provider)
  local models = knowledge.new(provider and provider.name or "")
  for _, use in ipairs(M.USES) do
    local model = options[use].model
    local ending = models:ending(model, os.date("!%Y-%m-%d"))
    add(entry(ending and "warn" or "info", "model for %s: %s", use, ending or model))
  end
end

local function spent(total)
  local unknown = total.unknown > 0 and (", %.0f of unknown cost"):format(total.unknown) or ""
  local cost = total.cost and (", %.2f USD"):format(total.cost) or ""
  return ("%.0f requests%s%s"):format(total.requests, cost, unknown)
end

--- Whether there is one, whose content money_entries() wants.
---@param options mistral.Options
---@return boolean
function M.keeps_ledger(options)
  return options.ledger and ledgers.new({}).folder ~= nil
end

--- What this month has cost, as far as the ledger knows.
---@param options mistral.Options
---@param usage? mistral.Usage of this month; nil: not known
---@return mistral.HealthEntry[]
function M.money_entries(options, usage)
  if not M.keeps_ledger(options) then
    return { entry("info", "ledger: none") }
  end
  local cost = usage and ("this month: %s; "):format(spent(usage.total)) or ""
  local entries = { entry("info", "%sledger: %s", cost, ledgers.new({}).folder) }
  local budget = options.budget
  for _, period in ipairs({ "day", "month" }) do
    if budget[period] > 0 then
      local what = entry("info", "budget: %g %s a %s", budget[period], budget.unit, period)
      entries[#entries + 1] = what
    end
  end
  return entries
end

--- What can be told at once.
---@param host mistral.Host
---@param options? mistral.Options
---@param message? string why there are no options
---@return mistral.HealthEntry[]
function M.quick_entries(host, options, message)
  local entries = { entry("ok", "mistral.vim %s in %s", mistral.version, host.version) }
  local function add(item)
    entries[#entries + 1] = item
  end
  module_entries(add)
  json_entries(add)
  if not options then
    add(entry("error", "%s", message))
    return entries
  end
  local provider, site = providers.find(options)
  if provider then
    way_entries(add, options, provider, site)
    key_entries(add, options, provider, site)
  else
    add(entry("error", "%s", site))
  end
  trust_entries(add, options)
  model_entries(add, options, provider)
  return entries
end

--- All that can be told without sending anything, for whoever may wait until the ledger is read.
---@param host mistral.Host
---@param options? mistral.Options
---@param message? string why there are no options
---@return mistral.HealthEntry[]
function M.entries(host, options, message)
  local entries = M.quick_entries(host, options, message)
  if options then
    local usage = M.keeps_ledger(options) and usages.read(ledgers.new({}), M.MONTH, os.time())
    for _, item in ipairs(M.money_entries(options, usage or nil)) do
      entries[#entries + 1] = item
    end
  end
  return entries
end

return M
