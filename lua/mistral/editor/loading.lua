--- What a client needs, loaded with the editor's turn before each part: all at once it takes twenty
--- milliseconds, in which nobody can type.
local M = {}

-- Each some milliseconds; the first brings in libcurl.
local PARTS = {
  "mistral.native", "mistral.redact.secrets", "mistral.api.client", "mistral.api.work.review",
}

--- Whether nothing is left to load.
---@return boolean
function M.is_done()
  for _, name in ipairs(PARTS) do
    if not package.loaded[name] then
      return false
    end
  end
  return true
end

--- Loads it all, then calls, never before this has returned. What cannot be loaded is told by whoever
--- then makes a client.
---@param host mistral.Host
---@param done fun()
function M.start(host, done)
  local function load(i)
    host.schedule(function()
      if not PARTS[i] then
        return done()
      end
      pcall(require, PARTS[i])
      load(i + 1)
    end)
  end
  load(1)
end

return M
