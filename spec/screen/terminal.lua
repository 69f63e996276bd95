--- An editor in a real terminal: tmux runs it, keys go in, and what is on the screen comes out.
local wait_for = require "spec.support.wait"
local output_of = require "spec.support.output"

local M = {}

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

local count = 0

---@class spec.Terminal
---@field private socket string
local Terminal = {}
Terminal.__index = Terminal

function Terminal:tmux(command)
  return output_of(("tmux -S %s -f /dev/null %s"):format(quoted(self.socket), command))
end

--- The screen's lines, without blanks at their ends.
function Terminal:screen()
  return (self:tmux("capture-pane -p -t 0"):gsub("%s+$", ""))
end

--- The same with colours and attributes, as escape sequences.
function Terminal:colours()
  return self:tmux("capture-pane -p -e -t 0")
end

--- Keys by tmux's names; with `literally`, the text itself.
function Terminal:type(keys)
  self:tmux("send-keys -t 0 " .. keys)
end

function Terminal:literally(text)
  self:tmux("send-keys -l -t 0 " .. quoted(text))
end

--- An Ex command, typed.
function Terminal:ex(command)
  self:literally(":" .. command)
  self:type("Enter")
end

--- Waits until the screen has this text, or `has` says so; returns the screen.
---@param wanted string|fun(screen: string): any
function Terminal:await(wanted, seconds)
  local screen
  wait_for(function()
    screen = self:screen()
    if type(wanted) == "function" then return wanted(screen) end
    return screen:find(wanted, 1, true)
  end, function()
    return "the screen never showed " .. tostring(wanted) .. "; it is\n" .. screen
  end, seconds)
  return screen
end

--- Waits until the text is not on the screen any more.
function Terminal:await_gone(text)
  return self:await(function(screen) return not screen:find(text, 1, true) end)
end

function Terminal:cursor()
  local x, y = self:tmux("display-message -p -t 0 '#{cursor_x} #{cursor_y}'"):match("(%d+) (%d+)")
  return tonumber(y) + 1, tonumber(x)
end

--- How many threads the programs in it have, all together.
function Terminal:threads()
  local total = 0
  local function add(pid)
    total = total + #output_of("ls /proc/" .. pid .. "/task"):gsub("[^\n]", "")
    for child in output_of(("cat /proc/%s/task/*/children"):format(pid)):gmatch("%d+") do add(child) end
  end
  add(self:tmux("display-message -p -t 0 '#{pane_pid}'"):match("%d+"))
  return total
end

function Terminal:close()
  self:tmux("kill-server")
  os.remove(self.socket)
end

--- Runs a command in a fresh terminal.
---@param command string
---@param columns? integer
---@param rows? integer
---@return spec.Terminal
function M.open(command, columns, rows)
  count = count + 1
  local socket = os.tmpname()
  os.remove(socket)
  local self = setmetatable({ socket = socket .. "." .. count }, Terminal)
  local said = self:tmux(("new-session -d -x %d -y %d %s"):format(
    columns or 100, rows or 24, quoted(command)))
  assert(said == "", said)
  return self
end

return M
