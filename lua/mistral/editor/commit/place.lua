--- Where a draft goes: the message that is being edited, in the repository that it is for; or a window
--- of its own.
local disk = require("mistral.api.disk")
local text = require("mistral.lines")

local M = {}

M.SCRATCH = "mistral://commit"

local MOST_ROWS = 1000 -- of a message that is looked at

-- Which buffer ---------------------------------------------------------------------------------------

local function is_message(host, buffer)
  return host.filetype(buffer) == "gitcommit" and host.path(buffer) ~= ""
end

local function is_shown(host, buffer)
  return #host.following(buffer, 1, host.line_count(buffer)) > 0
end

--- The commit message that is being edited: before the user, or in another window.
---@param host mistral.Host
---@return integer|nil buffer
function M.message(host)
  if is_message(host, host.buffer()) then
    return host.buffer()
  end
  for _, buffer in ipairs(host.buffers()) do
    if is_message(host, buffer) and is_shown(host, buffer) then
      return buffer
    end
  end
end

-- Which repository -----------------------------------------------------------------------------------

local function read(path)
  local found = disk.stat(path)
  local file = found and found.type == "file" and io.open(path, "rb")
  if file then
    local said = file:read(64 * 1024) or ""
    file:close()
    return said
  end
end

-- Of a linked work tree, git notes where that has its .git; of a submodule, where the files are.
local function noted(folder)
  local linked = (read(folder .. "/gitdir") or ""):match("^([^\n]+)/%.git\n")
  local set = (read(folder .. "/config") or ""):match("\n%s*worktree%s*=%s*([^\n]-)%s*\n")
  set = set and (set:match('^"(.*)"$') or set)
  return linked or set and (set:sub(1, 1) == "/" and set or folder .. "/" .. set)
end

--- A folder of the work tree that a message is for: git keeps the message in its own folder.
---@param host mistral.Host
---@param buffer? integer the message; none: the working directory decides
---@return string
function M.folder(host, buffer)
  local folder = buffer and host.real_path(host.path(buffer)):match("^(.*)/[^/]*$")
  if not folder then
    return host.folder()
  end
  return folder:match("^(.*)/%.git$") or noted(folder) or host.folder()
end

-- What stands there ----------------------------------------------------------------------------------

-- Lines that git takes out of the message: they begin with a character that core.commentChar names,
-- and all that can be named there are these.
local function is_comment(line)
  return line:find("^#") or line:find("^[;@!$%%^&|:]%s") or line:find("^[;@!$%%^&|:]$")
end

---@class mistral.commit.Head
---@field blank integer rows at the top with nothing in them
---@field typed string what stands above the comments, "" for nothing
---@field alone boolean nothing at all stands in the buffer

--- What stands at the top of a message.
---@param host mistral.Host
---@param buffer integer
---@return mistral.commit.Head
function M.head(host, buffer)
  local lines, blank, typed = host.lines(buffer, 1, MOST_ROWS), 0, {}
  for row, line in ipairs(lines) do
    if is_comment(line) then
      break
    elseif blank == row - 1 and not line:find("%S") then
      blank = row
    else
      typed[#typed + 1] = text.code_line(line)
    end
  end
  return {
    blank = blank,
    typed = text.without_end(table.concat(typed, "\n")),
    alone = blank == host.line_count(buffer),
  }
end

--- Puts a message on top of what stands there, in one undo step.
---@param host mistral.Host
---@param buffer integer
---@param lines string[]
---@return string|nil typed what stands below it and is no comment; nil when it cannot be put there
---@return string|nil message why not
function M.put(host, buffer, lines)
  local head, new = M.head(host, buffer), {}
  for index, line in ipairs(lines) do
    new[index] = line
  end
  if not head.alone then
    new[#new + 1] = ""
  end
  local done, message = host.replace(buffer, 1, head.blank, new)
  return done and head.typed, message
end

return M
