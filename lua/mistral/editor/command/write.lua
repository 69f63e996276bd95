--- What :Mistral writes for a commit, and the prompts of the user's own.
local given = require("mistral.editor.command.given")

local function run_prompts(session, _, command)
  return given.with_options(session, function(options)
    return require("mistral.editor.prompts").list(session, options, command.taken)
  end)
end

---@type table<string, mistral.Subcommand>
return {
  commit = { run = given.starts("mistral.editor.commit") },
  prompts = { words = {}, run = run_prompts },
}
