--- A review as a command of its own, for scripts and for machines that watch over a repository:
---
---   lua5.4 -l mistral.review -- --branch main --format sarif
---
--- Requiring it defines `main` and does nothing, unless Lua's own command line asked for it with -l and
--- ended its options with --: then it runs, and ends the process with a status.
local command_line = require "mistral.program.command_line"

local M = {}

--- Run it with these words, and wait for its end.
---@param words string[] as they stand behind the --
---@return integer status 0: nothing found that counts; 1: something; 2: it could not be done; 130:
--- interrupted
function M.main(words)
  return require("mistral.program").main(words) -- here: who only asks whether to run loads none of it
end

local words = command_line.words(rawget(_G, "arg"), "mistral.review")
if words then os.exit(M.main(words), true) end

return M
