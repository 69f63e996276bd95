--- What :Mistral does with findings.
local given = require("mistral.editor.command.given")

---@type table<string, mistral.Subcommand>
return {
  review = { range = true, run = given.starts("mistral.editor.review") },
}
