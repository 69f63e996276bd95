--- The editor a spec runs in, for what is not a host's to do: opening buffers, typing, looking. In a
--- plain Lua there is none, and `kind` is nil.
local wait_for = require "spec.support.wait"

local vim = rawget(_G, "vim")
local M = {}

M.kind = vim and (vim.api and "nvim" or "vim") or nil

if not M.kind then
  return M
end

M.command = vim.api and vim.cmd or vim.command

local value = not vim.api and require "mistral.host.vim.value"

--- A built-in function.
function M.call(name, ...)
  if value then
    return value.call(name, ...)
  end
  return vim.fn[name](...)
end

function M.eval(text)
  return M.call("eval", text)
end

--- Messages shown since the last call.
function M.messages()
  local text = M.call("execute", "messages")
  M.command("messages clear")
  return text
end

--- A new current buffer with these lines (a NUL is a NUL); the only window.
function M.open(lines, filetype)
  M.command("silent! only!")
  M.command("enew!")
  M.command("setlocal buftype= noswapfile fileformat=unix filetype=" .. (filetype or ""))
  local buffer = M.call("bufnr", "%")
  require("mistral.host").get().fill(buffer, lines)
  M.command("setlocal nomodified")
  return buffer
end

--- Forgets all buffers, lists and messages.
function M.clear()
  M.command("silent! only!")
  M.command("silent! %bwipeout!")
  M.call("setqflist", value and value.list({}) or {}, "f")
  M.command("messages clear")
end

local PROGRAMS = {
  nvim = { "MISTRAL_NVIM", "--headless -u NONE -i NONE -n" },
  vim = { "MISTRAL_VIM", "--not-a-term -T dumb -u NONE -i NONE -n -N -es" },
}

local function root_folder()
  local file = M.call("globpath", M.eval("&runtimepath"), "plugin/mistral.vim"):match("[^\n]+")
  return M.call("fnamemodify", file, ":h:h")
end

--- Runs a Vim script in another editor of the same kind; returns what it writes to the file OUT.
---@param script string
---@return string
function M.run_another(script)
  local variable, arguments = PROGRAMS[M.kind][1], PROGRAMS[M.kind][2]
  local base = os.tmpname()
  local path, out = base .. ".vim", base .. ".out"
  local file = assert(io.open(path, "w"))
  file:write((script:gsub("OUT", out)))
  file:close()
  os.execute(("%s %s --cmd 'set runtimepath^=%s' -S %s -c 'qa!' </dev/null >/dev/null 2>&1"):format(
    os.getenv(variable) or M.kind, arguments, root_folder(), path))
  file = assert(io.open(out), "it wrote nothing")
  local text = file:read("*a")
  file:close()
  for _, name in ipairs({ base, path, out }) do os.remove(name) end
  return text
end

--- Runs `steps` while the editor is in Insert mode, entered by `keys`. In there, `type` sends keys
--- as if typed, `wait` waits while the editor goes on, and `eval` looks.
---@param keys string Normal mode keys, as in a double-quoted Vim string
---@param steps fun(insert: table)
function M.in_insert_mode(keys, steps)
  local failure, finished
  local insert = {}

  function insert.type(typed)
    M.call("feedkeys", M.eval('"' .. typed .. '"'), "t")
    insert.wait(function() return M.call("getchar", 1) == 0 end, "the keys were not taken")
    coroutine.yield()
  end

  function insert.wait(condition, message)
    local deadline = M.call("reltimefloat", M.call("reltime")) + 10
    while not condition() do
      if M.call("reltimefloat", M.call("reltime")) > deadline then
        error(type(message) == "function" and message() or message or "it never came", 2)
      end
      coroutine.yield()
    end
  end

  local thread = coroutine.create(function() steps(insert) end)
  local host = require("mistral.host").get()
  local function go_on()
    local ok, message = coroutine.resume(thread)
    if not ok then
      failure = message
    end
    if ok and coroutine.status(thread) ~= "dead" then
      host.timer(1, go_on)
    else
      finished = true
      M.call("feedkeys", M.eval([["\<C-\>\<C-N>"]]), "nt")
      M.command("stopinsert")
    end
  end
  host.timer(1, go_on)
  M.call("feedkeys", M.eval('"' .. keys .. '"'), "tx!")
  wait_for(function() return finished end, "Insert mode ended before the steps did")
  if failure then
    error(failure, 0)
  end
end

return M
