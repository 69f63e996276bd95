-- Waiting for a condition with a deadline, in any host. Specs never wait for a duration.
local system = require "system"

-- `vim` is a global in both editors and in nothing else; only Neovim's has `api`.
local editor = rawget(_G, "vim")

-- Let the host's event loop run for a moment.
local function turn()
  if not editor then
    system.sleep(0.001)
  elseif editor.api then
    editor.wait(1)
  else
    editor.command("sleep 1m")
  end
end

---Call `condition` until it returns something true, and return that.
---@param condition fun(): any
---@param message string|fun(): string  what did not happen; a function may tell what was seen
---@param seconds? number  deadline, default 10
---@param step? fun()  what to do between two looks, default: let the host's loop run
---@return any
local function wait_for(condition, message, seconds, step)
  seconds = seconds or 10
  local deadline = system.monotime() + seconds
  while true do
    local value = condition()
    if value then return value end
    if system.monotime() > deadline then break end
    (step or turn)()
  end
  local text = type(message) == "function" and message() or message
  error(("%s (waited %g s)"):format(text or "the condition never came", seconds), 2)
end

return wait_for
