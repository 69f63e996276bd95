--- What :Mistral writes for a commit.
local given = require("mistral.editor.command.given")

---@type table<string, mistral.Subcommand>
return {
  commit = { run = given.starts("mistral.editor.commit") },
}
