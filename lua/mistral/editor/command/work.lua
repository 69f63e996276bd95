--- What :Mistral does besides: completion, stopping, looking at what is sent, health.
local given = require("mistral.editor.command.given")
local kinds = require("mistral.editor.preview.kinds")

local function run_stop(session, rest)
  local kind = rest ~= "" and rest or nil
  local count = session:stop(kind, "user")
  if count == 0 then
    return nil, kind and ("no %s is running"):format(kind) or "nothing is running"
  end
  return true
end

local function complete(session)
  return given.with_options(session, function(options)
    return require("mistral.editor.complete").start(session, options)
  end)
end

local function run_complete(session)
  if not session.host.one_command() then
    return complete(session)
  end
  session.host.schedule(function()
    session:attempt(complete, session)
  end)
  return true
end

local function run_preview(session, rest, command)
  local kind, wish = rest:match("^(%S*)%s*(.*)$")
  return given.with_options(session, function(options)
    local range = given.range(session, command, wish)
    local offer = kinds.find(kind)
      or require("mistral.editor.prompts").offer(session, kind, command.taken)
    return require("mistral.editor.preview").start(session, offer, range, options)
  end)
end

local function run_health(session, rest, command)
  require("mistral.editor.health").start(session, rest == "online" or command.bang)
  return true
end

local function run_usage(session)
  return given.with_options(session, function(options)
    return require("mistral.editor.usage").start(session, options)
  end)
end

local function run_log(session)
  return require("mistral.editor.log").start(session)
end

---@type table<string, mistral.Subcommand>
return {
  complete = { words = {}, run = run_complete },
  stop = {
    words = { "review", "explain", "chat", "edit", "fix", "commit", "complete", "health" },
    run = run_stop,
  },
  preview = {
    words = kinds.names(), or_prompt = true, needs_word = true, range = true, run = run_preview,
  },
  usage = { words = {}, run = run_usage },
  log = { words = {}, run = run_log },
  health = { words = { "online" }, bang = true, run = run_health },
}
