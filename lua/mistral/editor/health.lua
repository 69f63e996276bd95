--- What is there and what is missing, without a word of the key. Nothing is sent unless asked.
local address = require("mistral.api.address")
local keys = require("mistral.keys")
local ledgers = require("mistral.money.ledger")
local mistral = require("mistral")
local knowledge = require("mistral.money.known")
local providers = require("mistral.api.provider")
local sessions = require("mistral.editor.session")
local usages = require("mistral.money.usage")

local M = {}

---@class mistral.HealthEntry
---@field level "ok"|"info"|"warn"|"error"
---@field text string

local function entry(level, format, ...)
  return { level = level, text = format:format(...) }
end

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

local USES = { "review", "explain", "chat", "edit", "complete" }

-- Names that are gone or going are the catalogue's to know, without asking.
local function model_entries(add, options, provider)
  local models = knowledge.new(provider and provider.name or "")
  for _, use in ipairs(USES) do
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

local MONTH = { since = "month" }

local function keeps_ledger(options)
  return options.ledger and ledgers.new({}).folder ~= nil
end

--- What this month has cost, as far as the ledger knows.
---@param options mistral.Options
---@param usage? mistral.Usage of this month; nil: not known
---@return mistral.HealthEntry[]
local function money_entries(options, usage)
  if not keeps_ledger(options) then
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

-- What can be told at once.
local function quick_entries(host, options, message)
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
  local entries = quick_entries(host, options, message)
  if options then
    local usage = keeps_ledger(options) and usages.read(ledgers.new({}), MONTH, os.time())
    for _, item in ipairs(money_entries(options, usage or nil)) do
      entries[#entries + 1] = item
    end
  end
  return entries
end

local function missing_models(models, options)
  local known = {}
  for _, model in ipairs(models) do
    known[model.id] = true
    for _, alias in ipairs(model.aliases or {}) do
      known[alias] = true
    end
  end
  local missing = {}
  for _, use in ipairs(USES) do
    local model = options[use].model
    if not known[model] then
      missing[#missing + 1] =
        entry("warn", "the service does not list %s, the model for %s", model, use)
    end
  end
  return missing
end

--- Asks the service for its models, which is free: key, network and certificates all work then.
---@param session mistral.Session
---@param options mistral.Options
---@param done fun(entries: mistral.HealthEntry[])
---@param task? mistral.Task that it belongs to
---@return mistral.Request|nil
function M.ask(session, options, done, task)
  local client, message = session:client(options)
  if not client then
    return done({ entry("error", "%s", message) })
  end
  local started = session.host.now()
  return client:models({}, {
    purpose = task,
    on_done = function(models)
      if models.offline then return done({ entry("error", "%s", tostring(models.offline)) }) end
      local entries = missing_models(models, options)
      table.insert(entries, 1, entry("ok", "the service answered in %d ms and lists %d models",
        session.host.now() - started, #models))
      done(entries)
    end,
    on_error = function(err)
      done({ entry("error", "%s", tostring(err)) })
    end,
  })
end

local SIGNS = { ok = "OK", info = "--", warn = "WARNING", error = "ERROR" }

local function lines_of(entries)
  local lines = {}
  for _, item in ipairs(entries) do
    lines[#lines + 1] = ("%-8s%s"):format(SIGNS[item.level], item.text:gsub("\n", "\n        "))
  end
  return table.concat(lines, "\n")
end

local function stopped(why)
  local more = why == "changed" and ": " .. sessions.CHANGED or ""
  return { entry("warn", "the question to the service was stopped%s", more) }
end

local function append(host, buffer, entries)
  if host.valid(buffer) then
    host.append(buffer, "\n" .. lines_of(entries))
  end
end

-- Sums this month up, with a turn of the editor's between two blocks of the ledger; nil when that fails.
local function read_in_steps(host, is_wanted, done)
  local thread
  local function go_on()
    local ran, usage = coroutine.resume(thread)
    if coroutine.status(thread) == "dead" then
      done(ran and usage or nil)
    end
  end
  thread = coroutine.create(function()
    return usages.read(ledgers.new({}), MONTH, os.time(), function()
      host.schedule(go_on)
      coroutine.yield()
      return is_wanted()
    end)
  end)
  go_on()
end

local function show_money(host, options, buffer)
  local function show(usage)
    append(host, buffer, money_entries(options, usage))
  end
  if not keeps_ledger(options) then
    return show()
  end
  read_in_steps(host, function()
    return host.valid(buffer)
  end, show)
end

local function show_answer(session, options, buffer)
  local task, request = { kind = "health" }, nil
  session:begin(task)
  function task.cancel(_, why)
    if request then
      task.why = why
      request:cancel()
    end
  end
  request = M.ask(session, options, function(entries)
    session:finish(task)
    append(session.host, buffer, task.why and stopped(task.why) or entries)
  end, task)
end

--- Shows the report; with `online`, the service's answer follows when it comes.
---@param session mistral.Session
---@param online boolean
function M.start(session, online)
  local host = session.host
  local options, message = session:options()
  local buffer = host.split({
    name = "mistral://health", filetype = "", position = "below", focus = true,
  })
  host.fill(buffer, { "" })
  host.append(buffer, lines_of(quick_entries(host, options, message)))
  host.set_cursor(1, 0)
  if options then
    show_money(host, options, buffer)
  end
  if options and online then
    show_answer(session, options, buffer)
  end
end

return M
