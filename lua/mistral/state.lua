--- What is kept from one run to the next: where it is, and how it is read and written. Only its owner
--- may look at it.
local M = {}

M.NOWHERE = "neither XDG_STATE_HOME nor HOME is set"

local LARGEST = 16 * 1024 * 1024

--- The folder of all our state.
---@param getenv? fun(name: string): string? os.getenv unless told
---@return string? folder nil where the environment does not say
function M.folder(getenv)
  getenv = getenv or os.getenv
  local state = getenv "XDG_STATE_HOME"
  if state and state:sub(1, 1) == "/" then return state .. "/mistral" end
  local home = getenv "HOME"
  if home and home ~= "" then return home .. "/.local/state/mistral" end
end

local function escaped(char)
  return ("%%%02X"):format(char:byte())
end

-- A part of a name; what could lead elsewhere, or no file system takes, is written as %XX.
local function part(name)
  return (tostring(name):gsub("[^%w%-_.]", escaped):gsub("^%.", escaped))
end

--- The path of something that is kept.
---@param ... string folders, and then the file; any text, an address or a path, too
---@return string? path
---@return string? message
function M.path(...)
  local folder = M.folder()
  if not folder then return nil, M.NOWHERE end
  local parts = { folder }
  for index = 1, select("#", ...) do
    parts[index + 1] = part((select(index, ...)))
  end
  return table.concat(parts, "/")
end

--- What a file holds.
---@param path string
---@return string? text nil when there is none
---@return string? message when there is one, and it cannot be used
function M.read(path)
  local native = require "mistral.native" -- here: who keeps nothing needs no C module
  local found, message, code = native.stat(path) -- first: opening a fifo would wait
  if not found then return nil, code ~= "missing" and message or nil end
  if found.type ~= "file" then return nil, path .. ": this is not a regular file" end
  if found.size > LARGEST then return nil, path .. ": it is too large to be ours" end
  local file, why = io.open(path, "rb")
  if not file then return nil, why end
  local text = file:read(LARGEST)
  file:close()
  return text or ""
end

--- Exchange what a file holds: all at once, or not at all.
---@param path string
---@param text string
---@param soon? boolean do not wait for the disk, which may take some 20 ms: for what is written often,
---  while somebody types; a power cut within half a minute may lose it
---@return true? written
---@return string? message
function M.write(path, text, soon)
  local written, message = require("mistral.native").write(path, text, soon)
  return written, message
end

--- Add a line to a file that others may add to at the same time.
---@param path string
---@param line string at most 64 KiB, without a line break
---@return true? written
---@return string? message
function M.append(path, line)
  local written, message = require("mistral.native").append(path, line)
  return written, message
end

return M
