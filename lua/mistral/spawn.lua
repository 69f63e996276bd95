--- Run a command in a host that has no way of its own: it is waited for.
---@alias mistral.Spawn fun(argv: string[], done: fun(result: mistral.CommandResult), options?: mistral.native.RunOptions): fun()?

---@param argv string[]
---@param done fun(result: mistral.CommandResult) called once, before this returns; the code is 127,
--- and stderr says why, when it could not be run
---@param options? mistral.native.RunOptions
return function(argv, done, options)
  -- Here, not at the top: whoever runs nothing need not have the C module.
  local result, message = require("mistral.native").run(argv, options)
  done(result or { code = 127, stdout = "", stderr = message })
end
