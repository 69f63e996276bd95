--- The editors there are, and how each is started on a screen with the plugin and the loopback server.
local loopback = require "spec.support.loopback"
local root = require("lfs").currentdir()
local terminal = require "spec.screen.terminal"

local M = {}

M.list = {
  { name = "Neovim", program = os.getenv("MISTRAL_NVIM") or "nvim", arguments = "-u %s -i NONE -n" },
  { name = "Vim", program = os.getenv("MISTRAL_VIM") or "vim", arguments = "-N -u %s -i NONE -n" },
}

local VIMRC = [[
set nocompatible nomore noshowmode shortmess+=I laststatus=0 statusline=%f nohlsearch noruler noshowcmd
let &termguicolors = has('nvim-0.10')
set backspace=indent,eol,start ttimeoutlen=5 background=dark completeopt=menuone
set runtimepath^=ROOT
runtime plugin/mistral.vim
let g:mistral = #{ base_url: 'URL', ca_file: 'CA', api_key: 'KEY' }
set completefunc=MistralComplete
imap <C-F> <Plug>(mistral-complete)
imap <C-L> <Plug>(mistral-accept)
]]

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
end

local function vimrc()
  local server = loopback.start()
  local path = os.tmpname()
  local values = { ROOT = root, URL = server.url, CA = server.ca_file, KEY = server.key }
  write(path, (VIMRC:gsub("%u%u%u*", values)))
  return path
end

--- Opens a file with these lines on a screen of its own; `close` ends both.
---@param editor table of M.list
---@param lines string[]
---@param suffix string of the file's name
---@param environment? string further variables, as env(1) takes them
function M.open(editor, lines, suffix, environment)
  local base = os.tmpname()
  local path, settings = base .. suffix, vimrc()
  write(path, table.concat(lines, "\n") .. "\n")
  local arguments = editor.arguments:format(settings)
  -- Whatever becomes of the spec, the editor ends, and tmux with it.
  local screen = terminal.open(("env -u MISTRAL_API_KEY %s timeout --foreground 120 %s %s %s"):format(
    environment or "", editor.program, arguments, path))
  local close = screen.close
  function screen.close(self)
    close(self)
    for _, file in ipairs { base, path, settings } do os.remove(file) end
  end
  local ok, message = pcall(screen.await, screen, lines[1])
  if not ok then
    screen:close()
    error(message, 0)
  end
  return screen
end

return M
