--- What :Mistral answers in words.
local given = require("mistral.editor.command.given")

local function chats()
  return require("mistral.editor.chat")
end

local function run_chat(session, rest, command)
  return given.with_options(session, function(options)
    local new = command.bang or rest == "new"
    local range = given.range(session, command, rest == "new" and "" or rest)
    return chats().start(session, range, options, new)
  end)
end

local function run_ask(session, rest, command)
  return given.with_options(session, function(options)
    return chats().ask(session, given.range(session, command, rest), options)
  end)
end

local function run_chats(session, rest)
  return given.with_options(session, function(options)
    return chats().list(session, rest, options)
  end)
end

---@type table<string, mistral.Subcommand>
return {
  explain = { range = true, run = given.starts("mistral.editor.explain") },
  ask = { range = true, run = run_ask },
  chat = { range = true, bang = true, run = run_chat },
  chats = {
    run = run_chats,
    offer = function(session, before)
      return #before == 0 and chats().names(session) or {}
    end,
  },
}
