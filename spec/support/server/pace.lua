--- How fast answers come. 0 tokens per second means as fast as the connection takes them.

local M = {}

local DEFAULT = { tokens_per_s = 0, first_ms = 0 }
local now = {}

function M.reset()
  for name, value in pairs(DEFAULT) do now[name] = value end
end

---@param wanted {tokens_per_s?: number, first_ms?: number}
function M.set(wanted)
  for name in pairs(DEFAULT) do
    if type(wanted[name]) == "number" then now[name] = wanted[name] end
  end
  return now
end

function M.tokens_per_s()
  return now.tokens_per_s
end

--- Time the model "thinks" between the response head and the first event.
function M.first_s()
  return now.first_ms / 1000
end

M.reset()

return M
