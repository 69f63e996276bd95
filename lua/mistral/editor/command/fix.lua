--- What :Mistral does with the fixes of findings.

local WAYS = { all = "apply_all", walk = "walk", preview = "preview" }

local function run_apply(session, rest, command)
  local way = command.bang and "all" or rest:match("^%S+")
  return require("mistral.editor.fix")[way and WAYS[way] or "apply"](session)
end

---@type table<string, mistral.Subcommand>
return {
  apply = { words = { "all", "walk", "preview" }, bang = true, run = run_apply },
  diff = {
    words = {},
    run = function(session)
      return require("mistral.editor.fix").preview(session)
    end,
  },
}
