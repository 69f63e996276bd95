--- Popups: text beside the cursor. They never have the cursor, so a filter sees the keys first.
local value = require("mistral.host.vim.value")

local call = value.call

local M = {}

local WIDEST = 90

local function typed(key)
  return vim.eval('"' .. key:gsub('[\\"]', "\\%0"):gsub("<", "\\<") .. '"')
end

--- Scrolls, for texts that are taller than the screen lets them be.
local function scroll(window, key)
  call("win_execute", window, "normal! " .. typed(key))
end

local function keys_of(options, handle)
  local keys = { [typed("q")] = handle.close, [typed("<Esc>")] = handle.close }
  for _, key in ipairs({ "<C-D>", "<C-U>" }) do
    keys[typed(key)] = function()
      scroll(handle.window, key)
    end
  end
  for key, fn in pairs(options.keys or {}) do
    keys[typed(key)] = fn
  end
  return keys
end

--- Beside the cursor, or a row of the window, where there is more room.
local function place(options)
  local at = options.row and call("screenpos", call("win_getid"), options.row, 1) or { row = 0 }
  if at.row == 0 then
    at = call("screenpos", call("win_getid"), call("line", "."), call("col", "."))
  end
  local rows = call("eval", "&lines - &cmdheight") - 1
  local below, above = rows - at.row - 2, at.row - 3
  local goes_below = #options.lines <= below or below >= above
  return {
    pos = goes_below and "topleft" or "botleft",
    line = goes_below and at.row + 1 or at.row - 1,
    col = math.max(at.col, 1),
    maxheight = math.max(1, goes_below and below or above),
  }
end

local BORDER = { "─", "│", "─", "│", "┌", "┐", "┘", "└" }

local function settings(options)
  local wanted = place(options)
  wanted.maxwidth = math.min(WIDEST, call("eval", "&columns") - 4)
  wanted.minwidth = math.min(wanted.maxwidth, call("strdisplaywidth", options.title or "") + 2)
  wanted.border = value.list({})
  wanted.borderchars = call("eval", "&encoding") == "utf-8" and value.list(BORDER) or nil
  wanted.borderhighlight = value.list({ "Normal" })
  wanted.highlight = "Normal"
  wanted.title = options.title and options.title ~= "" and " " .. options.title .. " " or ""
  wanted.filtermode = "n"
  wanted.mapping = 0
  wanted.moved = options.close_on_move ~= false and "any" or nil
  return wanted
end

local LEAVES = { "BufLeave", "WinLeave", "InsertEnter" }

local function float(host, options)
  local handle, is_open, keys = {}, true, {}
  local off = host.on(LEAVES, nil, function()
    host.schedule(handle.close)
  end)
  function handle.is_open()
    return is_open
  end
  function handle.close()
    if is_open then
      call("popup_close", handle.window)
    end
  end
  local wanted = settings(options)
  function wanted.filter(_, key)
    if keys[key] then
      keys[key]()
    end
    return keys[key] ~= nil
  end
  function wanted.callback()
    is_open = false
    off()
  end
  handle.window = call("popup_create", value.lines(options.lines), wanted)
  handle.buffer = call("winbufnr", handle.window)
  keys = keys_of(options, handle)
  call("setbufvar", handle.buffer, "&syntax", options.filetype or "")
  call("setwinvar", handle.window, "&linebreak", 1)
  return handle
end

--- It needs to hear of events.
---@param host table
function M.add(host)
  function host.float(options)
    return float(host, options)
  end
end

return M
