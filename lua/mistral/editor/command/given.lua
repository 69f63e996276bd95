--- What subcommands make of what the user gave.
local M = {}

--- The lines a command is about.
---@param session mistral.Session
---@param command mistral.Command
---@param wish string what the user wrote behind the subcommand
---@return mistral.Range
function M.range(session, command, wish)
  return {
    buffer = session.host.buffer(),
    first = command.first,
    last = command.last,
    wish = wish,
  }
end

--- Calls `start` with the options; nil and a sentence when something is wrong with those.
---@param session mistral.Session
---@param start fun(options: mistral.Options): any, string|nil
---@return any, string|nil message
function M.with_options(session, start)
  local options, message = session:options()
  if not options then
    return nil, message
  end
  return start(options)
end

--- A subcommand that is one call of `start(session, range, options)` of this module, which is loaded
--- when it is first used.
---@param module string
---@param name? string of the function, when it is another
---@return fun(session: mistral.Session, rest: string, command: mistral.Command): any, string|nil
function M.starts(module, name)
  return function(session, rest, command)
    return M.with_options(session, function(options)
      return require(module)[name or "start"](session, M.range(session, command, rest), options)
    end)
  end
end

return M
