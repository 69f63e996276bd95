--- What :Mistral changes in the code itself.
local given = require("mistral.editor.command.given")

---@type table<string, mistral.Subcommand>
return {
  edit = { range = true, run = given.starts("mistral.editor.edit") },
  fix = { range = true, run = given.starts("mistral.editor.edit", "start_fix") },
}
