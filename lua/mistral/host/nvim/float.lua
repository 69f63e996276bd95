--- Floating windows: text beside the cursor, or, with the cursor in it, a menu. Keys of one that the
--- cursor is not in are lent to the buffer that it is in, and given back.
local rows_of = require("mistral.host.shared.rows")

local api = vim.api

local M = {}

local WIDEST = 90
local HAS_TITLE = vim.fn.has("nvim-0.9") == 1

-- Where it goes -----------------------------------------------------------------------------------

--- A NUL is drawn as two characters; Neovim would take the text for a blob.
local function cells(text)
  return vim.fn.strdisplaywidth((text:gsub("%z", "^@")))
end

local function widest(lines)
  local width = 1
  for _, line in ipairs(lines) do
    width = math.max(width, cells(line))
  end
  return width
end

--- The screen row and column of a row of the current window, or of its cursor.
local function anchor(row)
  local at = row and vim.fn.screenpos(0, row, 1) or {}
  if (at.row or 0) == 0 then
    at = vim.fn.screenpos(0, vim.fn.line("."), vim.fn.col("."))
  end
  return math.max(at.row, 1), math.max(at.col, 1)
end

local function geometry(lines, title, row)
  local columns, rows = vim.o.columns, vim.o.lines - vim.o.cmdheight - 1
  local wanted = math.max(widest(lines), cells(title) + 2) -- with a blank at each side
  local width = math.min(wanted, WIDEST, columns - 4)
  local height = rows_of(lines, width, cells)
  local screen_row, screen_col = anchor(row)
  local below, above = rows - screen_row - 2, screen_row - 3
  local goes_below = height <= below or below >= above
  height = math.max(1, math.min(height, goes_below and below or above))
  local config = {
    relative = "editor", style = "minimal", border = "single", width = width, height = height,
    row = goes_below and screen_row or math.max(0, screen_row - 3 - height),
    col = math.max(0, math.min(screen_col - 1, columns - width - 2)),
  }
  if HAS_TITLE and title ~= "" then
    config.title, config.title_pos = " " .. title .. " ", "left"
  end
  return config
end

-- Keys --------------------------------------------------------------------------------------------

local function raw(key)
  return api.nvim_replace_termcodes(key, true, true, true)
end

local FLAGS = { "expr", "noremap", "nowait", "silent", "script" }

local function put_back(buffer, map)
  local options = { callback = map.callback, desc = map.desc }
  for _, flag in ipairs(FLAGS) do
    options[flag] = map[flag] == 1
  end
  api.nvim_buf_set_keymap(buffer, "n", map.lhs, map.rhs or "", options)
end

--- Maps a key in a buffer until the function that it returns is called.
local function lend(buffer, key, fn)
  local before
  for _, map in ipairs(api.nvim_buf_get_keymap(buffer, "n")) do
    before = raw(map.lhs) == raw(key) and map or before
  end
  vim.keymap.set("n", key, fn, { buffer = buffer, nowait = true, silent = true })
  return function()
    if api.nvim_buf_is_valid(buffer) then
      pcall(api.nvim_buf_del_keymap, buffer, "n", key)
      if before then
        put_back(buffer, before)
      end
    end
  end
end

-- One ---------------------------------------------------------------------------------------------

local function text_of(options)
  local lines, title = {}, options.title or ""
  if title ~= "" and not HAS_TITLE then
    lines = { title, "" }
  end
  local above = #lines
  for _, line in ipairs(options.lines) do
    lines[#lines + 1] = line:gsub("\n", "\0")
  end
  return lines, above
end

local function new_buffer(lines, filetype)
  local buffer = api.nvim_create_buf(false, true)
  api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].bufhidden = "wipe"
  vim.bo[buffer].modifiable = false
  vim.bo[buffer].syntax = filetype or ""
  return buffer
end

local function keys_of(options, handle)
  local keys = { q = handle.close, ["<Esc>"] = handle.close }
  local function scroll(key)
    return function()
      api.nvim_win_call(handle.window, function()
        vim.cmd("normal! " .. raw(key))
      end)
    end
  end
  if handle.is_taller then
    keys["<C-D>"], keys["<C-U>"] = scroll("<C-D>"), scroll("<C-U>")
  end
  for key, fn in pairs(options.keys or {}) do
    keys[key] = fn
  end
  return keys
end

--- Closes it with what made it useful: the cursor's place, or that the cursor is in it.
local function watch(handle, source)
  local here = vim.fn.getcurpos()
  local function autocmd(events, buffer, fn)
    local soon = vim.schedule_wrap(fn)
    local id = api.nvim_create_autocmd(events, { buffer = buffer, callback = soon })
    table.insert(handle.undo, function()
      pcall(api.nvim_del_autocmd, id)
    end)
  end
  autocmd({ "WinLeave", "BufWipeout" }, handle.buffer, handle.close)
  if handle.focused then
    return
  end
  autocmd({ "CursorMoved", "CursorMovedI", "InsertEnter" }, source, function()
    local now = vim.fn.getcurpos()
    if api.nvim_get_current_win() ~= handle.window and (now[2] ~= here[2] or now[3] ~= here[3]
      or vim.fn.mode() ~= "n") then
      handle.close()
    end
  end)
  autocmd({ "BufLeave", "BufUnload" }, source, function()
    if api.nvim_get_current_win() ~= handle.window then
      handle.close()
    end
  end)
end

local function new_handle(buffer, focused)
  local handle = { buffer = buffer, focused = focused, undo = {} }
  local before = api.nvim_get_current_win()
  function handle.is_open()
    return not handle.closed
  end
  function handle.close()
    if handle.closed then
      return
    end
    handle.closed = true
    for _, undo in ipairs(handle.undo) do
      undo()
    end
    local inside = api.nvim_get_current_win() == handle.window
    if api.nvim_win_is_valid(handle.window) then
      api.nvim_win_close(handle.window, true)
    end
    if inside and api.nvim_win_is_valid(before) then
      api.nvim_set_current_win(before)
    end
  end
  return handle
end

function M.float(options)
  local source = api.nvim_get_current_buf()
  local lines, above = text_of(options)
  local handle = new_handle(new_buffer(lines, options.filetype), options.close_on_move == false)
  local config = geometry(lines, options.title or "", options.row)
  handle.window = api.nvim_open_win(handle.buffer, handle.focused, config)
  handle.above = above
  handle.is_taller = config.height < rows_of(lines, config.width, cells)
  vim.wo[handle.window].wrap = true
  vim.wo[handle.window].linebreak = true
  for key, fn in pairs(keys_of(options, handle)) do
    vim.keymap.set("n", key, fn, { buffer = handle.buffer, nowait = true, silent = true })
    if not handle.focused then
      table.insert(handle.undo, lend(source, key, fn))
    end
  end
  watch(handle, source)
  return handle
end

return M
