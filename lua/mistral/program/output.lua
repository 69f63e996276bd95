--- Where the result of the program goes.
local disk = require "mistral.api.disk"

local M = {}

---@class mistral.program.Output
---@field path? string
---@field private made boolean the file was not there before
local Output = {}
Output.__index = Output

--- Made ready before anything is paid for: a file that cannot be written is found out here. A pipe is
--- opened once only, when there is something to write: to whoever reads from it, closing it is the end.
---@param path? string standard output without
---@return mistral.program.Output? output
---@return string? message
function M.open(path)
  local found = path and disk.stat(path)
  local self = setmetatable({ path = path, made = path ~= nil and not found }, Output)
  if not path or found and found.type == "fifo" then return self end
  local file, why = io.open(path, "ab")
  if not file then return nil, "the output cannot be written: " .. why end
  file:close()
  return self
end

--- Write all of it.
---@param text string
---@return boolean? written
---@return string? message
function Output:write(text)
  local file, why = io.stdout, nil
  if self.path then file, why = io.open(self.path, "wb") end
  local written = file
  if file then written, why = file:write(text) end
  if written then written, why = file:flush() end
  if self.path and file then file:close() end
  if not written then return nil, "the output cannot be written: " .. tostring(why) end
  self.made = false
  return true
end

--- Nothing came to be written: leave no empty file.
function Output:drop()
  if self.made then os.remove(self.path) end
  self.made = false
end

return M
