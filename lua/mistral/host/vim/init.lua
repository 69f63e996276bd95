--- The verbs of mistral.Host in Vim, 9.0.1378 and later, with +lua.
local callbacks = require("mistral.host.vim.callbacks")
local marks = require("mistral.host.vim.marks")
local still = require("mistral.host.vim.still")
local value = require("mistral.host.vim.value")

local call = still.wrap(value.call)
local unpack = rawget(_G, "unpack") or rawget(table, "unpack")

local function change(buffer, what)
  call("setbufline", buffer, what.first, value.lines(what.rewritten))
  local below = what.first + #what.rewritten
  if #what.added > 0 then
    call("appendbufline", buffer, below - 1, value.lines(what.added))
  elseif what.removed > 0 then
    call("deletebufline", buffer, below, below + what.removed - 1)
  end
end

local ENTER = "%snoremap <buffer> <silent> <CR> <Cmd>call %s<CR>"
local MAP = "nnoremap <buffer> <silent> <nowait> %s <Cmd>call %s<CR>"

local M = require("mistral.host.shared")({
  call = call,
  command = vim.command,
  list = value.list,
  get_global = function(name)
    return value.to_lua(vim.g[name])
  end,
  set_global = function(name, new)
    vim.g[name] = value.to_vim(new)
  end,
  fire = function(name)
    vim.command("doautocmd <nomodeline> User " .. name)
  end,
  map = function(key, fn)
    local id = callbacks.add(function()
      fn()
    end)
    vim.command(MAP:format(key, callbacks.expression(id)))
    return function()
      callbacks.remove(id)
    end
  end,
  map_enter = function(buffer, mode, fn)
    local id = callbacks.add(function()
      fn(mode == "i")
    end)
    local function run(map)
      local window = call("win_findbuf", buffer)[1]
      if window then
        call("win_execute", window, map)
      end
    end
    run(ENTER:format(mode, callbacks.expression(id)))
    return function()
      run(("silent! %sunmap <buffer> <CR>"):format(mode))
      callbacks.remove(id)
    end
  end,
  change = change,
})

M.kind = "vim"

--- The patch up to which it has all; v:versionlong names the last of those picked beyond, too.
local function patch()
  local all = call("execute", "version"):match(": 1%-(%d+)")
  return all or vim.eval("v:versionlong % 10000")
end

do
  local version = vim.eval("v:version")
  M.version = ("Vim %d.%d.%d"):format(math.floor(version / 100), version % 100, patch())
end

M.mark = marks.new

for _, part in ipairs({ "loop", "job", "show", "code" }) do
  for verb, fn in pairs(require("mistral.host.vim." .. part)) do
    M[verb] = fn
  end
end
require("mistral.host.vim.ask").add(M)
require("mistral.host.vim.float").add(M)

-- Text: Vim keeps a NUL within a line as a line feed. -------------------------------------------

function M.line_count(buffer)
  local info = vim.fn.getbufinfo(buffer)
  return info[1] and info[1].linecount or 0
end

function M.lines(buffer, first, last)
  local lines, n = {}, 0
  for line in vim.fn.getbufline(buffer, first, last < 0 and "$" or last)() do
    n = n + 1
    lines[n] = line:find("\n", 1, true) and line:gsub("\n", "\0") or line
  end
  return lines
end

function M.splice(buffer, row, col, lines)
  local line = M.lines(buffer, row, row)[1]
  local new = { unpack(lines) }
  new[1] = line:sub(1, col) .. new[1]
  new[#new] = new[#new] .. line:sub(col + 1)
  new = value.lines(new)
  call("setbufline", buffer, row, table.remove(new, 1))
  call("appendbufline", buffer, row, new)
end

function M.fill(buffer, lines)
  local count = M.line_count(buffer)
  call("setbufline", buffer, 1, value.lines(lines))
  if count > #lines then
    call("deletebufline", buffer, #lines + 1, count)
  end
end

--- The next change of the buffer goes into the undo step of its last one.
local function join_undo(buffer)
  local window = call("win_findbuf", buffer)[1]
  if window then
    call("win_execute", window, "silent! undojoin")
  end
end

local function split_lines(text)
  local lines = {}
  for line in (text .. "\n"):gmatch("([^\n]*)\n") do
    lines[#lines + 1] = line
  end
  return lines
end

function M.append(buffer, text, row)
  row = row or M.line_count(buffer)
  local windows, lines = M.following(buffer, row), split_lines(text)
  join_undo(buffer)
  M.splice(buffer, row, #M.lines(buffer, row, row)[1], lines)
  M.follow(windows, row + #lines - 1)
  return row + #lines - 1
end

-- Events ----------------------------------------------------------------------------------------

--- One group for each registration, since Vim removes autocommands by group.
function M.on(events, buffer, fn)
  local id = callbacks.add(fn)
  local group = "mistral_" .. id
  local where = buffer and ("<buffer=%d>"):format(buffer) or "*"
  vim.command("augroup " .. group .. " | augroup END")
  vim.command(("autocmd %s %s %s call %s"):format(
    group, table.concat(events, ","), where, callbacks.expression(id, "str2nr(expand('<abuf>'))")
  ))
  return function()
    if id then
      callbacks.remove(id)
      vim.command("autocmd! " .. group)
      vim.command("silent! augroup! " .. group)
      id = nil
    end
  end
end

--- CTRL-C, too, changes the mode; Vim tells of it when it has drawn the screen already, and draws
--- it anew after a timer.
function M.on_interrupt(fn)
  return M.on({ "ModeChanged" }, nil, function()
    M.schedule(fn)
  end)
end

return M
