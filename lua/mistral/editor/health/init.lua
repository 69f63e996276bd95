--- :Mistral health: what is there and what is missing. Nothing is sent unless asked.
local facts = require("mistral.editor.health.facts")
local ledgers = require("mistral.money.ledger")
local sessions = require("mistral.editor.session")
local usages = require("mistral.money.usage")
local waiting = require("mistral.editor.waiting")

local M = {}

local entry = facts.entry

local function missing_models(models, options)
  local known = {}
  for _, model in ipairs(models) do
    known[model.id] = true
    for _, alias in ipairs(model.aliases or {}) do
      known[alias] = true
    end
  end
  local missing = {}
  for _, use in ipairs(facts.USES) do
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

-- Adds what the ledger says, which is read in steps for as long as the window is there.
local function show_money(host, options, buffer)
  if not facts.keeps_ledger(options) then
    return append(host, buffer, facts.money_entries(options))
  end
  waiting.start(host, function(work)
    return usages.read(ledgers.new({}), facts.MONTH, os.time(), function()
      work.breathe()
      return host.valid(buffer)
    end)
  end, function(usage)
    append(host, buffer, facts.money_entries(options, usage))
  end)
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
  host.append(buffer, lines_of(facts.quick_entries(host, options, message)))
  host.set_cursor(1, 0)
  if options then
    show_money(host, options, buffer)
  end
  if options and online then
    show_answer(session, options, buffer)
  end
end

return M
