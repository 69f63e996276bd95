--- What :Mistral answers in words.
local given = require("mistral.editor.command.given")

---@type table<string, mistral.Subcommand>
return {
  explain = { range = true, run = given.starts("mistral.editor.explain") },
}
